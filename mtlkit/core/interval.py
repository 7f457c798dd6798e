"""What a few random seeds say about a mean."""

from __future__ import annotations

import bisect
import functools
import math
import statistics
from collections.abc import Iterable
from typing import SupportsFloat

import attrs

MOST_SEEDS = 10_000
"""Beyond this many, we say that no number of seeds would decide."""


@attrs.frozen
class Interval:
    """A mean over `n` seeds, and the bounds between which the true mean lies."""

    mean: float
    low: float
    high: float
    n: int


def mean_interval(values: Iterable[SupportsFloat], confidence: float = 0.95) -> Interval:
    """Student's t interval of a mean.

    The same in whatever order the values come. A single value has infinite bounds.

    Parameters
    ----------
    values
        One finite number per seed, in any unit; the interval is in the same.
    confidence
        How often such an interval covers the true mean, between 0 and 1.

    Raises
    ------
    ValueError
        If there is no value, one is not finite, or the confidence is not between 0 and 1.

    Examples
    --------
    >>> interval = mean_interval([1.0, 2.0, 3.0])
    >>> round(interval.low, 3), interval.mean, round(interval.high, 3)
    (-0.484, 2.0, 4.484)
    """
    mean, deviation, n = _moments(values)
    half = _half_widths(n, confidence) * deviation
    return Interval(mean, mean - half, mean + half, n)


def seeds_to_decide(
    values: Iterable[SupportsFloat], boundary: SupportsFloat, confidence: float = 0.95
) -> int | None:
    """The fewest seeds at which the interval would leave the boundary out.

    Supposes that the mean and the standard deviation stay what they are today.

    Parameters
    ----------
    values
        One finite number per seed.
    boundary
        The number to be told from the mean, in the values' unit.
    confidence
        That of the interval.

    Returns
    -------
    int or None
        None where no number up to `MOST_SEEDS` would do: the mean stands on the boundary or too
        close to it, or a single value says nothing about the deviation.

    Raises
    ------
    ValueError
        As `mean_interval` does.
    """
    (mean, deviation, n), limit = _moments(values), float(boundary)
    if n < 2 or mean == limit:
        return None

    distance = abs(mean - limit)
    # The width falls as seeds are added, so the answers are all no, then all yes.
    seeds = 2 + bisect.bisect_left(
        range(2, MOST_SEEDS + 1),
        True,
        key=lambda seeds: _half_widths(seeds, confidence) * deviation < distance,
    )
    return seeds if seeds <= MOST_SEEDS else None


def _moments(values: Iterable[SupportsFloat]) -> tuple[float, float, int]:
    """Mean, standard deviation and count; exact sums, so that the order does not matter."""
    numbers = [float(value) for value in values]
    if not numbers or not all(map(math.isfinite, numbers)):
        raise ValueError(f"values = {numbers}: an interval needs at least one, all finite.")
    deviation = statistics.stdev(numbers) if len(numbers) > 1 else math.inf
    return statistics.mean(numbers), deviation, len(numbers)


@functools.cache
def _half_widths(n: int, confidence: float) -> float:
    """Half of the interval's width, in standard deviations of the values."""
    # Imported here: `scipy.special` is quick to import, but not free.
    from scipy.special import stdtrit

    if not 0 < confidence < 1:
        raise ValueError(f"confidence = {confidence}: allowed is a number between 0 and 1.")
    if n < 2:
        return math.inf
    return float(stdtrit(n - 1, (1 + confidence) / 2)) / math.sqrt(n)
