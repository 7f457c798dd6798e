"""Gates that are drawn, against the sum over all the gates that there could be."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from mtlkit.errors import UsageError
from mtlkit.nn.routing import (
    BASELINES,
    BernoulliGates,
    CategoricalGates,
    Execution,
    Gates,
    LinearExperts,
    baseline,
    mixture,
    score_function,
)

from .enumeration import normal, streams, subset_numbers, subset_probability, subsets, uniform

REPLICAS, TASKS, IMAGES, CLASSES = 2, 3, 2, 3


def exclusive(experts: int) -> Tensor:
    """One expert used: M rows."""
    return torch.eye(experts, dtype=torch.float64)


def exclusive_probability(p: Tensor, gates: Tensor) -> Tensor:
    return (p * gates).sum(-1)


class Model(nn.Module):
    """Two-layer experts, weights, gates and linear heads of two replicas, in double precision."""

    def __init__(self, kind: type[Gates], experts: int) -> None:
        super().__init__()
        self.gates = kind(normal(REPLICAS, TASKS, experts, seed=1))
        self.experts = LinearExperts(experts, (4, 5, 2), streams(2, REPLICAS)).double()
        self.weight = nn.Parameter(normal(REPLICAS, TASKS, experts, seed=2))
        self.heads = nn.Parameter(normal(REPLICAS, TASKS, CLASSES, 2, seed=3))
        self.x = normal(REPLICAS, TASKS, IMAGES, 4, seed=4)
        self.labels = torch.arange(REPLICAS * TASKS * IMAGES).view(REPLICAS, TASKS, IMAGES) % 3

    def losses(self, numbers: Tensor, copies: int, execution: Execution) -> tuple[Tensor, Tensor]:
        """Of each draw of each image, which may be there several times, and the log-probability."""
        x = self.x.repeat_interleave(copies, 2)
        gates = self.gates.sample(numbers)
        coefficients = (gates * self.weight.unsqueeze(2)).flatten(2, 3)
        z = mixture(self.experts, x.flatten(1, 2), coefficients, execution)
        z = z.unflatten(2, (TASKS, -1))
        logits = torch.einsum("rtcf,srtnf->srtnc", self.heads, z)
        labels = self.labels.repeat_interleave(copies, 2).expand(logits.shape[:-1])
        losses = nn.functional.cross_entropy(logits.movedim(-1, 1), labels, reduction="none")
        return losses, self.gates.log_probability(gates)

    def plain_loss(self, replica: int, task: int, image: int, gates: Tensor) -> Tensor:
        """One element's, without any module of ours: equation (3.1) term by term."""
        z = torch.zeros(2, dtype=torch.float64)
        for expert, gate in enumerate(gates):
            f = self.x[replica, task, image]
            for layer in self.experts.layers:
                f = torch.relu(layer.weight[replica, expert] @ f + layer.bias[replica, expert])
            z = z + gate * self.weight[replica, task, expert] * f
        logits = self.heads[replica, task] @ z
        return logits.logsumexp(0) - logits[self.labels[replica, task, image]]


def gradients(model: Model, value: Tensor) -> list[Tensor]:
    return list(torch.autograd.grad(value, list(model.parameters())))


def exact(model: Model, settings: Tensor, probability: Callable[..., Tensor]) -> Tensor:
    """The expected loss, summed over all elements of the batch."""
    p = model.gates.probabilities()
    total = torch.zeros((), dtype=torch.float64)
    places = itertools.product(range(REPLICAS), range(TASKS), range(IMAGES))
    for replica, task, image in places:
        for gates in settings:
            share = probability(p[replica, task], gates)
            total = total + share * model.plain_loss(replica, task, image, gates)
    return total


def numbers_of(model: Model, gates: Tensor) -> Tensor:
    """From which these gates (setting..., expert) come out, for each replica and task."""
    if isinstance(model.gates, BernoulliGates):
        return subset_numbers(gates).expand(REPLICAS, TASKS, *gates.shape)
    steps = model.gates.probabilities().detach().cumsum(-1)
    middle = steps - model.gates.probabilities().detach() / 2
    own = torch.einsum("...m,rtm->rt...", gates, middle)
    return own.unsqueeze(-1).expand(*own.shape, gates.shape[-1])


KINDS = {
    "bernoulli": (BernoulliGates, subsets, subset_probability),
    "categorical": (CategoricalGates, exclusive, exclusive_probability),
}


def check(
    model: Model,
    settings: Tensor,
    probability: Callable[..., Tensor],
    estimate: tuple[Tensor, Tensor],
) -> None:
    """Value and gradients in gates, experts, weights and heads."""
    value, objective = estimate
    wanted = exact(model, settings, probability)
    torch.testing.assert_close(value, wanted, rtol=0, atol=1e-10)
    found = gradients(model, objective)
    for ours, theirs in zip(found, gradients(model, wanted), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)
        if model.weight.shape[-1] > 1:
            assert theirs.abs().max() > 1e-3


