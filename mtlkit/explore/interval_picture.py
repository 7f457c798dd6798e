"""A claim as a small picture: the claimed region, the interval that was found, the effect.

An SVG that stands in a page's text and takes its colours from there: lines in the text's colour,
the region in the page's `--mtl-holds` where there is one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

import attrs

from mtlkit.explore.words import number, with_interval

Bounds = tuple[float | None, float | None]
"""Low and high end of a region or an interval; None where it has none."""

_PADDING = 0.15
"""Room on either side, as a part of what is shown: an open region shows at least so much."""

_NEAR = 0.06
"""Within this part of a region's width of one boundary, the other boundary is left out."""

_LEAST_REGION = 6.0
"""Pixels that a region is drawn wide at least."""

_CHARACTER = 6.4
"""About the pixels that a character of a tick's label takes."""

_BETWEEN = 18.0
"""Pixels between two labels of round numbers."""

_LABELS = 17.0
"""Pixels that ticks and their labels take in height."""


@attrs.frozen
class Axis:
    """A scale from numbers to pixels.

    Parameters
    ----------
    low, high
        The numbers at the two edges; low < high.
    width
        Pixels between them.
    """

    low: float
    high: float
    width: float

    def x(self, value: float) -> float:
        """Pixels from the left edge; what lies beyond an edge is put on it."""
        part = (value - self.low) / (self.high - self.low)
        return self.width * min(max(part, 0.0), 1.0)

    def shows(self, value: float) -> bool:
        """Whether a number lies between the edges."""
        return self.low <= value <= self.high


def axis_for(found: Iterable[Mapping[str, Any]], region: Bounds, width: float = 280.0) -> Axis:
    """A scale on which everything found, and the region's boundaries, can be seen.

    Zero is on it where it is not far off. Where all that was found lies close to one of two
    boundaries, the other is left out, and the region goes on beyond the edge.

    Parameters
    ----------
    found
        Mappings with `effect, low, high` in one unit; None (or not finite) where there is none.
    region
        The claimed region, in that unit.
    width
        Pixels.
    """
    values = [value for each in found for value in _numbers(each)]
    shown = values + _boundaries_to_show(values, region)
    low, high = (min(shown), max(shown)) if shown else (0.0, 0.0)
    span = high - low
    if low - span / 2 <= 0 <= high + span / 2:
        low, high = min(low, 0.0), max(high, 0.0)
    padding = _PADDING * ((high - low) or abs(high) or 1.0)
    return Axis(low - padding, high + padding, width)


def _numbers(found: Mapping[str, Any]) -> Iterator[float]:
    for key in ("effect", "low", "high"):
        if (value := _finite(found[key])) is not None:
            yield value


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _boundaries_to_show(values: list[float], region: Bounds) -> list[float]:
    boundaries = [bound for bound in region if bound is not None]
    if len(boundaries) == 2 and values:
        near = _NEAR * (boundaries[1] - boundaries[0])
        for bound in boundaries:
            if all(abs(value - bound) < near for value in values):
                return [bound]
    return boundaries


def interval_picture(
    found: Mapping[str, Any], region: Bounds, words: str, axis: Axis | None = None
) -> str:
    """The picture of one comparison, as an `<svg>` element.

    Parameters
    ----------
    found
        `effect, low, high`; without bounds there is a dot alone, without an effect the region.
    region
        The claimed region.
    words
        What the picture shows, for those who do not see it: see `picture_words`.
    axis
        A scale shared with others, which is labelled elsewhere; None for one of its own, with
        labels.
    """
    own = axis or axis_for([found], region)
    height = 28.0 if axis is None else 20.0
    inner = _shade(own, region, height) + _zero(own, region, height)
    inner += _interval(own, found, height / 2)
    total = height
    if axis is None:
        inner += _ticks(own, region, height)
        total += _LABELS
    return _svg(own.width, total, inner, f'role="img" aria-label="{escape(words)}"')


def scale_picture(axis: Axis, region: Bounds) -> str:
    """The labels of a scale that several pictures share; they say nothing that is not in them."""
    return _svg(axis.width, _LABELS + 1, _ticks(axis, region, 1.0), 'aria-hidden="true"')


def picture_words(found: Mapping[str, Any], region: Bounds, claimed: str, unit: str) -> str:
    """What a picture shows, in words.

    Parameters
    ----------
    found, region
        As in `interval_picture`.
    claimed
        The region in words, with its unit.
    unit
        The unit of the effect.

    Examples
    --------
    >>> found = {"effect": 1.0, "low": 0.5, "high": 1.5}
    >>> picture_words(found, (0.0, None), "above 0 dB", "dB")
    'Claimed: above 0 dB. Found: 1.00 [0.50, 1.50] dB, wholly inside.'
    """
    where = f", {place_words(found, region)}" if _finite(found["effect"]) is not None else ""
    text = with_interval(found["effect"], found["low"], found["high"])
    shown = f"{text} {unit}".rstrip() if where else "nothing"
    return f"Claimed: {claimed}. Found: {shown}{where}."


