"""Gates: how often they are drawn, how likely that was, and their relaxed forms."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from mtlkit.nn.routing import BernoulliGates, CategoricalGates, NoisyTopK

from .enumeration import normal, subset_numbers, subsets, uniform


@pytest.mark.parametrize("experts", [1, 2, 3, 4])
def test_the_probabilities_of_all_gates_are_torchs_and_sum_to_one(experts: int) -> None:
    gates = BernoulliGates(3 * normal(2, 3, experts))
    settings = subsets(experts).view(-1, 1, 1, 1, experts).expand(-1, 2, 3, 1, -1)
    torch.testing.assert_close(gates.sample(subset_numbers(settings)), settings)
    found = gates.log_probability(settings).squeeze(-1)
    bernoulli = torch.distributions.Bernoulli(logits=gates.logits)
    wanted = bernoulli.log_prob(settings.squeeze(3)).sum(-1)
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(found.exp().sum(0), torch.ones(2, 3).double(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("experts", [1, 2, 4])
def test_categorical_probabilities_are_torchs(experts: int) -> None:
    gates = CategoricalGates(3 * normal(2, 3, experts))
    one_hot = torch.eye(experts, dtype=torch.float64).view(-1, 1, 1, 1, experts)
    found = gates.log_probability(one_hot.expand(-1, 2, 3, 1, -1)).squeeze(-1)
    categorical = torch.distributions.Categorical(logits=gates.logits)
    for expert in range(experts):
        torch.testing.assert_close(found[expert], categorical.log_prob(torch.tensor(expert)))
    assert gates.density().detach().flatten().tolist() == pytest.approx([1.0] * 6)


@pytest.mark.parametrize("kind", [BernoulliGates, CategoricalGates])
def test_gates_are_drawn_as_often_as_their_probability_says(
    kind: type[BernoulliGates] | type[CategoricalGates],
) -> None:
    draws = 20_000
    gates = kind(normal(2, 3, 4, seed=8))
    drawn = gates.sample(uniform(1, 2, 3, draws, 4, seed=9))[0]
    assert ((drawn == 0) | (drawn == 1)).all()
    p = gates.probabilities().detach()
    error = (p * (1 - p) / draws).sqrt()
    assert ((drawn.mean(2) - p).abs() < 4.5 * error).all()
    if kind is CategoricalGates:
        assert (drawn.sum(-1) == 1).all()
    else:
        pairs = torch.einsum("rtni,rtnj->rtij", drawn, drawn) / draws
        product = p.unsqueeze(-1) * p.unsqueeze(-2)
        apart = ~torch.eye(4, dtype=torch.bool)
        assert ((pairs - product)[..., apart].abs() < 5 * (0.25 / draws) ** 0.5).all()


@pytest.mark.parametrize("kind", [BernoulliGates, CategoricalGates])
def test_numbers_at_the_ends_of_their_range_are_drawn_too(
    kind: type[BernoulliGates] | type[CategoricalGates],
) -> None:
    gates = kind(torch.tensor([[[40.0, -40.0, 0.0]]]))
    for number in (0.0, float(torch.nextafter(torch.tensor(1.0), torch.tensor(0.0)))):
        drawn = gates.sample(torch.full((1, 1, 1, 1, 3), number))
        assert drawn[..., 0].item() == 1
        assert drawn[..., 2].item() == (kind is BernoulliGates and number == 0)
        assert gates.log_probability(drawn).isfinite().all()


@pytest.mark.parametrize("temperature", [0.01, 0.5, 5.0])
def test_straight_through_gates_are_the_drawn_ones(temperature: float) -> None:
    gates = BernoulliGates(normal(2, 3, 4, seed=10))
    numbers = uniform(3, 2, 3, 50, 4, seed=11)
    hard = gates.relaxed(numbers, temperature, hard=True)
    drawn = gates.sample(numbers)
    single = BernoulliGates(gates.logits.detach().float())
    assert set(single.relaxed(numbers.float(), temperature, hard=True).unique().tolist()) == {0, 1}
    assert torch.equal(hard, drawn)
    pull = normal(*hard.shape, seed=12)
    ours, theirs = (
        torch.autograd.grad((pull * one).sum(), gates.logits)[0]
        for one in (hard, gates.relaxed(numbers, temperature))
    )
    torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_relaxed_gates_come_near_the_drawn_ones_as_the_temperature_falls() -> None:
    gates = BernoulliGates(normal(1, 2, 3, seed=13))
    numbers = uniform(1, 1, 2, 2000, 3, seed=14)
    drawn = gates.sample(numbers)
    apart = [
        (gates.relaxed(numbers, temperature) - drawn).abs().mean().item()
        for temperature in (1.0, 0.1, 0.01, 0.001)
    ]
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 1e-3


def test_relaxed_gates_are_torchs_relaxed_bernoulli_in_distribution() -> None:
    """Mean and deviation against torch's own sampler; and every value from its own number."""
    logits, temperature, draws = torch.tensor([[[-1.0, 0.0, 2.0]]]).double(), 0.7, 40_000
    ours = BernoulliGates(logits).relaxed(uniform(1, 1, 1, draws, 3, seed=15), temperature)
    relaxed = torch.distributions.RelaxedBernoulli(torch.tensor(temperature), logits=logits[0, 0])
    torch.manual_seed(16)
    theirs = relaxed.sample((draws,))
    found, wanted = ours.detach()[0, 0, 0], theirs.double()
    error = (found.var(0) / draws + wanted.var(0) / draws).sqrt()
    assert ((found.mean(0) - wanted.mean(0)).abs() < 4.5 * error).all()
    assert torch.allclose(found.std(0), wanted.std(0), rtol=0.03)
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize("k", [1, 2, 4])
def test_noisy_top_k_mixes_the_k_largest_by_their_softmax(k: int) -> None:
    gates = NoisyTopK(normal(2, 3, 4, seed=17), k, 0.8)
    noise = normal(1, 2, 3, 5, 4, seed=18)
    found = gates.weights(noise)
    for r, t, n in itertools.product(range(2), range(3), range(5)):
        logits = (gates.logits[r, t] + 0.8 * noise[0, r, t, n]).tolist()
        largest = sorted(range(4), key=lambda place: -logits[place])[:k]
        powers = {place: torch.tensor(logits[place]).double().exp() for place in largest}
        total = sum(powers.values())
        for place in range(4):
            wanted = (powers[place] / total).item() if place in powers else 0.0
            assert found[0, r, t, n, place].item() == pytest.approx(wanted, rel=1e-6)
    still = gates.weights()
    assert still.shape == (1, 2, 3, 1, 4)
    assert ((still > 0).sum(-1) == k).all()
    assert torch.equal(still[0, :, :, 0].argmax(-1), gates.logits.argmax(-1))


