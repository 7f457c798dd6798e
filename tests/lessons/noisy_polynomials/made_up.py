"""Study tables with effects put in by hand, in the columns of the real ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pandas as pd

SEEDS = range(10)


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
    return table.assign(validation_noisy_loss=table["test_noisy_loss"])


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
            rows.append((degree, series, level, seed, strategy, task, noisy, clean))
    names = ["degree", "series", "noise_3", "seed", "strategy", "task"]
    return pd.DataFrame(rows, columns=[*names, "validation_noisy_loss", "test_clean_error"])
