"""Small settings and teams of lesson 08 for its tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from mtlkit.lessons.retrieval_task_weights.config import WeightedRetrievalConfig
from mtlkit.lessons.retrieval_task_weights.program import WeightedRetrievalProgram
from mtlkit.lessons.retrieval_task_weights.team import Team

CPU = torch.device("cpu")


def small(**settings: Any) -> WeightedRetrievalConfig:
    """Forty pairs of each collection, two batches an epoch."""
    usual = {
        "n_train": 40,
        "n_validation": 20,
        "n_test": 20,
        "batch_size": 20,
        "image_components": 8,
        "text_components": 8,
        "width": 6,
        "dimensions": 4,
    }
    return WeightedRetrievalConfig.preset("smoke", **{**usual, **settings})


def program(
    strategy: str = "equal", seeds: Sequence[int] = (0,), team: Team | None = None, **settings: Any
) -> WeightedRetrievalProgram:
    config = small(**settings)
    own = team or Team.of(config, strategy, seeds)
    return WeightedRetrievalProgram(config, strategy, own, CPU)


def in_double(made: WeightedRetrievalProgram) -> WeightedRetrievalProgram:
    """So that Adam, which divides by a gradient's size, does not make much of a rounding."""
    for part in made.data.values():
        for name in ("images", "texts"):
            part[name] = part[name].double()
    return made.double()


def steps(made: WeightedRetrievalProgram, count: int) -> list[torch.Tensor]:
    """Train for so many steps; the loss of each."""
    losses: list[torch.Tensor] = []
    epoch = 0
    while len(losses) < count:
        epoch += 1
        for batch in made.batches(epoch):
            losses.append(made.step(batch))
    return losses[:count]
