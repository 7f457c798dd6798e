"""Barlow Twins against loops, batch normalisation, and its expectation on random embeddings."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.errors import UsageError
from mtlkit.losses import barlow_twins, cross_correlation

from . import literal
from .literal import normals


@given(st.integers(2, 8), st.integers(1, 4), st.integers(0, 1000))
def test_is_its_formula(pairs: int, features: int, seed: int) -> None:
    x, y = normals(pairs, features, seed=seed), normals(pairs, features, seed=seed + 1)
    wanted = literal.cross_correlation(x.tolist(), y.tolist())
    for row, line in zip(cross_correlation(x, y).tolist(), wanted, strict=True):
        assert row == pytest.approx(line, abs=1e-10)
    loss = literal.barlow_twins(x.tolist(), y.tolist(), 0.3)
    assert barlow_twins(x, y, 0.3).item() == pytest.approx(loss, abs=1e-10)


def test_features_are_standardised_as_by_batch_normalisation() -> None:
    x, y = 3 + 2 * normals(20, 5, seed=1), normals(20, 5, seed=2) - 7
    norm = torch.nn.BatchNorm1d(5, eps=1e-12, affine=False, dtype=torch.float64)
    torch.testing.assert_close(cross_correlation(x, y), norm(x).T @ norm(y) / 20)


def test_scale_and_place_of_a_feature_do_not_matter() -> None:
    x, y = normals(9, 3, seed=1), normals(9, 3, seed=2)
    moved = x * torch.tensor([1e-6, 4.0, 1e6]) + torch.tensor([2.0, -3.0, 1e3])
    torch.testing.assert_close(cross_correlation(moved, y), cross_correlation(x, y))


PAIRS, FEATURES, REPEATS, WEIGHT = 12, 6, 3000, 0.4
SQUARE = 1 / (PAIRS - 1)
"""Expectation of the squared correlation of N independent normal pairs; that of its square next."""
FOURTH = 3 / ((PAIRS - 1) * (PAIRS + 1))


def close(found: torch.Tensor, mean: float, variance: float) -> bool:
    """Within five standard errors."""
    return abs(found.mean().item() - mean) < 5 * math.sqrt(variance / REPEATS)


def test_the_same_embeddings_twice() -> None:
    """Only off the diagonal is there anything: lambda D (D - 1) / (N - 1) in expectation."""
    x = normals(REPEATS, PAIRS, FEATURES, seed=1)
    both = FEATURES * (FEATURES - 1)
    found = barlow_twins(x, x, WEIGHT)
    # A matrix that is symmetric: half as many numbers, each of them twice.
    spread = WEIGHT**2 * 2 * both * (FOURTH - SQUARE**2)
    assert close(found, WEIGHT * both * SQUARE, spread)
    diagonal = cross_correlation(x, x).diagonal(dim1=-2, dim2=-1)
    torch.testing.assert_close(diagonal, torch.ones_like(diagonal))


def test_independent_embeddings() -> None:
    x, y = normals(REPEATS, PAIRS, FEATURES, seed=1), normals(REPEATS, PAIRS, FEATURES, seed=2)
    both = FEATURES * (FEATURES - 1)
    mean = FEATURES * (1 + SQUARE) + WEIGHT * both * SQUARE
    own = 1 + 6 * SQUARE + FOURTH - (1 + SQUARE) ** 2
    spread = FEATURES * own + WEIGHT**2 * both * (FOURTH - SQUARE**2)
    assert close(barlow_twins(x, y, WEIGHT), mean, spread)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("value", [0.0, 0.1, -12345.678])
def test_a_constant_feature_correlates_with_nothing(dtype: torch.dtype, value: float) -> None:
    """0.1 summed up and divided again is not 0.1: such a rest must not be blown up."""
    x, y = normals(7, 3, seed=1, dtype=dtype), normals(7, 3, seed=2, dtype=dtype)
    x[:, 1] = value
    x.requires_grad_()
    found = cross_correlation(x, y)
    assert found[1].tolist() == [0, 0, 0]
    others = torch.tensor([0, 2])
    wanted = literal.cross_correlation(x[:, others].tolist(), y.tolist())
    torch.testing.assert_close(found[others], torch.tensor(wanted, dtype=dtype))
    barlow_twins(x, y, 0.1).backward()
    assert x.grad.isfinite().all()


def test_a_collapsed_model_costs_one_a_feature() -> None:
    x = torch.full((5, 4), 0.1)
    assert barlow_twins(x, x, 0.005).item() == 4


def test_gradients_agree_with_differences() -> None:
    x, y = normals(2, 5, 3, seed=1).requires_grad_(), normals(2, 5, 3, seed=2)
    weight = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(barlow_twins, (x, y, weight))


def test_one_pair_has_no_correlation() -> None:
    with pytest.raises(
        UsageError, match=r"^a correlation needs two pairs or more in a batch: here is 1\.$"
    ):
        barlow_twins(torch.ones(1, 3), torch.ones(1, 3), 0.1)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan")])
def test_a_weight_that_is_none_is_refused(weight: float) -> None:
    with pytest.raises(UsageError, match=f"^weight is {weight:g}: it must be a finite number"):
        barlow_twins(torch.eye(3), torch.eye(3), weight)
