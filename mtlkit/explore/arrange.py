"""Where things stand in a figure: the part of the drawing that both libraries share."""

from __future__ import annotations

import math
from collections.abc import Iterable

import attrs

from mtlkit.explore.palette import INK, TASKS, Style, styles
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    Embedding,
    Facet,
    IntervalFacet,
    Intervals,
    Line,
    PointGroup,
    Points,
    Series,
    Window,
)

PRINTED = "printed in the source"
"""What the legend calls the source's own values."""

_STEP = 0.14
"""Distance between neighbouring series of a category, in categories, while there is room."""

_WRAP = 10
"""Longest line of a category's name, in characters, if it can be broken at a space."""


_MOST_DECADES = 7
"""So many decades of a logarithmic axis have a number, which leaves their letters room."""

_LONG = 3
"""Powers of ten beyond this one, and below its inverse, are written as powers."""

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def columns(facets: int) -> int:
    """How many facets stand side by side where there is room."""
    return {1: 1, 2: 2, 3: 3, 4: 2}.get(facets, 3)


def looks(panel: Curves | Intervals) -> dict[str, Style]:
    """The look of every key in a panel."""
    keys: list[str] = []
    for facet in panel.facets:
        keys += [mark.key for mark in _marks(facet)]
        keys += [reference.key for reference in facet.references]
    return styles(keys)


def reference_colours(panel: Curves | Intervals, looks: dict[str, Style]) -> dict[str, str]:
    """What colour the legend gives to each label of references: ink if they have several."""
    keys: dict[str, set[str]] = {}
    for facet in panel.facets:
        for reference in facet.references:
            keys.setdefault(reference.label, set()).add(reference.key)
    return {
        label: looks[min(used)].colour if len(used) == 1 else INK for label, used in keys.items()
    }


def _marks(facet: Facet) -> tuple[Line | Points | Series, ...]:
    if isinstance(facet, IntervalFacet):
        return facet.series
    return (*facet.lines, *facet.points) if isinstance(facet, CurveFacet) else ()


def name(mark: Line | Points | Series, looks: dict[str, Style]) -> str:
    """What the legend calls a line, points or a series."""
    return mark.label or looks[mark.key].label


def positions(series: Series, among: int, index: int) -> list[float]:
    """Where the values of one series among several stand: by category, a little to its side."""
    aside = (index - (among - 1) / 2) * min(_STEP, 0.8 / among)
    return [category + aside for category in range(len(series.values))]


def wrapped(category: str) -> list[str]:
    """A category's name in lines, broken at spaces."""
    lines = [""]
    for word in category.split():
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= _WRAP or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def x_range(panel: Curves | Intervals) -> tuple[float, float]:
    """Where the x axis of every facet begins and ends; references reach across it.

    On a logarithmic one both are positive.
    """
    if isinstance(panel, Intervals):
        return -0.5, len(panel.categories) - 0.5
    values = [
        x
        for facet in panel.facets
        for mark in _marks(facet)
        if not isinstance(mark, Series)
        for x in mark.x
    ]
    return _log_range(values) if panel.log_x else _wide_enough(values)


def y_range(panel: Curves | Intervals) -> tuple[float, float]:
    """Where the y axis of every facet begins and ends; on a logarithmic one both are positive."""
    values = [
        value
        for facet in panel.facets
        for value in (
            *(reference.value for reference in facet.references),
            *(value for mark in _marks(facet) for value in _heights(mark)),
        )
    ]
    return _log_range(values) if panel.log_y else _wide_enough(values)


def _log_range(values: Iterable[float]) -> tuple[float, float]:
    """As `_wide_enough`, on a logarithmic axis; values of zero or less are gaps."""
    low, high = _wide_enough(math.log10(value) for value in values if value > 0)
    return 10**low, 10**high


