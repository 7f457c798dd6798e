"""An embedding as a matplotlib figure."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from mtlkit.explore import arrange
from mtlkit.explore.draw_marks import MARKERS
from mtlkit.explore.palette import INK, PAPER, Style
from mtlkit.explore.panels import Embedding, Window


def embedding(panel: Embedding) -> Figure:
    """The points in the colours and markers of their groups, rings around what is marked."""
    drawn = Figure(figsize=(7.4, 5.2), layout="constrained", facecolor=PAPER, dpi=100)
    if panel.windows:
        grid = drawn.add_gridspec(len(panel.windows), 2, width_ratios=(2, 1))
        ax = drawn.add_subplot(grid[:, 0])
    else:
        ax = drawn.subplots()
    looks = arrange.group_looks(panel)
    joins = arrange.joins(panel)
    if joins:
        # One line with gaps, so that the legend has one entry.
        ax.plot(
            [x for one, other in joins for x in (one[0], other[0], np.nan)],
            [y for one, other in joins for y in (one[1], other[1], np.nan)],
            linewidth=0.8,
            alpha=0.5,
            color=INK,
            zorder=1,
            rasterized=True,
        )
    for group in panel.groups:
        style = looks[group.key]
        ax.plot(
            group.x,
            group.y,
            linestyle="none",
            marker=MARKERS[style.marker],
            markersize=4,
            markeredgewidth=0,
            alpha=0.8,
            color=style.colour,
            label=style.label,
            rasterized=True,
        )
    marked = arrange.marked(panel)
    if marked:
        ax.plot(
            [x for x, _ in marked],
            [y for _, y in marked],
            linestyle="none",
            marker="o",
            markersize=7.5,
            markerfacecolor="none",
            markeredgecolor=INK,
            markeredgewidth=1,
            label=panel.mark,
            rasterized=True,
        )
    ax.margins(0.04)
    _bare(ax, "datalim")
    handles = list(ax.lines)
    for place, window in enumerate(panel.windows):
        _window(drawn.add_subplot(grid[place, 1]), panel, window, looks)
        _frame(ax, window, place + 1)
    before = [panel.join] if joins else []
    names = [
        *before,
        *(looks[group.key].label for group in panel.groups),
        *([panel.mark] if marked else []),
    ]
    drawn.legend(
        handles,
        names,
        loc="outside lower center",
        ncols=min(len(names), 5),
        frameon=False,
        fontsize=8.5,
        labelcolor=INK,
    )
    return drawn


def _bare(ax: Axes, adjustable: Literal["box", "datalim"]) -> None:
    """A frame without numbers, and one scale for both directions."""
    ax.set_facecolor(PAPER)
    ax.set_aspect("equal", adjustable=adjustable)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_color(INK)


def _frame(ax: Axes, window: Window, number: int) -> None:
    """Where a window is, with its number."""
    (left, right), (low, high) = window.x, window.y
    frame = Rectangle(
        (left, low), right - left, high - low, fill=False, edgecolor=INK, linewidth=1.2
    )
    ax.add_patch(frame)
    ax.annotate(
        str(number), (left, high), (0, 2), textcoords="offset points", color=INK, fontsize=9
    )


def _window(ax: Axes, panel: Embedding, window: Window, looks: dict[str, Style]) -> None:
    number = panel.windows.index(window) + 1
    ax.set_title(f"{number}: {window.title}", loc="left", fontsize=8.5, color=INK)
    for group in panel.groups:
        shown = arrange.in_window(group, window)
        style = looks[group.key]
        ax.plot(
            [group.x[at] for at in shown],
            [group.y[at] for at in shown],
            linestyle="none",
            marker=MARKERS[style.marker],
            markersize=4,
            markeredgewidth=0,
            alpha=0.8,
            color=style.colour,
            rasterized=True,
        )
    for name, x, y in zip(window.names, window.name_x, window.name_y, strict=True):
        ax.text(
            x,
            y,
            name,
            ha="center",
            va="center",
            fontsize=7.5,
            color=INK,
            clip_on=True,
            bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.7, "pad": 1},
        )
    _bare(ax, "box")
    ax.set_xlim(window.x[0], window.x[1])
    ax.set_ylim(window.y[0], window.y[1])
