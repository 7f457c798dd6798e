"""A heat map as plotly's JSON."""

from __future__ import annotations

import math

from mtlkit.explore import arrange, cells
from mtlkit.explore.colour_scales import colour, ends, ink_on, scale
from mtlkit.explore.palette import INK, PAPER
from mtlkit.explore.panels import Heatmap
from mtlkit.explore.plotly_parts import (
    LETTER,
    NARROW,
    TEXT_LINE,
    WIDE,
    Json,
    Margins,
    axis,
    frame,
    gaps,
)

_LOWEST, _ROW, _HIGHEST = 160, 34, 480
"""Heights in pixels: of the smallest plot, of a row where there is room, of the largest plot."""

_LINE = 14
"""Height of a line of a label, in pixels."""

_LONGEST = 22
"""Letters of a label; a longer one is cut off, and said in full when one points at a cell."""

_BAR = 62
"""Height of the colours' bar with its title and numbers."""


def spec(panel: Heatmap, *, narrow: bool, titled: bool) -> Json:
    """The figure; values that no cell has room for are said when one points at the cell.

    What depends on the width stands in the layout: the page has two of them for the same traces.
    """
    plot = min(max(len(panel.rows) * _ROW, _LOWEST), _HIGHEST)
    rows = _row_labels(panel, plot)
    left = 40 + LETTER * max(len(line) for label in rows for line in label.split("<br>"))
    cell = ((NARROW if narrow else WIDE) - left - 14) / len(panel.columns)
    columns, height, upright = _column_labels(panel, cell)
    labels = height + TEXT_LINE + 8
    listed = [panel.missing] if cells.has_gaps(panel) else []
    listed += [panel.outline] if panel.outlined else []
    around = Margins(left=left, below=labels + _BAR, above=10)
    layout = frame(panel, plot, around, listed, narrow=narrow, titled=titled)
    across = len(columns) if not upright else int(cell * len(columns) / _LINE)
    layout["xaxis"] = {
        **axis([0.0, 1.0], "y"),
        **_ticks(columns, across),
        "range": [-0.5, len(columns) - 0.5],
        "tickangle": -90 if upright else 0,
    }
    layout["yaxis"] = {
        **axis([0.0, 1.0], "x"),
        **_ticks(rows, plot // _LINE),
        "range": [len(rows) - 0.5, -0.5],
        "title": {"text": panel.y_label, "font": {"size": 13}, "standoff": 6},
    }
    layout["coloraxis"] = _colours(panel, -labels / plot)
    layout["annotations"] = [_below(panel.x_label, height), *_numbers(panel, cell, narrow)]
    return {"data": [_cells(panel), *_hatched(panel), *_framed(panel)], "layout": layout}


def _row_labels(panel: Heatmap, plot: int) -> list[str]:
    """The rows' labels, in several lines where a row is high enough."""
    fit = plot // (_LINE * len(panel.rows))
    wrapped = [arrange.wrapped(label) for label in panel.rows]
    return [
        "<br>".join(lines) if len(lines) <= fit else _cut(label)
        for label, lines in zip(panel.rows, wrapped, strict=True)
    ]


def _column_labels(panel: Heatmap, cell: float) -> tuple[list[str], int, bool]:
    """The columns' labels, their height, and whether they stand upright for want of room."""
    wrapped = [arrange.wrapped(label) for label in panel.columns]
    if LETTER * max(len(line) for lines in wrapped for line in lines) <= cell:
        height = max(map(len, wrapped)) * TEXT_LINE
        return ["<br>".join(lines) for lines in wrapped], height, False
    upright = [_cut(label) for label in panel.columns]
    return upright, LETTER * max(map(len, upright)) + 4, True


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"


def _ticks(labels: list[str], at_most: int) -> Json:
    shown = cells.thinned(labels, at_most)
    return {
        "tickmode": "array",
        "tickvals": list(shown),
        "ticktext": list(shown.values()),
        "showgrid": False,
        "ticks": "",
    }


def _cells(panel: Heatmap) -> Json:
    return {
        "type": "heatmap",
        "z": [gaps(row) for row in panel.values],
        "x": list(range(len(panel.columns))),
        "y": list(range(len(panel.rows))),
        "coloraxis": "coloraxis",
        "xgap": 1,
        "ygap": 1,
        "text": [
            [
                cells.told(panel, row, column, value)
                for column, value in zip(panel.columns, values, strict=True)
            ]
            for row, values in zip(panel.rows, panel.values, strict=True)
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverongaps": False,
    }


def _colours(panel: Heatmap, top: float) -> Json:
    low, high = ends(panel)
    return {
        "cmin": low,
        "cmax": high,
        "colorscale": [list(stop) for stop in scale(panel)],
        "colorbar": {
            "orientation": "h",
            "title": {"text": cells.quantity(panel), "side": "top", "font": {"size": 13}},
            "thickness": 12,
            "len": 1,
            "x": 0,
            "xanchor": "left",
            "xpad": 0,
            "y": top,
            "yanchor": "top",
            "ypad": 0,
            "outlinewidth": 0,
            "tickfont": {"size": 12},
            "nticks": 6,
        },
    }


def _below(text: str, labels: int) -> Json:
    """The columns' meaning, under labels of that height."""
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "showarrow": False,
        "x": 0.5,
        "y": 0,
        "xanchor": "center",
        "yanchor": "top",
        "yshift": -2 - labels,
    }


def _numbers(panel: Heatmap, cell: float, narrow: bool) -> list[Json]:
    """The values in their cells if they fit, in the ink that is read on each cell's colour."""
    size, letter = (10, 6) if narrow else (12, LETTER)
    if not cells.written(panel) or letter * cells.longest(panel) > cell:
        return []
    return [
        {
            "text": cells.text(panel, value),
            "x": column,
            "y": row,
            "showarrow": False,
            "font": {"size": size, "color": ink_on(colour(panel, value))},
        }
        for row, values in enumerate(panel.values)
        for column, value in enumerate(values)
        if math.isfinite(value)
    ]


def _hatched(panel: Heatmap) -> list[Json]:
    """A hatched square over each cell without a value; its meaning stands in the legend."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row, values in enumerate(panel.values):
        for column, value in enumerate(values):
            if not math.isfinite(value):
                left, right, top, low = column - 0.48, column + 0.48, row - 0.48, row + 0.48
                x += [left, right, right, left, left, None]
                y += [top, top, low, low, top, None]
    hatched = {
        "type": "scatter",
        "name": panel.missing,
        "showlegend": True,
        "mode": "lines",
        "x": x,
        "y": y,
        "fill": "toself",
        "fillpattern": {
            "shape": "/",
            "size": 7,
            "solidity": 0.2,
            "fgcolor": INK,
            "fillmode": "overlay",
        },
        "fillcolor": "rgba(0,0,0,0)",
        "line": {"color": INK, "width": 1},
        "hoveron": "fills",
        "hoverinfo": "name",
    }
    return [hatched] if x else []


def _framed(panel: Heatmap) -> list[Json]:
    """Frames within cells, the ink on a broader line of paper: they are seen on any colour."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row, column in panel.outlined:
        left, right, top, low = (at + side for at in (column, row) for side in (-0.42, 0.42))
        x += [left, right, right, left, left, None]
        y += [top, top, low, low, top, None]
    frames = {"type": "scatter", "mode": "lines", "x": x, "y": y, "hoverinfo": "skip"}
    drawn = [
        {**frames, "showlegend": False, "line": {"color": PAPER, "width": 4}},
        {**frames, "showlegend": True, "line": {"color": INK, "width": 2}},
    ]
    return [{**trace, "name": panel.outline} for trace in drawn] if x else []
