"""The linear methods against scikit-learn's, and laws they obey."""

from __future__ import annotations

import functools

import attrs
import numpy as np
import pytest
import torch
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Lasso, MultiTaskLasso, Ridge
from torch import Tensor

from mtlkit.lessons.sharing_architectures.config import LINEAR_METHODS, SharingConfig
from mtlkit.lessons.sharing_architectures.linear_data import Moments, examples
from mtlkit.lessons.sharing_architectures.linear_methods import (
    DEVIATION_WEIGHTS,
    PENALTIES,
    STEPS,
    Point,
    duality_gap,
    path,
    solve,
    step_length,
)

CONFIG = SharingConfig(problem="linear", tasks=4, inputs=12, n_train=30, relevant=3, overlap=0.7)
SEEDS = (5, 6)


@functools.cache
def _train() -> Moments:
    return Moments.of(CONFIG, SEEDS, "train")


@functools.cache
def _points(method: str) -> list[Point]:
    return list(path(method, _train()))


def _data(seed: int) -> tuple[np.ndarray, np.ndarray]:
    x, y = examples(CONFIG, seed, "train")
    return x.numpy(), y.numpy()


def _exact(method: str, train: Moments, strength: Tensor) -> Tensor:
    start = torch.zeros_like(train.cross)
    return solve(PENALTIES[method], train, strength, step_length(train), start, 1e-16)


def _permuted(train: Moments, order: list[int]) -> Moments:
    return Moments(train.gram[:, order], train.cross[..., order], train.square[:, order])


@pytest.mark.parametrize("step", [3, 12, 25])
def test_lasso_is_that_of_scikit_learn_for_each_task(step: int) -> None:
    strength = _points("lasso")[step].strength
    found = _exact("lasso", _train(), strength)
    for row, seed in enumerate(SEEDS):
        x, y = _data(seed)
        for task in range(4):
            oracle = Lasso(strength[row].item(), fit_intercept=False, tol=1e-14, max_iter=100_000)
            expected = oracle.fit(x[task], y[task]).coef_
            np.testing.assert_allclose(found[row, :, task], expected, rtol=0, atol=1e-8)
            assert ((found[row, :, task] == 0).numpy() == (expected == 0)).all()


@pytest.mark.parametrize("share", [0.9, 0.3, 0.02])
def test_l1_l2_is_the_multi_task_lasso_where_tasks_have_the_same_inputs(share: float) -> None:
    x, y = _data(5)[0][0], np.stack([_data(seed)[1][0] for seed in range(4)], 1)
    gram, cross = (torch.from_numpy(x.T @ values / len(x)) for values in (x, y))
    same = Moments(
        gram.expand(1, 4, 12, 12).contiguous(),
        cross[None],
        torch.from_numpy(np.square(y).mean(0))[None],
    )
    first = next(path("l1_l2", same))
    assert first.strength.item() == pytest.approx(np.linalg.norm(x.T @ y, axis=1).max() / len(x))
    strength = share * first.strength
    oracle = MultiTaskLasso(strength.item(), fit_intercept=False, tol=1e-14, max_iter=100_000)
    expected = oracle.fit(x, y).coef_.T
    found = _exact("l1_l2", same, strength)[0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)
    assert ((found == 0).numpy() == (expected == 0)).all()


@pytest.mark.parametrize("share", [0.9, 0.3, 0.02])
def test_l1_linf_meets_its_optimality_conditions(share: float) -> None:
    strength = share * _points("l1_linf")[0].strength
    found = _exact("l1_linf", _train(), strength)
    for row, seed in enumerate(SEEDS):
        x, y = _data(seed)
        alpha, a = strength[row].item(), found[row].numpy()
        rest = y - np.einsum("tni,it->tn", x, a)
        pull = np.einsum("tni,tn->it", x, rest) / y.shape[1]
        size, peak = np.abs(pull).sum(1), np.abs(a).max(1, keepdims=True)
        zero = peak[:, 0] == 0
        assert (size[zero] <= alpha + 1e-8).all()
        # A row that is not 0: pulls sum to α, come from its peaks alone, and point their way.
        np.testing.assert_allclose(size[~zero], alpha, atol=1e-7)
        below = np.abs(a) < peak - 1e-6
        np.testing.assert_allclose(pull[below], 0, atol=1e-7)
        assert (pull * np.sign(a) >= -1e-7)[~zero].all()
        assert 0 < zero.sum() < 12 or share == 0.02


