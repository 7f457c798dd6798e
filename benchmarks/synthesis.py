"""Lesson 09 at its default: a design's seeds at once against a plain loop of torch's own modules.

Both draw their pictures, imagined compositions and noise, and take the same steps of the critic,
the generator, the classifier and the word embeddings.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, leaky_relu

from benchmarks.timing import Ratio, Spread, compare, timed
from mtlkit.lessons.zero_shot_synthesis import experiment
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.problem import Problem, problem
from mtlkit.lessons.zero_shot_synthesis.synthesis import SynthesisProgram

DESIGN = "tds"
REPLICAS = (1, 3, 5, 10)
LIVE_SEEDS, LIVE_GOAL = 3, 15.0
STEPS = 12
CPU = torch.device("cpu")


def measure() -> Iterator[Ratio | Spread]:
    """The live default, data included, and what is seen between epochs; then steps alone."""
    config = SynthesisConfig.preset("lesson", strategies=(DESIGN,))
    yield Spread(
        f"{DESIGN}, {LIVE_SEEDS} seeds, {config.epochs} epochs",
        timed(lambda: list(experiment.train(config, range(LIVE_SEEDS), CPU)), 2),
        LIVE_GOAL,
    )
    problems = [problem(config, seed) for seed in range(max(REPLICAS))]
    for replicas in REPLICAS:
        yield compare(
            f"{DESIGN}, {replicas} seeds, {STEPS} steps",
            plain_loop(config, problems[:replicas]),
            stacked(config, problems[:replicas]),
        )


def stacked(config: SynthesisConfig, problems: list[Problem]) -> Callable[[], None]:
    """The lesson's own program, with its draws; made beforehand."""
    program = SynthesisProgram(config, DESIGN, range(len(problems)), problems, CPU)

    def work() -> None:
        for batch in itertools.islice(program.batches(1), STEPS):
            program.step(batch)

    return work


def mlp(*sizes: int) -> nn.Sequential:
    """Linear layers with leaky rectifiers between them."""
    layers = [nn.Linear(*pair) for pair in itertools.pairwise(sizes)]
    rectified = itertools.chain.from_iterable((layer, nn.LeakyReLU(0.2)) for layer in layers)
    return nn.Sequential(*list(rectified)[:-1])


class PlainTds(nn.Module):
    """The generator of equation (5.1)."""

    def __init__(self, config: SynthesisConfig, description: int, features: int) -> None:
        super().__init__()
        width = config.width
        self.first = nn.Linear(description, width)
        self.rest = nn.ModuleList(nn.Linear(width, out) for out in (width, width, features))
        self.task = nn.ModuleList(nn.Linear(description, width, bias=False) for _ in range(3))
        self.noise = nn.ModuleList(mlp(config.noise, config.hidden, width) for _ in range(3))

    def forward(self, t: Tensor, noises: Tensor) -> Tensor:
        z: Tensor = self.first(t)
        for layer, task, noise, n in zip(self.rest, self.task, self.noise, noises, strict=True):
            z = layer(leaky_relu(z, 0.2) + task(t) * noise(n))
        return z


class PlainGan:
    """One seed's players, with two fused Adams."""

    def __init__(self, config: SynthesisConfig, given: Problem) -> None:
        self.config, self.members, self.vectors = config, given.members, given.vectors
        self.features, self.labels = given.parts["train"].features, given.parts["train"].labels
        self.unseen = (given.group != 0).nonzero()[:, 0]
        hidden, size = config.hidden, self.features.shape[1]
        self.words = nn.ModuleList(mlp(own.shape[1], hidden, hidden) for own in self.vectors)
        description = len(self.vectors) * hidden
        self.generator = PlainTds(config, description, size)
        self.critic = mlp(size + description, hidden, hidden, 1)
        self.classifier = nn.Linear(size, len(self.members))
        makers = nn.ModuleList([self.generator, self.classifier, self.words])
        rate = config.learning_rate
        self.making = torch.optim.Adam(makers.parameters(), lr=rate, fused=True)
        self.criticising = torch.optim.Adam(self.critic.parameters(), lr=rate, fused=True)

    def step(self) -> None:
        size = self.config.batch_size
        rows = torch.randint(len(self.labels), (size,))
        real, labels = self.features[rows], self.labels[rows]
        imagined = self.unseen[torch.randint(len(self.unseen), (size,))]
        for _ in range(self.config.critic_steps):
            with torch.no_grad():
                known = self.described(labels)
                fake = self.generator(known, torch.randn(3, size, self.config.noise))
            share = torch.rand(size, 1)
            between = (share * real + (1 - share) * fake).requires_grad_()
            verdict = self.judged(between, known).sum()
            (slope,) = torch.autograd.grad(verdict, between, create_graph=True)
            penalty = (slope.norm(dim=1) - 1).square().mean()
            distance = (self.judged(real, known) - self.judged(fake, known)).mean()
            self.criticising.zero_grad()
            (self.config.penalty * penalty - distance).backward()
            self.criticising.step()
        everything = torch.cat([labels, imagined])
        described = self.described(everything)
        fake = self.generator(described, torch.randn(3, 2 * size, self.config.noise))
        self.critic.requires_grad_(False)
        loss = (
            self.config.classification * cross_entropy(self.classifier(fake), everything)
            + self.config.clustering * (fake[:size] - real).square().sum(1).mean()
            - self.config.adversarial * self.judged(fake[:size], described[:size].detach()).mean()
        )
        self.making.zero_grad()
        loss.backward()
        self.making.step()
        self.critic.requires_grad_(True)

    def described(self, labels: Tensor) -> Tensor:
        """Words first, then compositions: no word is embedded twice."""
        found = [
            embed(own)[self.members[labels, slot]]
            for slot, (embed, own) in enumerate(zip(self.words, self.vectors, strict=True))
        ]
        return torch.cat(found, 1)

    def judged(self, features: Tensor, known: Tensor) -> Tensor:
        found: Tensor = self.critic(torch.cat([features, known], 1))
        return found


def plain_loop(config: SynthesisConfig, problems: list[Problem]) -> Callable[[], None]:
    """One seed after the other; networks are made beforehand."""
    players = [PlainGan(config, own) for own in problems]

    def work() -> None:
        for one in players:
            for _ in range(STEPS):
                one.step()

    return work
