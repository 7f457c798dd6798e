"""Plotly's traces of curves and intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mtlkit.explore import arrange
from mtlkit.explore.palette import INK, Style
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    IntervalFacet,
    Intervals,
    Line,
    Points,
    Reference,
    Series,
)
from mtlkit.explore.plotly_parts import DASHES, Json, gaps

_MANY = 60


class FacetTraces:
    """Collects a panel's traces; each name has its entry in the legend once."""

    def __init__(self, panel: Curves | Intervals) -> None:
        self.traces: list[Json] = []
        self.named: list[str] = []
        self._looks = arrange.looks(panel)
        self._reference_colours = arrange.reference_colours(panel, self._looks)
        self._span = arrange.x_range(panel)
        self._categories = panel.categories if isinstance(panel, Intervals) else ()
        for number, facet in enumerate(panel.facets, start=1):
            suffix = str(number) if number > 1 else ""
            self._axes = {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
            for reference in facet.references:
                self._reference(reference)
            if isinstance(facet, CurveFacet):
                for points in facet.points:
                    self._points(points)
                for line in facet.lines:
                    self._line(line)
            elif isinstance(facet, IntervalFacet):
                places = [
                    arrange.positions(series, len(facet.series), index)
                    for index, series in enumerate(facet.series)
                ]
                for series, x in zip(facet.series, places, strict=True):
                    self._series(series, x)
                for series, x in zip(facet.series, places, strict=True):
                    self._printed(series, x)

    def _add(self, name: str, *, listed: bool = True, **trace: Any) -> None:
        first = listed and name not in self.named
        if first:
            self.named.append(name)
        self.traces.append(
            {
                "type": "scatter",
                "name": name,
                "legendgroup": name,
                "showlegend": first,
                **self._axes,
                **trace,
            }
        )

    def _reference(self, reference: Reference) -> None:
        line = {"dash": "dot", "width": 1.5}
        self._add(
            reference.label,
            listed=False,
            mode="lines",
            x=list(self._span),
            y=gaps([reference.value] * 2),
            line={**line, "color": self._looks[reference.key].colour},
            hovertemplate="%{y:.4g}",
        )
        if reference.label not in self.named:
            colour = self._reference_colours[reference.label]
            self._add(
                reference.label, mode="lines", x=[None], y=[None], line={**line, "color": colour}
            )

    def _points(self, points: Points) -> None:
        style, name = self._looks[points.key], arrange.name(points, self._looks)
        many = len(points.x) > _MANY
        marker = {"color": style.colour, "symbol": style.marker, "size": 7}
        self._add(
            name,
            listed=not many,
            mode="markers",
            x=gaps(points.x),
            y=gaps(points.y),
            marker={**marker, "size": 4, "opacity": 0.6} if many else marker,
        )
        if name not in self.named:  # one that can be seen
            self._add(name, mode="markers", x=[None], y=[None], marker=marker)

    def _line(self, line: Line) -> None:
        style, name = self._looks[line.key], arrange.name(line, self._looks)
        if line.low is not None and line.high is not None:
            self._band(line, line.low, line.high, style, name)
        self._add(
            name,
            mode="lines" if len(line.x) > 12 else "lines+markers",
            x=gaps(line.x),
            y=gaps(line.y),
            connectgaps=False,
            line={"color": style.colour, "dash": DASHES.get(style.dash, style.dash), "width": 2},
            marker={"symbol": style.marker, "size": 7},
        )

    def _band(
        self, line: Line, low: Sequence[float], high: Sequence[float], style: Style, name: str
    ) -> None:
        x: list[float | None] = []
        y: list[float | None] = []
        for run in arrange.stretches(line):
            back = run[::-1]
            x += [*(line.x[i] for i in run), *(line.x[i] for i in back), None]
            y += [*(low[i] for i in run), *(high[i] for i in back), None]
        self._add(
            name,
            listed=False,
            mode="lines",
            x=x,
            y=y,
            fill="toself",
            fillcolor=_faint(style.colour),
            line={"width": 0, "color": style.colour},
            hoverinfo="skip",
        )

    def _series(self, series: Series, x: list[float]) -> None:
        style, name = self._looks[series.key], arrange.name(series, self._looks)
        told: list[list[str | float | None]] = [[text] for text in self._categories]
        hover = "%{customdata[0]}: %{y:.4g}"
        if series.low is not None and series.high is not None:
            ends = [gaps(pair) for pair in zip(series.low, series.high, strict=True)]
            told = [[text, *pair] for text, pair in zip(self._categories, ends, strict=True)]
            hover += " [%{customdata[1]:.4g}, %{customdata[2]:.4g}]"
            self._add(
                name,
                listed=False,
                mode="lines",
                x=[at for place in x for at in (place, place, None)],
                y=[at for pair in ends for at in (*pair, None)],
                line={"color": style.colour, "width": 2},
                hoverinfo="skip",
            )
        self._add(
            name,
            mode="markers",
            x=x,
            y=gaps(series.values),
            customdata=told,
            marker={"color": style.colour, "symbol": style.marker, "size": 9},
            hovertemplate=hover,
        )

    def _printed(self, series: Series, x: list[float]) -> None:
        if series.printed is not None:
            self._add(
                arrange.PRINTED,
                mode="markers",
                x=x,
                y=gaps(series.printed),
                marker={
                    "color": INK,
                    "symbol": "diamond-open",
                    "size": 12,
                    "line": {"width": 1.5},
                },
                hovertemplate="%{y:.4g}",
            )


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"
