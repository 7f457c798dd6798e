"""The five networks against towers written plainly, and their sizes."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn

from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES, SharingConfig
from mtlkit.lessons.sharing_architectures.network import Plan, SharingNetwork

SEEDS = (1, 6)


def config_of(**settings: object) -> SharingConfig:
    return SharingConfig.preset("smoke", **settings)


class Towers(nn.Module):
    """Plain towers of one replica, stitched as a matrix for each layer says (None: own tower)."""

    def __init__(self, network: SharingNetwork, replica: int) -> None:
        super().__init__()
        banks, heads = network.backbones.banks, network.heads
        self.towers = nn.ModuleList(
            nn.ModuleList(
                linear_of(bank.weight[replica, column], bank.bias[replica, column])
                for bank in banks
            )
            for column in range(banks[0].stack[1])
        )
        self.heads = nn.ModuleList(
            linear_of(weight, bias)
            for weight, bias in zip(heads.weight[replica], heads.bias[replica], strict=True)
        )
        self.alpha = nn.ParameterDict(
            {
                str(layer): nn.Parameter(weight[replica].clone())
                for layer, weight in network.stitches().items()
            }
        )

    def forward(self, x: Tensor) -> Tensor:
        """Each task's logits."""
        columns, layers = len(self.towers), len(self.towers[0])
        streams = [x] * columns
        for layer in range(1, layers + 1):
            units = [
                torch.relu(tower[layer - 1](own))
                for tower, own in zip(self.towers, streams, strict=True)
            ]
            count = len(self.heads) if layer == layers else columns
            if str(layer) in self.alpha:
                alpha = self.alpha[str(layer)]
                streams = [
                    sum(alpha[s, u] * units[u] for u in range(columns)) for s in range(count)
                ]
            else:
                streams = [units[s % columns] for s in range(count)]
        return torch.cat([head(own) for head, own in zip(self.heads, streams, strict=True)], 1).T


