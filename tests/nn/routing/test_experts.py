"""Banks of experts against torch's own layers, number for number."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from mtlkit.nn.routing import ConvExperts, Experts, LinearExperts

from .enumeration import normal, streams

SIZES = (6, 5, 4)
CHANNELS, SIDE = (3, 4, 5), 8


def linear_loop(replicas: int, experts: int) -> list[list[nn.Sequential]]:
    """Plain networks, started from torch's own generator as the bank's from its streams."""
    layers: dict[tuple[int, int, int], nn.Module] = {}
    for place, (inputs, outputs) in enumerate(itertools.pairwise(SIZES)):
        for replica in range(replicas):
            torch.manual_seed(100 * place + replica)
            for expert in range(experts):
                layers[replica, expert, place] = nn.Linear(inputs, outputs)
    return [
        [
            nn.Sequential(layers[r, m, 0], nn.ReLU(), layers[r, m, 1], nn.ReLU())
            for m in range(experts)
        ]
        for r in range(replicas)
    ]


def conv_loop(replicas: int, experts: int) -> list[list[nn.Sequential]]:
    layers: dict[tuple[int, int, int], nn.Module] = {}
    for place, (inputs, outputs) in enumerate(itertools.pairwise(CHANNELS)):
        for replica in range(replicas):
            torch.manual_seed(100 * place + replica)
            for expert in range(experts):
                layers[replica, expert, place] = nn.Conv2d(inputs, outputs, 3, padding=1)
    return [
        [
            nn.Sequential(
                *itertools.chain.from_iterable(
                    (layers[r, m, place], nn.ReLU(), nn.MaxPool2d(2)) for place in range(2)
                ),
                nn.Flatten(),
            )
            for m in range(experts)
        ]
        for r in range(replicas)
    ]


def of_loop(loop: Sequence[Sequence[nn.Sequential]], place: int, name: str) -> list[Tensor]:
    """One layer's weights or biases, replica after replica, expert after expert."""
    modules = [one for row in loop for one in row]
    learned = [[m for m in one if isinstance(m, nn.Linear | nn.Conv2d)] for one in modules]
    return [layers[place].get_parameter(name) for layers in learned]


def both(kind: str, replicas: int, experts: int) -> tuple[Experts, list[list[nn.Sequential]]]:
    if kind == "linear":
        bank: Experts = LinearExperts(experts, SIZES, streams(2, replicas))
        return bank, linear_loop(replicas, experts)
    return ConvExperts(experts, CHANNELS, SIDE, streams(2, replicas)), conv_loop(replicas, experts)


def batch_of(kind: str, replicas: int, images: int) -> Tensor:
    shape = (SIZES[0],) if kind == "linear" else (CHANNELS[0], SIDE, SIDE)
    return normal(replicas, images, *shape, seed=20)


def layer_of(bank: Experts, place: int, name: str) -> Tensor:
    if isinstance(bank, ConvExperts):
        return bank.weights[place] if name == "weight" else bank.biases[place]
    assert isinstance(bank, LinearExperts)
    return bank.layers[place].get_parameter(name)


@pytest.mark.parametrize(("replicas", "experts"), [(1, 1), (2, 3)])
@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_experts_start_bit_for_bit_as_torchs_layers(kind: str, replicas: int, experts: int) -> None:
    bank, loop = both(kind, replicas, experts)
    assert bank.stack == (replicas, experts)
    for place, name in itertools.product(range(2), ("weight", "bias")):
        ours = layer_of(bank, place, name).flatten(0, 1)
        assert torch.equal(ours, torch.stack(of_loop(loop, place, name)))


@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_an_expert_starts_the_same_however_many_follow(kind: str) -> None:
    few, many = both(kind, 2, 2)[0], both(kind, 2, 5)[0]
    for place, name in itertools.product(range(2), ("weight", "bias")):
        assert torch.equal(layer_of(few, place, name), layer_of(many, place, name)[:, :2])


class Elsewhere(torch.Tensor):
    """A tensor that is computed with here, but says that it lies on an accelerator."""

    @property
    def device(self) -> torch.device:
        return torch.device("cuda")


@pytest.mark.parametrize("way", ["all", "one", "grouped"])
@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_outputs_and_gradients_are_those_of_torchs_layers(kind: str, way: str) -> None:
    replicas, experts, images = 2, 3, 4
    bank, loop = both(kind, replicas, experts)
    bank.double()
    x = batch_of(kind, replicas, images).requires_grad_()
    plain_x = x.detach().clone().requires_grad_()
    if way == "one":
        found = torch.stack(
            [torch.stack([bank.one(r, m, x[r]) for m in range(experts)]) for r in range(replicas)]
        )
    elif way == "grouped":
        # All experts as one grouped convolution, the way of an accelerator.
        found = bank.all(x.as_subclass(Elsewhere)).as_subclass(Tensor)
    else:
        found = bank.all(x)
    wanted = torch.stack(
        [
            torch.stack([one.double()(own) for one in row])
            for row, own in zip(loop, plain_x, strict=True)
        ]
    )
    assert found.shape == wanted.shape
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)
    pull = normal(*found.shape, seed=21)
    (found * pull).sum().backward()
    (wanted * pull).sum().backward()
    torch.testing.assert_close(x.grad, plain_x.grad, rtol=0, atol=1e-12)
    for place, name in itertools.product(range(2), ("weight", "bias")):
        theirs = torch.stack([one.grad for one in of_loop(loop, place, name)])
        ours = layer_of(bank, place, name).grad.flatten(0, 1)
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)


def test_the_grouped_convolution_is_reached_by_a_tensor_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the test above would compare the loop with itself."""
    bank = both("conv", 2, 3)[0]
    monkeypatch.setattr(ConvExperts, "one", lambda *_: pytest.fail("the loop was called"))
    assert bank.all(batch_of("conv", 2, 4).float().as_subclass(Elsewhere)).shape == (2, 3, 4, 20)


@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_no_images_give_no_outputs(kind: str) -> None:
    bank = both(kind, 1, 2)[0].double()
    found = bank.one(0, 1, batch_of(kind, 1, 3)[0, :0])
    assert found.shape == (0, 4 if kind == "linear" else 20)


@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_operations_are_half_of_torchs_count_of_additions_and_multiplications(kind: str) -> None:
    bank = both(kind, 1, 2)[0].double()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        bank.one(0, 0, batch_of(kind, 1, 7)[0])
    assert counter.get_total_flops() == 2 * 7 * bank.operations()


@pytest.mark.parametrize("kind", ["linear", "conv"])
def test_a_bank_works_on_after_replicas_were_taken_out(kind: str) -> None:
    bank = both(kind, 3, 2)[0].double()
    x = batch_of(kind, 3, 4)
    before = bank.all(x)
    for parameter in bank.parameters():
        parameter.data = parameter.data[[2, 0]]
    assert bank.stack == (2, 2)
    torch.testing.assert_close(bank.all(x[[2, 0]]), before[[2, 0]], rtol=0, atol=1e-12)
