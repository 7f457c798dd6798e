"""Lesson 03's live default: three architectures, three seeds; stacked against a plain loop."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from benchmarks.timing import Ratio, Spread, compare, timed
from mtlkit.lessons.sharing_architectures import experiment
from mtlkit.lessons.sharing_architectures.bits import labels, signs, strings
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.network import Plan
from mtlkit.lessons.sharing_architectures.program import BitsProgram

ARCHITECTURES = ("hard_sharing", "separate", "cross_stitch")
SEEDS, STEPS = 3, 100
CPU = torch.device("cpu")


def measure() -> Iterator[Ratio | Spread]:
    """The whole of it, which the live goal is set for; then steps of each architecture."""
    config = SharingConfig.preset("lesson", strategies=ARCHITECTURES)
    yield Spread(
        f"three architectures, {SEEDS} seeds",
        timed(lambda: list(experiment.train(config, range(SEEDS), CPU)), 2),
        20.0,
    )
    few = SharingConfig.preset("lesson", steps=STEPS, looks=1)
    for strategy in ARCHITECTURES:
        yield compare(
            f"{strategy}, {SEEDS} seeds, {STEPS} steps",
            plain_loop(few, strategy),
            stacked(few, strategy),
            turns=5,
        )


def stacked(config: SharingConfig, strategy: str) -> Callable[[], None]:
    """The lesson's own program, shuffling included; made beforehand."""
    program = BitsProgram(config, strategy, range(SEEDS), CPU)

    def work() -> None:
        for batch in program.batches(1):
            program.step(batch)

    return work


class PlainTowers(nn.Module):
    """Towers of torch's own modules, stitched by a matrix after each layer if asked."""

    def __init__(self, config: SharingConfig, plan: Plan) -> None:
        super().__init__()
        sizes = (config.length, *(plan.width,) * config.layers)
        self.layers = nn.ModuleList(
            nn.ModuleList(nn.Linear(*pair) for _ in range(plan.columns))
            for pair in itertools.pairwise(sizes)
        )
        self.heads = nn.ModuleList(nn.Linear(plan.width, 1) for _ in range(config.tasks))
        stitched = config.layers if plan.stitched else 0
        self.alpha = nn.ParameterList(torch.eye(plan.columns) for _ in range(stitched))

    def forward(self, x: Tensor) -> Tensor:
        streams = [x] * len(self.layers[0])
        for number, layer in enumerate(self.layers):
            streams = [torch.relu(tower(own)) for tower, own in zip(layer, streams, strict=True)]
            if len(self.alpha):
                alpha = self.alpha[number]
                streams = [
                    sum(weight * unit for weight, unit in zip(row, streams, strict=True))
                    for row in alpha
                ]
        own = [streams[task % len(streams)] for task in range(len(self.heads))]
        return torch.cat([head(z) for head, z in zip(self.heads, own, strict=True)], 1).T


def plain_loop(config: SharingConfig, strategy: str) -> Callable[[], None]:
    """One seed after the other, with fused AdamW; networks and strings are there already."""
    trained = []
    for seed in range(SEEDS):
        network = PlainTowers(config, Plan.of(config, strategy))
        optimiser = torch.optim.AdamW(
            network.parameters(),
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
        )
        found = strings(config, seed, "train")
        trained.append((network, optimiser, signs(found), labels(config, found).float()))

    def work() -> None:
        for network, optimiser, x, y in trained:
            for _ in range(config.steps):
                rows = torch.randint(len(x), (config.batch_size,))
                loss = binary_cross_entropy_with_logits(network(x[rows]), y[:, rows])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()

    return work
