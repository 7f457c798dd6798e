"""Timing two ways of doing the same, turn by turn, so that a busy moment hits both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import attrs


@attrs.frozen
class Ratio:
    """How much faster ours is: median of the ratios of neighbouring turns, and their range."""

    name: str
    theirs_seconds: float
    ours_seconds: float
    ratio: float
    least: float
    most: float

    def line(self) -> str:
        """One row of a table."""
        return (
            f"{self.name:44} {1e3 * self.theirs_seconds:9.1f} {1e3 * self.ours_seconds:9.1f} "
            f"{self.ratio:6.2f}x  ({self.least:.2f} to {self.most:.2f})"
        )


HEADER = f"{'what':44} {'theirs/ms':>9} {'ours/ms':>9} {'ratio':>7}"


def compare(
    name: str, theirs: Callable[[], object], ours: Callable[[], object], turns: int = 7
) -> Ratio:
    """Time both in turn, after one turn each to warm up."""
    return ratio(name, *zip(*turns_of(theirs, ours, turns), strict=True))


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


SPREAD_HEADER = f"{'what':52} {'goal':>8} {'median':>8} {'from':>8} {'to':>8}"


@attrs.frozen
class Spread:
    """Several measurements of one thing, in `unit`, and what they should stay below."""

    name: str
    values: tuple[float, ...] = attrs.field(converter=tuple)
    goal: float | None = None
    unit: str = "s"

    def line(self) -> str:
        """One row of a table."""
        goal = "" if self.goal is None else f"{self.goal:g}"
        told = (statistics.median(self.values), min(self.values), max(self.values))
        return f"{f'{self.name}, {self.unit}':52} {goal:>8} " + " ".join(f"{v:8.3g}" for v in told)


@attrs.frozen
class Curve:
    """How one measurement grows: a median, a least and a most for each value of x."""

    name: str
    x_label: str
    y_label: str
    x: tuple[float, ...] = attrs.field(converter=tuple)
    y: tuple[float, ...] = attrs.field(converter=tuple)
    low: tuple[float, ...] = attrs.field(converter=tuple)
    high: tuple[float, ...] = attrs.field(converter=tuple)
    log_x: bool = True
    log_y: bool = True

    def __attrs_post_init__(self) -> None:
        if len({len(self.x), len(self.y), len(self.low), len(self.high)}) != 1:
            raise ValueError(f"the curve '{self.name}' needs as many y, low and high as x")

    def line(self) -> str:
        """A row a point, below the curve's name."""
        points = zip(self.x, self.y, self.low, self.high, strict=True)
        rows = [f"  {x:50g} {y:8.3g} {low:8.3g} {high:8.3g}" for x, y, low, high in points]
        return "\n".join([f"{self.name}: {self.y_label} against {self.x_label}", *rows])


CURVE_HEADER = f"{'x':>52} {'median':>8} {'from':>8} {'to':>8}"


def ratio(name: str, theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Compare measurements in seconds that were taken in pairs."""
    ratios = [slow / fast for slow, fast in zip(theirs, ours, strict=True)]
    return Ratio(
        name,
        statistics.median(theirs),
        statistics.median(ours),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
    )