@pytest.mark.parametrize("method", PENALTIES)
def test_a_path_starts_at_the_least_strength_that_leaves_nothing(method: str) -> None:
    first = _points(method)[0]
    assert (first.coefficients == 0).all()
    below = _exact(method, _train(), 0.999 * first.strength)
    assert (below != 0).any(-1).any(-1).all()
    x, y = _data(SEEDS[0])
    pulls = np.abs(np.einsum("tni,tn->it", x, y) / y.shape[1])
    least = {
        "lasso": pulls.max(),
        "l1_l2": np.sqrt((pulls**2).sum(1)).max(),
        "l1_linf": pulls.sum(1).max(),
    }
    assert first.strength[0].item() == pytest.approx(least[method])


@pytest.mark.parametrize("method", PENALTIES)
@pytest.mark.parametrize("overlap", [0.0, 1.0])
def test_paths_are_as_near_the_minimum_as_they_promise(method: str, overlap: float) -> None:
    config = SharingConfig(problem="linear", tasks=3, overlap=overlap)
    x, y = (values.numpy() for values in examples(config, 2, "train"))
    train = Moments.of(config, (2,), "train")
    for point in list(path(method, train))[::7]:
        alpha, a = point.strength.item(), point.coefficients[0, 0].numpy()
        rest = y - np.einsum("tni,it->tn", x, a)
        pull = np.abs(np.einsum("tni,tn->it", x, rest)) / 30
        size = {
            "lasso": pull.max(),
            "l1_l2": np.sqrt((pull**2).sum(1)).max(),
            "l1_linf": pull.sum(1).max(),
        }[method]
        penalty = {
            "lasso": np.abs(a).sum(),
            "l1_l2": np.sqrt((a**2).sum(1)).sum(),
            "l1_linf": np.abs(a).max(1).sum(),
        }[method]
        dual = rest * min(1, alpha / size)
        primal = (rest**2).sum() / 60 + alpha * penalty
        gap = primal - ((y**2).sum() - ((y - dual) ** 2).sum()) / 60
        assert -1e-12 < gap <= 1.001e-6 * (y**2).sum() / 60 + 1e-12
        found = duality_gap(PENALTIES[method], train, point.strength, point.coefficients[0])
        assert found.item() == pytest.approx(gap, abs=1e-10)


@pytest.mark.parametrize("step", [0, 10, 20, STEPS - 1])
def test_ridge_is_that_of_scikit_learn(step: int) -> None:
    point = _points("ridge")[step]
    for row, seed in enumerate(SEEDS):
        x, y = _data(seed)
        for task in range(4):
            oracle = Ridge(30 * point.strength[row].item(), fit_intercept=False)
            expected = oracle.fit(x[task], y[task]).coef_
            np.testing.assert_allclose(point.coefficients[0, row, :, task], expected, atol=1e-10)


@pytest.mark.parametrize("step", [0, 10, 20, STEPS - 1])
def test_pooled_is_one_ridge_for_all(step: int) -> None:
    point = _points("pooled")[step]
    for row, seed in enumerate(SEEDS):
        x, y = _data(seed)
        oracle = Ridge(120 * point.strength[row].item(), fit_intercept=False)
        expected = oracle.fit(x.reshape(-1, 12), y.reshape(-1)).coef_
        for task in range(4):
            np.testing.assert_allclose(point.coefficients[0, row, :, task], expected, atol=1e-10)


