"""The words of a heat map's cells and labels: the part of the drawing that both libraries share."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mtlkit.explore.panels import Heatmap
from mtlkit.explore.words import number

_FEW = 12
"""Up to so many columns, and rows, the values are written in the cells."""


def written(panel: Heatmap) -> bool:
    """Whether the values are written in the cells."""
    return max(len(panel.columns), len(panel.rows)) <= _FEW


def text(panel: Heatmap, value: float) -> str:
    """What a cell says: its number, or in a word that it has none.

    Zeros that say nothing are kept, so that the cells of a column compare.
    """
    if not math.isfinite(value):
        return panel.missing
    return f"{value:.{panel.decimals}f}".replace("-", "−")


def told(panel: Heatmap, row: str, column: str, value: float) -> str:
    """What a cell says when one points at it."""
    shown = f"{number(value)} {panel.unit}".strip() if math.isfinite(value) else panel.missing
    return f"{panel.y_label}: {row}<br>{panel.x_label}: {column}<br>{panel.quantity}: {shown}"


def quantity(panel: Heatmap) -> str:
    """What the colours mean, with the unit."""
    return f"{panel.quantity} ({panel.unit})" if panel.unit else panel.quantity


def has_gaps(panel: Heatmap) -> bool:
    """Whether a cell has no value."""
    return any(not math.isfinite(value) for row in panel.values for value in row)


def longest(panel: Heatmap) -> int:
    """How many letters the longest number in a cell has."""
    values = [value for row in panel.values for value in row if math.isfinite(value)]
    return max((len(text(panel, value)) for value in values), default=0)


def thinned(labels: Sequence[str], at_most: int) -> dict[int, str]:
    """Labels by their place, every second, third ... where there is no room for all.

    Examples
    --------
    >>> thinned(["a", "b", "c", "d", "e"], 3)
    {0: 'a', 2: 'c', 4: 'e'}
    """
    step = math.ceil(len(labels) / max(at_most, 1))
    return {place: label for place, label in enumerate(labels) if place % step == 0}
