"""Calling only the experts that are used, against calling all, and against plain loops."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, linear, max_pool2d

from mtlkit.nn.routing import (
    BernoulliGates,
    ConvExperts,
    Execution,
    Experts,
    LinearExperts,
    choose_execution,
    mixture,
)

from .enumeration import normal, streams, uniform

EXPERTS, IMAGES = 4, 7
EXECUTIONS: tuple[Execution, ...] = ("dense", "gather")


def bank_of(kind: str, replicas: int) -> Experts:
    if kind == "linear":
        return LinearExperts(EXPERTS, (6, 5, 3), streams(2, replicas)).double()
    return ConvExperts(EXPERTS, (3, 4, 2), 8, streams(2, replicas)).double()


def batch_of(kind: str, replicas: int) -> Tensor:
    shape = (6,) if kind == "linear" else (3, 8, 8)
    return normal(replicas, IMAGES, *shape, seed=30)


def coefficients_of(pattern: str, samples: int, replicas: int) -> Tensor:
    """Which experts are used, and how much."""
    shape = (samples, replicas, IMAGES, EXPERTS)
    used = (uniform(*shape, seed=31) < 0.4).double()
    if pattern == "all":
        used = torch.ones(shape).double()
    elif pattern == "an expert that nobody uses":
        used[..., 2] = 0
    elif pattern == "one element has one expert":
        used[:] = 0
        used[-1, 0, 3, 1] = 1
    elif pattern == "nobody uses any":
        used[:] = 0
    elif pattern == "the last expert alone":
        used[:] = 0
        used[..., -1] = 1
    return used * normal(*shape, seed=32)


PATTERNS = (
    "random",
    "all",
    "an expert that nobody uses",
    "one element has one expert",
    "nobody uses any",
    "the last expert alone",
)


def plain(experts: Experts, x: Tensor, coefficients: Tensor) -> Tensor:
    """Equation (3.1) element by element, with torch's functions."""
    samples, replicas, images, _ = coefficients.shape
    mixed = []
    for s in range(samples):
        for r in range(replicas):
            for n in range(images):
                z = torch.zeros((), dtype=x.dtype)
                for m in range(EXPERTS):
                    f = x[r, n].unsqueeze(0)
                    if isinstance(experts, ConvExperts):
                        for weight, bias in zip(experts.weights, experts.biases, strict=True):
                            f = conv2d(f, weight[r, m], bias[r, m], padding=1)
                            f = max_pool2d(f.relu(), 2)
                    else:
                        assert isinstance(experts, LinearExperts)
                        for layer in experts.layers:
                            f = linear(f, layer.weight[r, m], layer.bias[r, m]).relu()
                    z = z + coefficients[s, r, n, m] * f.flatten()
                mixed.append(z)
    return torch.stack(mixed).view(samples, replicas, images, -1)


def with_gradients(
    experts: Experts, x: Tensor, coefficients: Tensor, execution: Execution | None
) -> list[Tensor]:
    """The mixture; its gradient in the experts, the batch, and the coefficients in use."""
    x, coefficients = (one.clone().requires_grad_() for one in (x, coefficients))
    found = (
        plain(experts, x, coefficients)
        if execution is None
        else mixture(experts, x, coefficients, execution)
    )
    pull = normal(*found.shape, seed=33).to(found.dtype)
    wanted = [*experts.parameters(), x, coefficients]
    *others, own = torch.autograd.grad((found * pull).sum(), wanted)
    return [found, *others, own * (coefficients != 0)]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(("samples", "replicas"), [(1, 1), (3, 2)])