@pytest.mark.parametrize("step", [5, 15, 22])
@pytest.mark.parametrize("candidate", range(1, len(DEVIATION_WEIGHTS)))
def test_mean_regularised_is_kernel_ridge_with_a_multi_task_kernel(
    candidate: int, step: int
) -> None:
    # T/2 Ω is half the quadratic form of P + λ(I - P), P the mean over tasks; its inverse is
    # (I + (λ - 1) P) / λ: so (1/μ + δ_st) <x, z> with 1/μ = (λ - 1)/T, and the ridge αλn.
    point = _points("mean_regularised")[step]
    weight = point.deviation_weights[candidate].item()
    task = np.repeat(np.arange(4), 30)
    between = (weight - 1) / 4 + np.eye(4)
    for row, seed in enumerate(SEEDS):
        x, y = _data(seed)
        flat = x.reshape(-1, 12)
        ridge = point.strength[row].item() * weight * 30
        oracle = KernelRidge(alpha=ridge, kernel="precomputed")
        oracle.fit(between[task][:, task] * (flat @ flat.T), y.reshape(-1))
        fresh = examples(CONFIG, seed, "test")[0][:, :20].numpy()
        kernel = between[np.repeat(np.arange(4), 20)][:, task] * (fresh.reshape(-1, 12) @ flat.T)
        a = point.coefficients[candidate, row].numpy()
        np.testing.assert_allclose(
            np.einsum("tni,it->tn", fresh, a).reshape(-1), oracle.predict(kernel), atol=1e-8
        )


def test_mean_regularised_runs_from_ridge_to_pooled() -> None:
    points = _points("mean_regularised")
    assert DEVIATION_WEIGHTS[0] == 1
    for ridge, mean in zip(_points("ridge"), points, strict=True):
        assert torch.equal(ridge.strength, mean.strength)
        torch.testing.assert_close(ridge.coefficients[0], mean.coefficients[0], atol=1e-10, rtol=0)
    a = points[5].coefficients
    distances = (a - a.mean(-1, keepdim=True)).flatten(1).norm(dim=1)
    assert (distances.diff() < 0).all()
    # Where the penalty outweighs the data, deviations fall like 1/λ.
    assert distances[-1] / distances[-2] == pytest.approx(10**-0.5, rel=0.01)


@pytest.mark.parametrize("method", ["l1_l2", "l1_linf"])
def test_with_one_task_the_group_norms_are_the_lasso(method: str) -> None:
    one = Moments.of(attrs.evolve(CONFIG, tasks=1, columns=1), (5,), "train")
    for lasso, other in zip(path("lasso", one), path(method, one), strict=True):
        torch.testing.assert_close(lasso.strength, other.strength)
        torch.testing.assert_close(lasso.coefficients, other.coefficients, atol=1e-10, rtol=0)


@pytest.mark.parametrize("method", LINEAR_METHODS)
def test_permuting_the_tasks_permutes_the_solutions(method: str) -> None:
    order = [2, 0, 3, 1]
    moved = path(method, _permuted(_train(), order))
    for before, after in zip(_points(method), moved, strict=True):
        torch.testing.assert_close(
            before.coefficients[..., order], after.coefficients, atol=1e-6, rtol=0
        )


@pytest.mark.parametrize("method", LINEAR_METHODS)
def test_a_seed_does_not_depend_on_the_others(method: str) -> None:
    alone = path(method, Moments.of(CONFIG, SEEDS[1:], "train"))
    for both, single in zip(_points(method), alone, strict=True):
        torch.testing.assert_close(
            both.coefficients[:, 1:], single.coefficients, atol=1e-10, rtol=0
        )


@pytest.mark.parametrize("method", LINEAR_METHODS)
def test_strengths_fall_by_one_factor(method: str) -> None:
    strengths = torch.stack([point.strength for point in _points(method)]).log()
    assert strengths.shape == (STEPS, 2)
    steps = strengths.diff(dim=0)
    assert (steps < 0).all()
    torch.testing.assert_close(steps, steps[:1].expand_as(steps))
