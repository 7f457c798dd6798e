"""Each baseline against a plain loop, against closed forms, and what must not matter."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from torch import Tensor, nn
from torch.nn import functional

from mtlkit.core.streams import shuffled, stream
from mtlkit.core.training import fit
from mtlkit.data.compositions import HELD_TEST, HELD_VALIDATION, SEEN
from mtlkit.errors import UsageError
from mtlkit.lessons.zero_shot_synthesis import att_operator, label_embed, red_wine
from mtlkit.lessons.zero_shot_synthesis.config import BASELINES, SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.contrast import Contrast, another
from mtlkit.lessons.zero_shot_synthesis.methods import METHODS
from mtlkit.lessons.zero_shot_synthesis.problem import Part, Problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram
from mtlkit.lessons.zero_shot_synthesis.ridge import STRENGTHS, left_out, ridge
from tests.lessons.plain import linear

CPU = torch.device("cpu")
SEEDS = (3, 7, 1)
STEPS = 3
BATCH = 8
HIDDEN = 7
TRAINED = tuple(name for name in BASELINES if name != "ridge")
SLOTS = {2: ("attribute", "object"), 3: ("subject", "predicate", "object")}
WORDS = {2: (4, 6), 3: (3, 2, 3)}


def made_up(
    seed: int, slots: int = 2, noise: float = 0.3, pictures: int = 4, one_hot: bool = False
) -> Problem:
    """Features that are the sum of a vector a word, and noise; a third is held out."""
    random = stream(seed, "made up")
    sizes = WORDS[slots]
    members = torch.tensor(list(itertools.product(*map(range, sizes))))
    # On diagonals, so that each word stays in some seen composition.
    diagonal = members.sum(1) % 6
    group = torch.full((len(members),), SEEN)
    group[diagonal == 1] = HELD_VALIDATION
    group[diagonal == 4] = HELD_TEST
    effects = [torch.randn(own, 9, generator=random).double() for own in sizes]
    means = sum((own[members[:, slot]] for slot, own in enumerate(effects)), torch.tensor(0.0))

    def part(*groups: int) -> Part:
        own = torch.nonzero(torch.isin(group, torch.tensor(groups))).squeeze(1)
        labels = own.repeat_interleave(pictures)
        drawn = torch.randn(len(labels), 9, generator=random).double()
        return Part(means[labels] + noise * drawn, labels)

    parts = {
        "train": part(SEEN),
        "validation": part(SEEN, HELD_VALIDATION),
        "test": part(SEEN, HELD_TEST),
    }
    vectors = tuple(
        torch.eye(own).double() if one_hot else torch.randn(own, 5, generator=random).double()
        for own in sizes
    )
    return Problem(SLOTS[slots], members, vectors, group, parts)


def made(
    name: str,
    seeds: Sequence[int] = SEEDS,
    slots: int = 2,
    problems: Sequence[Problem] | None = None,
    **settings: Any,
) -> ZeroShotProgram:
    usual = {"hidden": HIDDEN, "batch_size": BATCH, "learning_rate": 0.01}
    config = SynthesisConfig.preset("smoke", **{**usual, **settings})
    own = problems or [made_up(seed, slots) for seed in seeds]
    return METHODS[name](config, seeds, own, CPU).double()


def looked_at(program: ZeroShotProgram) -> Tensor:
    with torch.no_grad():
        return program.scores(program.get_buffer("features_test"))


class Plain:
    """One seed's, with torch's own modules and no axis for replicas."""

    def __init__(self, name: str, seed: int, problem: Problem) -> None:
        self.seed, self.problem = seed, problem
        self.members = problem.members
        self.slots = range(len(problem.slots))
        self.seen = torch.nonzero(problem.group == SEEN).squeeze(1).tolist()
        self.modules = nn.ModuleList()
        self.own: list[Tensor] = []
        self.loss, self.scores = getattr(self, name)()
        self.modules.double()
        parameters = [*self.modules.parameters(), *self.own]
        self.optimiser = torch.optim.Adam(parameters, lr=0.01)

    def run(self) -> tuple[Tensor, Tensor]:
        """Losses of the first steps, and scores of test pictures then."""
        train = self.problem.parts["train"]
        order = shuffled([self.seed], 1, len(train.labels))[0]
        random = stream(self.seed, "negatives", 1)
        losses = []
        for step in range(STEPS):
            rows = order[BATCH * step : BATCH * (step + 1)]
            x, labels = train.features[rows], train.labels[rows]
            drawn = torch.randint(len(self.seen) - 1, (BATCH,), generator=random).tolist()
            negatives = [
                [other for other in self.seen if other != label][place]
                for label, place in zip(labels.tolist(), drawn, strict=True)
            ]
            loss = self.loss(x, labels.tolist(), negatives)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            losses.append(loss.detach())
        with torch.no_grad():
            return torch.stack(losses), self.scores(self.problem.parts["test"].features)

    def made(self, inputs: int, outputs: int, random: torch.Generator) -> nn.Linear:
        layer = linear(inputs, outputs, random).double()
        self.modules.append(layer)
        return layer

    def learned(self, start: Tensor) -> Tensor:
        self.own.append(start.clone().requires_grad_())
        return self.own[-1]

    def visprod(self) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
        layers = [
            self.made(9, len(self.problem.vectors[slot]), stream(self.seed, "visprod", slot))
            for slot in self.slots
        ]

        def loss(x: Tensor, labels: list[int], negatives: list[int]) -> Tensor:
            words = self.members[labels]
            found = [
                functional.cross_entropy(layers[slot](x), words[:, slot]) for slot in self.slots
            ]
            return torch.stack(found).sum()

        def scores(x: Tensor) -> Tensor:
            chances = [layer(x).softmax(1) for layer in layers]
            return torch.stack(
                [
                    torch.stack([chances[k][:, word] for k, word in enumerate(row)]).prod(0).log()
                    for row in self.members.tolist()
                ],
                1,
            )

        return loss, scores

    def label_embed(self) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
        words = [self.learned(own) for own in self.problem.vectors]
        networks = []
        for name, size in (("pictures", 9), ("compositions", 5 * len(words))):
            random = stream(self.seed, f"label_embed/{name}")
            first, last = self.made(size, HIDDEN, random), self.made(HIDDEN, HIDDEN, random)
            networks.append(nn.Sequential(first, nn.ReLU(), last))
        pictures, composing = networks

        def place(composition: int) -> Tensor:
            own = [words[k][word] for k, word in enumerate(self.members[composition].tolist())]
            return composing(torch.cat(own))

        return self.triplets(pictures, place, label_embed.MARGIN), self.nearness(pictures, place)

    def red_wine(self) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
        train = self.problem.parts["train"]
        words = []
        for slot, vectors in enumerate(self.problem.vectors):
            shown = self.members[train.labels, slot]
            found = []
            for word in range(len(vectors)):
                signs = np.where(shown == word, 1.0, -1.0)
                model = Ridge(alpha=red_wine.STRENGTH * len(shown), solver="svd")
                model.fit(train.features.numpy(), signs)
                found.append([*model.coef_, model.intercept_])
            table = torch.tensor(np.array(found))
            words.append(table / table.square().mean().sqrt())
        random = stream(self.seed, "red_wine")
        network = nn.Sequential(
            self.made(10 * len(words), HIDDEN, random),
            nn.LeakyReLU(0.1),
            self.made(HIDDEN, HIDDEN, random),
            nn.LeakyReLU(0.1),
            self.made(HIDDEN, 10, random),
        )

        def scores(x: Tensor) -> Tensor:
            found = []
            for row in self.members.tolist():
                *weight, bias = network(torch.cat([words[k][word] for k, word in enumerate(row)]))
                found.append(x @ torch.stack(weight) + bias)
            return torch.stack(found, 1)

        def loss(x: Tensor, labels: list[int], negatives: list[int]) -> Tensor:
            chances = scores(x).sigmoid()
            total = torch.tensor(0.0).double()
            for row, label in enumerate(labels):
                for composition in self.seen:
                    chance = chances[row, composition]
                    total = total - (chance if composition == label else 1 - chance).log()
            return total / len(labels)

        return loss, scores

    def att_operator(self) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
        objects = self.learned(self.problem.vectors[-1])
        operators = [
            self.learned(torch.eye(5).double().repeat(len(own), 1, 1))
            for own in self.problem.vectors[:-1]
        ]
        pictures = self.made(9, 5, stream(self.seed, "att_operator/pictures"))
        told = [
            self.made(5, len(own), stream(self.seed, "att_operator/classifier", slot))
            for slot, own in enumerate(self.problem.vectors)
        ]

        def bare(words: list[int]) -> Tensor:
            if len(words) == 2:
                return objects[words[1]]
            return operators[1][words[1]] @ objects[words[2]]

        def place(composition: int) -> Tensor:
            words = self.members[composition].tolist()
            return operators[0][words[0]] @ bare(words)

        contrasted = self.triplets(pictures, place, att_operator.MARGIN)

        def loss(x: Tensor, labels: list[int], negatives: list[int]) -> Tensor:
            total = torch.tensor(0.0).double()
            for f, label, negative in zip(pictures(x), labels, negatives, strict=True):
                words = self.members[label].tolist()
                own, other = operators[0][words[0]], operators[0][self.members[negative, 0]]
                y = bare(words)
                for k, layer in enumerate(told):
                    chance = layer(own @ y).softmax(0)[words[k]]
                    total = total - att_operator.CLASSIFICATION * chance.log()
                changed = other @ torch.linalg.solve(own, f)
                near, far = (changed - other @ y).norm(), (changed - own @ y).norm()
                hinge = (near - far + att_operator.MARGIN).clamp_min(0)
                total = total + att_operator.INVERSION * hinge
                order = own @ other @ y - other @ own @ y
                total = total + att_operator.COMMUTATION * order.norm()
            return contrasted(x, labels, negatives) + total / len(labels)

        return loss, self.nearness(pictures, place)

    def triplets(
        self, pictures: nn.Module, place: Callable[[int], Tensor], margin: float
    ) -> Callable[..., Tensor]:
        def loss(x: Tensor, labels: list[int], negatives: list[int]) -> Tensor:
            near, far = (torch.stack([place(c) for c in some]) for some in (labels, negatives))
            return functional.triplet_margin_loss(pictures(x), near, far, margin=margin, eps=0.0)

        return loss

    def nearness(
        self, pictures: nn.Module, place: Callable[[int], Tensor]
    ) -> Callable[..., Tensor]:
        def scores(x: Tensor) -> Tensor:
            places = [place(c) for c in range(len(self.members))]
            return -torch.stack([(pictures(x) - one).norm(dim=1) for one in places], 1)

        return scores


def test_there_is_a_method_of_each_name() -> None:
    assert set(METHODS) == set(BASELINES)


@pytest.mark.parametrize("slots", SLOTS)
@pytest.mark.parametrize("name", TRAINED)
def test_replicas_follow_the_plain_loop(name: str, slots: int) -> None:
    program = made(name, slots=slots)
    losses = [program.step(batch).detach() for batch in itertools.islice(program.batches(1), STEPS)]
    ours, scores = torch.stack(losses, 1), looked_at(program)
    for place, seed in enumerate(SEEDS):
        expected, then = Plain(name, seed, made_up(seed, slots)).run()
        torch.testing.assert_close(ours[place], expected, rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(scores[place], then, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("slots", SLOTS)
@pytest.mark.parametrize("name", BASELINES)
def test_a_replica_does_not_notice_the_others(name: str, slots: int) -> None:
    together, alone = made(name, slots=slots), made(name, seeds=SEEDS[1:2], slots=slots)
    for program in (together, alone):
        for _ in fit(program, epochs=2 if program.optimisers else 0):
            pass
    torch.testing.assert_close(looked_at(together)[1:2], looked_at(alone), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("slots", SLOTS)
@pytest.mark.parametrize("name", BASELINES)
def test_the_order_of_the_compositions_does_not_matter(name: str, slots: int) -> None:
    problem = made_up(5, slots)
    order = torch.randperm(len(problem.members), generator=stream(0, "order"))
    now = order.argsort()
    parts = {key: Part(own.features, now[own.labels]) for key, own in problem.parts.items()}
    changed = attrs.evolve(
        problem, members=problem.members[order], group=problem.group[order], parts=parts
    )
    first, second = (made(name, seeds=(5,), problems=[own]) for own in (problem, changed))
    for batch in first.batches(1) if first.optimisers else ():
        same = batch
        if isinstance(batch, Contrast):
            same = attrs.evolve(batch, negatives=now[batch.negatives])
        torch.testing.assert_close(first.step(batch), second.step(same))
    torch.testing.assert_close(looked_at(first)[..., order], looked_at(second))


@pytest.mark.parametrize("slots", SLOTS)
@pytest.mark.parametrize("name", BASELINES)
def test_unseen_compositions_of_additive_features_are_told(name: str, slots: int) -> None:
    problems = [made_up(seed, slots, noise=0.1) for seed in SEEDS]
    program = made(name, slots=slots, problems=problems, hidden=32, epochs=40)
    for epoch in fit(program, epochs=40 if program.optimisers else 0):
        assert all(value.isfinite().all() for value in epoch.observed.values())
    chance = 1 / int(problems[0].unseen("validation").sum())
    assert epoch.observed["closed_validation"].mean() > 1.5 * chance


@pytest.mark.parametrize("name", TRAINED)
def test_a_diverged_replica_leaves_alone_and_comes_back_whole(name: str) -> None:
    broken, sound = made(name), made(name)
    for parameter in broken.parameters():
        parameter.data[0] = torch.nan
    ends = []
    for program in (broken, sound):
        loop = fit(program, epochs=3, keep_best=True)
        try:
            while True:
                next(loop)
        except StopIteration as stop:
            ends.append(stop.value)
    assert [ends[0].diverged(row) for row in range(3)] == [True, False, False]
    torch.testing.assert_close(looked_at(broken), looked_at(sound)[1:])
    for program, end in zip((broken, sound), ends, strict=True):
        program.put_back(end.best_state)
    torch.testing.assert_close(looked_at(broken)[1:], looked_at(sound)[1:])
    assert looked_at(broken)[0].isnan().all()


@pytest.mark.parametrize("name", BASELINES)
def test_pictures_of_validation_and_test_are_for_scores_only(name: str) -> None:
    problem = made_up(5)
    elsewhere = {
        key: own if key == "train" else Part(torch.zeros_like(own.features), own.labels)
        for key, own in problem.parts.items()
    }
    both = [problem, attrs.evolve(problem, parts=elsewhere)]
    programs = [made(name, seeds=(5,), problems=[own]) for own in both]
    for program in programs:
        for _ in fit(program, epochs=2 if program.optimisers else 0):
            pass
    x = problem.parts["test"].features.unsqueeze(0)
    with torch.no_grad():
        torch.testing.assert_close(programs[0].scores(x), programs[1].scores(x), rtol=0, atol=0)


def test_visprod_separates_what_is_separable() -> None:
    problem = made_up(2, one_hot=True)
    shown = [own[problem.members[:, slot]] for slot, own in enumerate(problem.vectors)]
    means = 3 * torch.cat([*shown, torch.zeros(len(problem.members), 2)], 1)
    parts = {key: Part(means[own.labels], own.labels) for key, own in problem.parts.items()}
    program = made("visprod", (2,), problems=[attrs.evolve(problem, parts=parts)], epochs=40)
    for _ in fit(program, epochs=40):
        pass
    assert (looked_at(program)[0].argmax(1) == parts["test"].labels).all()


@pytest.mark.parametrize("slots", SLOTS)
def test_ridge_is_perfect_where_features_are_sums_of_words(slots: int) -> None:
    problems = [made_up(seed, slots, noise=0.0, one_hot=True) for seed in SEEDS]
    scores = looked_at(made("ridge", slots=slots, problems=problems))
    for own, problem in zip(scores, problems, strict=True):
        labels = problem.parts["test"].labels
        assert (own.argmax(1) == labels).all()
        right = own.gather(1, labels.unsqueeze(1))
        torch.testing.assert_close(right, torch.zeros_like(right), rtol=0, atol=1e-8)


@pytest.mark.parametrize("strength", STRENGTHS[::2])
def test_ridge_is_that_of_scikit_learn(strength: float) -> None:
    random = stream(4, "ridge")
    x, y = (torch.randn(8, size, generator=random).double() for size in (3, 2))
    weight, bias = ridge(x, y, strength)
    model = Ridge(alpha=strength, solver="cholesky").fit(x.numpy(), y.numpy())
    np.testing.assert_allclose(weight.mT, model.coef_, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(bias, model.intercept_, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("inputs", [3, 12])
@pytest.mark.parametrize("strength", STRENGTHS[2::2])
def test_leaving_out_equals_refitting(strength: float, inputs: int) -> None:
    random = stream(4, "left out")
    x, y = (torch.randn(8, size, generator=random).double() for size in (inputs, 2))
    expected = []
    for row in range(8):
        kept = [other for other in range(8) if other != row]
        model = Ridge(alpha=strength, solver="svd").fit(x[kept].numpy(), y[kept].numpy())
        expected.append(y[row].numpy() - model.predict(x[row : row + 1].numpy())[0])
    np.testing.assert_allclose(left_out(x, y, strength), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("slots", SLOTS)
def test_ridge_takes_the_strength_that_foretells_best(slots: int) -> None:
    problem = made_up(6, slots, noise=2.0)
    train, seen = problem.parts["train"], np.flatnonzero(problem.group == SEEN)
    words = [own[problem.members[:, slot]] for slot, own in enumerate(problem.vectors)]
    x = torch.cat(words, 1).numpy()
    y = np.stack([train.features[train.labels == one].mean(0) for one in seen])
    missed = []
    for strength in STRENGTHS:
        missed.append(0.0)
        for row in range(len(seen)):
            own = np.delete(seen, row)
            model = Ridge(alpha=strength, solver="svd").fit(x[own], np.delete(y, row, 0))
            missed[-1] += ((y[row] - model.predict(x[seen[row : row + 1]])[0]) ** 2).sum()
    best = Ridge(alpha=STRENGTHS[int(np.argmin(missed))], solver="svd").fit(x[seen], y)
    test = problem.parts["test"].features.numpy()
    expected = -((test[:, None] - best.predict(x)[None]) ** 2).sum(-1)
    found = looked_at(made("ridge", (6,), problems=[problem]))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_another_is_any_of_the_others_alike() -> None:
    among = torch.tensor([1, 4, 5, 9])
    than = among.repeat_interleave(3000)
    found = another(among, than, stream(0, "another"))
    assert (found != than).all()
    for own in among:
        counts = torch.stack([(found[than == own] == other).sum() for other in among])
        # Five standard deviations of a binomial count of 3000 with a chance of a third.
        assert ((counts[among != own] - 1000).abs() < 130).all()


@pytest.mark.parametrize("name", ["label_embed", "att_operator", "ridge"])
def test_one_seen_composition_is_refused(name: str) -> None:
    problem = made_up(0)
    group = torch.full_like(problem.group, HELD_TEST)
    own = problem.parts["train"].labels[0]
    group[own] = SEEN
    with pytest.raises(UsageError, match="seen compositions: 1"):
        made(name, (0,), problems=[attrs.evolve(problem, group=group)])
