"""Weights that look at difficulty against the formula, and against plain uncertainty."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from mtlkit.balance import Uncertainty
from mtlkit.balance.difficulty import MEMORY, DifficultyWeighted
from mtlkit.errors import UsageError
from mtlkit.nn import select_replicas

LOSSES = torch.tensor([[0.2, 1.2, 1.9], [1.0, 1.0, 1.0]])


def after(steps: int, losses: torch.Tensor = LOSSES) -> DifficultyWeighted:
    balancer = DifficultyWeighted(len(losses), losses.shape[1], chance=2.0)
    for _ in range(steps):
        balancer.objective(losses)
    return balancer


def test_factors_are_the_printed_ones() -> None:
    balancer = after(30)
    for replica, own in enumerate(LOSSES.tolist()):
        memory = MEMORY**30
        ratios = [(memory * 2.0 + (1 - memory) * one) / 2.0 for one in own]
        focal = [-ratio * math.log(1 - ratio) for ratio in ratios]
        wanted = [one * 3 / sum(focal) for one in focal]
        torch.testing.assert_close(
            balancer.factor()[replica], torch.tensor(wanted), atol=1e-4, rtol=1e-4
        )


def test_factors_have_mean_1_and_an_easy_task_gets_less() -> None:
    torch.testing.assert_close(after(0).factor(), torch.ones(2, 3))  # all at chance
    factor = after(100).factor()
    torch.testing.assert_close(factor.mean(1), torch.ones(2))
    torch.testing.assert_close(factor[1], torch.ones(3))
    assert (factor[0].diff() > 0).all()
    assert factor[0, 0] < 0.1
    solved = after(500, torch.tensor([[0.0, 1.0]])).factor()
    lost = after(500, torch.tensor([[9.0, 1.0]])).factor()
    assert solved.isfinite().all()
    assert lost.isfinite().all()
    assert solved[0, 0] > 0


@pytest.mark.parametrize(("form", "kind"), [("kendall", "regression"), ("printed", "regression")])
def test_log_variances_learn_as_without_the_factor(form: str, kind: str) -> None:
    plain = Uncertainty(2, 3, form=form, kind=kind)
    focal = DifficultyWeighted(2, 3, chance=2.0, form=form, kind=kind)
    start = torch.tensor([[0.3, -0.4, 0.1], [-1.0, 0.0, 0.7]])
    optimisers = []
    for balancer in (plain, focal):
        with torch.no_grad():
            balancer.log_variance.copy_(start)
        optimisers.append(torch.optim.Adam(balancer.parameters(), lr=0.1))
    for step in range(20):
        for balancer, optimiser in zip((plain, focal), optimisers, strict=True):
            optimiser.zero_grad()
            balancer.backward(LOSSES * 0.95**step)
            optimiser.step()
        torch.testing.assert_close(focal.log_variance.grad, plain.log_variance.grad)
    torch.testing.assert_close(focal.uncertainty(), plain.uncertainty())
    torch.testing.assert_close(focal.weights(), focal.factor() * plain.weights())


def test_losses_get_the_weights_that_are_told() -> None:
    balancer = after(10)
    parameters = nn.Parameter(LOSSES.clone())
    balancer.backward(parameters * 1.0)
    torch.testing.assert_close(parameters.grad, balancer.weights())


def test_a_replica_knows_nothing_of_the_others() -> None:
    both = after(20)
    for row in (0, 1):
        assert torch.equal(both.factor()[row], after(20, LOSSES[row : row + 1]).factor()[0])
    select_replicas(both, (), torch.tensor([1]))
    assert both.factor().shape == (1, 3)


@pytest.mark.parametrize("chance", [0.0, -1.0, math.inf, math.nan])
def test_a_chance_that_is_none_is_told(chance: float) -> None:
    with pytest.raises(UsageError, match=f"chance is {chance:g}: it must be a positive number"):
        DifficultyWeighted(1, 2, chance=chance)
