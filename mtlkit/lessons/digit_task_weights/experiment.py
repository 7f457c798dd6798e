"""Chapter 5 of nahm2020, in small: one network, the same digits through T label noises."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

import numpy as np
import pandas as pd
import torch

from mtlkit.core.history import History, recorded
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.parts import Part, train_in_turn
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

    def train_strategy(strategy: str) -> Generator[Snapshot, None, Part]:
        program = DigitProgram(config, strategy, seeds, device)
        history = History(pd.DataFrame({"seed": list(seeds), "strategy": strategy}))
        loop = fit(program, epochs=config.epochs, patience=config.patience)
        outcome = yield from recorded(loop, history, strategy)
        return Part(_tables(config, history, outcome))

    costs = dict.fromkeys(config.strategies, 1.0)
    yield from train_in_turn("digit_task_weights", config, seeds, costs, train_strategy)


def combine(results: Sequence[Result]) -> dict[str, pd.DataFrame]:
    """The tables of several seeds; nothing is chosen over them."""
    return concatenated(list(results))


def _tables(config: DigitConfig, history: History, outcome: Outcome) -> dict[str, pd.DataFrame]:
    """One strategy's tables.

    A strategy that learns no weights has no uncertainty (nan); what a diverged replica had at its
    best epoch is nan too.
    """
    frame, best, stop = history.frame(), history.at_best(outcome), history.at_stop(outcome)
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
            uncertainty=best.get("uncertainty", np.nan),
            training_loss=best["noisy_train"],
            uncertainty_at_stop=stop.get("uncertainty", np.nan),
            training_loss_at_stop=stop["noisy_train"],
        ),
        "history": frame[
            [*_NAMES, "epoch", "noisy_train", "noisy_validation", "accuracy_validation", "weight"]
        ].assign(uncertainty=frame.get("uncertainty", np.nan)),
        "runs": history.runs(outcome),
    }