def test_noisy_top_k_learns_through_those_it_keeps() -> None:
    gates = NoisyTopK(torch.tensor([[[3.0, 1.0, 2.0, 0.0]]]), 2, 1.0)
    pull = torch.tensor([1.0, 10.0, -2.0, 10.0])
    (gates.weights() * pull).sum().backward()
    two = nn.Parameter(torch.tensor([3.0, 2.0]))
    (two.softmax(0) * torch.tensor([1.0, -2.0])).sum().backward()
    assert gates.logits.grad.flatten().tolist() == pytest.approx(
        [two.grad[0].item(), 0.0, two.grad[1].item(), 0.0]
    )


def test_permuting_experts_permutes_probabilities_and_keeps_likelihoods() -> None:
    order = torch.tensor([2, 0, 3, 1])
    logits, drawn = normal(1, 2, 4), subsets(4).view(16, 1, 1, 1, 4).expand(-1, -1, 2, -1, -1)
    for kind in (BernoulliGates, CategoricalGates):
        one, other = kind(logits), kind(logits[..., order])
        torch.testing.assert_close(one.probabilities()[..., order], other.probabilities())
        torch.testing.assert_close(
            one.log_probability(drawn), other.log_probability(drawn[..., order])
        )
    numbers = uniform(1, 1, 2, 9, 4)
    assert torch.equal(
        BernoulliGates(logits).sample(numbers)[..., order],
        BernoulliGates(logits[..., order]).sample(numbers[..., order]),
    )
