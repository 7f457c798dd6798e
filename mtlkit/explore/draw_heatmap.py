"""A heat map as a matplotlib figure."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mtlkit.explore import arrange, cells
from mtlkit.explore.colour_scales import colour, ends, ink_on, scale
from mtlkit.explore.palette import INK, PAPER
from mtlkit.explore.panels import Heatmap

_WIDTH = 7.4
_ROW, _LOWEST, _HIGHEST = 0.3, 1.6, 5.0
"""Heights in inches: of a row where there is room, of the smallest and the largest plot."""

_MANY = 400
"""More cells than these are pixels in an SVG."""

_SIDE = 0.94
"""Of a hatched square, in cells."""

_FRAMED = 0.84
"""Of a frame, in cells."""

_LABEL = 0.14
"""The room a label needs across its letters, in inches."""

_FITS = 0.085
"""How wide a letter is at the size of labels, in inches, with some room to spare."""


def heatmap(panel: Heatmap) -> Figure:
    """The cells in their colours, the colours' bar below, and a key for cells without a value."""
    plot = min(max(_ROW * len(panel.rows), _LOWEST), _HIGHEST)
    drawn = Figure(figsize=(_WIDTH, plot + 1.5), layout="constrained", facecolor=PAPER, dpi=100)
    ax = drawn.subplots()
    ax.set_facecolor(PAPER)
    colours = LinearSegmentedColormap.from_list("cells", list(scale(panel)))
    mesh = ax.pcolormesh(
        np.arange(len(panel.columns) + 1) - 0.5,
        np.arange(len(panel.rows) + 1) - 0.5,
        np.ma.masked_invalid(np.asarray(panel.values, float)),
        cmap=colours,
        norm=Normalize(*ends(panel)),
        edgecolors=PAPER,
        linewidth=0.8 if cells.written(panel) else 0.2,
        rasterized=len(panel.rows) * len(panel.columns) > _MANY,
    )
    ax.invert_yaxis()
    _labels(ax, panel, plot)
    bar = drawn.colorbar(mesh, ax=ax, orientation="horizontal", aspect=50, pad=0.03)
    bar.outline.set_visible(False)
    bar.set_label(cells.quantity(panel), color=INK, fontsize=9)
    bar.ax.tick_params(colors=INK, labelsize=8)
    _cells(ax, panel)
    for row, column in panel.outlined:
        for frame in _framed(column, row):
            ax.add_patch(frame)
    keys = {panel.missing: _hatched(0.0, 0.0)} if cells.has_gaps(panel) else {}
    if panel.outlined:
        keys[panel.outline] = _framed(0, 0)[-1]
    if keys:
        drawn.legend(
            keys.values(),
            keys.keys(),
            loc="outside lower center",
            ncols=len(keys),
            frameon=False,
            fontsize=8.5,
            labelcolor=INK,
        )
    return drawn


def _labels(ax: Axes, panel: Heatmap, plot: float) -> None:
    room = (_WIDTH - 1.2) / len(panel.columns)
    wrapped = {label: arrange.wrapped(label) for label in panel.columns}
    upright = _FITS * max(len(line) for lines in wrapped.values() for line in lines) > room
    columns = cells.thinned(panel.columns, int((_WIDTH - 1.2) / _LABEL))
    rows = cells.thinned(panel.rows, int(plot / _LABEL))
    ax.set_xticks(
        list(columns),
        [label if upright else "\n".join(wrapped[label]) for label in columns.values()],
        rotation=90 if upright else 0,
    )
    ax.set_yticks(list(rows), list(rows.values()))
    ax.set_xlabel(panel.x_label, color=INK, fontsize=9)
    ax.set_ylabel(panel.y_label, color=INK, fontsize=9)
    ax.tick_params(colors=INK, labelsize=8, length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _cells(ax: Axes, panel: Heatmap) -> None:
    for row, values in enumerate(panel.values):
        for column, value in enumerate(values):
            if not math.isfinite(value):
                ax.add_patch(_hatched(column - _SIDE / 2, row - _SIDE / 2))
            elif cells.written(panel):
                ink = ink_on(colour(panel, value))
                ax.text(
                    column,
                    row,
                    cells.text(panel, value),
                    color=ink,
                    ha="center",
                    va="center",
                    fontsize=8,
                )


def _hatched(x: float, y: float) -> Rectangle:
    return Rectangle(
        (x, y), _SIDE, _SIDE, fill=False, hatch="////", edgecolor=INK, linewidth=0.6, alpha=0.6
    )


def _framed(column: int, row: int) -> list[Rectangle]:
    """A frame within a cell, the ink on a broader line of paper: it is seen on any colour."""
    corner = column - _FRAMED / 2, row - _FRAMED / 2
    return [
        Rectangle(corner, _FRAMED, _FRAMED, fill=False, edgecolor=colour, linewidth=width)
        for colour, width in ((PAPER, 3.2), (INK, 1.4))
    ]
