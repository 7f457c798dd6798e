"""Plotly's layout of curves and intervals: facets in rows, with the same axes."""

from __future__ import annotations

import math

from mtlkit.explore import arrange
from mtlkit.explore.panels import Curves, Intervals
from mtlkit.explore.plotly_parts import TEXT_LINE, Json, Margins, axis, frame

_FACET, _SMALL_FACET = 240, 150
"""Height of a facet in pixels; of one that shares the width of a telephone with another."""

_SHORT = 16
"""The longest title of such a small facet, in characters."""


def layout(panel: Curves | Intervals, named: list[str], narrow: bool, titled: bool) -> Json:
    """The layout for traces of those names, which stand in the legend if they are several."""
    facets = len(panel.facets)
    small = narrow and _can_be_small(panel)
    across = 2 if small else 1 if narrow else arrange.columns(facets)
    down = math.ceil(facets / across)
    facet_height = _SMALL_FACET if small else _FACET
    around = Margins(left=72 if panel.log_y else 62, below=(2 + _tick_lines(panel)) * TEXT_LINE)
    gap = around.below + around.above
    plot = down * facet_height + (down - 1) * gap
    listed = named if len(named) > 1 else ()
    found = frame(panel, plot, around, listed, narrow=narrow, titled=titled)
    for number, facet in enumerate(panel.facets):
        suffix = str(number + 1) if number else ""
        row, column = divmod(number, across)
        found[f"xaxis{suffix}"] = {
            **axis(_share(column, across), f"y{suffix}"),
            **_x_scale(panel),
        }
        found[f"yaxis{suffix}"] = {
            **axis(_stack(row, facet_height, gap, plot), f"x{suffix}"),
            **_y_scale(panel),
            "showticklabels": column == 0,
            "title": {"text": panel.y_label if column == 0 else "", "font": {"size": 13}},
        }
        corner = {"xref": f"x{suffix} domain", "yref": f"y{suffix} domain", "showarrow": False}
        found["annotations"] += [
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
                "yshift": -8 - _tick_lines(panel) * TEXT_LINE,
            },
        ]
    return found


def _can_be_small(panel: Curves | Intervals) -> bool:
    """Whether there are so many facets that a narrow page would be filled by them alone."""
    return (
        isinstance(panel, Curves)
        and len(panel.facets) > 2
        and all(len(facet.title) <= _SHORT for facet in panel.facets)
    )


def _tick_lines(panel: Curves | Intervals) -> int:
    if isinstance(panel, Curves):
        return 1
    return max(len(arrange.wrapped(text)) for text in panel.categories)


def _x_scale(panel: Curves | Intervals) -> Json:
    low, high = arrange.x_range(panel)
    if isinstance(panel, Intervals):
        return {
            "range": [low, high],
            "tickmode": "array",
            "tickvals": list(range(len(panel.categories))),
            "ticktext": ["<br>".join(arrange.wrapped(text)) for text in panel.categories],
            "showgrid": False,
        }
    return _log_scale(low, high, arrange.x_ticks(panel)) if panel.log_x else {"range": [low, high]}


def _y_scale(panel: Curves | Intervals) -> Json:
    low, high = arrange.y_range(panel)
    return (
        _log_scale(low, high, arrange.log_ticks(low, high))
        if panel.log_y
        else {"range": [low, high]}
    )


def _log_scale(low: float, high: float, ticks: list[float]) -> Json:
    return {
        "type": "log",
        "range": [math.log10(low), math.log10(high)],
        "tickmode": "array",
        "tickvals": ticks,
        "ticktext": [arrange.log_label(tick) for tick in ticks],
    }


def _share(column: int, across: int) -> list[float]:
    gap = 0.04
    width = (1 - gap * (across - 1)) / across
    left = column * (width + gap)
    return [left, min(left + width, 1.0)]


def _stack(row: int, height: int, gap: int, plot: int) -> list[float]:
    top = 1 - row * (height + gap) / plot
    return [max(top - height / plot, 0.0), top]
