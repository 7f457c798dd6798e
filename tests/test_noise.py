"""The source's label flips against their closed form and the laws they must keep."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom, binomtest, chisquare, entropy
from torchvision.datasets import MNIST

from mtlkit.core.streams import stream
from mtlkit.data.printed import printed_table
from mtlkit.errors import UsageError
from mtlkit.noise import KINDS, flip_labels, flip_rate, least_cross_entropy

PRINTED = printed_table("nahm2020_label_flip_rates")
MANY = 100_000


def _labels(n: int, n_classes: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(n_classes, (n,), generator=stream(seed, "labels"))


@pytest.mark.parametrize(("variance", "printed"), list(PRINTED.itertuples(index=False)))
def test_rate_in_closed_form(variance: float, printed: float) -> None:
    normal = statistics.NormalDist(0, variance**0.5)
    assert flip_rate(variance) == pytest.approx(2 * normal.cdf(-1.96), rel=1e-12)
    # Printed are "approximately" the percents; each is within one of the exact one.
    assert abs(100 * flip_rate(variance) - printed) < 1


@pytest.mark.parametrize("variance", [1, 2, 3, 4])
def test_share_of_flipped_labels_is_the_rate(variance: int) -> None:
    labels = _labels(MANY, 10)
    _, flipped = flip_labels(labels, variance, 10, stream(1, "flips", variance))
    low, high = binom.interval(0.9999, MANY, flip_rate(variance))
    assert low <= int(flipped.sum()) <= high


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_a_flipped_label_is_any_other_class_alike(n_classes: int) -> None:
    labels = _labels(MANY, n_classes)
    noisy, flipped = flip_labels(labels, 3.0, n_classes, stream(2, "flips"))
    for own in range(n_classes):
        became = noisy[flipped & (labels == own)]
        counts = torch.bincount(became, minlength=n_classes).tolist()
        assert counts.pop(own) == 0
        if n_classes > 2:
            assert chisquare(counts).pvalue > 1e-4


@given(
    labels=st.lists(st.integers(0, 4), max_size=30),
    variance=st.floats(0, 50),
    seed=st.integers(0, 1000),
)
def test_the_mask_says_what_changed(labels: list[int], variance: float, seed: int) -> None:
    given_labels = torch.tensor(labels, dtype=torch.int64)
    before = given_labels.clone()
    noisy, flipped = flip_labels(given_labels, variance, 5, stream(seed, "flips"))
    assert torch.equal(given_labels, before)
    assert torch.equal(flipped, noisy != given_labels)
    assert ((noisy >= 0) & (noisy < 5)).all()
    if variance == 0:
        assert not flipped.any()


def test_more_variance_flips_more_of_the_same() -> None:
    labels = _labels(5000, 10)
    low, few = flip_labels(labels, 1.0, 10, stream(3, "flips"))
    high, more = flip_labels(labels, 4.0, 10, stream(3, "flips"))
    assert few.any()
    assert (more | ~few).all()
    assert more.sum() > few.sum()
    assert torch.equal(low[few], high[few])


def test_streams_flip_independently() -> None:
    labels = _labels(MANY, 10)
    _, first = flip_labels(labels, 2.0, 10, stream(4, "flips", 0))
    _, second = flip_labels(labels, 2.0, 10, stream(4, "flips", 1))
    low, high = binom.interval(0.9999, MANY, flip_rate(2.0) ** 2)
    assert low <= int((first & second).sum()) <= high
    _, again = flip_labels(labels, 2.0, 10, stream(4, "flips", 0))
    assert torch.equal(first, again)


@pytest.mark.parametrize(
    ("labels", "variance", "n_classes", "named"),
    [
        ([0, 1], -0.5, 10, "variance = -0.5"),
        ([0, 1], float("nan"), 10, "variance = nan"),
        ([0, 1], float("inf"), 10, "variance = inf"),
        ([0, 0], 1.0, 1, "n_classes = 1"),
        ([0, 10], 1.0, 10, "labels has the value 10"),
        ([0, -1], 1.0, 10, "labels has the value -1"),
    ],
)
def test_mistakes_are_told_in_one_sentence(
    labels: list[int], variance: float, n_classes: int, named: str
) -> None:
    with pytest.raises(UsageError) as told:
        flip_labels(torch.tensor(labels), variance, n_classes, stream(0, "flips"))
    assert str(told.value).startswith(named)
    assert ": allowed is " in str(told.value)


def test_the_rate_of_a_negative_variance_is_refused() -> None:
    with pytest.raises(UsageError, match="variance = -1"):
        flip_rate(-1)


def _normal_rate(deviation: float) -> float:
    return 2 * statistics.NormalDist(0, deviation).cdf(-2)


@pytest.mark.parametrize(
    ("kind", "level", "rate"),
    [
        ("std", 0.5, _normal_rate(0.5)),
        ("std", 2.0, _normal_rate(2)),
        ("uniform", 0.2, 0.2),
        ("uniform", 1.0, 1.0),
        ("symmetric", 0.2, 0.2),
        ("symmetric", 1.0, 1.0),
    ],
)
def test_every_kind_flips_at_its_rate(kind: str, level: float, rate: float) -> None:
    assert flip_rate(level, kind) == pytest.approx(rate, rel=1e-12)
    labels = _labels(MANY, 10)
    noisy, flipped = flip_labels(labels, level, 10, stream(1, "flips"), kind)
    assert torch.equal(flipped, noisy != labels)
    assert binomtest(int(flipped.sum()), MANY, rate).pvalue > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_changes_nothing_at_0_and_more_of_the_same_at_a_higher_level(kind: str) -> None:
    labels = _labels(5000, 10)
    none, unchanged = flip_labels(labels, 0, 10, stream(3, "flips"), kind)
    assert torch.equal(none, labels)
    assert not unchanged.any()
    assert flip_rate(0, kind) == 0
    low, few = flip_labels(
        labels, 0.3 if kind in ("uniform", "symmetric") else 1.5, 10, stream(3, "flips"), kind
    )
    high, more = flip_labels(
        labels, 0.6 if kind in ("uniform", "symmetric") else 3.0, 10, stream(3, "flips"), kind
    )
    assert few.any()
    assert (more | ~few).all()
    assert more.sum() > few.sum()
    assert torch.equal(low[few], high[few])


@pytest.mark.parametrize("kind", ["variance", "std", "uniform"])
def test_of_each_kind_but_the_symmetric_every_other_class_is_alike(kind: str) -> None:
    labels = _labels(MANY, 10)
    noisy, flipped = flip_labels(labels, 0.9, 10, stream(5, "flips"), kind)
    further = (noisy - labels)[flipped] % 10
    assert chisquare(torch.bincount(further, minlength=10)[1:].tolist()).pvalue > 1e-4


@pytest.mark.parametrize("n_classes", [2, 5, 10])
def test_symmetric_noise_swaps_a_class_with_its_mirror(n_classes: int) -> None:
    labels = _labels(1000, n_classes)
    noisy, flipped = flip_labels(labels, 0.5, n_classes, stream(6, "flips"), "symmetric")
    assert flipped.any()
    assert torch.equal(noisy[flipped], (n_classes - 1 - labels)[flipped])
    middle = labels == (n_classes - 1) / 2
    assert middle.any() == bool(n_classes % 2)
    assert not flipped[middle].any()


@pytest.mark.parametrize(
    ("kind", "level", "named"),
    [
        ("std", -1.0, "std = -1.0"),
        ("uniform", 1.5, "rate = 1.5"),
        ("symmetric", -0.1, "rate = -0.1"),
        ("uniform", float("nan"), "rate = nan"),
        ("poisson", 1.0, "kind = poisson"),
    ],
)
def test_a_level_that_its_kind_does_not_allow_is_refused(
    kind: str, level: float, named: str
) -> None:
    for refused in (
        lambda: flip_labels(torch.tensor([0, 1]), level, 10, stream(0, "flips"), kind),
        lambda: flip_rate(level, kind),
        lambda: least_cross_entropy(level, 10, kind),
    ):
        with pytest.raises(UsageError, match=f"^{named}: allowed is"):
            refused()


def test_the_entropy_of_symmetric_flips_is_a_coins() -> None:
    for rate in (0.0, 0.05, 0.3, 0.5, 1.0):
        nats = least_cross_entropy(rate, 10, "symmetric")
        assert nats == pytest.approx(entropy([rate, 1 - rate]), abs=1e-12)
    with pytest.raises(UsageError, match=r"^n_classes = 5: allowed for symmetric noise"):
        least_cross_entropy(0.1, 5, "symmetric")


@pytest.mark.parametrize("kind", ["variance", "std", "uniform"])
def test_the_entropy_of_other_flips_is_that_of_their_distribution(kind: str) -> None:
    p = flip_rate(0.8, kind)
    assert least_cross_entropy(0.8, 10, kind) == pytest.approx(
        entropy([1 - p, *[p / 9] * 9]), rel=1e-12
    )


@pytest.mark.parametrize("n_classes", [2, 10])
@pytest.mark.parametrize("variance", [0.5, 1, 3, 4])
def test_no_prediction_has_a_lower_cross_entropy(variance: float, n_classes: int) -> None:
    p = flip_rate(variance)

    def cross_entropy(q: float) -> float:
        """Of a prediction that gives the true class q and each other an equal part of the rest."""
        return -(1 - p) * math.log(q) - p * math.log((1 - q) / (n_classes - 1))

    best = minimize_scalar(
        cross_entropy, bounds=(1e-9, 1 - 1e-9), method="bounded", options={"xatol": 1e-10}
    )
    assert least_cross_entropy(variance, n_classes) == pytest.approx(best.fun, rel=1e-9)


def test_clean_labels_can_be_predicted_without_loss() -> None:
    assert least_cross_entropy(0, 10) == 0
    with pytest.raises(UsageError, match="n_classes = 1"):
        least_cross_entropy(1, 1)


def test_flips_of_mnists_own_labels_have_the_exact_rate(mtlkit_data: Path) -> None:
    labels = MNIST(mtlkit_data / "mnist", train=True, download=False).targets
    for variance in (1.0, 2.0, 3.0, 4.0):
        noisy, flipped = flip_labels(labels, variance, 10, stream(0, f"mnist/{variance}"))
        assert torch.equal(noisy != labels, flipped)
        found = binomtest(int(flipped.sum()), len(labels), flip_rate(variance))
        assert found.pvalue > 1e-4
