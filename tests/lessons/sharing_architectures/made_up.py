"""Study tables of lesson 03 with effects put in by hand, in the columns of the real ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES

SEEDS = range(5)
MAIN = ("hard_sharing", "separate", "cross_stitch")
OVERLAPS = (1.0, 0.0)

LUCK = np.random.default_rng(0).normal(0, 0.01, len(SEEDS))
"""Of each seed, the same in every setting, as all have the same strings."""

Labels = dict[str, Any]


def accuracies(
    settings: Iterable[tuple[Labels, str, float]], more: Callable[[Labels], Labels] = lambda _: {}
) -> pd.DataFrame:
    """Accuracies of labels and a strategy; task 2 has 0.02 more than task 1, the end 0.01 less."""
    rows = [
        {
            **labels,
            "seed": seed,
            "strategy": strategy,
            "task": task,
            "accuracy": accuracy + LUCK[seed] + (0.01 if task == 2 else -0.01),
            "train_accuracy": 1.0,
            "accuracy_at_end": accuracy + LUCK[seed] - 0.01,
            "best_epoch": 30,
            "parameters": 100 * labels.get("tasks", 2) ** (strategy != "hard_sharing"),
            **more(labels),
        }
        for labels, strategy, accuracy in settings
        for seed in SEEDS
        for task in (1, 2)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


def swept(
    knob: str,
    levels: Sequence[Any],
    accuracy: Callable[[str, float, Any], float],
    strategies: Sequence[str] = MAIN,
    overlaps: Sequence[float] = OVERLAPS,
    more: Callable[[Labels], Labels] = lambda _: {},
) -> pd.DataFrame:
    """A study that turns one knob, with that accuracy by strategy, overlap and level."""
    return accuracies(
        (
            ({"overlap": overlap, knob: level}, name, accuracy(name, overlap, level))
            for overlap, level, name in itertools.product(overlaps, levels, strategies)
        ),
        more,
    )


def figure_1_1(accuracy: Callable[[str, float], float]) -> pd.DataFrame:
    """Fig. 1.1 with that accuracy by strategy and overlap."""
    return accuracies(
        ({"overlap": overlap}, name, accuracy(name, overlap))
        for overlap, name in itertools.product(OVERLAPS, ARCHITECTURES)
    )


def partial_overlap(accuracy: Callable[[str, float], float]) -> pd.DataFrame:
    """The study of that name."""
    return accuracies(
        ({"overlap": overlap}, name, accuracy(name, overlap))
        for overlap, name in itertools.product((0.0, 0.5, 1.0), MAIN)
    )


def learnability() -> pd.DataFrame:
    """One task: 100 % less one for each bit."""
    return accuracies(({"bits": bits}, "hard_sharing", 1 - bits / 100) for bits in (3, 5, 7, 9))


def stitches() -> pd.DataFrame:
    """Two backbones from several starts, then one and three; own weights are twice the start."""
    settings = [(0.5, 2), (0.9, 2), (1.0, 2), (0.9, 1), (0.9, 3)]
    return accuracies(
        (
            ({"overlap": overlap, "stitch_start": start, "columns": columns}, "cross_stitch", 0.9)
            for overlap in OVERLAPS
            for start, columns in settings
        ),
        lambda labels: {
            "own_weight": 2 * labels["stitch_start"],
            "other_weight": labels["overlap"],
            "unlike": 0.5,
        },
    )


def errors(
    knobs: dict[str, Sequence[Any]],
    error: Callable[..., float],
    strategies: Sequence[str] = ("ridge", "lasso", "l1_l2", "l1_linf"),
) -> pd.DataFrame:
    """Regressions with that relative error, by strategy and the knobs' levels."""
    rows = [
        {
            **dict(zip(knobs, levels, strict=True)),
            "seed": seed,
            "strategy": name,
            "coefficient_error": error(name, *levels) + LUCK[seed],
            "nonzero": 600.0,
        }
        for *levels, name in itertools.product(*knobs.values(), strategies)
        for seed in SEEDS
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)
