"""Chapter 4 of nahm2020: one network, T noisy polynomials, five ways to weight their losses."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence

import attrs
import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mtlkit.balance.simplex import simplex_grid
from mtlkit.core.history import History, recorded
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.parts import Part, train_in_turn
from mtlkit.core.result import Result, concatenated
from mtlkit.core.training import Outcome, fit
from mtlkit.data.generated.polynomials import evaluate, integer_coefficients
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team

Config = PolynomialConfig

CURVE = torch.linspace(-1, 1, 101)
"""Where fitted curves are kept."""


def dataset(config: PolynomialConfig) -> Dataset:
    """Nothing is read: every number is drawn from the seed's streams."""
    return Dataset("generated")


def cost(config: PolynomialConfig) -> float:
    """Products in the heads over all epochs and strategies, the bulk of the work."""
    layer = config.width**2 + 20 * config.width
    copies = {"hand_tuned": len(simplex_grid(config.tasks))}
    networks = sum(copies.get(strategy, 1) for strategy in config.strategies)
    return float(networks * config.tasks * layer * config.epochs * config.n_train)


def train(
    config: PolynomialConfig, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    """Train the strategies in turn, all seeds of each at once.

    Yields snapshots and, at last, one `Result` per seed. Its tables carry a column `point`, the
    place in the hand-tuning grid, until `combine` chooses one over the seeds.
    """

    def train_strategy(strategy: str) -> Generator[Snapshot, None, Part]:
        team = Team.of(config, strategy, seeds)
        program = PolynomialProgram(config, strategy, team, device)
        history = History(team.frame(strategy))
        loop = fit(program, epochs=config.epochs, patience=config.patience, keep_best=True)
        outcome = yield from recorded(loop, history, strategy)
        curves = _curves(program, outcome, team)
        return Part(
            _tables(config, history, outcome),
            {
                seed: {
                    "curve_x": CURVE.numpy(),
                    "curve_clean": _clean_curves(config, seed).numpy(),
                    f"curve_{strategy}": curves[seed].numpy(),
                }
                for seed in seeds
            },
        )

    costs = {name: cost(attrs.evolve(config, strategies=(name,))) for name in config.strategies}
    yield from train_in_turn("noisy_polynomials", config, seeds, costs, train_strategy)


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds, with one hand-tuned weight vector chosen over them.

    The vector is the one whose unweighted mean noisy validation loss, averaged over tasks and
    seeds, is lowest; `hand_tuned_grid` (where there is one) has all of them, with a mark at the
    chosen one. A vector with which a seed diverged is not chosen unless all are so.
    """
    tables = concatenated(list(results))
    errors = tables["errors"]
    grid = errors[(errors["strategy"] == "hand_tuned") & (errors["split"] == "validation")]
    chosen = 0
    if len(grid):
        scores = grid.groupby("point")["noisy_loss"].agg(lambda losses: losses.mean(skipna=False))
        best = scores.argmin() if scores.notna().any() else 0
        chosen = int(scores.index.to_numpy()[best])
        weights = simplex_grid(results[0].config["tasks"])
        tables["hand_tuned_grid"] = grid.drop(columns=["strategy", "split"]).assign(
            weight=[
                float(weights[point, task - 1])
                for point, task in zip(grid["point"], grid["task"], strict=True)
            ],
            chosen=grid["point"] == chosen,
        )
    for name in ("errors", "history", "runs", "noise_estimates"):
        table = tables[name]
        kept = (table["strategy"] != "hand_tuned") | (table["point"] == chosen)
        tables[name] = table[kept].drop(columns="point").reset_index(drop=True)
    return tables


def _tables(
    config: PolynomialConfig, history: History, outcome: Outcome
) -> dict[str, pd.DataFrame]:
    names = ["seed", "strategy", "point", "task"]
    frame, best, stop = history.frame(), history.at_best(outcome), history.at_stop(outcome)
    errors = [
        best[names].assign(
            noisy_loss=best[f"noisy_{split}"],
            clean_error=best[f"clean_{split}"],
            split=split,
        )
        for split in ("validation", "test")
    ]
    estimates = best[names].assign(
        true_noise=[config.deviations[task - 1] ** 2 for task in best["task"]],
        estimate=best.get("uncertainty", np.nan),
        estimate_at_stop=stop.get("uncertainty", np.nan),
    )
    return {
        "errors": pd.concat(errors),
        "noise_estimates": estimates if "uncertainty" in best else estimates[:0],
        "history": frame[[*names, "epoch"]].assign(
            noisy_loss=frame["noisy_validation"],
            clean_error=frame["clean_validation"],
            weight=frame["weight"],
            uncertainty=frame.get("uncertainty", np.nan),
        ),
        "runs": history.runs(outcome),
    }


def _curves(program: PolynomialProgram, outcome: Outcome, team: Team) -> dict[int, Tensor]:
    """Each seed's fitted curves from its best parameters: (task, point), or (grid, task, point)."""
    state: Mapping[str, Tensor] = outcome.best_state or {}
    best = {
        name.removeprefix("network."): value
        for name, value in state.items()
        if name.startswith("network.")
    }
    replicas = len(team.seeds)
    where = CURVE.expand(replicas, -1).to(best["shared.weight"].device)
    with torch.no_grad():
        fitted = torch.func.functional_call(program.network, best, (where,)).cpu()
    by_seed: dict[int, list[Tensor]] = {}
    for row, seed in enumerate(team.seeds):
        by_seed.setdefault(seed, []).append(fitted[row])
    if team.task is not None:
        return {seed: torch.cat(curves) for seed, curves in by_seed.items()}
    return {seed: torch.stack(curves).squeeze(0) for seed, curves in by_seed.items()}


def _clean_curves(config: PolynomialConfig, seed: int) -> Tensor:
    tasks = [0] * config.tasks if config.same_polynomial else range(config.tasks)
    coefficients = [integer_coefficients(seed, task, config.degree + 1) for task in tasks]
    return evaluate(torch.stack(coefficients), CURVE)
