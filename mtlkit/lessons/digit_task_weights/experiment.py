"""Chapter 5 of nahm2020: one network, the same digits through T label noises."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import attrs
import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.balance.hand_tuning import chosen_point
from mtlkit.balance.simplex import simplex_grid
from mtlkit.core.generators import mapped
from mtlkit.core.history import History, recorded
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.parts import Part, train_in_turn
from mtlkit.core.result import Result, concatenated
from mtlkit.core.training import Outcome, fit
from mtlkit.data import pictures
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.leaves import arrays, tables
from mtlkit.lessons.digit_task_weights.program import DigitProgram
from mtlkit.lessons.digit_task_weights.team import Team

Config = DigitConfig


def dataset(config: DigitConfig) -> Dataset:
    """The pictures that the config names."""
    return pictures.dataset(config.data)


def cost(config: DigitConfig) -> float:
    """Products of one seed over all epochs and strategies."""
    first, second = config.widths
    classes = pictures.shape(config.data).n_classes
    shared = config.components * first + first * second
    copies = {"hand_tuned": len(simplex_grid(config.tasks, config.grid_points))}
    copies["learned_frozen"] = 2
    networks = sum(copies.get(strategy, 1) for strategy in config.strategies)
    one = shared + second * classes * config.tasks
    return float(networks * one * config.epochs * config.n_train)


def train(
    config: DigitConfig, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    """Train the strategies in turn, all seeds of each at once.

    Yields snapshots and, at last, one `Result` per seed. Its tables carry a column `point`, the
    place in the hand-tuning grid, until `combine` chooses one over the seeds.
    """

    def train_strategy(strategy: str) -> Generator[Snapshot, None, Part]:
        team = Team.of(config, strategy, seeds)
        if strategy == "learned_frozen":
            weights = yield from mapped(_learned_weights(config, team, device), _first_half)
            team = attrs.evolve(team, weights=weights)
            return (yield from mapped(_trained(config, strategy, team, device), _second_half))
        return (yield from _trained(config, strategy, team, device))

    costs = {name: cost(attrs.evolve(config, strategies=(name,))) for name in config.strategies}
    yield from train_in_turn("digit_task_weights", config, seeds, costs, train_strategy)


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds, with one hand-tuned weight vector chosen over them.

    The vector is the one whose unweighted mean noisy validation loss, averaged over tasks and
    seeds, is lowest; `hand_tuned_grid` (where there is one) has all of them, with a mark at the
    chosen one.
    """
    found = concatenated(list(results))
    accuracy = found["accuracy"]
    grid = accuracy[(accuracy["strategy"] == "hand_tuned") & (accuracy["split"] == "validation")]
    chosen = 0
    if len(grid):
        chosen = chosen_point(grid)
        config = results[0].config
        weights = simplex_grid(len(config["noise"]), config["grid_points"])
        stops = found["runs"][["seed", "strategy", "point", "stop_epoch"]]
        found["hand_tuned_grid"] = (
            grid.merge(stops, on=["seed", "strategy", "point"])
            .drop(columns=["strategy", "split"])
            .assign(
                weight=[
                    float(weights[point, task - 1])
                    for point, task in zip(grid["point"], grid["task"], strict=True)
                ],
                chosen=(grid["point"] == chosen).to_numpy(),
            )
        )
    for name in ("accuracy", "readings", "uncertainties", "history", "runs"):
        table = found[name]
        kept = (table["strategy"] != "hand_tuned") | (table["point"] == chosen)
        found[name] = table[kept].drop(columns="point").reset_index(drop=True)
    return found


def _trained(
    config: DigitConfig, strategy: str, team: Team, device: torch.device
) -> Generator[Snapshot, None, Part]:
    program = DigitProgram(config, strategy, team, device)
    history, outcome = yield from _fitted(config, strategy, team, program)
    kept = {} if team.point else arrays(program, strategy, team, outcome)
    return Part(tables(config, team, history, outcome), kept)


def _fitted(
    config: DigitConfig, strategy: str, team: Team, program: DigitProgram
) -> Generator[Snapshot, None, tuple[History, Outcome]]:
    history = History(team.frame(strategy))
    loop = fit(program, epochs=config.epochs, patience=config.patience, keep_best=not team.point)
    return history, (yield from recorded(loop, history, strategy))


def _learned_weights(
    config: DigitConfig, team: Team, device: torch.device
) -> Generator[Snapshot, None, Float[Tensor, "replica task"]]:
    """What Kendall's form learns by each seed's best epoch, rescaled to sum to T.

    So they lie where the hand-tuned ones do, and a comparison with those is one of their ratios
    alone. A seed that diverges leaves equal weights.
    """
    program = DigitProgram(config, "learned_kendall", team, device)
    history, outcome = yield from _fitted(config, "learned_kendall", team, program)
    best = history.at_best(outcome).pivot(index="replica", columns="task", values="weight")
    learned = torch.tensor(best.to_numpy(np.float32))
    learned = torch.where(learned.isfinite().all(1, keepdim=True), learned, 1.0)
    return learned * learned.shape[1] / learned.sum(1, keepdim=True)


def _first_half(snapshot: Snapshot) -> Snapshot:
    return attrs.evolve(snapshot, progress=snapshot.progress / 2)


def _second_half(snapshot: Snapshot) -> Snapshot:
    return attrs.evolve(snapshot, progress=(1 + snapshot.progress) / 2)
