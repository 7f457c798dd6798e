"""Axes that stand still while a run is drawn again and again."""

from __future__ import annotations

import math
from typing import Any

from mtlkit.core.result import Result
from mtlkit.explore import arrange
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.panels import Curves, Panel
from mtlkit.explore.shared_axes import SharedAxes, Span

_MARGIN = 0.04
"""Of the epochs, beyond the first and the last."""

_ROOM = 0.5
"""The least share of the axis that a run must fill at its end to keep it."""


class LiveAxes:
    """The axes of curves over the epochs, or what else is counted, by the picture's name.

    From its first picture on, a run has all its epochs on the x axis. Its y axis begins as the
    last whole run needed it and only grows; when the run has ended, it shrinks if it is far too
    long (the run before had diverged).
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._needed: dict[str, Span] = {}
        """What the last whole run needed."""
        self._now: dict[str, Span] = {}

    def begin(self) -> None:
        """A run begins."""
        self._now = dict(self._needed)

    def put(self, told: dict[str, Any], panel: Panel, result: Result, *, whole: bool) -> None:
        """Set the axes of a picture of the newest run, as the page draws it.

        Parameters
        ----------
        told
            The picture: plotly's `data` and its layouts `wide` and `narrow`; changed in place.
        panel, result, whole
            What is drawn, of which result, and whether that is complete.
        """
        if not isinstance(panel, Curves) or panel.x_label != self._words.count:
            return
        needed = _heights(panel)
        y = _joined(needed, self._now.get(panel.name, needed))
        if whole:
            self._needed[panel.name] = needed
            if needed[1] - needed[0] < _ROOM * (y[1] - y[0]):
                y = needed
        self._now[panel.name] = y
        x = _joined(
            arrange.x_range(panel), _epochs(result, self._words.total) or arrange.x_range(panel)
        )
        axes = SharedAxes({panel.name: x}, {panel.name: y})
        axes.put({"layout": told["narrow"], "data": []}, panel)
        axes.put({"layout": told["wide"], "data": told["data"]}, panel)


def _heights(panel: Curves) -> Span:
    """The y axis that a panel needs by itself, in the axis' own scale."""
    low, high = arrange.y_range(panel)
    return (math.log10(low), math.log10(high)) if panel.log_y else (low, high)


def _epochs(result: Result, total: str) -> Span | None:
    """The x axis for all epochs that a run may have, where its config says how many."""
    epochs = result.config.get(total)
    if not isinstance(epochs, int):
        return None
    return -_MARGIN * epochs, (1 + _MARGIN) * epochs


def _joined(one: Span, other: Span) -> Span:
    return min(one[0], other[0]), max(one[1], other[1])