@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_both_executions_are_the_plain_sum(
    kind: str, samples: int, replicas: int, pattern: str
) -> None:
    experts, x = bank_of(kind, replicas), batch_of(kind, replicas)
    coefficients = coefficients_of(pattern, samples, replicas)
    wanted = with_gradients(experts, x, coefficients, None)
    for execution in EXECUTIONS:
        found = with_gradients(experts, x, coefficients, execution)
        for ours, theirs in zip(found, wanted, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_they_agree_in_single_precision(kind: str, pattern: str) -> None:
    experts, x = bank_of(kind, 2).float(), batch_of(kind, 2).float()
    coefficients = coefficients_of(pattern, 2, 2).float()
    dense, gather = (with_gradients(experts, x, coefficients, way) for way in EXECUTIONS)
    for ours, theirs in zip(gather, dense, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-5)
    torch.testing.assert_close(gather[0], dense[0], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_gathering_calls_an_expert_on_those_that_use_it_and_no_others(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    experts, x = bank_of(kind, 2), batch_of(kind, 2)
    coefficients = coefficients_of("an expert that nobody uses", 2, 2)
    called: dict[tuple[int, int], int] = {}
    original = type(experts).one

    def counted(bank: Experts, replica: int, expert: int, own: Tensor) -> Tensor:
        called[replica, expert] = len(own)
        return original(bank, replica, expert, own)

    monkeypatch.setattr(type(experts), "one", counted)
    monkeypatch.setattr(type(experts), "all", lambda *_: pytest.fail("all were called"))
    mixture(experts, x, coefficients, "gather")
    used = (coefficients != 0).any(0)
    wanted = {
        (r, m): int(used[r, :, m].sum())
        for r in range(2)
        for m in range(EXPERTS)
        if used[r, :, m].any()
    }
    assert called == wanted
    assert not any(expert == 2 for _, expert in called)


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_permuting_experts_changes_nothing(kind: str, execution: Execution) -> None:
    order = torch.tensor([3, 1, 0, 2])
    experts, x = bank_of(kind, 2), batch_of(kind, 2)
    coefficients = coefficients_of("random", 2, 2)
    z, *grads, _, _ = with_gradients(experts, x, coefficients, execution)
    for parameter in experts.parameters():
        parameter.data = parameter.data[:, order]
    found, *moved, _, _ = with_gradients(experts, x, coefficients[..., order], execution)
    torch.testing.assert_close(found, z, rtol=0, atol=1e-12)
    for ours, theirs in zip(moved, grads, strict=True):
        torch.testing.assert_close(ours, theirs[:, order], rtol=0, atol=1e-12)


@pytest.mark.parametrize("execution", EXECUTIONS)
@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_a_replica_made_nan_leaves_the_other_bit_identical(kind: str, execution: Execution) -> None:
    x, coefficients = batch_of(kind, 2), coefficients_of("random", 2, 2)
    healthy, sick = bank_of(kind, 2), bank_of(kind, 2)
    with torch.no_grad():
        next(sick.parameters())[1] = torch.nan
    one, other = (with_gradients(bank, x, coefficients, execution) for bank in (healthy, sick))
    assert other[0][:, 1].isnan().any()
    assert torch.equal(one[0][:, 0], other[0][:, 0])
    for ours, theirs in zip(one[1:-1], other[1:-1], strict=True):
        assert torch.equal(ours[0], theirs[0])


@pytest.mark.parametrize("execution", EXECUTIONS)
def test_gates_all_on_are_the_ungated_mixture_bit_for_bit(execution: Execution) -> None:
    experts, x = bank_of("linear", 1).float(), batch_of("linear", 1).float()
    weight = normal(1, 1, EXPERTS, seed=34).float()
    gates = BernoulliGates(torch.full((1, 1, EXPERTS), 60.0))
    drawn = gates.sample(uniform(1, 1, 1, IMAGES, EXPERTS).float())
    gated = (drawn * weight.unsqueeze(2)).flatten(2, 3)
    ungated = weight.unsqueeze(2).expand(1, 1, 1, IMAGES, EXPERTS).flatten(2, 3)
    assert torch.equal(gated, ungated)
    for ours, theirs in zip(
        with_gradients(experts, x, gated, execution),
        with_gradients(experts, x, ungated, execution),
        strict=True,
    ):
        assert torch.equal(ours, theirs)


def test_convolutions_on_a_processor_are_gathered_and_all_else_is_dense() -> None:
    processor, accelerator = torch.device("cpu"), torch.device("cuda")
    assert choose_execution(bank_of("conv", 1), processor) == "gather"
    assert choose_execution(bank_of("conv", 1), accelerator) == "dense"
    assert choose_execution(bank_of("linear", 1), processor) == "dense"
