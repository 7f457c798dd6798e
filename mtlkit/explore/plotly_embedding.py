"""An embedding as plotly's JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mtlkit.explore import arrange
from mtlkit.explore.palette import INK, Style
from mtlkit.explore.panels import Embedding, PointGroup
from mtlkit.explore.plotly_parts import Json, Margins, axis, frame

_WIDE, _NARROW = 420, 320
"""Height of the plot in pixels."""


def spec(panel: Embedding, *, narrow: bool, titled: bool) -> Json:
    """The figure: lines between points, a trace for each group, rings around what is marked."""
    looks = arrange.group_looks(panel)
    joins = arrange.joins(panel)
    data = [_lines(panel.join, joins)] if joins else []
    data += [_points(group, looks[group.key]) for group in panel.groups]
    marked = arrange.marked(panel)
    if marked:
        data.append(_rings(panel.mark, marked))
    named = [trace["name"] for trace in data]
    around = Margins(left=14, below=14, above=10)
    plot = _NARROW if narrow else _WIDE
    layout = frame(panel, plot, around, named, narrow=narrow, titled=titled)
    x, y = arrange.embedding_ranges(panel)
    bare = {"showticklabels": False, "ticks": "", "showgrid": False, "mirror": True}
    layout["xaxis"] = {**axis([0.0, 1.0], "y"), **bare, "range": list(x)}
    layout["yaxis"] = {**axis([0.0, 1.0], "x"), **bare, "range": list(y), "scaleanchor": "x"}
    return {"data": data, "layout": layout}


def _points(group: PointGroup, style: Style) -> Json:
    return {
        "type": "scatter",
        "name": style.label,
        "mode": "markers",
        "x": _short(group.x),
        "y": _short(group.y),
        **({"text": list(group.told)} if group.told else {}),
        "hovertemplate": "%{text}" if group.told else style.label,
        "marker": {"color": style.colour, "symbol": style.marker, "size": 7, "opacity": 0.8},
    }


def _lines(join: str, joins: Sequence[tuple[tuple[float, float], tuple[float, float]]]) -> Json:
    """One trace with gaps, behind the points."""
    x = [place for one, other in joins for place in (one[0], other[0], math.nan)]
    y = [place for one, other in joins for place in (one[1], other[1], math.nan)]
    return {
        "type": "scatter",
        "name": join,
        "mode": "lines",
        "x": _short(x),
        "y": _short(y),
        "line": {"color": INK, "width": 1},
        "opacity": 0.5,
        "hoverinfo": "skip",
    }


def _rings(mark: str, marked: list[tuple[float, float]]) -> Json:
    return {
        "type": "scatter",
        "name": mark,
        "mode": "markers",
        "x": _short([x for x, _ in marked]),
        "y": _short([y for _, y in marked]),
        "marker": {
            "color": INK,
            "symbol": "circle-open",
            "size": 13,
            "line": {"width": 1.5},
        },
        "hoverinfo": "skip",
    }


def _short(places: tuple[float, ...] | list[float]) -> list[float | None]:
    """Five digits, finer than a screen: places have no meaning of their own."""
    return [float(f"{place:.5g}") if math.isfinite(place) else None for place in places]
