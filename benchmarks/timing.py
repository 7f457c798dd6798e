"""Timing two ways of doing the same, turn by turn, so that a busy moment hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from mtlkit.core.measurement import Curve, Ratio, Row, Spread

__all__ = ["Curve", "Ratio", "Row", "Spread", "compare", "ratio", "timed", "turns_of"]


def compare(
    name: str,
    theirs: Callable[[], object],
    ours: Callable[[], object],
    turns: int = 7,
    *,
    goal: float | None = None,
    at: Mapping[str, float] | None = None,
) -> Ratio:
    """Time both in turn, after one turn each to warm up; `goal` and `at` as in `Ratio`."""
    slow, fast = zip(*turns_of(theirs, ours, turns), strict=True)
    return ratio(name, slow, fast, goal=goal, at=at)


def turns_of(
    theirs: Callable[[], object], ours: Callable[[], object], turns: int
) -> list[tuple[float, float]]:
    """Seconds of both, turn by turn, after one turn each to warm up."""
    theirs()
    ours()
    return [(_seconds(theirs), _seconds(ours)) for _ in range(turns)]


def timed(work: Callable[[], object], turns: int) -> list[float]:
    """Seconds of each turn, after one to warm up."""
    work()
    return [_seconds(work) for _ in range(turns)]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def ratio(
    name: str,
    theirs: Sequence[float],
    ours: Sequence[float],
    *,
    goal: float | None = None,
    at: Mapping[str, float] | None = None,
) -> Ratio:
    """Compare measurements in seconds that were taken in pairs."""
    ratios = [slow / fast for slow, fast in zip(theirs, ours, strict=True)]
    return Ratio(
        name,
        statistics.median(theirs),
        statistics.median(ours),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        goal,
        at or {},
    )
