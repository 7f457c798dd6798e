"""Colours for numbers: one scale for more and less, one for both sides of a centre.

Both are read by lightness alone, so that colour-blind readers and grey printers lose nothing that
counts. They look the same on a light and on a dark page: a cell brings its own background, and
`ink_on` says which of two inks is read on it (always with a contrast of at least 4.5:1).
"""

from __future__ import annotations

import math
from itertools import pairwise

from mtlkit.explore.panels import Heatmap

Scale = tuple[tuple[float, str], ...]
"""Colours at places from 0 to 1, with straight lines in RGB between them."""

SEQUENTIAL: Scale = (
    (0.0, "#0b2a5b"),
    (0.25, "#3c5573"),
    (0.5, "#7a807a"),
    (0.75, "#bfb069"),
    (1.0, "#fde74c"),
)
"""From dark blue, little, to light yellow, much."""

DIVERGING: Scale = (
    (0.0, "#0a4a86"),
    (0.25, "#6ba0cc"),
    (0.5, "#f4f2ee"),
    (0.75, "#dd8f5c"),
    (1.0, "#8c3a00"),
)
"""From blue, below, through near white, the centre, to brown, above."""

DARK_INK, LIGHT_INK = "#000000", "#fefefe"


def scale(panel: Heatmap) -> Scale:
    """The colours of a heat map."""
    return SEQUENTIAL if panel.centre is None else DIVERGING


def ends(panel: Heatmap) -> tuple[float, float]:
    """The values at both ends of a heat map's colours; the first is below the second."""
    if panel.span is not None:
        return panel.span[0], panel.span[1]
    values = [value for row in panel.values for value in row if math.isfinite(value)]
    if panel.centre is None:
        low, high = min(values, default=0.0), max(values, default=1.0)
        return (low, high) if low < high else (low - 0.5, high + 0.5)
    reach = max((abs(value - panel.centre) for value in values), default=0.0) or 0.5
    return panel.centre - reach, panel.centre + reach


def colour(panel: Heatmap, value: float) -> str:
    """The colour of a finite value, as `#rrggbb`; beyond an end, the end's."""
    low, high = ends(panel)
    place = min(max((value - low) / (high - low), 0.0), 1.0)
    return between(scale(panel), place)


def between(colours: Scale, place: float) -> str:
    """The colour at a place from 0 to 1.

    Examples
    --------
    >>> between(((0.0, "#000000"), (1.0, "#ff8000")), 0.5)
    '#804000'
    """
    for (start, first), (stop, second) in pairwise(colours):
        if place <= stop:
            share = (place - start) / (stop - start)
            parts = zip(_parts(first), _parts(second), strict=True)
            return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in parts)
    return colours[-1][1]


def ink_on(background: str) -> str:
    """The ink that is read better on a background, black or white."""
    light = luminance(background)
    on_light = (light + 0.05) / (luminance(DARK_INK) + 0.05)
    on_dark = (luminance(LIGHT_INK) + 0.05) / (light + 0.05)
    return DARK_INK if on_light >= on_dark else LIGHT_INK


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, from 0 (black) to 1 (white).

    As WCAG 2.2 defines it.
    """
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (byte / 255 for byte in _parts(colour))
    ]
    return sum(w * part for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _parts(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue
