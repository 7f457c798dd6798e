"""Routes between columns, against the formula of a cross-stitch and plain towers."""

from __future__ import annotations

import itertools
import re

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from mtlkit.errors import UsageError
from mtlkit.nn import StackedLinear
from mtlkit.nn.routing import Columns, FixedRoute, LearnedRoute, towards_own

from .enumeration import normal, stream_of


def test_two_streams_of_two_units_are_the_printed_matrix() -> None:
    """xiao2020: x~_A = alpha_AA x_A + alpha_AB x_B, x~_B = alpha_BA x_A + alpha_BB x_B."""
    alpha, units = normal(3, 2, 2), normal(3, 2, 5, 4, seed=1)
    found = LearnedRoute(alpha)(units)
    for replica in range(3):
        (aa, ab), (ba, bb) = alpha[replica]
        a, b = units[replica]
        torch.testing.assert_close(found[replica, 0], aa * a + ab * b, rtol=0, atol=1e-12)
        torch.testing.assert_close(found[replica, 1], ba * a + bb * b, rtol=0, atol=1e-12)


@given(st.integers(1, 2), st.integers(1, 4), st.integers(1, 4))
def test_any_number_of_streams_and_units(replicas: int, streams: int, units: int) -> None:
    weight, x = normal(replicas, streams, units), normal(replicas, units, 3, 2, seed=2)
    x.requires_grad_()
    route = LearnedRoute(weight)
    found, pull = route(x), normal(replicas, streams, 3, 2, seed=3)
    (found * pull).sum().backward()
    for r, s in itertools.product(range(replicas), range(streams)):
        wanted = sum(weight[r, s, u] * x[r, u] for u in range(units))
        torch.testing.assert_close(found[r, s], wanted, rtol=0, atol=1e-12)
        for u in range(units):
            own = (pull[r, s] * x[r, u]).sum()
            torch.testing.assert_close(route.weight.grad[r, s, u], own, rtol=0, atol=1e-12)


@given(st.lists(st.integers(0, 2), min_size=1, max_size=5))
def test_a_fixed_route_is_a_learned_one_of_ones_and_zeros(groups: list[int]) -> None:
    units = normal(2, 3, 4, 2)
    matrix = torch.zeros(2, len(groups), 3, dtype=torch.float64)
    for place, unit in enumerate(groups):
        matrix[:, place, unit] = 1
    assert torch.equal(FixedRoute(groups)(units), LearnedRoute(matrix)(units))


@given(
    st.integers(1, 3), st.integers(1, 5), st.integers(1, 5), st.sampled_from([0.0, 0.3, 0.9, 1.0])
)
def test_stitches_start_at_their_own_unit_and_sum_to_one(
    replicas: int, streams: int, units: int, own: float
) -> None:
    weight = towards_own(replicas, streams, units, own)
    assert weight.shape == (replicas, streams, units)
    torch.testing.assert_close(weight.sum(-1), torch.ones(replicas, streams))
    for stream, unit in itertools.product(range(streams), range(units)):
        wanted = own if unit == stream % units else (1 - own) / max(units - 1, 1)
        assert weight[0, stream, unit].item() == pytest.approx(1 if units == 1 else wanted)


@pytest.mark.parametrize(
    "arguments", [(0, 1, 1, 0.5), (1, 0, 1, 0.5), (1, 1, 0, 0.5), (1, 1, 1, 1.1), (1, 1, 1, -0.1)]
)
def test_stitches_that_cannot_be_are_refused(arguments: tuple[int, int, int, float]) -> None:
    with pytest.raises(UsageError, match=r"allowed are at least 1 of each, and own from 0 to 1\.$"):
        towards_own(*arguments)


@pytest.mark.parametrize("groups", [(), (0, -1)])
def test_a_fixed_route_needs_places(groups: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match=rf"^groups = {re.escape(str(groups))}: allowed is the"):
        FixedRoute(groups)


def bank(columns: int, inputs: int, outputs: int) -> StackedLinear:
    streams = [stream_of(40 + inputs), stream_of(50 + inputs)]
    return StackedLinear((2, columns), inputs, outputs, generators=streams).double()


@pytest.mark.parametrize("banks", [[], [bank(1, 2, 2)]])
def test_columns_need_a_route_for_each_bank(banks: list[StackedLinear]) -> None:
    with pytest.raises(UsageError, match=f"^{len(banks)} banks, 0 routes: allowed is"):
        Columns(banks, [])


def test_columns_are_plain_towers_stitched_by_hand() -> None:
    """Three towers of two layers, stitched 3 x 3 after the first and 2 x 3 after the second."""
    banks = [bank(3, 4, 5), bank(3, 5, 6)]
    inner, outer = normal(2, 3, 3, seed=4), normal(2, 2, 3, seed=5)
    columns = Columns(banks, [LearnedRoute(inner), LearnedRoute(outer)])
    x = normal(2, 7, 4, seed=6)
    found = columns(x)
    assert found.shape == (2, 2, 7, 6)
    for replica in range(2):
        towers = [[nn.Linear(4, 5).double(), nn.Linear(5, 6).double()] for _ in range(3)]
        for column, tower in enumerate(towers):
            for own, layer in zip(banks, tower, strict=True):
                layer.weight.data = own.weight.data[replica, column]
                layer.bias.data = own.bias.data[replica, column]
        first = [torch.relu(tower[0](x[replica])) for tower in towers]
        stitched = [sum(inner[replica, s, u] * first[u] for u in range(3)) for s in range(3)]
        second = [torch.relu(tower[1](own)) for tower, own in zip(towers, stitched, strict=True)]
        for task in range(2):
            wanted = sum(outer[replica, task, u] * second[u] for u in range(3))
            torch.testing.assert_close(found[replica, task], wanted, rtol=0, atol=1e-12)
    # A batch that all replicas share need not be copied for them.
    shared = columns(x[:1])
    torch.testing.assert_close(shared, columns(x[:1].repeat(2, 1, 1)), rtol=0, atol=1e-12)


def test_permuting_columns_with_their_stitches_changes_nothing() -> None:
    order = torch.tensor([2, 0, 1])
    banks, weight, x = [bank(3, 4, 5)], normal(2, 2, 3, seed=7), normal(2, 6, 4, seed=8)
    before = Columns(banks, [LearnedRoute(weight)])(x)
    for parameter in banks[0].parameters():
        parameter.data = parameter.data[:, order]
    after = Columns(banks, [LearnedRoute(weight[..., order])])(x)
    torch.testing.assert_close(after, before, rtol=0, atol=1e-12)
