"""Chapter 3 of yan2020: tasks that choose experts by gates, and what else they could do."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import attrs
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.core.generators import mapped
from mtlkit.core.history import History, recorded
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.parts import Part, train_in_turn
from mtlkit.core.result import Result, concatenated
from mtlkit.core.training import Outcome, fit
from mtlkit.lessons.gated_experts import inputs
from mtlkit.lessons.gated_experts.config import FAMILIES, GatedConfig
from mtlkit.lessons.gated_experts.gradients import gradient_noise, measurable
from mtlkit.lessons.gated_experts.leaves import arrays, tables
from mtlkit.lessons.gated_experts.network import GatedNetwork
from mtlkit.lessons.gated_experts.program import GatedProgram

Config = GatedConfig

_NO_GRADIENTS = pd.DataFrame(
    columns=["seed", "strategy", "epoch", "baseline", "samples", "signal", "noise", "ratio"]
)


def dataset(config: GatedConfig) -> Dataset:
    """The pictures that the config names."""
    return inputs.dataset(config)


def cost(config: GatedConfig) -> float:
    """Products of one seed over all steps and strategies, were every expert called."""
    pictures = config.steps * config.tasks * config.batch_per_task
    return float(pictures * sum(map(_operations, _trainings(config))))


def _trainings(config: GatedConfig) -> list[tuple[GatedConfig, str]]:
    """What is trained, one after the other."""
    found = []
    for name in config.strategies:
        found += [(config, "gated")] if name == "frozen_density" else []
        found.append((config, name))
    return found


def _operations(training: tuple[GatedConfig, str]) -> int:
    config, strategy = training
    network = GatedNetwork(config, strategy, [0])
    return sum(bank.operations() * bank.stack[1] for bank in network.banks)


def train(
    config: GatedConfig, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    """Train the strategies in turn; all seeds of digits at once, of larger pictures in turn too.

    Yields snapshots, whose epochs are training steps, and, at last, one `Result` per seed.
    """

    def train_strategy(strategy: str) -> Generator[Snapshot, None, Part]:
        if config.data == FAMILIES:
            return (yield from _train(config, strategy, seeds, device))
        parts = []
        for done, seed in enumerate(seeds):

            def share(snapshot: Snapshot, done: int = done) -> Snapshot:
                return attrs.evolve(snapshot, progress=(done + snapshot.progress) / len(seeds))

            parts.append((yield from mapped(_train(config, strategy, [seed], device), share)))
        return _joined(parts)

    costs = {name: cost(attrs.evolve(config, strategies=(name,))) for name in config.strategies}
    yield from train_in_turn("gated_experts", config, seeds, costs, train_strategy)


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds under each other; nothing is chosen over them."""
    return concatenated(list(results))


def _train(
    config: GatedConfig, strategy: str, seeds: Sequence[int], device: torch.device
) -> Generator[Snapshot, None, Part]:
    if strategy != "frozen_density":
        program = GatedProgram(config, strategy, seeds, device)
        return (yield from _fitted(config, strategy, program))
    density = yield from mapped(_learned_density(config, seeds, device), _first_half)
    program = GatedProgram(config, strategy, seeds, device, density)
    return (yield from mapped(_fitted(config, strategy, program), _second_half))


def _fitted(
    config: GatedConfig, strategy: str, program: GatedProgram
) -> Generator[Snapshot, None, Part]:
    """Train a program; record its gates at every look, and their gradient's noise at a few."""
    seeds = program.seed.tolist()
    history = History(pd.DataFrame({"seed": seeds, "strategy": strategy}))
    over_time: list[dict[int, Float[Tensor, "layer task expert"]]] = []
    noise: list[pd.DataFrame] = []
    measured = {0, config.looks // 2, config.looks}

    def look(snapshot: Snapshot) -> Snapshot:
        step = snapshot.epoch * config.steps // config.looks
        gates = program.probabilities()
        over_time.append(dict(zip(program.seed.tolist(), gates, strict=True)))
        if snapshot.epoch in measured and measurable(program):
            noise.append(gradient_noise(program, step))
        observed = {**snapshot.observed, "gates": gates}
        return attrs.evolve(snapshot, epoch=step, epochs=config.steps, observed=observed)

    loop = fit(program, epochs=config.looks)
    outcome: Outcome = yield from mapped(recorded(loop, history, strategy), look)
    gradients = pd.concat(noise, ignore_index=True) if noise else _NO_GRADIENTS
    # A seed that diverged has left the program, and has no numbers at the end.
    kept = program.seed.tolist()
    gates = {seed: torch.stack([look[seed] for look in over_time]).numpy() for seed in kept}
    return Part(
        tables(config, strategy, program, history, outcome, gradients),
        arrays(program, strategy, gates),
    )


def _learned_density(
    config: GatedConfig, seeds: Sequence[int], device: torch.device
) -> Generator[Snapshot, None, Float[Tensor, "replica layer task"]]:
    """How many experts each task of each seed expects to use once its gates have learned."""
    program = GatedProgram(config, "gated", seeds, device)
    history = History(pd.DataFrame({"seed": list(seeds), "strategy": "frozen_density"}))
    yield from recorded(fit(program, epochs=config.looks), history, "frozen_density")
    found = dict(zip(program.seed.tolist(), program.probabilities().sum(-1), strict=True))
    # For a seed that diverged, what gates start with: half of the experts.
    start = torch.full((config.gating_layers, config.tasks), config.experts / 2)
    return torch.stack([found.get(seed, start) for seed in seeds])


def _joined(parts: Sequence[Part]) -> Part:
    """Parts of different seeds as one."""
    return Part(
        {
            name: pd.concat([part.tables[name] for part in parts if len(part.tables[name])])
            if any(len(part.tables[name]) for part in parts)
            else parts[0].tables[name]
            for name in parts[0].tables
        },
        {seed: found for part in parts for seed, found in part.arrays.items()},
    )


def _first_half(snapshot: Snapshot) -> Snapshot:
    return attrs.evolve(snapshot, progress=snapshot.progress / 2)


def _second_half(snapshot: Snapshot) -> Snapshot:
    return attrs.evolve(snapshot, progress=(1 + snapshot.progress) / 2)
