"""Chapter 6 of nahm2020: retrieval by class in two collections, with learned task weights."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence

import pandas as pd
import torch

from mtlkit.balance.hand_tuning import chosen_point
from mtlkit.balance.simplex import simplex_grid
from mtlkit.core.history import History, recorded
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.parts import Part, train_in_turn
from mtlkit.core.result import Result, concatenated
from mtlkit.core.training import fit
from mtlkit.lessons.retrieval_task_weights import inputs
from mtlkit.lessons.retrieval_task_weights.config import ALONE, WeightedRetrievalConfig
from mtlkit.lessons.retrieval_task_weights.leaves import arrays, tables
from mtlkit.lessons.retrieval_task_weights.program import WeightedRetrievalProgram
from mtlkit.lessons.retrieval_task_weights.team import Team

Config = WeightedRetrievalConfig


def dataset(config: WeightedRetrievalConfig) -> Dataset:
    """The two collections that the config names."""
    return inputs.dataset(config)


def cost(config: WeightedRetrievalConfig) -> float:
    """Items of one seed over all epochs, tasks and strategies."""
    copies = {"hand_tuned": 2 * len(simplex_grid(2, config.grid_points)), **dict.fromkeys(ALONE, 1)}
    tasks = sum(copies.get(strategy, 2) for strategy in config.strategies)
    return float(tasks * config.epochs * config.n_train)


def train(
    config: WeightedRetrievalConfig, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    """Train the strategies in turn, all seeds of each at once.

    Yields snapshots and, at last, one `Result` per seed. Its tables carry a column `point`, the
    place in the hand-tuning grid, until `combine` chooses one over the seeds.
    """

    def train_strategy(strategy: str) -> Generator[Snapshot, None, Part]:
        team = Team.of(config, strategy, seeds)
        program = WeightedRetrievalProgram(config, strategy, team, device)
        history = History(team.frame(strategy))
        outcome = yield from recorded(
            fit(program, epochs=config.epochs, keep_best=True), history, strategy
        )
        _put_back(program, team, outcome.best_state or {})
        kept = {} if team.point else arrays(program, strategy)
        return Part(tables(config, program, history, outcome), kept)

    costs = {
        name: cost(type(config)(**{**config.as_dict(), "strategies": (name,)}))
        for name in config.strategies
    }
    yield from train_in_turn("retrieval_task_weights", config, seeds, costs, train_strategy)


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds, with one hand-tuned weight vector chosen over them.

    The vector is the one whose unweighted noisy validation loss, averaged over tasks and seeds, is
    lowest.
    """
    found = concatenated(list(results))
    weights = found["weights"]
    grid = weights[weights["strategy"] == "hand_tuned"]
    chosen = chosen_point(grid) if len(grid) else 0
    for name, table in found.items():
        kept = (table["strategy"] != "hand_tuned") | (table["point"] == chosen)
        found[name] = table[kept].drop(columns="point").reset_index(drop=True)
    return found


def _put_back(
    program: WeightedRetrievalProgram, team: Team, state: Mapping[str, torch.Tensor]
) -> None:
    """All replicas at their best epochs, those too that left the loop early."""
    for name, value in state.items():
        program.get_parameter(name).data = value
    seeds = list(dict.fromkeys(team.seeds))
    device = program.seed.device
    program.place = torch.tensor([seeds.index(seed) for seed in team.seeds], device=device)
    program.seed = torch.tensor(team.seeds, device=device)
