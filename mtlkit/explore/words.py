"""Numbers as a reader wants them: as many digits as the uncertainty leaves."""

from __future__ import annotations

import math


def number(value: float | None, digits: int = 4) -> str:
    """A number with that many significant digits; a dash where there is none.

    Examples
    --------
    >>> number(4.22341), number(-0.5), number(None)
    ('4.223', '−0.5', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    return _minus(f"{value:.{digits}g}")


def with_interval(value: float | None, low: float | None, high: float | None) -> str:
    """A value and its interval, to two significant digits of the interval's half-width.

    Examples
    --------
    >>> with_interval(4.2234, 4.1011, 4.3457)
    '4.22 [4.10, 4.35]'
    >>> with_interval(4.2234, None, None)
    '4.223'
    """
    if value is None or low is None or high is None:
        return number(value)
    if not all(map(math.isfinite, (value, low, high))) or not high > low:
        return number(value)
    decimals = 1 - math.floor(math.log10((high - low) / 2))
    shown, *ends = (_rounded(each, decimals) for each in (value, low, high))
    return f"{shown} [{', '.join(ends)}]"


def _rounded(value: float, decimals: int) -> str:
    if abs(value) >= 1e7 or decimals > 6:
        return number(value, 3)
    return _minus(f"{round(value, decimals):.{max(decimals, 0)}f}")


def _minus(text: str) -> str:
    return text.replace("-", "−")
