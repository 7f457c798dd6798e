"""MGDA for two tasks against its optimality conditions, torchjd and float64 differences."""

import pytest
import torch
import torchjd.aggregation
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlkit.balance import MGDA
from mtlkit.errors import UsageError

NUMBERS = st.floats(-100, 100, allow_subnormal=False)
PAIRS = st.integers(1, 6).flatmap(
    lambda size: st.lists(st.lists(NUMBERS, min_size=size, max_size=size), min_size=2, max_size=2)
)


def double(rows: list[list[float]]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def combine(jacobian: Tensor) -> tuple[Tensor, Tensor]:
    weights = MGDA(1).coefficients(jacobian.unsqueeze(0))[0]
    return weights, weights @ jacobian


def test_known_value() -> None:
    weights, direction = combine(double([[-4, 1, 1], [6, 1, 1]]))
    assert weights.tolist() == pytest.approx([0.6, 0.4], abs=1e-14)
    assert direction.tolist() == pytest.approx([0, 1, 1], abs=1e-14)


@pytest.mark.parametrize(
    ("first", "second", "gamma"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.5),  # equal gradients
        ([0.0, 0.0], [0.0, 0.0], 0.5),
        ([1.0, 0.0], [3.0, 0.0], 1.0),  # the shorter of two that agree
        ([3.0, 0.0], [1.0, 0.0], 0.0),
        ([0.0, 0.0], [3.0, 1.0], 1.0),  # a task at its minimum stops the shared part
        ([2.0, 0.0], [-1.0, 0.0], 1 / 3),  # opposite: they cancel
    ],
)
def test_edges(first: list[float], second: list[float], gamma: float) -> None:
    weights, _ = combine(double([first, second]))
    assert weights.tolist() == pytest.approx([gamma, 1 - gamma], abs=1e-15)


@given(PAIRS, st.sampled_from([1e-200, 1.0, 1e200]))
def test_is_the_shortest_and_conflicts_with_no_task(rows: list[list[float]], scale: float) -> None:
    jacobian = double(rows)
    weights = MGDA(1).coefficients(scale * jacobian.unsqueeze(0))[0]
    direction = weights @ jacobian
    slack = 1e-12 * (1 + jacobian.square().sum().item())
    assert weights.min() >= 0
    assert weights.sum().item() == pytest.approx(1, abs=1e-15)
    # g . d >= |d|^2 for each task's g is the optimality condition, and implies g . d >= 0
    assert (jacobian @ direction >= direction @ direction - slack).all()


@given(PAIRS)
def test_agrees_with_torchjd(rows: list[list[float]]) -> None:
    jacobian = double(rows)
    theirs = torchjd.aggregation.MGDA(epsilon=1e-12, max_iters=1000)(jacobian)
    torch.testing.assert_close(combine(jacobian)[1], theirs, rtol=1e-6, atol=1e-6)


def test_backward_combines_shared_gradients_and_leaves_heads_alone() -> None:
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        values = torch.randn(*shape, dtype=torch.float64, generator=generator)
        return values.requires_grad_()

    backbone, shift, heads = draw(3, 4, 2), draw(3, 4), draw(3, 2, 4)
    x, y = draw(5, 2).detach(), draw(3, 2, 5).detach()

    def losses() -> Tensor:
        hidden = torch.tanh(torch.einsum("bi,rhi->rbh", x, backbone) + shift.unsqueeze(1))
        return (torch.einsum("rbh,rth->rtb", hidden, heads) - y).square().mean(-1)

    shared = differences(losses, backbone).flatten(2), differences(losses, shift).flatten(2)
    own = differences(losses, heads).sum(1)
    balancer = MGDA(3)
    shift.grad = torch.ones_like(shift)
    balancer.backward(losses(), [backbone, shift])
    weights = torch.stack([combine(j)[0] for j in torch.cat(shared, 2)])
    expected = [(weights.unsqueeze(-1) * j).sum(1) for j in shared]
    near = {"rtol": 0, "atol": 1e-7}
    torch.testing.assert_close(balancer.weights().double(), weights, **near)
    torch.testing.assert_close(backbone.grad.flatten(1), expected[0], **near)
    torch.testing.assert_close(shift.grad, expected[1] + 1, **near)
    torch.testing.assert_close(heads.grad, own, **near)
    assert not torch.allclose(weights, torch.tensor(0.5).double(), atol=0.01)


def differences(losses: object, parameter: Tensor) -> Tensor:
    """The gradient of each `(replica, task)` loss by its replica's row, by central differences."""
    step = 1e-5
    flat = parameter.detach().view(len(parameter), -1)
    columns = []
    for place in range(flat.shape[1]):
        old = flat[:, place].clone()
        flat[:, place] = old + step
        above = losses().detach()
        flat[:, place] = old - step
        below = losses().detach()
        flat[:, place] = old
        columns.append((above - below) / (2 * step))
    return torch.stack(columns, -1).view(len(parameter), -1, *parameter.shape[1:])


def test_a_shared_parameter_that_no_task_uses_gets_no_pull() -> None:
    used, unused = torch.ones(1, 2, requires_grad=True), torch.ones(1, 3, requires_grad=True)
    MGDA(1).backward(used * torch.tensor([2.0, -1.0]), [used, unused])
    assert torch.equal(unused.grad, torch.zeros(1, 3))


def test_gradients_accumulate_over_two_passes() -> None:
    once, twice = (torch.tensor([[1.0, 2.0]], requires_grad=True) for _ in range(2))
    for shared, passes in ((once, 1), (twice, 2)):
        for _ in range(passes):
            losses = torch.stack([shared.square().sum(1), (shared - 3).square().sum(1)], 1)
            MGDA(1).backward(losses, [shared])
    assert torch.equal(twice.grad, 2 * once.grad)


def test_needs_the_shared_parameters() -> None:
    with pytest.raises(ValueError, match="MGDA compares gradients: backward needs the shared"):
        MGDA(1).backward(torch.ones(1, 2, requires_grad=True))


@pytest.mark.parametrize("tasks", [1, 3])
def test_other_numbers_of_tasks_are_refused(tasks: int) -> None:
    with pytest.raises(UsageError, match=f"^tasks is {tasks}: MGDA's closed form is for exactly"):
        MGDA(1, tasks)
