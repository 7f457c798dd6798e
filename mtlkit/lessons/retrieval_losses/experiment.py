"""The retrieval of epfl_retrieval: two branches, a common space, and the loss between them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import attrs
import pandas as pd
import torch

from mtlkit.core.generators import mapped
from mtlkit.core.history import History, recorded
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.parts import Part, train_in_turn
from mtlkit.core.result import Result, concatenated
from mtlkit.core.training import fit
from mtlkit.lessons.retrieval_losses import inputs
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.leaves import SHOWN, arrays, tables
from mtlkit.lessons.retrieval_losses.program import RetrievalProgram

Config = RetrievalConfig

_READY = 0.1
_PICTURE = {"cnn": 1.0, "resnet18": 250.0, "resnet34": 500.0}
_CAPTION = {"bag": 0.1, "gru": 2.0, "transformer": 1.5}


def dataset(config: RetrievalConfig) -> Dataset:
    """The pictures and captions that the config names."""
    return inputs.dataset(config)


def cost(config: RetrievalConfig) -> float:
    """Pictures of one seed over all epochs and losses, in those that the small CNN passes."""
    one = _PICTURE.get(config.image_encoder, _READY)
    one += _CAPTION.get(config.text_encoder, _READY)
    views = 2.0 if config.within else 1.0
    return views * one * len(config.strategies) * config.epochs * config.n_train


def train(
    config: RetrievalConfig, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    """Train each loss for each seed in turn; yields snapshots and, at last, one result per seed."""

    def train_strategy(strategy: str) -> Generator[Snapshot, None, Part]:
        parts = []
        for done, seed in enumerate(seeds):

            def share(snapshot: Snapshot, done: int = done) -> Snapshot:
                return attrs.evolve(snapshot, progress=(done + snapshot.progress) / len(seeds))

            parts.append((yield from mapped(_trained(config, strategy, seed, device), share)))
        return _joined(parts)

    yield from train_in_turn(
        "retrieval_losses", config, seeds, dict.fromkeys(config.strategies, 1.0), train_strategy
    )


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds under each other; nothing is chosen over them."""
    return concatenated(list(results))


def _trained(
    config: RetrievalConfig, strategy: str, seed: int, device: torch.device
) -> Generator[Snapshot, None, Part]:
    program = RetrievalProgram(config, strategy, seed, device)
    history = History(pd.DataFrame({"seed": [seed], "strategy": [strategy]}))

    def look(snapshot: Snapshot) -> Snapshot:
        first = program.pairs["validation"].first
        scores = program.looked.scores(first, SHOWN).unsqueeze(0)
        return attrs.evolve(snapshot, observed={**snapshot.observed, "scores": scores})

    loop = fit(program, epochs=config.epochs)
    outcome = yield from mapped(recorded(loop, history, strategy), look)
    found = tables(config, strategy, program, history, outcome)
    return Part(found, {seed: arrays(program, strategy)})


def _joined(parts: Sequence[Part]) -> Part:
    """Parts of different seeds as one."""
    return Part(
        {name: pd.concat([part.tables[name] for part in parts]) for name in parts[0].tables},
        {seed: found for part in parts for seed, found in part.arrays.items()},
    )
