"""Fixed weights multiply the losses, and their gradients with them."""

import math

import pytest
import torch

from mtlkit.balance import Fixed
from mtlkit.errors import UsageError

WEIGHTS = torch.tensor([[0.2, 0.3, 0.5], [1.0, 0.0, 4.0]], dtype=torch.float64)


def test_objective_is_the_weighted_sum() -> None:
    losses = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], dtype=torch.float64)
    expected = [0.2 * 1 + 0.3 * 2 + 0.5 * 3, 1 * 4 + 0 * 5 + 4 * 6]
    assert Fixed(WEIGHTS).objective(losses).tolist() == pytest.approx(expected, rel=1e-15)


def test_gradients_agree_with_differences() -> None:
    losses = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Fixed(WEIGHTS).objective, (losses,))


def test_backward_adds_to_what_is_there_and_sums_replicas() -> None:
    losses = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    losses.grad = torch.ones_like(losses)
    Fixed(WEIGHTS).backward(losses)
    assert torch.equal(losses.grad, 1 + WEIGHTS)


def test_equal_weights_are_one_each_however_many_tasks() -> None:
    assert torch.equal(Fixed.equal(2, 3).weights(), torch.ones(2, 3))
    assert torch.equal(Fixed.equal(1, 6).weights(), torch.ones(1, 6))


def test_weights_are_a_copy_that_later_changes_do_not_reach() -> None:
    given = WEIGHTS.clone()
    balancer = Fixed(given)
    given[0, 0] = 9
    balancer.weights()[0, 1] = 9
    assert torch.equal(balancer.weights(), WEIGHTS)


def test_weights_are_no_parameters_but_travel_with_the_state() -> None:
    balancer = Fixed(WEIGHTS)
    assert list(balancer.parameters()) == []
    assert torch.equal(balancer.state_dict()["task_weights"], WEIGHTS)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (torch.ones(3), r"weights has shape \(3,\): it must be \(replicas, tasks\)."),
        (torch.ones(1, 2, 3), r"weights has shape \(1, 2, 3\): it must be \(replicas, tasks\)."),
        (
            torch.tensor([[1.0, -0.5]]),
            "weights has the value -0.5: each must be a finite number, 0 or more.",
        ),
        (
            torch.tensor([[1.0, math.nan]]),
            "weights has the value nan: each must be a finite number, 0 or more.",
        ),
        (
            torch.tensor([[math.inf, 1.0]]),
            "weights has the value inf: each must be a finite number, 0 or more.",
        ),
    ],
)
def test_bad_weights_are_named_in_one_sentence(weights: torch.Tensor, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}$"):
        Fixed(weights)


@pytest.mark.parametrize(
    ("replicas", "tasks", "message"),
    [(0, 2, "replicas is 0: it must be at least 1."), (2, 0, "tasks is 0: it must be at least 1.")],
)
def test_equal_needs_replicas_and_tasks(replicas: int, tasks: int, message: str) -> None:
    with pytest.raises(UsageError, match=f"^{message}$"):
        Fixed.equal(replicas, tasks)
