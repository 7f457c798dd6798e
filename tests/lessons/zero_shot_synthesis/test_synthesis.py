"""The two players against a plain loop with three optimisers, and who moves what."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import Linear
from torch.nn.functional import cross_entropy

from mtlkit.core.streams import shuffled, stream
from mtlkit.core.training import fit
from mtlkit.data.compositions import SEEN
from mtlkit.lessons.zero_shot_synthesis.config import CONTROL, DESIGNS
from mtlkit.lessons.zero_shot_synthesis.synthesis import TERMS, SynthesisProgram
from tests.lessons.zero_shot_synthesis.small import (
    PlainCritic,
    PlainDescriptions,
    PlainGenerator,
    copied,
    double,
    program,
    small,
)
from tests.lessons.zero_shot_synthesis.test_baselines import made_up

SEEDS = (3, 7, 1)
STEPS = 4


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with double():
        yield


class Plain:
    """One seed's three players, in torch's own modules and with an optimiser each."""

    def __init__(self, ours: SynthesisProgram, row: int) -> None:
        self.config, self.seed = ours.config, int(ours.seed[row])
        self.problem = made_up(self.seed, len(ours.vectors))
        self.generator = PlainGenerator(ours.generator, row)
        self.critic = PlainCritic(ours.critic, row)
        self.words = PlainDescriptions(ours.descriptions, row)
        self.classifier: Linear = copied(ours.classifier, row)
        rate = self.config.learning_rate
        makers = [*self.generator.parameters(), *self.classifier.parameters()]
        self.critic_optimiser = torch.optim.Adam(self.critic.parameters(), rate)
        self.maker_optimiser = torch.optim.Adam(makers, rate)
        self.word_optimiser = torch.optim.Adam(self.words.parameters(), self.config.embedding_rate)

    def run(self) -> list[float]:
        """The first steps, with the draws of the seed's own streams; their losses."""
        train, size = self.problem.parts["train"], self.config.batch_size
        order = shuffled([self.seed], 1, len(train.labels))[0]
        random = stream(self.seed, "synthesis", 1)
        unseen = (self.problem.group != SEEN).nonzero()[:, 0]
        losses = []
        for step in range(STEPS):
            rows = order[size * step : size * (step + 1)]
            real, labels = train.features[rows], train.labels[rows]
            imagined = unseen[torch.randint(len(unseen), (size,), generator=random)]
            noises = self.noises(2 * size, random)
            for _ in range(self.config.critic_steps):
                drawn = self.noises(size, random)
                self.criticise(real, labels, drawn, torch.rand(size, generator=random))
            losses.append(self.make(real, labels, imagined, noises))
        return losses

    def noises(self, examples: int, random: torch.Generator) -> Tensor:
        drawn = torch.randn(3, examples, self.config.noise, generator=random)
        return self.config.noise_scale * drawn

    def described(self, labels: Tensor) -> Tensor:
        return self.words(self.problem.vectors, self.problem.members[labels])

    def criticise(self, real: Tensor, labels: Tensor, noises: Tensor, alpha: Tensor) -> None:
        if self.config.adversarial == 0:
            return
        known = self.described(labels).detach()
        fake = self.generator(known, noises).detach()
        between = torch.stack(
            [a * z + (1 - a) * other for a, z, other in zip(alpha, real, fake, strict=True)]
        ).requires_grad_()
        penalty = []
        for row in range(len(real)):
            verdict = self.critic(between[row : row + 1], known[row : row + 1]).sum()
            (slope,) = torch.autograd.grad(verdict, between, create_graph=True)
            penalty.append((slope[row].norm() - 1) ** 2)
        wasserstein = self.critic(real, known).mean() - self.critic(fake, known).mean()
        loss = -(wasserstein - self.config.penalty * torch.stack(penalty).mean())
        self.critic_optimiser.zero_grad()
        loss.backward()
        self.critic_optimiser.step()

    def make(self, real: Tensor, labels: Tensor, imagined: Tensor, noises: Tensor) -> float:
        everything = torch.cat([labels, imagined])
        described = self.described(everything)
        fake = self.generator(described, noises)
        size = len(real)
        verdict = self.critic(fake[:size], described[:size].detach()).mean()
        told = cross_entropy(self.classifier(fake), everything)
        away = sum((a - b) @ (a - b) for a, b in zip(fake[:size], real, strict=True)) / size
        loss = (
            -self.config.adversarial * verdict
            + self.config.classification * told
            + self.config.clustering * away
        )
        for optimiser in (self.maker_optimiser, self.word_optimiser):
            optimiser.zero_grad()
        loss.backward()
        for optimiser in (self.maker_optimiser, self.word_optimiser):
            optimiser.step()
        return float(loss.detach())


