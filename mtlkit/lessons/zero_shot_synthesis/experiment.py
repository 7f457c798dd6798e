"""Chapter 5 of yan2020: features for compositions never seen, and a classifier taught with them."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import attrs
import numpy as np
import pandas as pd
import torch

from mtlkit.core.generators import mapped
from mtlkit.core.history import History, recorded
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.parts import Part, train_in_turn
from mtlkit.core.result import Result, concatenated
from mtlkit.core.training import fit
from mtlkit.lessons.zero_shot_synthesis import problem as given
from mtlkit.lessons.zero_shot_synthesis.config import BASELINES, SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.leaves import KEPT, accuracies, arrays, tables
from mtlkit.lessons.zero_shot_synthesis.methods import METHODS
from mtlkit.lessons.zero_shot_synthesis.problem import problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram
from mtlkit.lessons.zero_shot_synthesis.synthesis import SynthesisProgram

Config = SynthesisConfig

LOOKS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
"""Epochs after which the injected noise is kept; the last one is, too."""


def dataset(config: SynthesisConfig) -> Dataset:
    """The pictures that the config names."""
    return given.dataset(config)


def cost(config: SynthesisConfig) -> float:
    """Pictures of one seed over all epochs and methods; a baseline's count a fifth."""
    methods = sum(0.2 if name in BASELINES else 1.0 for name in config.strategies)
    return methods * config.epochs * config.per_composition


def train(
    config: SynthesisConfig, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    """Train the methods in turn, all seeds of each at once.

    Yields snapshots and, at last, one result per seed.
    """
    problems = [problem(config, seed) for seed in seeds]

    def train_method(strategy: str) -> Generator[Snapshot, None, Part]:
        if strategy in METHODS:
            program = METHODS[strategy](config, seeds, problems, device)
        else:
            program = SynthesisProgram(config, strategy, seeds, problems, device)
        return (yield from _trained(program, strategy, seeds, problems))

    costs = {name: cost(attrs.evolve(config, strategies=(name,))) for name in config.strategies}
    yield from train_in_turn("zero_shot_synthesis", config, seeds, costs, train_method)


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds under each other; nothing is chosen over them."""
    return concatenated(list(results))


def _trained(
    program: ZeroShotProgram, strategy: str, seeds: Sequence[int], problems: Sequence[given.Problem]
) -> Generator[Snapshot, None, Part]:
    config = program.config
    history = History(pd.DataFrame({"seed": list(seeds), "strategy": strategy}))
    noise: dict[int, dict[str, np.ndarray]] = {seed: {} for seed in seeds}

    def look(snapshot: Snapshot) -> Snapshot:
        if not isinstance(program, SynthesisProgram):
            return snapshot
        made, labels = program.synthetic(KEPT)
        if not program.generator.shallow and snapshot.epoch in (*LOOKS, config.epochs):
            injected, shown = program.injected(KEPT)
            for row, seed in enumerate(snapshot.seeds):
                name = f"injected_{strategy}/{snapshot.epoch}"
                # What is about to diverge may be beyond what 16 bits hold.
                noise[seed][name] = injected[row].clamp(-6e4, 6e4).numpy().astype("float16")
                noise[seed][f"injected_labels_{strategy}"] = shown[row].numpy()
        more = {"synthetic": made, "synthetic_labels": labels}
        return attrs.evolve(snapshot, observed={**snapshot.observed, **more})

    # What is solved in closed form has nothing to step.
    epochs = config.epochs if program.optimisers else 0
    loop = fit(program, epochs=epochs, keep_best=True)
    outcome = yield from mapped(recorded(loop, history, strategy), look)
    program.eval()
    last = accuracies(program, strategy, "last")
    kept = arrays(program, strategy)
    for seed, looks in noise.items():
        kept.setdefault(seed, {}).update(looks)
    program.put_back(outcome.best_state or {})
    chosen = accuracies(program, strategy, "chosen")
    return Part(tables(program, strategy, problems, (last, chosen), history, outcome), kept)
