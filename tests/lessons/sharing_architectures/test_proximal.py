"""Proximal steps against brute force, and the survey's one-dimensional minimisers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.optimize import minimize_scalar
from torch import Tensor

from mtlkit.errors import UsageError
from mtlkit.lessons.sharing_architectures.proximal import (
    clip_rows,
    one_dimensional_loss,
    one_dimensional_minimiser,
    shrink,
    shrink_rows,
    soft_threshold,
)

STEPS: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "l1": (soft_threshold, lambda a: a.abs().sum()),
    "half squared l2": (shrink, lambda a: a.square().sum() / 2),
    "l1/l2": (shrink_rows, lambda a: a.square().sum(-1).sqrt().sum()),
    "l1/linf": (clip_rows, lambda a: a.abs().amax(-1).sum()),
}


def _matrix(rows: int = 3, columns: int = 4) -> st.SearchStrategy[Tensor]:
    numbers = st.floats(-5, 5, allow_subnormal=False) | st.sampled_from([0.0, 1.0, -1.0])
    return arrays.arrays(np.float64, (rows, columns), elements=numbers).map(torch.from_numpy)


def _number(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


@pytest.mark.parametrize("name", STEPS)
@given(v=_matrix(), other=_matrix(), threshold=st.floats(0, 10), closeness=st.floats(0, 1))
def test_no_matrix_has_a_lower_objective(
    name: str, v: Tensor, other: Tensor, threshold: float, closeness: float
) -> None:
    # The objective is convex with curvature 1, so it rises from its minimum at least like a
    # parabola; the minimum is the only point from which it does so in every direction.
    step, penalty = STEPS[name]

    def objective(a: Tensor) -> Tensor:
        return (a - v).square().sum() / 2 + threshold * penalty(a)

    least = step(v, _number(threshold))
    there = least + closeness**4 * (other - least)
    rise = objective(there) - objective(least)
    assert rise >= (there - least).square().sum() / 2 - 1e-12 * (1 + objective(least))


@pytest.mark.parametrize("name", ["l1", "half squared l2"])
@given(v=st.floats(-3, 3), threshold=st.floats(0, 4))
def test_single_numbers_against_a_fine_grid(name: str, v: float, threshold: float) -> None:
    step = STEPS[name][0]
    grid = torch.linspace(-3, 3, 60_001, dtype=torch.float64)
    size = grid.abs() if name == "l1" else grid.square() / 2
    best = grid[((grid - v).square() / 2 + threshold * size).argmin()]
    assert abs(step(_number(v), _number(threshold)) - best) <= 1.01e-4


@given(v=_matrix(1, 5), threshold=st.floats(0.01, 20))
def test_clipped_rows_against_a_search_for_the_level(v: Tensor, threshold: float) -> None:
    size = v.abs().numpy()

    def objective(level: float) -> float:
        return float(np.square(np.maximum(size - level, 0)).sum() / 2 + threshold * level)

    found = minimize_scalar(objective, bounds=(0, 6), method="bounded", options={"xatol": 1e-12})
    clipped = clip_rows(v, _number(threshold))
    level = min(found.x, size.max())
    assert objective(float(clipped.abs().max())) <= objective(level) + 1e-12
    np.testing.assert_allclose(clipped, np.clip(v.numpy(), -level, level), atol=1e-4)


@given(v=_matrix(1, 2), threshold=st.floats(0, 10))
def test_shortened_rows_keep_their_direction(v: Tensor, threshold: float) -> None:
    # In polar coordinates only the length is left to choose: a soft threshold of one number.
    first, second = v[0].tolist()
    radius, angle = np.hypot(first, second), np.arctan2(second, first)
    length = max(radius - threshold, 0)
    expected = [[length * np.cos(angle), length * np.sin(angle)]]
    np.testing.assert_allclose(shrink_rows(v, _number(threshold)), expected, atol=1e-12)


@pytest.mark.parametrize("step", [shrink_rows, clip_rows])
@given(v=_matrix(6, 1), threshold=st.floats(0, 6))
def test_with_one_task_both_row_steps_are_the_soft_threshold(
    step: Callable[[Tensor, Tensor], Tensor], v: Tensor, threshold: float
) -> None:
    level = _number(threshold)
    torch.testing.assert_close(step(v, level), soft_threshold(v, level), rtol=0, atol=1e-14)


@pytest.mark.parametrize("step", [shrink_rows, clip_rows])
@given(first=_matrix(), second=_matrix())
def test_each_seed_has_its_own_threshold(
    step: Callable[[Tensor, Tensor], Tensor], first: Tensor, second: Tensor
) -> None:
    thresholds = torch.tensor([0.5, 3.0], dtype=torch.float64)
    both = step(torch.stack([first, second]), thresholds)
    torch.testing.assert_close(both[0], step(first, thresholds[0]), rtol=0, atol=0)
    torch.testing.assert_close(both[1], step(second, thresholds[1]), rtol=0, atol=0)


@pytest.mark.parametrize("norm", ["l1", "l2"])
@given(
    xx=st.floats(0.5, 3),
    yx=st.floats(-3, 3),
    strength=st.floats(0, 10),
)
def test_minimiser_of_the_survey_against_a_fine_grid(
    norm: str, xx: float, yx: float, strength: float
) -> None:
    grid = torch.linspace(-6, 6, 24_001, dtype=torch.float64)
    penalty = grid.abs() if norm == "l1" else grid.square() / 2
    loss = xx * grid.square() - 2 * yx * grid + strength * penalty
    least = one_dimensional_minimiser(xx, yx, _number(strength), norm)
    assert abs(least - grid[loss.argmin()]) <= 5e-4
    torch.testing.assert_close(one_dimensional_loss(grid, xx, yx, _number(strength), norm), loss)
    assert one_dimensional_loss(least, xx, yx, _number(strength), norm) <= loss.min() + 1e-12


@given(xx=st.floats(0.5, 3), yx=st.floats(0, 3), strength=st.floats(0, 10))
def test_minimisers_are_the_printed_ones_where_the_survey_has_them(
    xx: float, yx: float, strength: float
) -> None:
    lasso = one_dimensional_minimiser(xx, yx, _number(strength), "l1")
    ridge = one_dimensional_minimiser(xx, yx, _number(strength), "l2")
    printed = (yx - strength / 2) / xx if yx > strength / 2 else 0.0
    assert lasso.item() == pytest.approx(printed, abs=1e-12)
    assert ridge.item() == pytest.approx(yx / (xx + strength / 2), abs=1e-12)


def test_only_l1_gives_exact_zeros_and_both_are_odd_in_the_data() -> None:
    strengths = torch.linspace(0, 40, 81, dtype=torch.float64)
    for norm in ("l1", "l2"):
        right = one_dimensional_minimiser(1.5, 2, strengths, norm)
        left = one_dimensional_minimiser(1.5, -2, strengths, norm)
        torch.testing.assert_close(left, -right, rtol=0, atol=0)
        assert (right.diff() <= 0).all()
        assert ((right == 0) == ((strengths >= 4) & (norm == "l1"))).all()


def test_impossible_data_are_refused() -> None:
    with pytest.raises(UsageError, match="x'x = 0: allowed is a number above 0"):
        one_dimensional_minimiser(0, 1, _number(1.0), "l1")
    with pytest.raises(UsageError, match="lambda = -1: allowed is a number from 0"):
        one_dimensional_loss(_number(1.0), 1, 1, _number(-1.0), "l2")
