"""A panel as a plotly figure: plain JSON for the report and JupyterLab, or a live `Figure`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mtlkit.explore import arrange
from mtlkit.explore.palette import INK, PAPER, RULE, Style
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

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

Json = dict[str, Any]

_FACET, _TOP, _TITLE, _TEXT_LINE = 240, 30, 30, 18
"""Heights in pixels: a facet, the room above it, a title, a line of text."""

_LEGEND_ROW = 30
_MANY = 60


def spec(panel: Curves | Intervals, *, narrow: bool = False, titled: bool = True) -> Json:
    """A figure as plotly's JSON (`data`, `layout`), with None where a number is not finite.

    Parameters
    ----------
    narrow
        Lay it out for a column of about 400 pixels: facets under one another.
    titled
        Draw the title into the figure; a page that has it as a heading leaves it out.
    """
    data = _Traces(panel)
    return {"data": data.traces, "layout": _layout(panel, data.named, narrow, titled)}


def figure(panel: Curves | Intervals) -> Figure:
    """A plotly `Figure` of the same JSON, checked by plotly's own validation."""
    from plotly.graph_objects import Figure

    return Figure(spec(panel))


def _gaps(values: Sequence[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]


class _Traces:
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
            y=_gaps([reference.value] * 2),
            line={**line, "color": self._looks[reference.key].colour},
            hovertemplate="%{y:.4g}",
        )
        if reference.label not in self.named:
            colour = self._reference_colours[reference.label]
            self._add(
                reference.label, mode="lines", x=[None], y=[None], line={**line, "color": colour}
            )

    def _points(self, points: Points) -> None:
        style = self._looks[points.key]
        many = len(points.x) > _MANY
        self._add(
            arrange.name(points, self._looks),
            mode="markers",
            x=_gaps(points.x),
            y=_gaps(points.y),
            marker={
                "color": style.colour,
                "symbol": style.marker,
                "size": 4 if many else 7,
                "opacity": 0.45 if many else 1.0,
            },
        )

    def _line(self, line: Line) -> None:
        style, name = self._looks[line.key], arrange.name(line, self._looks)
        if line.low is not None and line.high is not None:
            self._band(line, line.low, line.high, style, name)
        self._add(
            name,
            mode="lines" if len(line.x) > 12 else "lines+markers",
            x=_gaps(line.x),
            y=_gaps(line.y),
            connectgaps=False,
            line={"color": style.colour, "dash": style.dash, "width": 2},
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
            ends = [_gaps(pair) for pair in zip(series.low, series.high, strict=True)]
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
            y=_gaps(series.values),
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
                y=_gaps(series.printed),
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


def _layout(panel: Curves | Intervals, named: list[str], narrow: bool, titled: bool) -> Json:
    facets = len(panel.facets)
    across = 1 if narrow else arrange.columns(facets)
    down = math.ceil(facets / across)
    below = (2 + _tick_lines(panel)) * _TEXT_LINE
    gap = below + _TOP
    plot = down * _FACET + (down - 1) * gap
    top = _TOP + (_TITLE if titled else 0)
    legend = _LEGEND_ROW * _legend_rows(named, 290 if narrow else 600)
    layout: Json = {
        "template": {},
        "autosize": True,
        "height": plot + top + below + legend,
        "margin": {"l": 62, "r": 14, "t": top, "b": below + legend, "autoexpand": False},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"color": INK, "size": 13, "family": "system-ui, sans-serif"},
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": len(named) > 1,
        "legend": {
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "xanchor": "left",
            "bgcolor": "rgba(0,0,0,0)",
        },
        "annotations": [],
    }
    if titled:
        layout["title"] = {"text": panel.title, "x": 0, "xref": "paper", "y": 0.98}
    for number, facet in enumerate(panel.facets):
        suffix = str(number + 1) if number else ""
        row, column = divmod(number, across)
        layout[f"xaxis{suffix}"] = {
            **_axis(_share(column, across), f"y{suffix}"),
            **_x_scale(panel),
        }
        layout[f"yaxis{suffix}"] = {
            **_axis(_stack(row, gap, plot), f"x{suffix}"),
            **_y_scale(panel),
            "showticklabels": column == 0,
            "title": {"text": panel.y_label if column == 0 else "", "font": {"size": 13}},
        }
        corner = {"xref": f"x{suffix} domain", "yref": f"y{suffix} domain", "showarrow": False}
        layout["annotations"] += [
            {
                **corner,
                "text": f"<b>{facet.title}</b>",
                "x": 0,
                "y": 1,
                "xanchor": "left",
                "yanchor": "bottom",
            },
            # plotly sets an axis' own title over tick labels of several lines
            {
                **corner,
                "text": panel.x_label,
                "x": 0.5,
                "y": 0,
                "xanchor": "center",
                "yanchor": "top",
                "yshift": -8 - _tick_lines(panel) * _TEXT_LINE,
            },
        ]
    return layout


def _legend_rows(named: list[str], width: int) -> int:
    """How many rows a legend will fill, at about 7 pixels a letter."""
    rows, used = 0, width
    for name in named if len(named) > 1 else ():
        entry = 50 + 7 * len(name)
        if used + entry > width:
            rows, used = rows + 1, 0
        used += entry
    return rows


def _tick_lines(panel: Curves | Intervals) -> int:
    if isinstance(panel, Curves):
        return 1
    return max(len(arrange.wrapped(text)) for text in panel.categories)


def _axis(domain: list[float], anchor: str) -> Json:
    return {
        "domain": domain,
        "anchor": anchor,
        "tickfont": {"size": 12},
        "tickangle": 0,
        "gridcolor": RULE,
        "linecolor": INK,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": INK,
        "fixedrange": True,
    }


def _x_scale(panel: Curves | Intervals) -> Json:
    scale: Json = {"range": list(arrange.x_range(panel))}
    if isinstance(panel, Intervals):
        scale |= {
            "tickmode": "array",
            "tickvals": list(range(len(panel.categories))),
            "ticktext": ["<br>".join(arrange.wrapped(text)) for text in panel.categories],
            "showgrid": False,
        }
    return scale


def _y_scale(panel: Curves | Intervals) -> Json:
    low, high = arrange.y_range(panel)
    if panel.log_y:
        ticks = arrange.log_ticks(low, high)
        return {
            "type": "log",
            "range": [math.log10(low), math.log10(high)],
            "tickmode": "array",
            "tickvals": ticks,
            "ticktext": [f"{tick:g}" for tick in ticks],
        }
    return {"range": [low, high]}


def _share(column: int, across: int) -> list[float]:
    gap = 0.04
    width = (1 - gap * (across - 1)) / across
    left = column * (width + gap)
    return [left, min(left + width, 1.0)]


def _stack(row: int, gap: int, plot: int) -> list[float]:
    top = 1 - row * (_FACET + gap) / plot
    return [max(top - _FACET / plot, 0.0), top]
