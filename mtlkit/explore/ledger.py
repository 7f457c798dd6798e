"""The claims as a list: what the source says, what we found, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import attrs

from mtlkit.explore.badge import OUTCOMES, badge
from mtlkit.explore.claim_card import Row, claim_card
from mtlkit.explore.draw_html import IN_NOTEBOOK

__all__ = ["OUTCOMES", "PAGE_HTML", "ClaimsTable", "badge", "claims_table"]

PAGE_HTML = "application/vnd.mtlkit.page+html"
"""The kind of output that the report shows in place of `text/html`: it has links to other pages."""

_STYLE = (
    f"{IN_NOTEBOOK}<style>.mtl-claim{{border-top:1px solid #8886;padding:.5em 0;max-width:50em}}"
    ".mtl-found>p,.mtl-said>p{margin:.3em 0}.mtl-statement,.mtl-effect{font-weight:600}"
    ".mtl-verdict{font-weight:700}</style>"
)
"""The little styling that a notebook needs, where the report's style sheet is not loaded."""


@attrs.frozen
class ClaimsTable:
    """Verdicts, shown as HTML where a notebook or a page displays them."""

    rows: tuple[Row, ...]

    def html(self, root: str | None) -> str:
        """One article per claim.

        Parameters
        ----------
        root
            The report's first folder, as seen from the page that the list is on: links to figures
            and to the bibliography start there. None for no links, as in a notebook.
        """
        cards = "".join(claim_card(row, root) for row in self.rows)
        return f'{_STYLE}<div class="mtl-ledger">{cards}</div>'

    def folded(self, root: str | None) -> str:
        """One line per claim, its verdict and title, which opens the article; `root` as above."""
        lines = "".join(
            f'<details class="mtl-fold"><summary>{badge(row["verdict"])} '
            f"{escape(row['title'])}</summary>{claim_card(row, root)}</details>"
            for row in self.rows
        )
        return f'{_STYLE}<div class="mtl-ledger">{lines}</div>'

    def _repr_html_(self) -> str:
        return self.folded(None)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, str]:
        """What a notebook shows, and what its page in the report shows instead."""
        return {
            "text/plain": repr(self),
            "text/html": self._repr_html_(),
            PAGE_HTML: self.folded("../"),
        }

    def __repr__(self) -> str:
        return "\n".join(f"{row['verdict']}: {row['statement']} ({row['id']})" for row in self.rows)


def claims_table(rows: Iterable[Row]) -> ClaimsTable:
    """The list of some verdicts of one lesson, each as `Verdict.as_dict()` gives it."""
    return ClaimsTable(tuple(rows))
