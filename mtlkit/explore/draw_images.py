"""A grid of small pictures as a matplotlib figure."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure

from mtlkit.explore.palette import INK, PAPER, RULE
from mtlkit.explore.panels import ImageGrid

_ACROSS = 8


def images(panel: ImageGrid) -> Figure:
    """The pictures in rows, each with its words under it; a marked one in a red frame."""
    across = min(len(panel.images), _ACROSS)
    down = math.ceil(len(panel.images) / across)
    drawn = Figure(figsize=(7.4, 0.5 + 1.35 * down), layout="constrained", facecolor=PAPER, dpi=100)
    axes = drawn.subplots(down, across, squeeze=False).ravel()
    for ax in axes[len(panel.images) :]:
        ax.remove()
    for ax, image in zip(axes, panel.images, strict=False):
        ax.imshow(np.asarray(image.pixels), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        ax.set_xticks([])
        ax.set_yticks([])
        mark = f"\n✕ {panel.mark}" if image.marked else ""
        ax.set_xlabel(image.caption + mark, fontsize=8, color=INK)
        for spine in ax.spines.values():
            spine.set_color("#d55e00" if image.marked else RULE)
            spine.set_linewidth(2.5 if image.marked else 1)
    return drawn
