"""How the tasks of each strategy choose and weigh experts."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mtlkit.lessons.gated_experts.config import STRATEGIES, GatedConfig
from mtlkit.lessons.gated_experts.inputs import families
from mtlkit.lessons.gated_experts.router import Router, expert_count

CONFIG = GatedConfig.preset("smoke", mixture_start="normal", gate_start=-0.4)
SEEDS = (0, 5)
IMAGES = 6


def router_of(strategy: str, config: GatedConfig = CONFIG, density: Tensor | None = None) -> Router:
    return Router(config, strategy, 1, SEEDS, density)


def numbers(router: Router, samples: int = 3) -> Tensor:
    replicas, tasks, experts = router.weight.shape
    shape = (samples, replicas, tasks, IMAGES, experts)
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_strategys_experts_weights_and_gates(strategy: str) -> None:
    router = router_of(strategy)
    counts = {"shared": 1, "shared_wide": 1, "separate": CONFIG.tasks, "true_families": 2}
    assert expert_count(CONFIG, strategy) == counts.get(strategy, CONFIG.experts)
    learned = {name for name, p in router.named_parameters() if p.requires_grad}
    wanted = {
        "gated": {"weight", "gates.logits"},
        "routed": {"gates.logits"},
        "top_k": {"gates.logits"},
        "ungated": {"weight"},
        "frozen_half": {"weight"},
        "frozen_density": {"weight"},
    }
    assert learned == wanted.get(strategy, set())
    assert router.learns_gates == ("gates.logits" in learned)


@pytest.mark.parametrize("strategy", ["shared", "separate", "true_families", "ungated"])
def test_where_nothing_is_drawn_the_weights_are_what_they_are(strategy: str) -> None:
    router = router_of(strategy)
    drawn = router.draw(numbers(router))
    assert drawn.log_probability is None
    assert len(drawn.coefficients) == 1
    wanted = router.weight.unsqueeze(2).expand(-1, -1, IMAGES, -1)
    assert torch.equal(drawn.coefficients[0], wanted)
    weights, kept = router.fixed("likely")
    assert torch.equal(weights, router.weight)
    assert torch.equal(kept.gates, (router.weight != 0).float())
    assert not kept.rescued.any()
    assert torch.equal(router.probabilities(), (router.weight != 0).float())


def test_fixed_routes_are_what_their_name_says() -> None:
    assert torch.equal(router_of("separate").weight[1], torch.eye(CONFIG.tasks))
    found = router_of("true_families").weight[0]
    truth = families(CONFIG)
    assert truth is not None
    assert found.argmax(1).tolist() == truth.tolist()
    assert (found.sum(1) == 1).all()
    assert (router_of("shared").weight == 1).all()


def test_weights_start_at_one_or_as_a_seeds_standard_normal_numbers() -> None:
    ones = GatedConfig.preset("smoke", mixture_start="ones")
    assert (router_of("gated", ones).weight == 1).all()
    many = GatedConfig.preset("smoke", mixture_start="normal", experts=200, tasks=40)
    weight = router_of("gated", many).weight.detach()
    error = (weight[0].numel()) ** -0.5
    assert abs(weight[0].mean().item()) < 4 * error
    assert weight[0].std().item() == pytest.approx(1, abs=4 * error)
    assert not torch.equal(weight[0], weight[1])
    alone = Router(many, "gated", 1, (5,)).weight
    assert torch.equal(alone[0], weight[1])
    assert torch.equal(router_of("ungated", many).weight, weight)  # they start alike
    assert not torch.equal(Router(many, "gated", 2, SEEDS).weight, weight)


def test_drawn_coefficients_are_gates_times_weights() -> None:
    router = router_of("gated")
    uniform = numbers(router)
    drawn = router.draw(uniform)
    p = 1 / (1 + torch.exp(torch.tensor(0.4)))
    wanted = (uniform < p).float() * router.weight.unsqueeze(2)
    assert torch.equal(drawn.coefficients, wanted)
    assert drawn.log_probability is not None
    used = (uniform < p).float()
    likelihood = (used * p.log() + (1 - used) * (1 - p).log()).sum(-1)
    torch.testing.assert_close(drawn.log_probability, likelihood)


@pytest.mark.parametrize("estimator", ["gumbel_softmax", "straight_through"])
def test_relaxed_gates_learn_through_their_values(estimator: str) -> None:
    config = GatedConfig.preset("smoke", estimator=estimator, temperature=0.2)
    router = router_of("gated", config)
    uniform = numbers(router)
    drawn = router.draw(uniform)
    assert drawn.log_probability is None
    drawn.coefficients.sum().backward()
    assert (router.gates.logits.grad > 0).all()
    hard = (uniform < 0.5).float()
    if estimator == "straight_through":
        assert torch.equal(drawn.coefficients, hard)
    else:
        assert ((drawn.coefficients > 0.5) == (hard > 0.5)).all()
        assert ((drawn.coefficients > 0) & (drawn.coefficients < 1)).any()
    frozen = router_of("frozen_half", config).draw(uniform)
    assert torch.equal(frozen.coefficients, hard)


def test_frozen_gates_draw_and_do_not_learn() -> None:
    density = torch.tensor([[0.6, 1.5, 2.4, 0.0], [3.0, 1.0, 1.2, 2.0]])
    for strategy, wanted in (("frozen_half", 0.5), ("frozen_density", None)):
        router = router_of(strategy, density=density if wanted is None else None)
        assert router.draw(numbers(router)).log_probability is None
        p = router.probabilities()
        assert (p == p[..., :1]).all()  # no expert is preferred
        if wanted is not None:
            assert (p == wanted).all()
        else:
            inside = density.clamp(3e-3, 3 - 3e-3)
            torch.testing.assert_close(p.sum(-1), inside, rtol=1e-5, atol=1e-5)


def test_hard_routing_uses_one_expert_and_top_k_so_many() -> None:
    routed = router_of("routed")
    drawn = routed.draw(numbers(routed))
    assert ((drawn.coefficients != 0).sum(-1) == 1).all()
    assert drawn.log_probability is not None
    torch.testing.assert_close(
        drawn.log_probability, torch.full_like(drawn.log_probability, 1 / 3).log()
    )
    top = router_of("top_k", GatedConfig.preset("smoke", top_k=2))
    drawn = top.draw(numbers(top))
    assert ((drawn.coefficients > 0).sum(-1) == 2).all()
    torch.testing.assert_close(drawn.coefficients.sum(-1), torch.ones(1, 2, 4, IMAGES))
    assert len(drawn.coefficients) == 1
    assert (top.probabilities().sum(-1) == 2).all()
    weights, kept = top.fixed("likely")
    assert ((weights > 0).float() == kept.gates).all()


def test_the_noise_of_top_k_is_standard_normal() -> None:
    """Two experts alike: the first is chosen half of the time; one ahead by 1, as Phi(1/sqrt 2)."""
    router = router_of("top_k", GatedConfig.preset("smoke", experts=2, top_k=1))
    draws = 20_000
    uniform = torch.rand(1, 2, 4, draws, 2, generator=torch.Generator().manual_seed(2))
    for lead in (0.0, 1.0):
        with torch.no_grad():
            router.gates.logits[..., 0] = lead
        share = router.draw(uniform).coefficients[0, ..., 0].mean().item()
        wanted = torch.distributions.Normal(0.0, 2**0.5).cdf(torch.tensor(lead)).item()
        assert share == pytest.approx(wanted, abs=4 * (0.25 / draws / 8) ** 0.5)


def test_after_training_the_kept_experts_are_weighed() -> None:
    router = router_of("gated")
    with torch.no_grad():
        router.gates.logits.copy_(torch.tensor([2.0, -3.0, 1.0]).expand(2, 4, 3))
    weights, kept = router.fixed("likely")
    assert kept.gates.tolist() == [[[1, 0, 1]] * 4] * 2
    assert torch.equal(weights, kept.gates * router.weight)
    expected, _ = router.fixed("expected")
    torch.testing.assert_close(expected, router.probabilities() * router.weight)
