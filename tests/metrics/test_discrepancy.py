"""The squared MMD against enumeration, expectations in closed form, and invariances."""

from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest

from mtlkit.errors import UsageError
from mtlkit.metrics.discrepancy import median_distance, squared_mmd


def samples(n: int, m: int, features: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    g = np.random.default_rng(seed)
    return g.normal(size=(n, features)), g.normal(size=(m, features)) + 0.5


def kernel(a: np.ndarray, b: np.ndarray, sigma: float) -> float:
    return math.exp(-sum((x - y) ** 2 for x, y in zip(a, b, strict=True)) / (2 * sigma**2))


@pytest.mark.parametrize(("n", "m"), [(2, 2), (2, 5), (4, 3)])
@pytest.mark.parametrize("sigma", [None, 0.7])
def test_few_points_pair_by_pair(n: int, m: int, sigma: float | None) -> None:
    x, y = samples(n, m, 2)
    points = [*x, *y]
    if sigma is None:
        pooled = [math.dist(a, b) for a, b in itertools.combinations(points, 2)]
        assert median_distance(x, y) == pytest.approx(statistics.median(pooled))
    width = sigma or statistics.median(pooled)
    wanted = (
        statistics.mean(kernel(a, b, width) for a, b in itertools.combinations(x, 2))
        + statistics.mean(kernel(a, b, width) for a, b in itertools.combinations(y, 2))
        - 2 * statistics.mean(kernel(a, b, width) for a, b in itertools.product(x, y))
    )
    assert squared_mmd(x, y, sigma) == pytest.approx(wanted)


def closed(shift: float, spread: float, sigma: float, features: int) -> float:
    """Of N(0, I) and N(shift, spread^2 I), the shift along one axis.

    The difference of two points is normal, and the mean of the kernel of a normal vector with mean
    d and covariance v I is (1 + v / sigma^2)^(-features / 2) exp(-d^2 / (2 (sigma^2 + v))).
    """

    def mean(v: float, d: float = 0.0) -> float:
        factor = (1 + v / sigma**2) ** (-features / 2)
        return factor * math.exp(-(d**2) / (2 * (sigma**2 + v)))

    return mean(2.0) + mean(2 * spread**2) - 2 * mean(1 + spread**2, shift)


@pytest.mark.parametrize(
    ("shift", "spread", "sigma", "features"),
    [(0.0, 1.0, 1.0, 1), (0.0, 1.0, 2.0, 5), (1.0, 1.0, 1.0, 2), (0.5, 2.0, 1.5, 3)],
)
def test_the_mean_over_draws_is_the_closed_form(
    shift: float, spread: float, sigma: float, features: int
) -> None:
    """Equal distributions (the first two) have 0, though samples of 6 and 9 points are small."""
    g = np.random.default_rng(7)
    found = []
    for _ in range(2000):
        x, y = g.normal(size=(6, features)), spread * g.normal(size=(9, features))
        y[:, 0] += shift
        found.append(squared_mmd(x, y, sigma))
    error = statistics.stdev(found) / math.sqrt(len(found))
    assert abs(statistics.mean(found) - closed(shift, spread, sigma, features)) < 4 * error
    if (shift, spread) == (0, 1):
        assert closed(shift, spread, sigma, features) == 0
        assert min(found) < 0


def test_large_samples_come_near_the_closed_form() -> None:
    g = np.random.default_rng(0)
    x, y = g.normal(size=(1500, 2)), g.normal(size=(1500, 2))
    y[:, 0] += 2
    assert squared_mmd(x, y, 1.0) == pytest.approx(closed(2.0, 1.0, 1.0, 2), abs=0.02)


def test_rotation_shift_order_and_unit_change_nothing() -> None:
    x, y = samples(20, 30, 3)
    wanted = squared_mmd(x, y)
    rotation = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    assert squared_mmd(x @ rotation + 4, y @ rotation + 4) == pytest.approx(wanted)
    assert squared_mmd(y, x) == pytest.approx(wanted)
    assert squared_mmd(x[::-1].copy(), y) == pytest.approx(wanted)
    assert squared_mmd(100 * x, 100 * y) == pytest.approx(wanted)
    assert squared_mmd(x.astype(np.float32), y.astype(np.float32)) == pytest.approx(
        wanted, rel=1e-5
    )


def test_samples_far_apart_have_the_most() -> None:
    """Each at one point of its own: 2, as the kernel within is 1 and across 0."""
    x, y = np.zeros((3, 2)), np.full((4, 2), 1e3)
    assert squared_mmd(x, y, 1.0) == pytest.approx(2)


def test_bad_input_is_refused() -> None:
    x, y = samples(3, 3, 2)
    with pytest.raises(UsageError, match="first sample has 1 points"):
        squared_mmd(x[:1], y)
    with pytest.raises(UsageError, match="second sample has 0 points"):
        squared_mmd(x, y[:0])
    for bandwidth in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(UsageError, match="bandwidth is"):
            squared_mmd(x, y, bandwidth)
    with pytest.raises(UsageError, match=r"bandwidth is 0\.0"):
        squared_mmd(np.ones((3, 2)), np.ones((3, 2)))
