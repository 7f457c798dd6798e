"""Study tables with effects put in by hand, in the columns of the real ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd

SEEDS = range(10)
STOP_EPOCHS = {"learned_kendall": 60, "equal": 50, "hand_tuned": 50, "single_task": 50}


def table_4_1(ratio: Callable[[str], float], fifth: float = 1.0) -> pd.DataFrame:
    """Estimates that are `ratio(strategy)` times the truth (the fifth task's times `fifth`)."""
    draw = np.random.default_rng(0)
    rows = []
    for kind, tasks, seed, strategy in itertools.product(
        ("variance", "std"), (2, 3, 4, 5), SEEDS, ("learned_kendall", "learned_printed")
    ):
        for task in range(1, tasks + 1):
            truth = float(task) if kind == "variance" else float(task) ** 2
            estimate = truth * ratio(strategy) * (fifth if task == 5 else 1)
            estimate *= 1 + 0.01 * draw.standard_normal()
            rows.append((kind, tasks, seed, strategy, task, truth, estimate))
    names = ["noise_kind", "tasks", "seed", "strategy", "task", "true_noise", "estimate"]
    return pd.DataFrame(rows, columns=names)


def figure_4_2(
    error: Callable[[int, int], float],
    tuned: float = 1.0,
    strategies: tuple[str, ...] = ("learned_kendall", "equal", "hand_tuned", "single_task"),
) -> pd.DataFrame:
    """Clean errors `error(degree, T)`, those of hand-tuned weights `tuned` times as large."""
    draw = np.random.default_rng(1)
    rows = []
    for degree, tasks, strategy, seed in itertools.product(
        (5, 8, 10), (2, 3, 4, 5, 6), strategies, SEEDS
    ):
        for task in range(1, tasks + 1):
            clean = error(degree, tasks) * (tuned if strategy == "hand_tuned" else 1)
            clean *= 1 + 0.02 * draw.standard_normal()
            estimate = task if strategy == "learned_kendall" else np.nan
            rows.append((degree, tasks, seed, strategy, task, task + clean, clean, estimate))
    names = ["degree", "tasks", "seed", "strategy", "task"]
    table = pd.DataFrame(rows, columns=[*names, "test_noisy_loss", "test_clean_error", "estimate"])
    epochs = table["seed"] % 3 + table["strategy"].map(STOP_EPOCHS)
    return table.assign(validation_noisy_loss=table["test_noisy_loss"], stop_epoch=epochs)


def figure_4_3(error: Callable[[int, int], float], dip: float = 1.0) -> pd.DataFrame:
    """Task 1's clean errors `error(degree, x)`; noisy losses at x = 3 are `dip` times as large."""
    draw = np.random.default_rng(2)
    rows = []
    for degree, series, level, strategy, seed in itertools.product(
        (5, 8, 10), ("1, 2, x", "1, 1, x"), (1, 2, 3, 4, 5), ("learned_kendall", "equal"), SEEDS
    ):
        second = 2 if series == "1, 2, x" else 1
        for task, variance in enumerate((1, second, level), start=1):
            clean = error(degree, level) * (1 + 0.02 * draw.standard_normal())
            noisy = (variance + clean) * (dip if level == 3 else 1)
            estimate = variance * (1 + 0.02 * draw.standard_normal())
            rows.append((degree, series, level, seed, strategy, task, noisy, clean, estimate))
    names = ["degree", "series", "noise_3", "seed", "strategy", "task"]
    values = ["validation_noisy_loss", "test_clean_error", "estimate"]
    return pd.DataFrame(rows, columns=[*names, *values])


def _errors(settings: Iterable[tuple[dict[str, object], float]], tasks: int) -> pd.DataFrame:
    """Rows of some settings, each with a clean error put in by hand."""
    draw = np.random.default_rng(3)
    rows = []
    for (labels, error), seed, task in itertools.product(settings, SEEDS, range(1, tasks + 1)):
        clean = error * (1 + 0.02 * draw.standard_normal())
        found = {"test_clean_error": clean, "validation_noisy_loss": task + clean}
        rows.append({"strategy": "learned_kendall", **labels, "seed": seed, "task": task, **found})
    return pd.DataFrame(rows)


def learning_rate(best: Mapping[str, float]) -> pd.DataFrame:
    """Errors that grow with the distance (in decades) from a strategy's best rate."""
    settings = [
        (
            {"heads": heads, "noise": noise, "learning_rate": rate, "strategy": strategy},
            0.01 * 10 ** abs(np.log10(rate / best[strategy])),
        )
        for heads, noise in (("trained", "1, 2, 3"), ("trained", "5, 5, 5"), ("frozen", "1, 2, 3"))
        for rate in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
        for strategy in ("learned_kendall", "equal")
    ]
    return _errors(settings, 3)


def capacity(error: Callable[[int, int], float]) -> pd.DataFrame:
    """Errors `error(width, epochs)`, the same for four and for five tasks."""
    settings = [
        ({"width": width, "epochs": epochs, "tasks": tasks}, error(width, epochs))
        for width, epochs, tasks in itertools.product((16, 32, 64, 128), (30, 120, 480), (4, 5))
    ]
    return _errors(settings, 5)


def task_weight(slope: float) -> pd.DataFrame:
    """Errors of both tasks that go with that power of the odds of the task's own weight."""
    settings = [
        ({"degree": degree, "weight_1": weight, "strategy": "fixed"}, 0.01)
        for degree, weight in itertools.product((5, 10), (0.1, 0.5, 0.75, 1.0, 1.25, 1.5, 1.9))
    ]
    table = _errors(settings, 2)
    odds = table["weight_1"] / (2 - table["weight_1"])
    own = odds.where(table["task"] == 1, 1 / odds)
    return table.assign(test_clean_error=table["test_clean_error"] * own**slope)


def grid_cost(learned_epochs: int, points: int = 4) -> pd.DataFrame:
    """A grid whose error falls with its point, 100 epochs a training."""
    settings = [
        ({"tasks": tasks, "point": point}, 0.04 / (2 + point))
        for tasks, point in itertools.product((2, 3, 4), range(-1, points))
    ]
    table = _errors(settings, 2)
    epochs = np.where(table["point"] < 0, learned_epochs, 100)
    return table.assign(stop_epoch=epochs + table["seed"] % 2)
