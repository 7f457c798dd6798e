"""Generated polynomials against numpy's, and against what they are said to be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mtlkit.data.generated.polynomials import (
    evaluate,
    integer_coefficients,
    noisy_polynomials,
)


@given(st.integers(0, 50), st.integers(1, 20))
def test_values_are_those_of_numpy(seed: int, degree: int) -> None:
    coefficients = integer_coefficients(seed, 0, degree + 1)[None]
    x = torch.linspace(-1, 1, 33)
    expected = np.polyval(coefficients[0].double().numpy(), x.double().numpy())
    # Horner's rule in float32: each of the steps rounds once, values stay below 5 (degree + 1).
    bound = 5 * (degree + 1) ** 2 * torch.finfo(torch.float32).eps
    np.testing.assert_allclose(evaluate(coefficients, x)[0].numpy(), expected, atol=bound, rtol=0)


def test_coefficients_are_whole_not_zero_and_equally_likely() -> None:
    draws = torch.cat([integer_coefficients(seed, 0, 20) for seed in range(200)])
    values, counts = draws.unique(return_counts=True)
    assert values.tolist() == [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5]
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3


def test_noise_has_the_deviation_asked_for() -> None:
    points, deviations = 20_000, (1.0, 2.0**0.5, 3.0)
    data = noisy_polynomials(3, "train", points, degree=4, deviations=deviations)
    for noise, deviation in zip(data.noisy - data.clean, deviations, strict=True):
        low, high = stats.chi2.interval(0.9999, points)
        assert low < points * noise.var(unbiased=False).item() / deviation**2 < high


def test_inputs_have_the_distribution_asked_for() -> None:
    uniform = noisy_polynomials(0, "train", 5000, degree=1, deviations=[0.0])
    normal = noisy_polynomials(
        0, "train", 5000, degree=1, deviations=[0.0], x_distribution="normal"
    )
    assert stats.kstest(uniform.x.numpy(), stats.uniform(-1, 2).cdf).pvalue > 1e-3
    assert stats.kstest(normal.x.numpy(), stats.norm.cdf).pvalue > 1e-3


@pytest.mark.parametrize("split", ["train", "validation"])
def test_a_task_does_not_depend_on_how_many_there_are(split: str) -> None:
    two = noisy_polynomials(5, split, 50, degree=6, deviations=(1.0, 2.0))
    six = noisy_polynomials(5, split, 50, degree=6, deviations=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
    for name in ("coefficients", "clean", "noisy"):
        assert torch.equal(getattr(two, name), getattr(six, name)[:2])
    assert torch.equal(two.x, six.x)


def test_splits_differ_and_share_their_polynomials() -> None:
    train = noisy_polynomials(1, "train", 40, degree=3, deviations=(1.0,))
    test = noisy_polynomials(1, "test", 40, degree=3, deviations=(1.0,))
    assert torch.equal(train.coefficients, test.coefficients)
    assert not torch.equal(train.x, test.x)


def test_one_polynomial_for_all_through_different_noise() -> None:
    data = noisy_polynomials(1, "train", 40, degree=3, deviations=(1.0, 1.0), same_polynomial=True)
    assert torch.equal(data.clean[0], data.clean[1])
    assert not torch.equal(data.noisy[0], data.noisy[1])
