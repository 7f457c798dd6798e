"""Panels that a page shows best as plain HTML: tables and grids of small pictures."""

from __future__ import annotations

import base64
import io
from html import escape

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from mtlkit.explore.panels import ImageGrid, Table

IN_NOTEBOOK = (
    "<style>.mtl-table :is(th,td){text-align:left!important;vertical-align:top!important}"
    ".mtl-table .mtl-number{text-align:right!important}"
    ".mtl-images{display:flex;flex-wrap:wrap;gap:.75rem;list-style:none;padding:0;margin:0}"
    ".mtl-image{display:flex;flex-direction:column;max-width:11rem}</style>"
)
"""The little styling a notebook needs, where the report's style sheet is not loaded."""

_SIDE = 64
"""Pixels of the page that a small picture gets, if its own go into them."""

_FEW_LETTERS = 24
"""A longer text under a picture needs a wider one."""

_MANY_COLUMNS, _FITS_A_PHONE = 8, 4
"""More columns than these ask for smaller letters, or to be stacked row by row on a narrow page."""


def table(panel: Table) -> str:
    """A `<table>` with caption and scoped headings; the first column names the row.

    The roles keep it a table for a screen reader where a narrow page stacks its cells, each with
    its column's name.
    """
    groups = [group.label for group in panel.groups for _ in range(group.span)]
    names = [
        f"{group}: {column}" if group else column
        for group, column in zip(groups or [""] * len(panel.columns), panel.columns, strict=True)
    ]
    body = "".join(
        f'<tr role="row"><th scope="row" role="rowheader">{escape(row[0])}</th>'
        + "".join(
            f'<td role="cell" class="{_kind(cell)}" data-label="{escape(name)}">{_cell(cell)}</td>'
            for name, cell in zip(names[1:], row[1:], strict=True)
        )
        + "</tr>"
        for row in panel.rows
    )
    size = (" mtl-wide" if len(panel.columns) > _MANY_COLUMNS else "") + (
        " mtl-stack" if len(panel.columns) > _FITS_A_PHONE else ""
    )
    return (
        f'{IN_NOTEBOOK}<div class="mtl-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(panel.alt)}"><table role="table" class="mtl-table mtl-values{size}">'
        f'<caption>{escape(panel.title)}</caption><thead role="rowgroup">{_headings(panel)}</thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>'
    )


def _kind(cell: str) -> str:
    return "mtl-number mtl-none" if cell == "–" else "mtl-number"


def _cell(text: str) -> str:
    """A value; what follows a number (its interval) is set apart and kept on one line."""
    value, _, spread = text.partition(" ")
    if not spread or not value.lstrip("+−-")[:1].isdecimal():
        return escape(text)
    return f'{escape(value)} <span class="mtl-spread">{escape(spread)}</span>'


def _headings(panel: Table) -> str:
    first, *others = (escape(column) for column in panel.columns)
    columns = f'<th scope="col" role="columnheader">{first}</th>' + "".join(
        f'<th scope="col" role="columnheader" class="mtl-number">{column}</th>' for column in others
    )
    if not panel.groups:
        return f'<tr role="row">{columns}</tr>'
    groups = "".join(
        f'<th scope="colgroup" role="columnheader" colspan="{group.span}">'
        f"{escape(group.label)}</th>"
        if group.label
        else f'<td role="cell" colspan="{group.span}"></td>'
        for group in panel.groups
    )
    return f'<tr role="row" class="mtl-groups">{groups}</tr><tr role="row">{columns}</tr>'


def images(panel: ImageGrid) -> str:
    """A list of pictures, each with its words; what is marked is said in words too."""
    items = []
    right = " mtl-right" if panel.sign == "✓" else ""
    wordy = any(len(image.caption) > _FEW_LETTERS for image in panel.images)
    for image in panel.images:
        mark = (
            f'<span class="mtl-mark">{panel.sign} {escape(panel.mark)}</span>'
            if image.marked
            else ""
        )
        told = image.caption + (f" ({panel.mark})" if image.marked else "")
        height, width = image.pixels.shape[:2]
        times = max(_SIDE // width, 1)
        items.append(
            f'<li class="mtl-image{f" mtl-marked{right}" if image.marked else ""}">'
            f'<img src="{png(image.pixels)}" alt="{escape(told)}" width="{times * width}" '
            f'height="{times * height}" style="image-rendering:pixelated">'
            f"<span>{escape(image.caption)}</span>{mark}</li>"
        )
    return (
        f'{IN_NOTEBOOK}<ul class="mtl-images{" mtl-wordy" if wordy else ""}" '
        f'aria-label="{escape(panel.alt)}">{"".join(items)}</ul>'
    )


def png(pixels: UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]) -> str:
    """Pixels, grey or in colours, as a data address."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
