"""Quantities in words."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """A time in words.

    Examples
    --------
    >>> duration(0.04), duration(12.3), duration(754.2), duration(7500.0)
    ('0.04 s', '12 s', '13 min', '2 h 5 min')
    """
    if seconds < 10:
        return f"{seconds:.2g} s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
