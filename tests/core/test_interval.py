"""The t interval against scipy's, and regions against their own definitions."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import assume, given
from hypothesis import strategies as st

from mtlkit.core.interval import MOST_SEEDS, Interval, mean_interval, seeds_to_decide
from mtlkit.core.region import Region

samples = st.lists(st.integers(-50, 50), min_size=2, max_size=12)
confidences = st.sampled_from([0.5, 0.8, 0.95, 0.99, 1 - 0.05 / 30])


@given(samples, confidences)
def test_the_interval_is_scipys(values: list[int], confidence: float) -> None:
    assume(len(set(values)) > 1)
    expected = scipy.stats.ttest_1samp(values, 0.0).confidence_interval(confidence)
    found = mean_interval(values, confidence)
    assert (found.mean, found.n) == (pytest.approx(np.mean(values), abs=1e-12), len(values))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-9)


@pytest.mark.parametrize("value", [0.1, -3.3, 1e300])
@pytest.mark.parametrize("n", [2, 3, 49])
def test_equal_values_have_an_interval_without_width(value: float, n: int) -> None:
    assert mean_interval([value] * n) == Interval(value, value, value, n)


def test_one_value_says_nothing_about_the_bounds() -> None:
    assert mean_interval([3.0]) == Interval(3.0, -math.inf, math.inf, 1)
    assert seeds_to_decide([3.0], 0) is None


@given(samples.flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_the_order_of_the_seeds_does_not_matter(pair: tuple[list[int], list[int]]) -> None:
    one, other = ([value / 7 for value in values] for values in pair)
    assert mean_interval(one) == mean_interval(other)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf, 1.0]])
def test_values_that_have_no_interval_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="values"):
        mean_interval(values)
    with pytest.raises(ValueError, match="values"):
        seeds_to_decide(values, 0.0)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, math.nan])
def test_a_confidence_is_a_fraction(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        mean_interval([1.0, 2.0], confidence)


@pytest.mark.parametrize("confidence", [0.8, 0.95])
@pytest.mark.parametrize("n", [2, 5])
def test_coverage_is_the_stated_one(n: int, confidence: float) -> None:
    repetitions, truth = 3000, 1.7
    draws = np.random.default_rng(7).normal(truth, 2.5, (repetitions, n))
    intervals = [mean_interval(row, confidence) for row in draws]
    covering = sum(found.low < truth < found.high for found in intervals)
    low, high = scipy.stats.binom.ppf([1e-4, 1 - 1e-4], repetitions, confidence)
    assert low <= covering <= high


@given(samples, st.integers(-60, 60), confidences)
def test_seeds_to_decide_is_the_first_number_that_decides(
    values: list[int], boundary: int, confidence: float
) -> None:
    needed = seeds_to_decide(values, boundary, confidence)
    mean, deviation = np.mean(values), np.std(values, ddof=1)
    if mean == boundary:
        assert needed is None
        return

    def decided(n: int) -> bool:
        distance_in_errors = abs(mean - boundary) * math.sqrt(n)
        return bool(distance_in_errors > scipy.stats.t.ppf((1 + confidence) / 2, n - 1) * deviation)

    if needed is None:
        assert not decided(MOST_SEEDS)
    else:
        assert decided(needed)
        assert needed == 2 or not decided(needed - 1)


def test_a_mean_on_or_beside_the_boundary_is_never_decided() -> None:
    assert seeds_to_decide([1.0, 3.0], 2.0) is None
    assert seeds_to_decide([1.0, 3.0], 2.0 + 1e-4) is None
    assert seeds_to_decide([2.0, 2.0], 2.0 + 1e-4) == 2


bounds = st.integers(-20, 20).map(float)


@given(bounds, bounds, bounds, st.integers(0, 20))
def test_a_regions_place_of_an_interval_is_that_of_its_points(
    low: float, high: float, mean: float, half: int
) -> None:
    assume(low < high)
    region, interval = Region(low, high), Interval(mean, mean - half, mean + half, 3)
    inside = [
        low < point < high for point in np.linspace(interval.low, interval.high, 2 * half + 1)
    ]
    # The points between whole numbers settle what whole numbers leave open.
    inside += [low < point + 0.5 < high for point in np.arange(interval.low, interval.high)]
    expected = "inside" if all(inside) else "across" if any(inside) else "outside"
    assert region.place(interval) == expected


@given(bounds, bounds, bounds)
def test_the_nearest_boundary_is_at_the_distance(low: float, high: float, effect: float) -> None:
    assume(low < high)
    region = Region(low, high)
    boundary = region.nearest_boundary(effect)
    assert abs(effect - boundary) == min(abs(effect - low), abs(effect - high))
    assert abs(region.distance(effect)) == abs(effect - boundary)
    assert (region.distance(effect) > 0) == (effect in region)


@pytest.mark.parametrize(
    ("region", "inside", "outside", "words"),
    [
        (Region.above(0), 0.1, 0.0, "above 0 dB"),
        (Region.above(-2.5), 9.0, -2.5, "above −2.5 dB"),
        (Region.below(0.05), -9.0, 0.05, "below +0.05 dB"),
        (Region.within(5), -4.9, 5.0, "within ±5 dB"),
        (Region.within(5), 4.9, -5.0, "within ±5 dB"),
        (Region.no_worse_loss(0.1), 0.09, 0.1, "below +0.1 dB"),
        (Region.no_worse_score(0.1), -0.09, -0.1, "above −0.1 dB"),
        (Region(-1, 2), 0.0, 2.0, "between −1 and +2 dB"),
    ],
)
def test_a_region_is_open_and_told_in_words(
    region: Region, inside: float, outside: float, words: str
) -> None:
    assert inside in region
    assert outside not in region
    assert region.text("dB") == words
    assert region.text("") == words.removesuffix(" dB")


def test_regions_that_say_nothing_are_refused() -> None:
    for low, high in [(1, 1), (2, 1), (-math.inf, math.inf), (math.nan, 1)]:
        with pytest.raises(ValueError, match="region"):
            Region(low, high)
    for constructor in (Region.no_worse_loss, Region.no_worse_score):
        with pytest.raises(ValueError, match="margin"):
            constructor(0)