@pytest.mark.parametrize("execution", ["dense", "gather"])
@pytest.mark.parametrize("experts", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_without_baseline_the_expectation_is_that_of_all_gates(
    kind: str, experts: int, execution: Execution
) -> None:
    gates, every, probability = KINDS[kind]
    model, settings = Model(gates, experts), every(experts)
    numbers = numbers_of(model, settings).movedim(2, 0).unsqueeze(3).expand(-1, -1, -1, IMAGES, -1)
    losses, score = model.losses(numbers, 1, execution)
    p = model.gates.probabilities().detach()
    share = torch.stack([probability(p, one) for one in settings]).unsqueeze(-1)
    check(
        model,
        settings,
        probability,
        ((share * losses).sum(), (share * score_function(losses, score, "none")).sum()),
    )


@pytest.mark.parametrize("experts", [2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_with_the_other_elements_mean_the_expectation_is_the_same(kind: str, experts: int) -> None:
    gates, every, probability = KINDS[kind]
    model, settings = Model(gates, experts), every(experts)
    pairs = torch.stack([torch.stack(two) for two in itertools.product(settings, settings)])
    numbers = numbers_of(model, pairs).movedim(2, 0)  # (pair, replica, task, image, expert)
    losses, score = model.losses(numbers, 1, "dense")
    p = model.gates.probabilities().detach()
    share = torch.stack([probability(p, a) * probability(p, b) for a, b in pairs]).unsqueeze(-1)
    check(
        model,
        settings,
        probability,
        ((share * losses).sum(), (share * score_function(losses, score, "task_mean")).sum()),
    )


@pytest.mark.parametrize("experts", [2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_with_the_other_draw_the_expectation_is_the_same(kind: str, experts: int) -> None:
    gates, every, probability = KINDS[kind]
    model, settings = Model(gates, experts), every(experts)
    pairs = torch.stack([torch.stack(two) for two in itertools.product(settings, settings)])
    # (draw, replica, task, image x pair, expert): every image once for each pair of draws.
    numbers = numbers_of(model, pairs).movedim(3, 0).repeat(1, 1, 1, IMAGES, 1)
    losses, score = model.losses(numbers, len(pairs), "dense")
    p = model.gates.probabilities().detach()
    share = torch.stack([probability(p, a) * probability(p, b) for a, b in pairs], -1)
    share = share.repeat(1, 1, IMAGES) / 2  # the mean over the two draws
    check(
        model,
        settings,
        probability,
        ((share * losses).sum(), (share * score_function(losses, score, "leave_one_out")).sum()),
    )


def test_the_penaltys_gradient_is_that_of_the_sum_of_probabilities() -> None:
    gates = BernoulliGates(normal(2, 3, 4))
    gates.density().sum().backward()
    p = 1 / (1 + torch.exp(-gates.logits.detach()))
    torch.testing.assert_close(gates.density().detach(), p.sum(-1), rtol=0, atol=1e-12)
    torch.testing.assert_close(gates.logits.grad, p * (1 - p), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "samples"),
    [("none", 1), ("none", 3), ("task_mean", 1), ("leave_one_out", 2), ("leave_one_out", 4)],
)
@pytest.mark.parametrize("kind", KINDS)
def test_the_estimates_are_unbiased(kind: str, name: str, samples: int) -> None:
    """Replicas are independent estimates of one gradient, from random draws."""
    experts, copies = 3, 4000
    family, every, probability = KINDS[kind]
    logits = normal(1, TASKS, experts, seed=5)
    settings = every(experts)
    table = 2 + normal(TASKS, len(settings), seed=6)  # a loss for each task and setting
    one = family(logits)
    share = torch.stack([probability(one.probabilities(), b) for b in settings], -1)
    wanted = torch.autograd.grad((share * table).sum(), one.logits)[0][0]

    gates = family(logits.repeat(copies, 1, 1))
    drawn = gates.sample(uniform(samples, copies, TASKS, 4, experts, seed=7))
    place = (drawn.unsqueeze(-2) == settings).all(-1).double()
    losses = torch.einsum("srtnb,tb->srtn", place, table)
    score_function(losses, gates.log_probability(drawn), name).mean((0, 3)).sum().backward()
    found = gates.logits.grad
    error = found.std(0) / copies**0.5
    assert ((found.mean(0) - wanted).abs() < 4 * error).all()
    # The test could tell a gradient off by a quarter of its length.
    assert error.norm() < wanted.norm() / 16


def test_baselines_by_hand() -> None:
    losses = uniform(3, 2, 2, 4)
    assert not baseline(losses, "none").any()
    others, draws = baseline(losses, "task_mean"), baseline(losses, "leave_one_out")
    for s, r, t, n in itertools.product(range(3), range(2), range(2), range(4)):
        images = [losses[s, r, t, m].item() for m in range(4) if m != n]
        assert others[s, r, t, n].item() == pytest.approx(sum(images) / 3, abs=1e-12)
        samples = [losses[u, r, t, n].item() for u in range(3) if u != s]
        assert draws[s, r, t, n].item() == pytest.approx(sum(samples) / 2, abs=1e-12)
    assert not baseline(losses[..., :1], "task_mean").any()


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_is_not_differentiated(name: str) -> None:
    losses = uniform(2, 1, 1, 3).requires_grad_()
    score_function(losses, torch.zeros_like(losses), name).sum().backward()
    assert (losses.grad == 1).all()


@pytest.mark.parametrize(
    ("name", "samples", "said"),
    [
        ("leave_one_out", 1, "baseline = leave_one_out with 1 gate samples: allowed is one of"),
        ("mean", 2, "baseline = mean with 2 gate samples: allowed is one of none, task_mean,"),
    ],
)
def test_a_baseline_that_there_is_not_is_refused(name: str, samples: int, said: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(said)}"):
        baseline(torch.ones(samples, 1, 1, 1), name)