def linear_of(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
    layer.weight.data, layer.bias.data = weight.detach().clone(), bias.detach().clone()
    return layer


SHAPES = [
    {},
    {"layers": 2},
    {"layers": 3, "stitch_layers": (2,)},
    {"layers": 2, "stitch_layers": (1,)},
    {"layers": 2, "stitch_layers": ()},
    {"tasks": 3, "columns": 2, "layers": 2},
    {"tasks": 2, "columns": 5},
    {"tasks": 3, "columns": 1, "layers": 2},
]


@pytest.mark.parametrize("settings", SHAPES)
@pytest.mark.parametrize("strategy", ARCHITECTURES)
def test_networks_are_plain_towers(strategy: str, settings: dict[str, object]) -> None:
    config = config_of(**settings)
    network = SharingNetwork(config, strategy, SEEDS).double()
    with torch.no_grad():
        for route in network.backbones.routes:
            for parameter in route.parameters():
                parameter.add_(torch.linspace(-0.4, 0.5, parameter.numel()).view_as(parameter))
    x = torch.randn(2, 7, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = network(x)
    assert found.shape == (2, config.tasks, 7)
    for replica in range(2):
        plain = Towers(network, replica)
        torch.testing.assert_close(found[replica], plain(x[replica]), rtol=0, atol=1e-12)
        assert len(plain.towers) == Plan.of(config, strategy).columns
        counted = sum(parameter.numel() for parameter in plain.parameters())
        assert Plan.of(config, strategy).parameters(config) == counted
    ours = sum(parameter[0].numel() for parameter in network.parameters())
    assert ours == Plan.of(config, strategy).parameters(config)


def test_hard_sharing_is_one_network_and_two_heads() -> None:
    network = SharingNetwork(config_of(layers=2), "hard_sharing", SEEDS)
    logits = network(torch.ones(2, 4, 20))
    (only,) = torch.autograd.grad(logits[:, 0].sum(), network.backbones.banks[0].weight)
    (other,) = torch.autograd.grad(
        network(torch.ones(2, 4, 20))[:, 1].sum(), network.backbones.banks[0].weight
    )
    assert network.backbones.banks[0].stack == (2, 1)
    assert only.abs().max() > 0
    assert other.abs().max() > 0


@pytest.mark.parametrize("strategy", ["separate", "separate_matched", "soft_sharing"])
def test_a_separate_tower_gets_no_gradient_of_another_task(strategy: str) -> None:
    network = SharingNetwork(config_of(layers=2, tasks=3), strategy, SEEDS)
    logits = network(torch.randn(2, 9, 20, generator=torch.Generator().manual_seed(1)))
    weights = [bank.weight for bank in network.backbones.banks] + [network.heads.weight]
    for task in range(3):
        for gradient in torch.autograd.grad(logits[:, task].sum(), weights, retain_graph=True):
            others = [other for other in range(3) if other != task]
            assert (gradient[:, others] == 0).all()
            assert gradient[:, task].abs().max() > 0


def test_a_stitch_of_own_weight_1_starts_as_separate_towers() -> None:
    config = config_of(stitch_start=1.0, layers=2)
    x = torch.randn(2, 9, 20, generator=torch.Generator().manual_seed(2))
    stitched, separate = (
        SharingNetwork(config, name, SEEDS)(x) for name in ("cross_stitch", "separate")
    )
    torch.testing.assert_close(stitched, separate, rtol=0, atol=1e-6)


def test_stitches_are_told_by_their_layer() -> None:
    config = config_of(layers=3, stitch_layers=(3, 1), columns=4, stitch_start=0.7)
    found = SharingNetwork(config, "cross_stitch", SEEDS).stitches()
    assert {layer: tuple(weight.shape) for layer, weight in found.items()} == {
        1: (2, 4, 4),
        3: (2, 2, 4),
    }
    assert torch.diagonal(found[1], dim1=1, dim2=2).flatten().tolist() == pytest.approx([0.7] * 8)
    for strategy in set(ARCHITECTURES) - {"cross_stitch"}:
        assert SharingNetwork(config, strategy, SEEDS).stitches() == {}


@pytest.mark.parametrize("tasks", [2, 3])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("width", [16, 64, 129])
def test_matched_networks_are_within_half_a_step_of_the_shared_ones_size(
    tasks: int, layers: int, width: int
) -> None:
    config = config_of(tasks=tasks, layers=layers, width=width)
    wanted = Plan.of(config, "hard_sharing").parameters(config)
    matched = Plan.of(config, "separate_matched")

    def off(units: int) -> int:
        return abs(Plan(tasks, units).parameters(config) - wanted)

    assert matched.columns == tasks
    for neighbour in (matched.width - 1, matched.width + 1):
        assert neighbour == 0 or off(matched.width) <= off(neighbour)


def test_soft_sharing_is_the_printed_penalty_and_its_gradient() -> None:
    """xiao2020: sum over t of |a_t - mean a|^2, with a_t all of tower t's parameters."""
    network = SharingNetwork(config_of(layers=2, tasks=3), "soft_sharing", SEEDS).double()
    total = torch.zeros((), dtype=torch.float64)
    banks = network.backbones.banks
    for replica in range(2):
        columns = [
            torch.cat(
                [
                    parameter[replica, task].flatten()
                    for bank in banks
                    for parameter in (bank.weight, bank.bias)
                ]
            )
            for task in range(3)
        ]
        mean = sum(columns) / 3
        spread = sum((column - mean).square().sum() for column in columns)
        torch.testing.assert_close(network.spread()[replica], spread, rtol=0, atol=1e-10)
        total = total + spread
    parameters = [p for bank in banks for p in (bank.weight, bank.bias)]
    ours, theirs = (
        torch.autograd.grad(value, parameters) for value in (network.spread().sum(), total)
    )
    for parameter, found, wanted in zip(parameters, ours, theirs, strict=True):
        torch.testing.assert_close(found, wanted, rtol=0, atol=1e-10)
        by_hand = 2 * (parameter - parameter.mean(1, keepdim=True))
        torch.testing.assert_close(found, by_hand.detach(), rtol=0, atol=1e-10)
        # The mean of the towers is not pulled anywhere.
        torch.testing.assert_close(found.sum(1), torch.zeros_like(found[:, 0]), rtol=0, atol=1e-10)


def test_towers_that_are_equal_have_no_spread_and_no_pull() -> None:
    network = SharingNetwork(config_of(layers=2), "soft_sharing", SEEDS)
    with torch.no_grad():
        for parameter in network.backbones.parameters():
            parameter.copy_(parameter[:, :1].expand_as(parameter).clone())
    network.spread().sum().backward()
    assert (network.spread() == 0).all()
    assert all((p.grad == 0).all() for p in network.backbones.parameters())


@pytest.mark.parametrize("strategy", ARCHITECTURES)
def test_a_replica_starts_the_same_whoever_stands_beside_it(strategy: str) -> None:
    config = config_of(layers=2)
    together, alone = (SharingNetwork(config, strategy, seeds) for seeds in ((1, 4, 6), (4,)))
    for ours, theirs in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.equal(ours[1], theirs[0])


def test_architectures_of_one_width_start_from_the_same_backbones_and_heads() -> None:
    config = config_of(layers=2)
    first, *others = (
        SharingNetwork(config, name, SEEDS) for name in ARCHITECTURES if name != "separate_matched"
    )
    for other, (place, bank) in itertools.product(others, enumerate(first.backbones.banks)):
        common = other.backbones.banks[place]
        assert torch.equal(common.weight[:, :1], bank.weight[:, :1])
        assert torch.equal(other.heads.weight, first.heads.weight)
