"""An embedding as a matplotlib figure."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from mtlkit.explore import arrange
from mtlkit.explore.draw_marks import MARKERS
from mtlkit.explore.palette import INK, PAPER
from mtlkit.explore.panels import Embedding


def embedding(panel: Embedding) -> Figure:
    """The points in the colours and markers of their groups, rings around what is marked."""
    drawn = Figure(figsize=(7.4, 5.2), layout="constrained", facecolor=PAPER, dpi=100)
    ax = drawn.subplots()
    ax.set_facecolor(PAPER)
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
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_color(INK)
    before = [panel.join] if joins else []
    names = [
        *before,
        *(looks[group.key].label for group in panel.groups),
        *([panel.mark] if marked else []),
    ]
    drawn.legend(
        ax.lines,
        names,
        loc="outside lower center",
        ncols=min(len(names), 5),
        frameon=False,
        fontsize=8.5,
        labelcolor=INK,
    )
    return drawn
