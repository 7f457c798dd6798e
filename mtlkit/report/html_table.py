"""Tables of a report's page that a narrow screen stacks row by row."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape


def html_table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column names the row.

    Parameters
    ----------
    caption, columns
        Plain text.
    rows
        Cells as HTML; an empty one is not shown where the table is stacked. The roles keep it a
        table for a screen reader there too.
    """
    heads = "".join(f'<th scope="col" role="columnheader">{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr role="row"><th scope="row" role="rowheader">{first}</th>'
        + "".join(
            f'<td role="cell"{"" if cell else _EMPTY} data-label="{escape(name)}">'
            f"<div>{cell}</div></td>"
            for name, cell in zip(columns[1:], cells, strict=True)
        )
        + "</tr>"
        for first, *cells in rows
    )
    return (
        '<div class="mtl-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(caption)}"><table role="table" class="mtl-table mtl-stack">'
        f'<caption>{escape(caption)}</caption><thead role="rowgroup"><tr role="row">{heads}</tr>'
        f'</thead><tbody role="rowgroup">{body}</tbody></table></div>'
    )


_EMPTY = ' class="mtl-none"'
