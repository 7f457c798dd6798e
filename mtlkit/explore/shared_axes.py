"""The same axes in every frame of an Explorer, so that one sees what moves."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import attrs

from mtlkit.explore import arrange
from mtlkit.explore.panels import Curves, Intervals, Panel

_IN = 20
"""One frame in so many may need a longer axis than the shared one."""

Span = tuple[float, float]
Json = dict[str, Any]


@attrs.frozen
class SharedAxes:
    """How far the axes of each panel reach, by the panel's name.

    A run that diverged may need an axis a thousand times as long. It gets one for itself, and does
    not flatten what all other frames show.
    """

    _x: dict[str, Span]
    _y: dict[str, Span]

    def put(self, spec: Json, panel: Panel) -> Json:
        """Plotly's JSON of a panel, with these axes; it is changed in place.

        A panel of other kinds than curves and intervals stays as it is: its axes are names, or
        have no numbers.
        """
        if not isinstance(panel, Curves | Intervals):
            return spec
        own = arrange.x_range(panel)
        x = _joined(own, self._x.get(panel.name, own))
        y = _joined(_y_range(panel), self._y[panel.name])
        for name, axis in spec["layout"].items():
            if name.startswith("xaxis"):
                axis["range"] = list(x)
            elif name.startswith("yaxis"):
                axis["range"] = list(y)
                if panel.log_y:
                    ticks = arrange.log_ticks(10 ** y[0], 10 ** y[1])
                    axis["tickvals"] = ticks
                    axis["ticktext"] = [f"{tick:g}" for tick in ticks]
        for trace in spec["data"]:
            if trace["x"] == list(own):  # a reference reaches across the axis
                trace["x"] = list(x)
        return spec


def shared_axes(panels: Iterable[Panel]) -> SharedAxes:
    """Axes for the panels of all frames; those of one name have one axis."""
    x: dict[str, list[Span]] = {}
    y: dict[str, list[Span]] = {}
    for panel in panels:
        if isinstance(panel, Curves):
            x.setdefault(panel.name, []).append(arrange.x_range(panel))
        if isinstance(panel, Curves | Intervals):
            y.setdefault(panel.name, []).append(_y_range(panel))
    return SharedAxes(
        {name: _usual(spans) for name, spans in x.items()},
        {name: _usual(spans) for name, spans in y.items()},
    )


def _y_range(panel: Curves | Intervals) -> Span:
    """In powers of ten on a logarithmic axis, as plotly has it."""
    low, high = arrange.y_range(panel)
    return (math.log10(low), math.log10(high)) if panel.log_y else (low, high)


def _usual(spans: list[Span]) -> Span:
    lows, highs = zip(*spans, strict=True)
    beyond = len(spans) // _IN
    return sorted(lows)[beyond], sorted(highs, reverse=True)[beyond]


def _joined(one: Span, other: Span) -> Span:
    return min(one[0], other[0]), max(one[1], other[1])