def x_ticks(panel: Curves) -> list[float]:
    """Ticks of a logarithmic x axis, no more than there is room for side by side."""
    ticks = log_ticks(*x_range(panel))
    powers = [tick for tick in ticks if math.log10(tick).is_integer()]
    return powers if len(ticks) > _MOST_DECADES and len(powers) > 1 else ticks


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic axis: 1, 2 and 5 in each decade, or 1 alone if many.

    Of very many decades every second, third ... has one.

    Examples
    --------
    >>> log_ticks(0.004, 0.3)
    [0.005, 0.01, 0.02, 0.05, 0.1, 0.2]
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    digits = (1, 2, 5) if last - first < 5 else (1,)
    step = math.ceil((last - first + 1) / _MOST_DECADES)
    powers = [power for power in range(first, last + 1) if power % step == 0]
    ticks = [float(f"{digit}e{power}") for power in powers for digit in digits]
    return [tick for tick in ticks if low <= tick <= high]


def log_label(tick: float) -> str:
    """How a tick of `log_ticks` is written: a power of ten where the number would get long.

    Examples
    --------
    >>> [log_label(tick) for tick in (0.002, 1000.0, 1e-5, 2e8)]
    ['0.002', '1000', '10⁻⁵', '2·10⁸']
    """
    power = math.floor(math.log10(tick) + 1e-9)
    if -_LONG <= power <= _LONG:
        return f"{tick:g}"
    digit = round(tick / 10.0**power)
    return ("" if digit == 1 else f"{digit}·") + "10" + str(power).translate(_RAISED)


def _heights(mark: Line | Points | Series) -> tuple[float, ...]:
    if isinstance(mark, Points):
        return mark.y
    ends = (*(mark.low or ()), *(mark.high or ()))
    if isinstance(mark, Line):
        return (*mark.y, *ends)
    return (*mark.values, *ends, *(mark.printed or ()))


def _wide_enough(values: Iterable[float]) -> tuple[float, float]:
    """From the least to the greatest finite value and a little further; 0 to 1 if there is none."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    margin = 0.04 * (high - low) or 0.5
    return low - margin, high + margin


def stretches(line: Line) -> list[list[int]]:
    """Where a line's band is unbroken: the indices of each stretch of finite values."""
    found: list[list[int]] = []
    broken = True
    for index, (x, low, high) in enumerate(
        zip(line.x, line.low or (), line.high or (), strict=False)
    ):
        if not all(map(math.isfinite, (x, low, high))):
            broken = True
            continue
        if broken:
            found.append([])
            broken = False
        found[-1].append(index)
    return found


def group_looks(panel: Embedding) -> dict[str, Style]:
    """The look of every group of an embedding, under its name in the legend.

    From the ninth group on colours come again, each with another marker.
    """
    found = styles(group.key for group in panel.groups)
    used: set[tuple[str, str]] = set()
    for group in panel.groups:
        style = found[group.key]
        markers = (style.marker, *(other.marker for other in TASKS))
        marker = next((m for m in markers if (style.colour, m) not in used), style.marker)
        used.add((style.colour, marker))
        found[group.key] = attrs.evolve(style, marker=marker, label=group.label or style.label)
    return found


def marked(panel: Embedding) -> list[tuple[float, float]]:
    """Where the marked points of an embedding stand."""
    return [
        (x, y)
        for group in panel.groups
        for x, y, mark in zip(group.x, group.y, group.marked or (), strict=False)
        if mark
    ]


def joins(panel: Embedding) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Where the lines between points of an embedding begin and end."""
    places = [place for group in panel.groups for place in zip(group.x, group.y, strict=True)]
    return [(places[one], places[other]) for one, other in panel.joined]


def in_window(group: PointGroup, window: Window) -> list[int]:
    """Which points of a group a window shows, and those around it by half its size.

    A page keeps one scale for both axes, so that a window may show more than it asks for.
    """
    reach = [
        (low - (high - low) / 2, high + (high - low) / 2) for low, high in (window.x, window.y)
    ]
    return [
        place
        for place, (x, y) in enumerate(zip(group.x, group.y, strict=True))
        if reach[0][0] <= x <= reach[0][1] and reach[1][0] <= y <= reach[1][1]
    ]


def embedding_ranges(panel: Embedding) -> tuple[tuple[float, float], tuple[float, float]]:
    """Where the axes of an embedding begin and end."""
    parts: tuple[PointGroup | Window, ...] = (*panel.groups, *panel.windows)
    return (
        _wide_enough(x for part in parts for x in part.x),
        _wide_enough(y for part in parts for y in part.y),
    )
