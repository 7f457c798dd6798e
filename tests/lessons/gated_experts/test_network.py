"""The network of (3.1), against sums over all gates and networks written plainly."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, cross_entropy, linear, max_pool2d

from mtlkit.lessons.gated_experts import network as network_module
from mtlkit.lessons.gated_experts.config import STRATEGIES, GatedConfig
from mtlkit.lessons.gated_experts.network import GatedNetwork
from mtlkit.lessons.gated_experts.program import element_losses
from mtlkit.nn.routing import ConvExperts, LinearExperts, score_function
from tests.nn.routing.enumeration import normal, subset_numbers, subset_probability, subsets

SEEDS = (2, 7)


def config_of(layers: int = 1, experts: int = 3, **settings: object) -> GatedConfig:
    return GatedConfig.preset(
        "smoke",
        tasks=2,
        families=2,
        experts=experts,
        widths=(4, 3),
        gating_layers=layers,
        mixture_start="normal",
        **settings,
    )


def network_of(config: GatedConfig, strategy: str = "gated") -> GatedNetwork:
    """In double precision, with gates that differ."""
    network = GatedNetwork(config, strategy, SEEDS).double()
    with torch.no_grad():
        for layer, router in enumerate(network.gating):
            if router.learns_gates:
                router.gates.logits.copy_(normal(*router.weight.shape, seed=layer))
    return network


def batch_of(config: GatedConfig, images: int = 2) -> tuple[Tensor, Tensor]:
    x = normal(len(SEEDS), config.tasks, images, 64, seed=9)
    return x, torch.arange(len(SEEDS) * config.tasks * images).view(x.shape[:3]) % 5


def plain_logits(
    network: GatedNetwork, replica: int, task: int, x: Tensor, gates: list[Tensor]
) -> Tensor:
    """One picture through one network, expert after expert; gates of each layer."""
    z = x
    for bank, router, own in zip(network.banks, network.gating, gates, strict=True):
        assert isinstance(bank, LinearExperts)
        mixed = torch.zeros((), dtype=x.dtype)
        for expert, gate in enumerate(own):
            f = z
            for layer in bank.layers:
                f = torch.relu(
                    linear(f, layer.weight[replica, expert], layer.bias[replica, expert])
                )
            mixed = mixed + gate * router.weight[replica, task, expert] * f
        z = mixed
    heads = network.heads
    return linear(z, heads.weight[replica, task], heads.bias[replica, task])


@pytest.mark.parametrize(("layers", "experts"), [(1, 1), (1, 3), (1, 4), (2, 2)])
def test_the_expected_gradient_is_that_of_the_expected_loss(layers: int, experts: int) -> None:
    """Through experts, mixture weights, gates of both layers and heads: all settings enumerated."""
    config = config_of(layers, experts)
    network, (x, labels) = network_of(config), batch_of(config)
    settings = subsets(layers * experts).view(-1, layers, experts)
    wanted = torch.zeros((), dtype=torch.float64)
    for r, t, n in itertools.product(range(2), range(2), range(2)):
        for gates in settings:
            share = torch.ones((), dtype=torch.float64)
            for layer, router in enumerate(network.gating):
                share = share * subset_probability(router.probabilities()[r, t], gates[layer])
            logits = plain_logits(network, r, t, x[r, t, n], list(gates))
            wanted = wanted + share * cross_entropy(logits, labels[r, t, n])
    numbers = subset_numbers(settings).movedim(1, 0)  # (layer, setting, expert)
    numbers = numbers[:, :, None, None, None].expand(-1, -1, 2, 2, 2, -1)
    passed = network(x, numbers)
    assert passed.log_probability is not None
    losses = element_losses(passed.logits, labels)
    share = passed.log_probability.detach().exp()
    torch.testing.assert_close(share.sum(0), torch.ones(2, 2, 2).double(), rtol=0, atol=1e-12)
    torch.testing.assert_close((share * losses).sum(), wanted, rtol=0, atol=1e-10)
    objective = (share * score_function(losses, passed.log_probability, "none")).sum()
    parameters = list(network.parameters())
    ours, theirs = (torch.autograd.grad(value, parameters) for value in (objective, wanted))
    for found, exact in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, exact, rtol=0, atol=1e-10)
    names = [name for name, _ in network.named_parameters()]
    logits = theirs[names.index("routers.0.gates.logits")]
    assert experts == 1 or logits.abs().max() > 1e-3


@pytest.mark.parametrize("mixture_start", ["ones", "normal"])
def test_gates_all_on_are_the_ungated_network_bit_for_bit(mixture_start: str) -> None:
    config = GatedConfig.preset("smoke", mixture_start=mixture_start, gate_start=10.0)
    gated, ungated = (GatedNetwork(config, name, SEEDS) for name in ("gated", "ungated"))
    x = normal(2, config.tasks, 6, 64).float()
    labels = torch.arange(48).view(2, 4, 6) % 5
    numbers = torch.rand(
        1, 1, 2, config.tasks, 6, config.experts, generator=torch.Generator().manual_seed(3)
    )
    numbers = 0.99 * numbers  # below the probability, .99995
    found = []
    for network in (gated, ungated):
        drawn = network.gating[0].draw(numbers[0])
        passed = network(x, numbers)
        losses = element_losses(passed.logits, labels)
        if passed.log_probability is not None:
            losses = score_function(losses, passed.log_probability, "none")
        losses.mean((0, 2, 3)).sum().backward()
        gradients = {name: p.grad for name, p in network.named_parameters() if "gates" not in name}
        found.append((drawn.coefficients, passed, gradients))
    (coefficients, passed, ours), (coefficients_too, passed_too, theirs) = found
    assert torch.equal(coefficients, coefficients_too)
    assert torch.equal(passed.logits, passed_too.logits)
    assert torch.equal(passed.representation, passed_too.representation)
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        assert gradient.abs().max() > 0
        assert torch.equal(gradient, theirs[name]), name


def test_all_experts_kept_are_the_ungated_network_bit_for_bit() -> None:
    config = config_of()
    gated, ungated = (GatedNetwork(config, name, SEEDS) for name in ("gated", "ungated"))
    x = batch_of(config)[0].float()
    ours, theirs = gated.fixed(x, "all")[0], ungated.fixed(x, "expected")[0]
    assert torch.equal(ours.logits, theirs.logits)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_fixed_experts_are_the_plain_network(strategy: str) -> None:
    config = config_of()
    network, (x, _) = network_of(config, strategy), batch_of(config)
    passed, kept = network.fixed(x, "likely")
    assert passed.logits.shape == (1, 2, 2, 2, 5)
    (router,) = network.gating
    weights, _ = router.fixed("likely")
    for r, t, n in itertools.product(range(2), range(2), range(2)):
        gates = torch.where(router.weight[r, t] != 0, weights[r, t] / router.weight[r, t], 0)
        wanted = plain_logits(network, r, t, x[r, t, n], [gates])
        torch.testing.assert_close(passed.logits[0, r, t, n], wanted, rtol=0, atol=1e-10)
    assert (kept[0].gates.sum(-1) >= 1).all()


def test_permuting_experts_or_tasks_permutes_results() -> None:
    config = config_of(experts=4)
    network, (x, _) = network_of(config), batch_of(config, 3)
    numbers = torch.rand(1, 2, 2, 2, 3, 4, generator=torch.Generator().manual_seed(4)).double()
    before = network(x, numbers)
    order = torch.tensor([2, 3, 0, 1])
    with torch.no_grad():
        for parameter in network.banks[0].parameters():
            parameter.copy_(parameter[:, order].clone())
        (router,) = network.gating
        for parameter in router.parameters():
            parameter.copy_(parameter[..., order].clone())
    after = network(x, numbers[..., order])
    torch.testing.assert_close(after.logits, before.logits, rtol=0, atol=1e-12)
    torch.testing.assert_close(after.log_probability, before.log_probability)
    with torch.no_grad():
        for module in (router, network.heads):
            for parameter in module.parameters():
                parameter.copy_(parameter.flip(1).clone())
    swapped = network(x.flip(1), numbers[..., order].flip(3))
    torch.testing.assert_close(swapped.logits.flip(2), before.logits, rtol=0, atol=1e-12)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_replica_made_nan_leaves_the_other_bit_identical(layers: int) -> None:
    config = config_of(layers)
    x, labels = batch_of(config, 4)
    numbers = torch.rand(layers, 2, 2, 2, 4, 3, generator=torch.Generator().manual_seed(5)).double()
    found = []
    for sick in (False, True):
        network = network_of(config)
        if sick:
            with torch.no_grad():
                for parameter in network.parameters():
                    parameter[1] = torch.nan
        passed = network(x, numbers)
        losses = element_losses(passed.logits, labels)
        score_function(losses, passed.log_probability, "leave_one_out").sum().backward()
        found.append((passed.logits[:, 0], [p.grad[0] for p in network.parameters()]))
    (logits, gradients), (others, other_gradients) = found
    assert torch.equal(logits, others)
    assert all(map(torch.equal, gradients, other_gradients))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_replica_starts_the_same_whoever_stands_beside_it(strategy: str) -> None:
    config = config_of()
    together, alone = (GatedNetwork(config, strategy, seeds) for seeds in ((1, 4, 6), (4,)))
    for ours, theirs in zip(together.parameters(), alone.parameters(), strict=True):
        assert torch.equal(ours[1], theirs[0])


def test_strategies_start_from_the_same_experts_and_heads() -> None:
    config = config_of()
    first = GatedNetwork(config, "gated", SEEDS)
    for strategy in ("ungated", "routed", "frozen_half", "shared", "separate"):
        other = GatedNetwork(config, strategy, SEEDS)
        assert torch.equal(other.heads.weight, first.heads.weight)
        common = min(first.banks[0].stack[1], other.banks[0].stack[1])
        for ours, theirs in zip(
            other.banks[0].parameters(), first.banks[0].parameters(), strict=True
        ):
            assert torch.equal(ours[:, :common], theirs[:, :common])


@pytest.mark.parametrize(
    "settings",
    [
        {"experts": 8},
        {"experts": 5, "widths": (16,)},
        {"experts": 6, "widths": (12, 10, 8)},
        {"data": "tiny_imagenet", "experts": 4, "widths": (8, 8)},
    ],
)
def test_one_wide_expert_has_about_as_many_weights_as_all_experts(
    settings: dict[str, object],
) -> None:
    config = GatedConfig.preset("lesson", **settings)
    counts = {
        name: sum(p.numel() for p in GatedNetwork(config, name, (0,)).banks[0].parameters())
        for name in ("ungated", "shared", "shared_wide")
    }
    wanted, found = counts["ungated"], counts["shared_wide"]
    if len(config.widths) == 1:
        assert found == counts["shared"]  # nothing to widen: the last width is what heads read
    else:
        assert abs(found - wanted) < 0.06 * wanted
    heads = [GatedNetwork(config, n, (0,)).heads.weight.shape for n in ("shared_wide", "gated")]
    assert heads[0] == heads[1]


def conv_config(estimator: str) -> GatedConfig:
    return GatedConfig.preset(
        "smoke",
        data="tiny_imagenet",
        families=1,
        tasks=2,
        experts=3,
        widths=(4, 3),
        estimator=estimator,
    )


@pytest.mark.parametrize("estimator", ["score_function", "straight_through", "gumbel_softmax"])
def test_pictures_pass_alike_whichever_way_they_are_dispatched(
    estimator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, found = conv_config(estimator), []
    x = normal(2, 2, 3, 3, 32, 32)
    numbers = torch.rand(1, 2, 2, 2, 3, 3, generator=torch.Generator().manual_seed(6)).double()
    for execution in (None, "dense"):
        if execution is not None:
            monkeypatch.setattr(network_module, "choose_execution", lambda *_: "dense")
        network = GatedNetwork(config, "gated", SEEDS).double()
        passed = network(x, numbers)
        score = passed.log_probability
        value = passed.logits.square().sum() + (0 if score is None else score.sum())
        value.backward()
        found.append((passed.logits, [p.grad for p in network.parameters()]))
    torch.testing.assert_close(found[0][0], found[1][0], rtol=0, atol=1e-12)
    for ours, theirs in zip(found[0][1], found[1][1], strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-11)


def test_a_picture_through_convolutions_by_hand() -> None:
    network = GatedNetwork(conv_config("score_function"), "ungated", SEEDS).double()
    (bank,) = network.banks
    assert isinstance(bank, ConvExperts)
    x = normal(2, 2, 1, 3, 32, 32)
    logits = network.fixed(x, "expected")[0].logits[0, :, :, 0]
    for r, t in itertools.product(range(2), range(2)):
        z = torch.zeros((), dtype=torch.float64)
        for m in range(3):
            f = x[r, t]
            for weight, bias in zip(bank.weights, bank.biases, strict=True):
                f = max_pool2d(conv2d(f, weight[r, m], bias[r, m], padding=1).relu(), 2)
            z = z + network.gating[0].weight[r, t, m] * f.flatten()
        wanted = linear(z, network.heads.weight[r, t], network.heads.bias[r, t])
        torch.testing.assert_close(logits[r, t], wanted, rtol=0, atol=1e-12)
