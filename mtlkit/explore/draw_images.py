"""A grid of small pictures as a matplotlib figure."""

from __future__ import annotations

import math
import textwrap

import numpy as np
from matplotlib.figure import Figure

from mtlkit.explore.palette import INK, PAPER, RULE
from mtlkit.explore.panels import ImageGrid

_ACROSS, _LETTERS = 8, 14
"""Pictures in a row, and letters in a line under each."""

_WORDY = 24
"""Where a text has more letters, half as many pictures stand in a row."""

_FRAME = {"✕": "#d55e00", "✓": "#009e73"}


def images(panel: ImageGrid) -> Figure:
    """The pictures in rows, each with its words under it; a marked one in a coloured frame."""
    wordy = any(len(image.caption) > _WORDY for image in panel.images)
    most = _ACROSS // 2 if wordy else _ACROSS
    across = min(len(panel.images), most)
    down = math.ceil(len(panel.images) / across)
    letters = _LETTERS * _ACROSS // most
    lines = max(len(textwrap.wrap(image.caption, letters)) for image in panel.images)
    row = 1.2 + 0.17 * lines if wordy else 1.35
    drawn = Figure(figsize=(7.4, 0.5 + row * down), layout="constrained", facecolor=PAPER, dpi=100)
    axes = drawn.subplots(down, across, squeeze=False).ravel()
    for ax in axes[len(panel.images) :]:
        ax.remove()
    for ax, image in zip(axes, panel.images, strict=False):
        ax.imshow(np.asarray(image.pixels), cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        ax.set_xticks([])
        ax.set_yticks([])
        mark = f"\n{panel.sign} {panel.mark}" if image.marked else ""
        words = textwrap.fill(image.caption, letters) if wordy else image.caption
        ax.set_xlabel(words + mark, fontsize=8, color=INK)
        for spine in ax.spines.values():
            spine.set_color(_FRAME[panel.sign] if image.marked else RULE)
            spine.set_linewidth(2.5 if image.marked else 1)
    return drawn
