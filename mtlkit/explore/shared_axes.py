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

_CUT = 0.02
"""The share of all ends of bands that may lie beyond an end of the axis. When almost all seeds have
stopped, the interval of those that are left can be wide beyond measure."""

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
        if values := _firm(panel):
            y = _joined(y, _with_margin(min(values), max(values)))
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
    firm: dict[str, list[Span]] = {}
    bands: dict[str, list[float]] = {}
    for panel in panels:
        if isinstance(panel, Curves):
            x.setdefault(panel.name, []).append(arrange.x_range(panel))
            bands.setdefault(panel.name, []).extend(_bands(panel))
        if isinstance(panel, Curves | Intervals):
            values = _firm(panel)
            firm.setdefault(panel.name, []).extend([(min(values), max(values))] if values else [])
    return SharedAxes(
        {name: _usual(spans) for name, spans in x.items()},
        {name: _height(spans, bands.get(name, [])) for name, spans in firm.items()},
    )


def _height(firm: list[Span], bands: list[float]) -> Span:
    spans = [_usual(firm)] if firm else []
    if bands:
        ends, cut = sorted(bands), int(_CUT * len(bands))
        spans.append((ends[cut], ends[-1 - cut]))
    if not spans:
        return 0.0, 1.0
    return _with_margin(min(low for low, _ in spans), max(high for _, high in spans))


def _firm(panel: Curves | Intervals) -> list[float]:
    """What must not lie beyond an axis: everything but bands, in the axis' own scale."""
    values: list[float] = [each.value for facet in panel.facets for each in facet.references]
    if isinstance(panel, Intervals):
        for facet in panel.facets:
            for series in facet.series:
                parts = (series.values, series.low, series.high, series.printed)
                values += itertools.chain.from_iterable(part or () for part in parts)
    else:
        for curves in panel.facets:
            values += (y for line in curves.lines for y in line.y)
            values += (y for points in curves.points for y in points.y)
    return _scaled(values, panel)


def _bands(panel: Curves) -> list[float]:
    lines = [line for facet in panel.facets for line in facet.lines]
    return _scaled(
        [end for line in lines for end in (*(line.low or ()), *(line.high or ()))], panel
    )


def _scaled(values: Iterable[float], panel: Curves | Intervals) -> list[float]:
    """The finite ones; their powers of ten on a logarithmic axis, as plotly has it."""
    finite = [value for value in values if math.isfinite(value)]
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