def place_words(found: Mapping[str, Any], region: Bounds) -> str:
    """Where an effect with its interval lies: in the region, out of it, or across its boundary.

    Parameters
    ----------
    found
        `effect, low, high`; the effect is a number. Without bounds it is taken as exact.
    region
        The claimed region, without its boundaries.
    """
    low, high = _finite(found["low"]), _finite(found["high"])
    exact = low is None or high is None
    first, last = (found["effect"],) * 2 if low is None or high is None else (low, high)
    least, most = _ends(region)
    if least < first and last < most:
        return "inside" if exact else "wholly inside"
    if last <= least or first >= most:
        return "outside" if exact else "wholly outside"
    return "partly inside and partly outside"


def _ends(region: Bounds) -> tuple[float, float]:
    low, high = region
    return -math.inf if low is None else low, math.inf if high is None else high


def _svg(width: float, height: float, inner: str, said: str) -> str:
    return (
        f'<svg class="mtl-picture" {said} viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" fill="currentColor" stroke="currentColor" font-size="11" '
        f'style="max-width:100%">{inner}</svg>'
    )


def _shade(axis: Axis, region: Bounds, height: float) -> str:
    left, right = (axis.x(end) for end in _ends(region))
    if right - left < _LEAST_REGION:
        middle = (left + right) / 2
        left, right = middle - _LEAST_REGION / 2, middle + _LEAST_REGION / 2
    marks = "".join(
        _line(x, 0.0, x, height, ' stroke-width="1.5"')
        for x, bound in zip((left, right), region, strict=True)
        if bound is not None and axis.shows(bound)
    )
    return (
        f'<rect class="mtl-region" x="{left:.1f}" y="0" width="{right - left:.1f}" '
        f'height="{height:g}" fill="var(--mtl-holds, currentColor)" fill-opacity="0.2" '
        f'stroke="none"/>{marks}'
    )


def _zero(axis: Axis, region: Bounds, height: float) -> str:
    if 0 in region or not axis.shows(0.0):
        return ""
    x = axis.x(0.0)
    look = ' stroke-opacity="0.6" stroke-dasharray="2 2"'
    return _line(x, 0.0, x, height, look)


def _interval(axis: Axis, found: Mapping[str, Any], y: float) -> str:
    effect, low, high = (_finite(found[key]) for key in ("effect", "low", "high"))
    if effect is None:
        return ""
    drawn = ""
    if low is not None and high is not None:
        left, right = f"{axis.x(low):.1f}", f"{axis.x(high):.1f}"
        caps = "".join(f"M{x} {y - 6:g}v12" for x in (left, right))
        drawn = f'<path d="M{left} {y:g}H{right}{caps}" stroke-width="1.8"/>'
    return f'{drawn}<circle cx="{axis.x(effect):.1f}" cy="{y:g}" r="3.5"/>'


def _line(x1: float, y1: float, x2: float, y2: float, look: str = "") -> str:
    return f'<path d="M{x1:.1f} {y1:g}L{x2:.1f} {y2:g}"{look}/>'


def _ticks(axis: Axis, region: Bounds, y: float) -> str:
    look = ' stroke-opacity="0.6"'
    drawn = _line(0.0, y, axis.width, y, look)
    taken: list[tuple[float, float]] = []
    for value, text, strong in _labels(axis, region):
        half = _CHARACTER * len(text) / 2
        middle = min(max(axis.x(value), half), axis.width - half)
        room = _BETWEEN / 2 if strong else _BETWEEN
        if any(middle - half < end + room and start - room < middle + half for start, end in taken):
            continue
        taken.append((middle - half, middle + half))
        weight = ' font-weight="700"' if strong else ""
        drawn += _line(axis.x(value), y, axis.x(value), y + 4, look)
        drawn += (
            f'<text x="{middle:.1f}" y="{y + 15:g}" text-anchor="middle" stroke="none"{weight}>'
            f"{escape(text)}</text>"
        )
    return drawn


def _labels(axis: Axis, region: Bounds) -> Iterator[tuple[float, str, bool]]:
    """Places and their labels, the more important first: boundaries, zero, round numbers."""
    boundaries = [bound for bound in region if bound is not None and axis.shows(bound)]
    texts = [number(bound) for bound in boundaries]
    if len(boundaries) == 2:
        between = axis.x(boundaries[1]) - axis.x(boundaries[0])
        if between < _CHARACTER * sum(map(len, texts)) / 2 + _BETWEEN / 2:
            both = f"±{texts[1]}" if boundaries[0] == -boundaries[1] else " to ".join(texts)
            boundaries, texts = [sum(boundaries) / 2], [both]
    for bound, text in zip(boundaries, texts, strict=True):
        yield bound, text, True
    if axis.shows(0.0):
        yield 0.0, "0", False
    step = _round_step((axis.high - axis.low) / 3)
    first, last = math.ceil(axis.low / step), math.floor(axis.high / step)
    for count in range(first, last + 1):
        if (text := number(count * step)) not in texts:
            texts.append(text)
            yield count * step, text, False


def _round_step(about: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not above a number."""
    power = 10.0 ** math.floor(math.log10(about))
    return max(step * power for step in (1, 2, 5) if step * power <= about or step == 1)