CASES: list[tuple[str, int, dict[str, Any]]] = [
    *((design, 2, {}) for design in (*DESIGNS, CONTROL)),
    ("tds", 3, {"critic_steps": 2, "embedding_rate": 0.001}),
    ("ss_mtc_affine", 2, {"adversarial": 0.0}),
    ("uds", 2, {"noise_scale": 0.0, "classification": 3.0, "clustering": 0.0}),
    ("tds", 2, {"adversarial": 2.0, "clustering": 0.1, "penalty": 0.5}),
]


@pytest.mark.parametrize(("design", "slots", "settings"), CASES)
def test_replicas_follow_the_plain_loop(design: str, slots: int, settings: dict[str, Any]) -> None:
    ours = program(design, SEEDS[:2], slots, **settings)
    plain = [Plain(ours, row) for row in range(2)]
    found = torch.stack([ours.step(batch) for batch in itertools.islice(ours.batches(1), STEPS)])
    for row, one in enumerate(plain):
        torch.testing.assert_close(found[:, row], torch.tensor(one.run()), rtol=1e-6, atol=1e-9)
        # What was learned, by what it makes of things.
        own = one.problem
        labels, random = torch.arange(len(own.members)), stream(0, "test")
        described = one.described(labels)
        noises = one.noises(len(labels), random)
        with torch.no_grad():
            ours_of = ours.described(labels.expand(2, -1))
            made = ours.generator(ours_of, noises.unsqueeze(1).expand(-1, 2, -1, -1))
            pairs = {
                "descriptions": (ours_of, described),
                "features": (made, one.generator(described, noises)),
                "verdicts": (
                    ours.critic(made, ours_of),
                    one.critic(made[row], described),
                ),
                "scores": (ours.scores(made), one.classifier(made[row]).log_softmax(1)),
            }
        for name, (mine, theirs) in pairs.items():
            torch.testing.assert_close(
                mine[row], theirs.detach(), rtol=1e-5, atol=1e-7, msg=lambda text, n=name: n + text
            )


def states(made: SynthesisProgram) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in made.named_parameters()}


