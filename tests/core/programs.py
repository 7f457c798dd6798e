"""Small programs for the loop: some that learn, and one whose scores are written down."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn

from mtlkit.core.streams import shuffled, stream
from mtlkit.core.training import Epoch, Outcome, Program
from mtlkit.nn import StackedLinear

POINTS, FEATURES, BATCH = 40, 4, 8

STEPS_AN_EPOCH = POINTS // BATCH


class Linear(Program):
    """A linear regression a seed; `poison` names the epoch in which a seed's weights become NaN."""

    seed: Tensor
    x: Tensor
    y: Tensor
    poison: Tensor

    def __init__(self, seeds: Sequence[int], poison: Mapping[int, int] | None = None) -> None:
        super().__init__()
        poison = poison or {}
        x = [torch.randn(POINTS, FEATURES, generator=stream(s, "x")) for s in seeds]
        y = [torch.randn(POINTS, 1, generator=stream(s, "y")) for s in seeds]
        self.register_buffer("seed", torch.tensor(seeds))
        self.register_buffer("x", torch.stack(x))
        self.register_buffer("y", torch.stack(y) + self.x.sum(-1, keepdim=True))
        self.register_buffer("poison", torch.tensor([poison.get(seed, 0) for seed in seeds]))
        self.layer = StackedLinear(
            (len(seeds),), FEATURES, 1, generators=[stream(s, "start") for s in seeds]
        )
        self.optimisers = [torch.optim.Adam(self.parameters(), 0.02, fused=True)]

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        with torch.no_grad():
            self.layer.weight[self.poison == epoch] = torch.nan
        order = shuffled(self.seed.tolist(), epoch, POINTS)
        for rows in order.split(BATCH, 1):
            place = torch.arange(len(rows))[:, None], rows
            yield self.x[place], self.y[place]

    def _loss(self, x: Tensor, y: Tensor) -> Tensor:
        return (self.layer(x) - y).square().mean((1, 2))

    def step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        loss = self._loss(*batch)
        loss.sum().backward()
        optimiser.step()
        return loss

    def score(self) -> Tensor:
        return self._loss(self.x, self.y)

    def observe(self) -> Mapping[str, Tensor]:
        return {"weight": self.layer.weight[:, 0]}


class Counter:
    """Counts in an attribute of its own."""

    def __init__(self) -> None:
        self.count = 0


class Remembering(Linear):
    """Two optimisers, and steps that hang on much that is neither parameter nor buffer.

    `rate` falls step by step, `noise` is drawn on, `trail` grows, `anchor` is a copy of the weights
    at the last look, which pulls at them, and `counter` counts within another object.
    """

    anchor: Tensor

    def __init__(self, seeds: Sequence[int], poison: Mapping[int, int] | None = None) -> None:
        super().__init__(seeds, poison)
        self.scale = nn.Parameter(torch.ones(len(seeds), 1))
        self.optimisers = [
            torch.optim.Adam(self.layer.parameters(), 0.05, amsgrad=True),
            torch.optim.SGD([self.scale], 0.02, momentum=0.9),
        ]
        self.register_buffer("mean", torch.zeros(len(seeds), 1))
        self.rate = 0.05
        self.noise = torch.Generator().manual_seed(5)
        self.trail: list[float] = []
        self.counter = Counter()
        self.looks = 0

    def step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        x, y = batch
        self.rate *= 0.99
        self.counter.count += 1
        self.trail.append(float(torch.rand((), generator=self.noise)))
        for optimiser in self.optimisers:
            optimiser.param_groups[0]["lr"] = self.rate
            optimiser.zero_grad()
        loss = (self.layer(x) * self.scale.unsqueeze(-1) - y).square().mean((1, 2))
        pull = (self.layer.weight - self.anchor[: len(x)]).square().sum((1, 2)) * self.trail[-1]
        # A buffer that becomes another tensor.
        self.mean = 0.9 * self.mean + 0.1 * loss.detach().unsqueeze(1)
        (loss + pull / self.counter.count).sum().backward()
        for optimiser in self.optimisers:
            optimiser.step()
        return loss

    def score(self) -> Tensor:
        self.looks += 1
        self.anchor = self.layer.weight.detach().clone()
        return super().score() + self.mean[:, 0]

    def observe(self) -> Mapping[str, Tensor]:
        looks = torch.full((len(self.seed), 1), float(self.looks))
        return {**super().observe(), "mean": self.mean, "looks": looks}


