"""Chapters 1 and 2 of yan2020 and the linear part of xiao2020: ways of sharing between tasks."""

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
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.leaves import arrays, tables
from mtlkit.lessons.sharing_architectures.linear import train_linear
from mtlkit.lessons.sharing_architectures.network import Plan
from mtlkit.lessons.sharing_architectures.program import BitsProgram

Config = SharingConfig


def dataset(config: SharingConfig) -> Dataset:
    """Strings and regressions are generated."""
    return Dataset("generated")


def cost(config: SharingConfig) -> float:
    """Products of one seed over all steps; a regression's, by the numbers that it fits."""
    if config.problem == "linear":
        return float(len(config.strategies) * config.tasks * config.inputs * config.n_train)
    parameters = sum(Plan.of(config, name).parameters(config) for name in config.strategies)
    return float(parameters * config.steps * config.batch_size)


def train(
    config: SharingConfig, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    """Train the strategies in turn, all seeds of each at once.

    Yields snapshots, whose epochs are training steps, and, at last, one `Result` per seed.
    """

    def train_strategy(strategy: str) -> Generator[Snapshot, None, Part]:
        if config.problem == "linear":
            return (yield from train_linear(config, strategy, seeds))
        return (yield from _train_network(config, strategy, seeds, device))

    costs = {name: cost(attrs.evolve(config, strategies=(name,))) for name in config.strategies}
    yield from train_in_turn("sharing_architectures", config, seeds, costs, train_strategy)


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds under each other; nothing is chosen over them."""
    return concatenated(list(results))


def _train_network(
    config: SharingConfig, strategy: str, seeds: Sequence[int], device: torch.device
) -> Generator[Snapshot, None, Part]:
    program = BitsProgram(config, strategy, seeds, device)
    history = History(pd.DataFrame({"seed": list(seeds), "strategy": strategy}))
    loop = fit(program, epochs=config.looks, keep_best=True)

    def in_steps(snapshot: Snapshot) -> Snapshot:
        step = snapshot.epoch * config.steps // config.looks
        return attrs.evolve(snapshot, epoch=step, epochs=config.steps)

    outcome = yield from mapped(recorded(loop, history, strategy), in_steps)
    return Part(
        tables(config, strategy, program, history, outcome),
        arrays(program, strategy, seeds, outcome),
    )
