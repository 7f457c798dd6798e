"""The comparisons of a claim that is about several: a forest plot on one scale, folded away."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from mtlkit.explore.badge import badge
from mtlkit.explore.interval_picture import (
    Axis,
    axis_for,
    interval_picture,
    picture_words,
    scale_picture,
)
from mtlkit.explore.words import with_interval

_WIDTH = 200.0


def comparisons(row: Mapping[str, Any]) -> str:
    """A `<details>` with a table of a verdict's cells; empty where there are fewer than two.

    Each comparison has a picture of its own, and all pictures have one scale, which stands at
    the head of their column.
    """
    cells = row["cells"]
    if len(cells) < 2:
        return ""
    region = row["region_low"], row["region_high"]
    axis = axis_for(cells, region, _WIDTH)
    held = sum(cell["verdict"] == "holds" for cell in cells)
    unit = f" ({escape(row['unit'])})" if row["unit"] else ""
    return (
        f"<details><summary>{held} of {len(cells)} comparisons hold</summary>"
        '<table class="mtl-table mtl-cells" role="table"><thead role="rowgroup"><tr role="row">'
        '<th scope="col" role="columnheader">Comparison</th>'
        '<th scope="col" role="columnheader">By itself</th>'
        f'<th scope="col" role="columnheader">Effect{unit}</th>'
        f'<th scope="col" role="columnheader"><span class="mtl-forest">On one scale'
        f"{scale_picture(axis, region)}</span></th></tr></thead>"
        f'<tbody role="rowgroup">{"".join(_line(row, cell, axis) for cell in cells)}</tbody>'
        "</table></details>"
    )


def _line(row: Mapping[str, Any], cell: Mapping[str, Any], axis: Axis) -> str:
    region = row["region_low"], row["region_high"]
    words = picture_words(cell, region, row["region"], row["unit"])
    numbers = with_interval(cell["effect"], cell["low"], cell["high"])
    # The roles keep it a table for a screen reader where a narrow page stacks the cells.
    return (
        f'<tr role="row"><th scope="row" role="rowheader">{escape(cell["label"])}</th>'
        f'<td role="cell">{badge(cell["verdict"])}</td>'
        f'<td role="cell">{escape(numbers)}</td>'
        f'<td role="cell">{interval_picture(cell, region, words, axis)}</td></tr>'
    )
