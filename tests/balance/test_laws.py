"""What every balancer obeys: replicas do not meet, and tasks have no order."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlkit.balance import MGDA, Balancer, Fixed, SumNormalised, Uncertainty
from mtlkit.nn import select_replicas

TASKS = 2
FEATURES = 5


def _fixed(replicas: int) -> Balancer:
    return Fixed(torch.rand(replicas, TASKS))


def _learned(make: Callable[[int, int], Balancer]) -> Callable[[int], Balancer]:
    def start_anywhere(replicas: int) -> Balancer:
        balancer = make(replicas, TASKS)
        for parameter in balancer.parameters():
            parameter.data.normal_()
        return balancer

    return start_anywhere


BALANCERS: dict[str, Callable[[int], Balancer]] = {
    "fixed": _fixed,
    "kendall": _learned(Uncertainty),
    "printed": _learned(lambda r, t: Uncertainty(r, t, "printed", "classification")),
    "sum normalised": _learned(SumNormalised),
    "mgda": MGDA,
}
each_balancer = pytest.mark.parametrize("name", BALANCERS)
seeds = st.integers(0, 2**32)


class Problem:
    """A shared vector and a private one per task, for each replica, and the targets they miss."""

    def __init__(self, seed: int, replicas: int) -> None:
        torch.manual_seed(seed)
        self.shared = torch.randn(replicas, FEATURES)
        self.own = torch.randn(replicas, TASKS, FEATURES)
        self.targets = torch.randn(replicas, TASKS, FEATURES)

    def rows(self, rows: list[int]) -> "Problem":
        return self._each(lambda tensor: tensor[rows])

    def swapped(self) -> "Problem":
        return self._each(lambda tensor: tensor.flip(1) if tensor.ndim == 3 else tensor)

    def _each(self, change: Callable[[Tensor], Tensor]) -> "Problem":
        other = object.__new__(Problem)
        for name, tensor in vars(self).items():
            setattr(other, name, change(tensor).clone())
        return other

    def gradients(self, balancer: Balancer) -> dict[str, Tensor]:
        """All gradients and the weights after one backward pass."""
        shared, own = (t.clone().requires_grad_() for t in (self.shared, self.own))
        misses = shared.unsqueeze(1) * own - self.targets
        balancer.zero_grad()
        balancer.backward(misses.square().mean(-1), [shared])
        found = {n: p.grad for n, p in balancer.named_parameters()}
        return found | {"shared": shared.grad, "own": own.grad, "weights": balancer.weights()}


def _make(name: str, seed: int, replicas: int) -> Balancer:
    torch.manual_seed(seed)
    return BALANCERS[name](replicas)


@each_balancer
@given(seed=seeds, replicas=st.integers(2, 9), data=st.data())
def test_a_replica_is_the_same_alone_and_among_others(
    name: str, seed: int, replicas: int, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, replicas - 1))
    problem, balancer = Problem(seed, replicas), _make(name, seed, replicas)
    among = problem.gradients(balancer)
    select_replicas(balancer, [], torch.tensor([row]))
    alone = problem.rows([row]).gradients(balancer)
    for key, gradient in alone.items():
        assert torch.equal(gradient[0], among[key][row]), key


@each_balancer
@given(seed=seeds, replicas=st.integers(2, 9), data=st.data())
def test_a_replica_made_nan_leaves_the_others_bit_identical(
    name: str, seed: int, replicas: int, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, replicas - 1))
    others = [r for r in range(replicas) if r != row]
    problem, balancer = Problem(seed, replicas), _make(name, seed, replicas)
    healthy = problem.gradients(balancer)
    problem.shared[row] = torch.nan
    sick = problem.gradients(balancer)
    assert sick["shared"][row].isnan().all()
    for key, gradient in healthy.items():
        assert torch.equal(gradient[others], sick[key][others]), key


@each_balancer
@given(seed=seeds, replicas=st.integers(1, 4))
def test_tasks_in_another_order_give_the_same_in_that_order(
    name: str, seed: int, replicas: int
) -> None:
    problem, balancer, other = (
        Problem(seed, replicas),
        _make(name, seed, replicas),
        _make(name, seed, replicas),
    )
    for tensor in other.state_dict().values():
        tensor.copy_(tensor.flip(1).clone())
    plain, swapped = problem.gradients(balancer), problem.swapped().gradients(other)
    for key, gradient in plain.items():
        expected = gradient if key == "shared" else gradient.flip(1)
        torch.testing.assert_close(swapped[key], expected, rtol=1e-4, atol=1e-5)


@each_balancer
@given(seed=seeds)
def test_the_weights_are_the_factors_on_the_shared_gradients(name: str, seed: int) -> None:
    problem, balancer = Problem(seed, 3), _make(name, seed, 3)
    found = problem.gradients(balancer)
    per_task = []
    for task in range(TASKS):
        only = torch.zeros(3, TASKS)
        only[:, task] = 1
        per_task.append(problem.gradients(Fixed(only))["shared"])
    expected = (found["weights"].unsqueeze(-1) * torch.stack(per_task, 1)).sum(1)
    torch.testing.assert_close(found["shared"], expected, rtol=1e-4, atol=1e-5)
    assert not found["weights"].requires_grad
    assert found["weights"].shape == (3, TASKS)
