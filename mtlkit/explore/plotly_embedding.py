"""An embedding as plotly's JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mtlkit.explore import arrange
from mtlkit.explore.palette import INK, PAPER, Style
from mtlkit.explore.panels import Embedding, PointGroup, Window
from mtlkit.explore.plotly_parts import Json, Margins, axis, frame

_WIDE, _NARROW = 420, 320
"""Height of the plot in pixels."""

_BELOW = 190
"""Height of windows below a narrow plot, with their titles, in pixels."""

_GAP = 24
"""Between a plot and what is below it, in pixels: a window's title."""

_SHARE = 0.64
"""Of a wide figure that the plot has if windows stand beside it."""


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
    windows = len(panel.windows)
    around = Margins(left=14, below=14, above=_GAP if windows else 10)
    plot = (_NARROW + (_BELOW if windows else 0)) if narrow else _WIDE
    layout = frame(panel, plot, around, named, narrow=narrow, titled=titled)
    x, y = arrange.embedding_ranges(panel)
    room = _rooms(windows, plot, narrow)
    layout |= _axes("", room[0], x, y)
    for place, window in enumerate(panel.windows):
        number = str(place + 2)
        layout |= _axes(number, room[place + 1], window.x, window.y)
        data += [_zoomed(group, looks[group.key], window, number) for group in panel.groups]
        data.append(_edge(window))
        layout["annotations"] += _words(window, place + 1, room[place + 1])
    return {"data": data, "layout": layout}


Room = tuple[list[float], list[float]]
"""From where to where a plot reaches, from left to right and from the bottom up, each 0 to 1."""


def _rooms(windows: int, plot: int, narrow: bool) -> list[Room]:
    """The plot's, then its windows': to its right, or below it where it is narrow."""
    if not windows:
        return [([0.0, 1.0], [0.0, 1.0])]
    if narrow:
        top, width = (_BELOW - _GAP) / plot, 0.96 / windows
        below = [([at * (1 / windows), at / windows + width], [0.0, top]) for at in range(windows)]
        return [([0.0, 1.0], [_BELOW / plot, 1.0]), *below]
    height = (1 - (windows - 1) * _GAP / plot) / windows
    tops = [1 - at * (height + _GAP / plot) for at in range(windows)]
    return [
        ([0.0, _SHARE], [0.0, 1.0]),
        *(([_SHARE + 0.02, 1.0], [max(top - height, 0.0), top]) for top in tops),
    ]


def _axes(number: str, room: Room, x: Sequence[float], y: Sequence[float]) -> Json:
    bare = {"showticklabels": False, "ticks": "", "showgrid": False, "mirror": True}
    across, up = room
    return {
        f"xaxis{number}": {**axis(across, f"y{number}"), **bare, "range": list(x)},
        f"yaxis{number}": {
            **axis(up, f"x{number}"),
            **bare,
            "range": list(y),
            "scaleanchor": f"x{number}",
        },
    }


def _zoomed(group: PointGroup, style: Style, window: Window, number: str) -> Json:
    """A group's points that a window shows."""
    shown = arrange.in_window(group, window)
    some = PointGroup(
        group.key,
        [group.x[at] for at in shown],
        [group.y[at] for at in shown],
        told=[group.told[at] for at in shown] if group.told else (),
    )
    where = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
    return {**_points(some, style), "showlegend": False, **where}


def _edge(window: Window) -> Json:
    """The frame of a window in the plot."""
    (left, right), (low, high) = window.x, window.y
    return {
        "type": "scatter",
        "name": window.title,
        "showlegend": False,
        "mode": "lines",
        "x": _short([left, right, right, left, left]),
        "y": _short([high, high, low, low, high]),
        "line": {"color": INK, "width": 1.5},
        "hoverinfo": "skip",
    }


def _words(window: Window, number: int, room: Room) -> list[Json]:
    """A window's number in the plot, its title above it, and the names within it."""
    axes = {"xref": f"x{number + 1}", "yref": f"y{number + 1}"}
    across, up = room
    return [
        {
            "text": str(number),
            "x": window.x[0],
            "y": window.y[1],
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
        },
        {
            "text": f"{number}: {window.title}",
            "xref": "paper",
            "yref": "paper",
            "x": across[0],
            "y": up[1],
            "xanchor": "left",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 12},
        },
        *(
            {
                "text": name,
                **axes,
                "x": x,
                "y": y,
                "showarrow": False,
                "font": {"size": 11},
                "bgcolor": PAPER,
                "opacity": 0.8,
            }
            for name, x, y in zip(window.names, window.name_x, window.name_y, strict=True)
        ),
    ]


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