@pytest.mark.parametrize("kept", ["critic", "others"])
def test_who_moves_what(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one optimiser held still, only what the other one moves has moved."""
    ours = program()
    generating, criticising = ours.optimisers
    held = criticising if kept == "critic" else generating
    monkeypatch.setattr(held, "step", lambda: None)
    before = states(ours)
    for batch in itertools.islice(ours.batches(1), 2):
        ours.step(batch)
    trained = {name for name, p in ours.named_parameters() if p.requires_grad}
    # It cancels out of the difference of two verdicts.
    trained -= {"critic.layers.2.bias"}
    for name, parameter in ours.named_parameters():
        moves = name in trained and name.startswith("critic") != (kept == "critic")
        assert torch.equal(parameter, before[name]) != moves, name


def test_the_classifier_moves_for_its_own_loss_only_and_noise_for_all() -> None:
    ours = program()
    batch = next(iter(ours.batches(1)))
    real, labels = ours.rows(batch.rows)
    terms = ours.terms(real, labels, batch.imagined, batch.noises)
    for name in TERMS:
        ours.zero_grad()
        terms[name].sum().backward(retain_graph=True)
        assert (ours.classifier.weight.grad is not None) == (name == "classification")
        assert ours.generator.noise[0].weight.grad.any()
        assert ours.descriptions.slots[0].first.weight.grad.any()


def test_word_embeddings_get_no_gradient_from_the_critics_ear() -> None:
    """Of a critic that hears descriptions only."""
    ours = program()
    ours.critic.layers[0].weight.data[..., : ours.features] = 0
    batch = next(iter(ours.batches(1)))
    real, labels = ours.rows(batch.rows)
    terms = ours.terms(real, labels, batch.imagined, batch.noises)
    terms["adversarial"].sum().backward()
    assert ours.critic.layers[0].weight.grad.any()
    for parameter in ours.descriptions.parameters():
        assert not parameter.grad.any()


def test_only_the_classifier_is_told_of_unseen_compositions() -> None:
    ours = program()
    batch = next(iter(ours.batches(1)))
    real, labels = ours.rows(batch.rows)
    assert ours.seen[0][labels].all()
    assert not ours.seen[0][batch.imagined].any()
    other = (ours.seen[0] == 0).nonzero()[0].expand(1, len(batch.imagined[0]))
    with torch.no_grad():
        one = ours.terms(real, labels, batch.imagined, batch.noises)
        two = ours.terms(real, labels, other, batch.noises)
    changed = {name for name in TERMS if not torch.equal(one[name], two[name])}
    assert changed == {"classification"}


def run(made: SynthesisProgram, epochs: int = 2) -> Tensor:
    """What test features score after some epochs."""
    for _ in fit(made, epochs=epochs):
        pass
    with torch.no_grad():
        return made.scores(made.get_buffer("features_test"))


@pytest.mark.parametrize("design", ["ss_mtc_affine", CONTROL])
def test_a_replica_does_not_depend_on_its_neighbours(design: str) -> None:
    one, other, alone = (run(program(design, seeds)) for seeds in ((1, 2), (1, 3), (1,)))
    assert torch.equal(one[0], other[0])
    torch.testing.assert_close(one[:1], alone, rtol=1e-6, atol=1e-8)


def test_permuted_seeds_have_permuted_results() -> None:
    one, other = (run(program("tds", seeds)) for seeds in (SEEDS, (1, 3, 7)))
    torch.testing.assert_close(one, other[[1, 2, 0]], rtol=1e-6, atol=1e-8)


def test_rates_fall_after_the_drop() -> None:
    ours = program(epochs=4, drop=2, embedding_rate=0.002)
    rates = []
    for epoch in range(1, 5):
        next(iter(ours.batches(epoch)))
        rates.append([group["lr"] for o in ours.optimisers for group in o.param_groups])
    usual, low = [0.01, 0.002, 0.01], [0.001, 0.0002, 0.001]
    assert rates == [pytest.approx(own) for own in (usual, usual, low, low)]


def outcome_of(made: SynthesisProgram, sick: bool) -> Any:
    """Train for three epochs; the middle replica's classifier is spoilt before the second."""
    loop = fit(made, epochs=3, keep_best=True)
    while True:
        try:
            epoch = next(loop)
        except StopIteration as stop:
            return stop.value
        if sick and epoch.number == 1:
            made.classifier.weight.data[1] = torch.nan


def test_a_diverged_replica_is_told_leaves_the_others_alone_and_comes_back() -> None:
    healthy, sick = (program("tds", SEEDS) for _ in range(2))
    ends = [outcome_of(made, made is sick) for made in (healthy, sick)]
    assert [ends[1].diverged(row) for row in range(3)] == [False, True, False]
    assert "was not a finite number in epoch 2" in ends[1].cause[1]
    assert sick.seed.tolist() == [3, 1]
    last = states(healthy)
    for name, value in states(sick).items():
        torch.testing.assert_close(value, last[name][[0, 2]], rtol=1e-6, atol=1e-8)
    for made, end in zip((healthy, sick), ends, strict=True):
        made.put_back(end.best_state)
        assert made.seed.tolist() == list(SEEDS)
        assert len(made.scored("test")) == 3
    best, found = states(healthy), states(sick)
    for name, value in found.items():
        torch.testing.assert_close(value[[0, 2]], best[name][[0, 2]], rtol=1e-6, atol=1e-8)
        assert value.isfinite().all()


def test_synthetic_features_and_noise_are_of_the_compositions_they_say() -> None:
    ours = program("tds", SEEDS)
    made, labels = ours.synthetic(4)
    injected, shown = ours.injected(4)
    for row, seed in enumerate(SEEDS):
        problem = made_up(seed)
        unseen = problem.unseen("test").nonzero()[:, 0]
        assert torch.equal(labels[row], unseen.repeat_interleave(4))
        random = stream(seed, "synthetic/test")
        noises = torch.randn(3, len(labels[row]), 3, generator=random)
        plain = Plain(ours, row)
        described = plain.described(labels[row])
        expected = plain.generator(described, noises).detach()
        torch.testing.assert_close(made[row], expected)
        last = plain.generator.task[2](described) * plain.generator.e_n(2, noises)
        torch.testing.assert_close(injected[row], last.detach())
    assert torch.equal(labels, shown)
    assert torch.equal(ours.synthetic(4)[0], made)


def test_the_control_is_made_beside_any_other_composition() -> None:
    """Not beside the next one of its own, which `synthetic` has in order."""
    ours, tds = program(CONTROL), program("tds")
    each = 6
    order = ours._order(len(ours._unseen(each, "test")[0][0]))
    labels = ours._unseen(each, "test")[0][0]
    beside = labels[order].roll(1) != labels[order]
    assert beside.double().mean() > 0.5
    assert torch.equal(order.sort().values, torch.arange(len(order)))
    assert torch.equal(tds._order(5), torch.arange(5))
    # A synthetic feature stands with the label that it was made for: E_t of others aside, alike.
    for layer in (*ours.generator.task, *tds.generator.task):
        layer.weight.data.zero_()
    torch.testing.assert_close(ours.synthetic(each)[0], tds.synthetic(each)[0])


def test_pulls_are_the_slopes_of_the_weighted_terms() -> None:
    """By finite differences in one number of one synthetic feature."""
    settings = {"adversarial": 0.7, "classification": 0.3, "clustering": 2.0}
    ours = program("ss", **settings)
    ours.score()
    found = ours.observe()
    plain = Plain(ours, 0)
    train, size = plain.problem.parts["train"], small().batch_size
    rows = shuffled([3], 0, len(train.labels))[0][:size]
    real, labels = train.features[rows], train.labels[rows]
    known = plain.described(labels).detach()
    noises = torch.randn(3, size, 3, generator=stream(3, "look"))
    fake = plain.generator(known, noises).detach()
    # Of one example in a step: `size` of seen compositions, and as many of unseen ones.
    losses = {
        "adversarial": lambda z, row: -plain.critic(z, known[row][None])[0] / size,
        "classification": lambda z, row: (
            cross_entropy(plain.classifier(z), labels[row][None]) / (2 * size)
        ),
        "clustering": lambda z, row: (z[0] - real[row]).square().sum() / size,
    }
    for name, loss in losses.items():
        norms = []
        for row in range(size):
            z = fake[row][None].clone().requires_grad_()
            (slope,) = torch.autograd.grad(settings[name] * loss(z, row), z)
            norms.append(size * slope.norm())
        torch.testing.assert_close(found[f"pull_{name}"].item(), torch.stack(norms).mean().item())
    distance = plain.critic(real, known).mean() - plain.critic(fake, known).mean()
    torch.testing.assert_close(found["distance"].item(), distance.item())


def brute(scores: Tensor, labels: Sequence[int], allowed: Tensor, k: int) -> float:
    """Share of pictures whose label has fewer than k better candidates."""
    right = 0
    for own, label in zip(scores.tolist(), labels, strict=True):
        better = [c for c in allowed.nonzero()[:, 0].tolist() if own[c] > own[label]]
        right += len(better) < k
    return right / len(labels)


def test_what_is_observed_agrees_with_brute_force() -> None:
    ours = program("tds", SEEDS)
    *_, epoch = fit(ours, epochs=3)
    for row, seed in enumerate(SEEDS):
        problem = made_up(seed)
        for part in ("validation", "test"):
            own = problem.parts[part]
            with torch.no_grad():
                scores = ours.scores(own.features.expand(3, -1, -1))[row]
            unseen = problem.unseen(part)
            new = unseen[own.labels]
            expected = brute(scores[new], own.labels[new].tolist(), unseen, 1)
            assert epoch.observed[f"closed_{part}"][row].item() == pytest.approx(expected)
            if part == "validation":
                area = area_of(scores, own.labels, unseen, problem.candidates(part))
                assert epoch.observed["area"][row].item() == pytest.approx(area, abs=1e-6)
                assert epoch.score[row].item() == pytest.approx(1 - area, abs=1e-6)


def area_of(scores: Tensor, labels: Tensor, unseen: Tensor, candidates: Tensor) -> float:
    """Between all biases at which an unseen candidate can overtake a seen one, and far outside."""
    seen = candidates & ~unseen
    gaps = (scores[:, seen].amax(1) - scores[:, unseen].amax(1)).tolist()
    edges = sorted(set(gaps))
    biases = [edges[0] - 1, *((a + b) / 2 for a, b in itertools.pairwise(edges)), edges[-1] + 1]
    points = []
    for bias in biases:
        moved = (scores + bias * unseen).masked_fill(~candidates, -torch.inf)
        right = (moved.argmax(1) == labels).double()
        new = unseen[labels]
        points.append((right[~new].mean().item(), right[new].mean().item()))
    return sum((b[1] - a[1]) * (a[0] + b[0]) / 2 for a, b in itertools.pairwise(points))
