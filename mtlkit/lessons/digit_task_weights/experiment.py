"""Chapter 5 of nahm2020, in small: one network, the same digits through T label noises."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch

from mtlkit.core.history import History, at_epoch, recorded
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.result import Result, concatenated
from mtlkit.core.training import Outcome, fit
from mtlkit.data.embedded import digits
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.program import PARTS, DigitProgram
from mtlkit.noise import flip_rate

Config = DigitConfig

_NAMES = ["seed", "strategy", "task"]


def dataset(config: DigitConfig) -> Dataset:
    """scikit-learn's digits, at every scale."""
    return digits.dataset()


def cost(config: DigitConfig) -> float:
    """Products of one seed over all epochs and strategies."""
    first, second = config.widths
    network = digits.PIXELS * first + first * second + second * digits.N_CLASSES * config.tasks
    return float(network * config.epochs * len(config.strategies))


def train(
    config: DigitConfig, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    """Train the strategies in turn, all seeds of each at once.

    Yields snapshots and, at last, one `Result` per seed.
    """
    started = time.perf_counter()
    parts: list[dict[str, pd.DataFrame]] = []
    share = 1 / len(config.strategies)
    for place, strategy in enumerate(config.strategies):
        program = DigitProgram(config, strategy, seeds, device)
        history = History(pd.DataFrame({"seed": list(seeds), "strategy": strategy}))
        loop = fit(program, epochs=config.epochs, patience=config.patience)
        outcome = yield from recorded(loop, history, strategy, place * share, share)
        parts.append(_tables(config, history, outcome))
    tables = {name: pd.concat([part[name] for part in parts]) for name in parts[0]}
    seconds = round((time.perf_counter() - started) / len(seeds), 3)
    for seed in seeds:
        yield Result(
            lesson="digit_task_weights",
            config=config.as_dict(),
            seeds=(seed,),
            tables={
                name: table[table["seed"] == seed].reset_index(drop=True)
                for name, table in tables.items()
            },
            arrays={},
            provenance={"seconds": seconds},
        )


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds; nothing is chosen over them."""
    return concatenated(list(results))


def _tables(config: DigitConfig, history: History, outcome: Outcome) -> dict[str, pd.DataFrame]:
    """One strategy's tables.

    A strategy that learns no weights has no uncertainty (nan); what a diverged replica had at its
    best epoch is nan too.
    """
    frame = history.frame()
    if "uncertainty" not in frame:
        frame["uncertainty"] = np.nan
    lost = [row for row in range(len(outcome.cause)) if outcome.diverged(row)]
    best = at_epoch(frame, outcome.best_epoch)
    best.loc[best["replica"].isin(lost), best.columns.difference([*_NAMES, "replica"])] = np.nan
    stop = at_epoch(frame, outcome.stop_epoch)
    noise = [config.noise[task - 1] for task in best["task"]]
    accuracy = [
        best[_NAMES].assign(
            split=part,
            noisy_loss=best.get(f"noisy_{part}", np.nan),
            accuracy=best[f"accuracy_{part}"],
        )
        for part in PARTS
    ]
    return {
        "accuracy": pd.concat(accuracy),
        "uncertainties": best[_NAMES].assign(
            noise=noise,
            flip_rate=[flip_rate(variance) for variance in noise],
            uncertainty=best["uncertainty"],
            training_loss=best["noisy_train"],
            uncertainty_at_stop=stop["uncertainty"],
            training_loss_at_stop=stop["noisy_train"],
        ),
        "history": frame[
            [
                *_NAMES,
                "epoch",
                "noisy_train",
                "noisy_validation",
                "accuracy_validation",
                "weight",
                "uncertainty",
            ]
        ],
        "runs": history.runs(outcome),
    }
