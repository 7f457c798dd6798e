"""The claims as a table: what the source says, what we found, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import attrs

from mtlkit.explore.draw_html import IN_NOTEBOOK
from mtlkit.explore.words import with_interval

OUTCOMES = {
    "holds": '<path d="M2 8.5l4 4L14 3.5"/>',
    "fails": '<path d="M3 3l10 10M13 3L3 13"/>',
    "inconclusive": '<path d="M1.5 9.5c2-4 4.5-4 6.5-1.5s4.5 2.5 6.5-1.5"/>',
    "not testable here": '<circle cx="8" cy="8" r="5.5" stroke-dasharray="2.2 2.2"/>',
}
"""The four verdicts, each with the drawing of its sign (a 16 x 16 SVG): tick, cross, wave, ring."""

Row = Mapping[str, Any]


@attrs.frozen
class ClaimsTable:
    """Verdicts, shown as an HTML table where a notebook or a page displays them."""

    rows: tuple[Row, ...]

    def _repr_html_(self) -> str:
        body = "".join(_row(row) for row in self.rows)
        return (
            f'{IN_NOTEBOOK}<div class="mtl-claims">'
            '<table class="mtl-table mtl-ledger" role="table">'
            "<caption>What the source claims, and what was found</caption>"
            '<thead role="rowgroup"><tr role="row">'
            + "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in _COLUMNS)
            + f'</tr></thead><tbody role="rowgroup">{body}</tbody></table></div>'
        )

    def __repr__(self) -> str:
        return "\n".join(f"{row['verdict']}: {row['statement']} ({row['id']})" for row in self.rows)


def claims_table(rows: Iterable[Row]) -> ClaimsTable:
    """The table of some verdicts.

    Parameters
    ----------
    rows
        Verdicts as `Verdict.as_dict()` gives them.
    """
    return ClaimsTable(tuple(rows))


def badge(verdict: str) -> str:
    """A verdict as a word with a sign, so that it does not hang on colour."""
    kind = verdict.split()[0]
    return (
        f'<span class="mtl-verdict mtl-{escape(kind)}"><svg viewBox="0 0 16 16" width="16" '
        'height="16" fill="none" stroke="currentColor" stroke-width="2.5" aria-hidden="true">'
        f"{OUTCOMES[verdict]}</svg>{escape(verdict)}</span>"
    )


_COLUMNS = ("Claim", "Verdict", "Effect, 95 % interval", "Evidence")


def _row(row: Row) -> str:
    cells = (_verdict(row), _effect(row), _evidence(row))
    # The roles keep it a table for a screen reader where a narrow page stacks the cells.
    return (
        f'<tr role="row" id="{_anchor(row)}">'
        f'<th scope="row" role="rowheader">{_claim(row)}</th>'
        + "".join(
            f'<td role="cell" data-label="{name}">{cell}</td>'
            for name, cell in zip(_COLUMNS[1:], cells, strict=True)
        )
        + "</tr>"
    )


def _anchor(row: Row) -> str:
    return escape("-".join((row["id"], row["data"], row["scale"])).replace(".", "-"))


def _claim(row: Row) -> str:
    return (
        f'<span class="mtl-statement">{escape(row["statement"])}</span>'
        f'<span class="mtl-quote">“{escape(row["quote"])}” '
        f"<cite>{escape(row['source'])}</cite></span>"
        f'<span class="mtl-explanation">{escape(row["explanation"])}</span>'
        + (f'<span class="mtl-note">{escape(row["note"])}</span>' if row["note"] else "")
        + _cells(row)
    )


def _cells(row: Row) -> str:
    """The comparisons of a claim that is about several, folded away."""
    if len(row["cells"]) < 2:
        return ""
    items = "".join(
        f'<tr><th scope="row">{escape(cell["label"])}</th><td>{badge(cell["verdict"])}</td>'
        f"<td>{_numbers(cell)}</td></tr>"
        for cell in row["cells"]
    )
    held = sum(cell["verdict"] == "holds" for cell in row["cells"])
    return (
        f"<details><summary>{held} of {len(row['cells'])} comparisons hold</summary>"
        '<table class="mtl-cells"><thead><tr><th scope="col">comparison</th>'
        '<th scope="col">by itself</th>'
        f"<th scope='col'>effect {escape(row['unit'])}</th></tr></thead>"
        f"<tbody>{items}</tbody></table></details>"
    )


def _verdict(row: Row) -> str:
    more = ""
    if row["by_construction"]:
        more += '<span class="mtl-note">true by construction</span>'
    if row["verdict"] == "inconclusive":
        needed = row["seeds_to_decide"]
        more += (
            f'<span class="mtl-note">about {needed:,} seeds would decide</span>'
            if needed
            else '<span class="mtl-note">more than 10,000 seeds would be needed</span>'
        )
    return badge(row["verdict"]) + more


def _effect(row: Row) -> str:
    unit = escape(row["unit"])
    if len(unit) > 3:  # a long one gets a line of its own
        unit = f'<span class="mtl-note">{unit}</span>'
    where = f'<span class="mtl-note">{_deciding(row)}</span>' if row["cell"] else ""
    return (
        f'<span class="mtl-effect">{_numbers(row)} {unit}</span>{where}' if where else "–"
    ) + f'<span class="mtl-note">claimed: {escape(row["region"])}</span>'


def _deciding(row: Row) -> str:
    """Which comparison the shown numbers are of."""
    which = escape(row["cell"])
    return f"{which}, which decides" if len(row["cells"]) > 1 else which


def _numbers(found: Mapping[str, Any]) -> str:
    return escape(with_interval(found["effect"], found["low"], found["high"]))


def _evidence(row: Row) -> str:
    if row["evidence"] == "printed":
        return 'printed<span class="mtl-note">the printed text itself</span>'
    lost = f", {row['lost']} without a value" if row["lost"] else ""
    seeds = f'<span class="mtl-note">{row["seeds"]} seeds{lost}</span>' if row["cell"] else ""
    return (
        f"{escape(row['evidence'])}"
        f'<span class="mtl-note">data: {escape(row["data"])}</span>'
        f'<span class="mtl-note">scale: {escape(row["scale"])}</span>'
        f"{seeds}"
    )
