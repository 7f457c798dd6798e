"""A stack of linear layers is a plain loop over `torch.nn.Linear`, number for number."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from mtlkit.errors import UsageError
from mtlkit.nn import StackedLinear

STACKS = st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)


def generators(replicas: int) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(100 + replica) for replica in range(replicas)]


def loop_of_linears(stack: tuple[int, ...], inputs: int, outputs: int) -> list[nn.Linear]:
    """The copies in order, each replica's drawn from torch's own generator after its seed."""
    layers = []
    for replica in range(stack[0]):
        torch.manual_seed(100 + replica)
        for _ in itertools.product(*map(range, stack[1:])):
            layers.append(nn.Linear(inputs, outputs))
    return layers


@given(STACKS, st.integers(1, 20), st.integers(1, 20))
def test_starts_bit_for_bit_as_torch_linear(
    stack: tuple[int, ...], inputs: int, outputs: int
) -> None:
    ours = StackedLinear(stack, inputs, outputs, generators=generators(stack[0]))
    layers = loop_of_linears(stack, inputs, outputs)
    assert ours.weight.shape == (*stack, outputs, inputs)
    assert ours.bias.shape == (*stack, outputs)
    assert torch.equal(ours.weight.flatten(0, -3), torch.stack([n.weight for n in layers]))
    assert torch.equal(ours.bias.flatten(0, -2), torch.stack([n.bias for n in layers]))


def test_without_generators_draws_from_the_global_one() -> None:
    torch.manual_seed(3)
    ours = StackedLinear((2, 2), 5, 4)
    torch.manual_seed(3)
    layers = [nn.Linear(5, 4) for _ in range(4)]
    assert torch.equal(ours.weight.flatten(0, 1), torch.stack([n.weight for n in layers]))
    assert torch.equal(ours.bias.flatten(0, 1), torch.stack([n.bias for n in layers]))


def test_first_tasks_start_alike_however_many_follow() -> None:
    two = StackedLinear((3, 2), 7, 5, generators=generators(3))
    six = StackedLinear((3, 6), 7, 5, generators=generators(3))
    assert torch.equal(two.weight, six.weight[:, :2])
    assert torch.equal(two.bias, six.bias[:, :2])


@given(STACKS, st.data())
def test_forward_and_backward_equal_the_loop(stack: tuple[int, ...], data: st.DataObject) -> None:
    lead = tuple(data.draw(st.sampled_from(sorted({1, size}))) for size in stack)
    ours = StackedLinear(stack, 4, 3, generators=generators(stack[0])).double()
    layers = [layer.double() for layer in loop_of_linears(stack, 4, 3)]
    x = torch.randn(*lead, 6, 4, dtype=torch.float64, requires_grad=True)
    x_loop = x.detach().clone().requires_grad_()
    pull = torch.randn(*stack, 6, 3, dtype=torch.float64)

    out = ours(x)
    per_copy = x_loop.expand(*stack, 6, 4).reshape(-1, 6, 4)
    out_loop = torch.stack([layer(part) for layer, part in zip(layers, per_copy, strict=True)])
    (out * pull).sum().backward()
    (out_loop * pull.flatten(0, -3)).sum().backward()

    assert out.shape == (*stack, 6, 3)
    close(out.flatten(0, -3), out_loop)
    close(x.grad, x_loop.grad)
    close(ours.weight.grad.flatten(0, -3), torch.stack([n.weight.grad for n in layers]))
    close(ours.bias.grad.flatten(0, -2), torch.stack([n.bias.grad for n in layers]))


def close(ours: Tensor, theirs: Tensor) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_a_batch_without_leading_axes_is_shared_by_all() -> None:
    layer = StackedLinear((2, 3), 4, 1)
    x = torch.randn(5, 4)
    assert torch.equal(layer(x), layer(x.expand(2, 3, 5, 4)))


def test_a_copy_made_nan_leaves_the_others_bit_identical() -> None:
    healthy, sick = (StackedLinear((4,), 9, 6, generators=generators(4)) for _ in range(2))
    x = torch.randn(4, 11, 9)
    with torch.no_grad():
        sick.weight[1] = torch.nan
    for layer in (healthy, sick):
        layer(x).square().sum().backward()
    others = [0, 2, 3]
    assert sick.weight.grad[1].isnan().all()
    assert torch.equal(healthy(x)[others], sick(x)[others])
    assert torch.equal(healthy.weight.grad[others], sick.weight.grad[others])
    assert torch.equal(healthy.bias.grad[others], sick.bias.grad[others])


def test_works_on_after_its_leading_axis_was_cut() -> None:
    layer = StackedLinear((4, 2), 3, 1)
    x = torch.randn(4, 1, 5, 3)
    before = layer(x)
    for parameter in layer.parameters():
        parameter.data = parameter.data[[3, 1]]
    assert layer.stack == (2, 2)
    torch.testing.assert_close(layer(x[[3, 1]]), before[[3, 1]])


@pytest.mark.parametrize(
    ("stack", "inputs", "outputs", "streams", "message"),
    [
        ((), 1, 1, None, "stack is empty: it must have at least one axis, the replicas."),
        ((2, 0), 1, 1, None, r"stack is \(2, 0\): each of its axes must be at least 1."),
        ((2,), 0, 1, None, "in_features is 0: it must be at least 1."),
        ((2,), 1, -3, None, "out_features is -3: it must be at least 1."),
        ((2,), 1, 1, 3, "generators has 3 entries: it must have one for each of the 2 replicas."),
    ],
)
def test_bad_input_is_named_in_one_sentence(
    stack: tuple[int, ...], inputs: int, outputs: int, streams: int | None, message: str
) -> None:
    given_streams = None if streams is None else generators(streams)
    with pytest.raises(UsageError, match=f"^{message}$"):
        StackedLinear(stack, inputs, outputs, generators=given_streams)