class Normed(Program):
    """One replica, with batch normalisation, which has no replica axis, and a schedule."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        draw = stream(seed, "normed")
        self.x = torch.randn(POINTS, FEATURES, generator=draw)
        self.y = self.x.sum(1, keepdim=True)
        self.net = nn.Sequential(
            nn.Linear(FEATURES, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 1)
        )
        with torch.no_grad():
            for parameter in self.net.parameters():
                parameter.copy_(torch.randn(parameter.shape, generator=draw) / 2)
        self.optimisers = [torch.optim.SGD(self.parameters(), 0.02, momentum=0.9)]
        self.schedule = torch.optim.lr_scheduler.ExponentialLR(self.optimisers[0], 0.9)

    def batches(self, epoch: int) -> Iterator[Tensor]:
        yield from shuffled([3], epoch, POINTS)[0].split(BATCH)
        self.schedule.step()

    def step(self, batch: Tensor) -> Tensor:
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        loss = (self.net(self.x[batch]) - self.y[batch]).square().mean()
        loss.backward()
        optimiser.step()
        return loss.reshape(1)

    def score(self) -> Tensor:
        return (self.net(self.x) - self.y).square().mean().reshape(1)

    def observe(self) -> Mapping[str, Tensor]:
        return {"score": self.score().unsqueeze(1)}


class Scripted(Program):
    """Losses and scores as they are written, (replica, epoch from 0); `value` is the epoch."""

    losses: Tensor
    scores: Tensor

    def __init__(self, losses: Tensor, scores: Tensor) -> None:
        super().__init__()
        self.register_buffer("losses", losses)
        self.register_buffer("scores", scores)
        self.value = nn.Parameter(torch.zeros(len(scores), 1, dtype=scores.dtype))
        self.epoch = 0
        self.steps = 0
        self.modes: list[tuple[str, bool, bool]] = []

    def batches(self, epoch: int) -> Sequence[int]:
        return [epoch] * 2

    def step(self, batch: int) -> Tensor:
        self.epoch = batch
        self.steps += 1
        self.modes.append(("step", self.training, torch.is_grad_enabled()))
        with torch.no_grad():
            self.value.fill_(batch)
        return self.losses[:, batch]

    def score(self) -> Tensor:
        self.modes.append(("score", self.training, torch.is_grad_enabled()))
        return self.scores[:, self.epoch]

    def observe(self) -> Mapping[str, Tensor]:
        return {"value": self.value}


def exhausted(loop: Generator[Epoch, None, Outcome]) -> tuple[list[Epoch], Outcome]:
    """All that a loop yields, and what it returns."""
    epochs = []
    while True:
        try:
            epochs.append(next(loop))
        except StopIteration as end:
            return epochs, end.value


class Replayed:
    """Stands in for a CUDA graph on the CPU: a recording is the step itself, run once more.

    As a capture does, recording leaves every number as it was.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.warmed = self.recorded = self.replays = 0

    def warm_up(self, step: Callable[[], Tensor]) -> Tensor:
        self.warmed += 1
        return step()

    def record(self, step: Callable[[], Tensor]) -> tuple[Callable[[], None], Tensor]:
        self.recorded += 1
        held = [*self.program.parameters(), *self.program.buffers()]
        for optimiser in self.program.optimisers:
            for state in optimiser.state.values():
                held += [value for value in state.values() if isinstance(value, Tensor)]
        before = [one.detach().clone() for one in held]
        result = step().clone()
        with torch.no_grad():
            for one, old in zip(held, before, strict=True):
                one.copy_(old)

        def replay() -> None:
            self.replays += 1
            result.copy_(step())

        return replay, result
