"""A panel with as many digits and points as a reader can see: what the Explorer shows."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
import numpy as np

from mtlkit.explore.panels import Line, Panel

MOST_POINTS = 41
"""A line of more points is thinned to about so many."""

MOST_BANDED = 24
"""The same for a line with a band, which takes three numbers a point."""

_DIGITS = 4

AnyPanel = TypeVar("AnyPanel", bound=Panel)


def rounded(panel: AnyPanel) -> AnyPanel:
    """The panel with four significant digits, and at most `MOST_POINTS` points a line.

    A line with a band keeps at most `MOST_BANDED`, closer at its beginning: such lines are means
    over seeds while training, which changes most at the start.

    Both faces of an Explorer show a finished run through this function, and the published frames
    have passed it too: so from one result all of them have exactly the same numbers. To round
    twice changes nothing.

    Parameters
    ----------
    panel
        Any kind; numbers are rounded wherever they stand in it, whole-number pixels excepted.
    """
    return _rounded(panel)  # type: ignore[no-any-return]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return _shorter(value)
    if isinstance(value, tuple):
        return tuple(map(_rounded, value))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        short = [_shorter(number) for number in value.ravel().tolist()]
        return np.array(short, value.dtype).reshape(value.shape)
    if attrs.has(type(value)):
        if isinstance(value, Line):
            value = _thinned(value)
        fields = (field.name for field in attrs.fields(type(value)))
        return attrs.evolve(value, **{name: _rounded(getattr(value, name)) for name in fields})
    return value


def _shorter(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}") + 0.0  # there is no minus zero


def _thinned(line: Line) -> Line:
    """Some of the line's points, the first and the last among them."""
    banded = line.low is not None
    most, bend = (MOST_BANDED, 1.5) if banded else (MOST_POINTS, 1.0)
    if len(line.x) <= most:
        return line
    places = (len(line.x) - 1) * np.linspace(0, 1, most) ** bend
    shown = np.unique(places.round().astype(int)).tolist()

    def some(column: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(column[at] for at in shown)

    return attrs.evolve(
        line,
        x=some(line.x),
        y=some(line.y),
        low=line.low and some(line.low),
        high=line.high and some(line.high),
    )
