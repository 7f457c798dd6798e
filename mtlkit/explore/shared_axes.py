"""The same axes in every frame of an Explorer, so that one sees what moves."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

import attrs

from mtlkit.explore import arrange
from mtlkit.explore.panels import Curves, Intervals, Panel

_IN = 20
"""One frame in so many may need a longer axis than the shared one."""

_MARGIN = 0.04
"""Of the axis, beyond the outermost value."""

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
        y = self._y[panel.name]
        if values := _heights(panel):
            y = _joined(y, _with_margin(min(values), max(values)))
        for name, axis in spec["layout"].items():
            if name.startswith("xaxis"):
                log = isinstance(panel, Curves) and panel.log_x
                axis["range"] = [math.log10(end) for end in x] if log else list(x)
            elif name.startswith("yaxis"):
                axis["range"] = list(y)
                if panel.log_y:
                    ticks = arrange.log_ticks(10 ** y[0], 10 ** y[1])
                    axis["tickvals"] = ticks
                    axis["ticktext"] = [arrange.log_label(tick) for tick in ticks]
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
            values = _heights(panel)
            y.setdefault(panel.name, []).extend([(min(values), max(values))] if values else [])
    return SharedAxes(
        {name: _usual(spans) for name, spans in x.items()},
        {name: _with_margin(*_usual(spans)) if spans else (0.0, 1.0) for name, spans in y.items()},
    )


def _heights(panel: Curves | Intervals) -> list[float]:
    """Everything that an axis has to reach, in its own scale."""
    values: list[float] = [each.value for facet in panel.facets for each in facet.references]
    if isinstance(panel, Intervals):
        for facet in panel.facets:
            for series in facet.series:
                parts = (series.values, series.low, series.high, series.printed)
                values += itertools.chain.from_iterable(part or () for part in parts)
    else:
        for curves in panel.facets:
            for line in curves.lines:
                values += itertools.chain(line.y, line.low or (), line.high or ())
            values += (y for points in curves.points for y in points.y)
    finite = [value for value in values if math.isfinite(value)]
    # plotly has a logarithmic axis in powers of ten
    return [math.log10(value) for value in finite if value > 0] if panel.log_y else finite


def _usual(spans: list[Span]) -> Span:
    lows, highs = zip(*spans, strict=True)
    beyond = len(spans) // _IN
    return sorted(lows)[beyond], sorted(highs, reverse=True)[beyond]


def _with_margin(low: float, high: float) -> Span:
    margin = _MARGIN * (high - low) or 0.5
    return low - margin, high + margin


def _joined(one: Span, other: Span) -> Span:
    return min(one[0], other[0]), max(one[1], other[1])
