"""What chapter 1 of yan2020 and the linear part of xiao2020 ask, as sets of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtlkit.core.study import Setting, Study, Tables
from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES, SharingConfig

SEEDS = 10
"""Of the source's own figure."""

SWEEP_SEEDS = 5
"""Where one knob is turned."""

TOLERANCE = 0.5
LOOSE: Mapping[str, float] = {"best_epoch": 1.0, "accuracy": 1.0}

SHARED, SEPARATE = 1.0, 0.0
"""Overlap of the source's two settings."""

MAIN = ("hard_sharing", "separate", "cross_stitch")
SPARSE_METHODS = ("ridge", "lasso", "l1_l2", "l1_linf")
MEAN_METHODS = ("ridge", "mean_regularised", "pooled")


def _setting(
    scale: str, labels: Mapping[str, Any], seeds: int = SWEEP_SEEDS, **settings: Any
) -> Setting:
    """At `smoke`, two seeds are enough to run through."""
    return Setting(
        SharingConfig.preset(scale, **settings), 2 if scale == "smoke" else seeds, labels
    )


def _by_strategy(
    scale: str,
    strategies: Iterable[str],
    labels: Mapping[str, Any],
    seeds: int = SWEEP_SEEDS,
    **settings: Any,
) -> list[Setting]:
    """A config for each strategy, so that studies share what they have in common."""
    return [_setting(scale, labels, seeds, strategies=(name,), **settings) for name in strategies]


def _over(
    knob: str,
    strategies: Iterable[str],
    values: Callable[[str], Sequence[Any]],
    overlaps: Sequence[float] = (SHARED, SEPARATE),
    **settings: Any,
) -> Callable[[str], Sequence[Setting]]:
    """Strategies x values of one knob x overlaps."""

    def found(scale: str) -> Sequence[Setting]:
        return [
            setting
            for overlap in overlaps
            for value in values(scale)
            for setting in _by_strategy(
                scale,
                strategies,
                {"overlap": overlap, knob: value},
                **{"overlap": overlap, **settings, knob: value},
            )
        ]

    return found


def _of(small: Sequence[Any], usual: Sequence[Any]) -> Callable[[str], Sequence[Any]]:
    """Some values at `smoke`, others elsewhere."""
    return lambda scale: small if scale == "smoke" else usual


def _figure_1_1(scale: str) -> Sequence[Setting]:
    return [
        setting
        for overlap in (SHARED, SEPARATE)
        for setting in _by_strategy(
            scale, ARCHITECTURES, {"overlap": overlap}, SEEDS, overlap=overlap
        )
    ]


def _nine_bits(scale: str) -> Sequence[Setting]:
    sizes: dict[str, Any] = (
        {"bits": 3}
        if scale == "smoke"
        else {"bits": 9, "n_train": 12_000, "steps": 3000, "weight_decay": 1.0}
    )
    return [
        setting
        for overlap in (SHARED, SEPARATE)
        for setting in _by_strategy(
            scale, ARCHITECTURES, {"overlap": overlap}, SEEDS, overlap=overlap, **sizes
        )
    ]


def _learnability(scale: str) -> Sequence[Setting]:
    plenty: dict[str, Any] = {"n_train": 300} if scale == "smoke" else {"n_train": 50_000}
    if scale != "smoke":
        plenty |= {"steps": 3000, "weight_decay": 0.3}
    return [
        _setting(scale, {"bits": bits}, strategies=("hard_sharing",), tasks=1, bits=bits, **plenty)
        for bits in ((2, 3) if scale == "smoke" else (3, 5, 7, 9))
    ]


def _stitches(scale: str) -> Sequence[Setting]:
    starts = (0.5, 0.9) if scale == "smoke" else (0.5, 0.7, 0.9, 1.0)
    settings = [
        _setting(
            scale,
            {"overlap": overlap, "stitch_start": start, "columns": 2},
            strategies=("cross_stitch",),
            overlap=overlap,
            stitch_start=start,
        )
        for overlap in (SHARED, SEPARATE)
        for start in starts
    ]
    settings += [
        _setting(
            scale,
            {"overlap": overlap, "stitch_start": 0.9, "columns": columns},
            strategies=("cross_stitch",),
            overlap=overlap,
            columns=columns,
        )
        for overlap in (SHARED, SEPARATE)
        for columns in ((3,) if scale == "smoke" else (1, 3, 4))
    ]
    return settings


def _linear(scale: str, strategies: Iterable[str], labels: Mapping[str, Any]) -> list[Setting]:
    return _by_strategy(scale, strategies, labels, SEEDS, problem="linear", **labels)


def _linear_overlap(scale: str) -> Sequence[Setting]:
    levels = (0.0, 1.0) if scale == "smoke" else (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    return [s for level in levels for s in _linear(scale, SPARSE_METHODS, {"overlap": level})]


def _linear_size(scale: str) -> Sequence[Setting]:
    sizes = (30,) if scale == "smoke" else (15, 30, 60, 120)
    return [
        setting
        for overlap in (SHARED, SEPARATE)
        for size in sizes
        for setting in _linear(scale, SPARSE_METHODS, {"overlap": overlap, "n_train": size})
    ]


def _linear_tasks(scale: str) -> Sequence[Setting]:
    counts = (2,) if scale == "smoke" else (1, 2, 5, 10, 20)
    return [
        setting
        for overlap in (SHARED, SEPARATE)
        for tasks in counts
        for setting in _linear(scale, ("lasso", "l1_l2"), {"overlap": overlap, "tasks": tasks})
    ]


def _linear_spread(scale: str) -> Sequence[Setting]:
    spreads = (0.3,) if scale == "smoke" else (0.1, 0.3, 1.0, 2.0)
    return [
        setting
        for spread in spreads
        for setting in _by_strategy(
            scale,
            MEAN_METHODS,
            {"spread": spread},
            SEEDS,
            problem="linear",
            coefficients="around_mean",
            spread=spread,
        )
    ]


def _accuracies(tables: Tables) -> pd.DataFrame:
    """Test and training accuracy of each task, with the network's parameters."""
    found = tables["accuracy"].drop(columns="loss")
    names = ["seed", "strategy", "task"]
    wide = found.pivot(index=names, columns="split", values=["accuracy", "accuracy_at_end"])
    table = pd.DataFrame(
        {
            "accuracy": wide["accuracy", "test"],
            "train_accuracy": wide["accuracy", "train"],
            "accuracy_at_end": wide["accuracy_at_end", "test"],
        }
    ).reset_index()
    runs = tables["runs"][["seed", "strategy", "best_epoch", "parameters"]]
    return table.merge(runs, on=["seed", "strategy"])


def _stitch_weights(tables: Tables) -> pd.DataFrame:
    """Learned stitches beside accuracy: mean weights of own and other units, and unlikeness.

    `unlike` is 1 less the size of the cosine between two tasks' rows of weights, mean over pairs of
    tasks and layers: 0 where all tasks mix the units alike, 1 where they share none.
    """
    stitches = tables["stitches"]
    own = stitches[stitches["stream"] == stitches["unit"]]
    others = stitches[stitches["stream"] != stitches["unit"]]
    names = ["seed", "strategy"]
    weights = pd.DataFrame(
        {
            "own_weight": own.groupby(names)["weight"].mean(),
            "other_weight": others.groupby(names)["weight"].mean(),
        }
    ).reset_index()
    weights["unlike"] = [
        _unlike(stitches[(stitches["seed"] == seed) & (stitches["strategy"] == strategy)])
        for seed, strategy in zip(weights["seed"], weights["strategy"], strict=True)
    ]
    return _accuracies(tables).merge(weights, on=names, how="left")


def _unlike(stitches: pd.DataFrame) -> float:
    found = []
    for _, layer in stitches.groupby("layer"):
        rows = layer.pivot(index="stream", columns="unit", values="weight").to_numpy(float)
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        pairs = np.triu_indices(len(rows), 1)
        found += (1 - np.abs(unit @ unit.T)[pairs]).tolist()
    return float(np.mean(found)) if found else np.nan


def _coefficients(tables: Tables) -> pd.DataFrame:
    return tables["coefficients_error"]


def _study(
    name: str,
    title: str,
    question: str,
    source: str,
    settings: Callable[[str], Sequence[Setting]],
    reduce: Callable[[Tables], pd.DataFrame] = _accuracies,
) -> Study:
    return Study(name, title, question, source, settings, reduce, TOLERANCE, LOOSE)


_STRINGS = _over("n_train", MAIN, _of((200,), (500, 1000, 1500, 2000, 4000)))
_BITS = _over("bits", MAIN, _of((2,), (3, 5, 7)), n_train=2000)
_WIDTHS = _over("width", MAIN, _of((8,), (32, 128, 256)))
_STEPS = _over("steps", MAIN, _of((20,), (1000, 4000)))
_SOFT = _over("soft_strength", ("soft_sharing",), _of((0.01,), (0.001, 0.003, 0.01, 0.03, 0.1)))


def _partial(scale: str) -> Sequence[Setting]:
    levels = (0.5,) if scale == "smoke" else (0.0, 0.3, 0.5, 0.7, 1.0)
    return [
        setting
        for overlap in levels
        for setting in _by_strategy(scale, MAIN, {"overlap": overlap}, overlap=overlap)
    ]


def _task_counts(scale: str) -> Sequence[Setting]:
    length: dict[str, Any] = {"length": 30} if scale == "paper" else {}
    return [
        setting
        for overlap in (SHARED, SEPARATE)
        for tasks in ((2,) if scale == "smoke" else (1, 2, 3))
        for setting in _by_strategy(
            scale,
            ("hard_sharing", "separate", "cross_stitch"),
            {"overlap": overlap, "tasks": tasks},
            overlap=overlap,
            tasks=tasks,
            **length,
        )
    ]


STUDIES: Mapping[str, Study] = {
    study.name: study
    for study in (
        _study(
            "figure_1_1",
            "Fig. 1.1: shared and separate features",
            "Which architecture is best where tasks share features, and where they do not?",
            "yan2020, Fig. 1.1",
            _figure_1_1,
        ),
        _study(
            "nine_bits",
            "Fig. 1.1 with nine bits, as printed",
            "Does the same hold for the parities that the source prints?",
            "yan2020, Fig. 1.1",
            _nine_bits,
        ),
        _study(
            "learnability",
            "One task and plenty of strings",
            "Can the network learn the parity at all?",
            "yan2020, section 1.1",
            _learnability,
        ),
        _study(
            "strings",
            "How many strings it takes",
            "From how many strings on does each architecture learn the tasks?",
            "yan2020, section 1.1",
            _STRINGS,
        ),
        _study(
            "bits",
            "Longer parities",
            "How long a parity does each architecture learn from 2,000 strings?",
            "yan2020, section 1.1",
            _BITS,
        ),
        _study(
            "width",
            "Wider and narrower backbones",
            "Is the difference between architectures one of capacity?",
            "yan2020, section 1.1",
            _WIDTHS,
        ),
        _study(
            "steps",
            "Shorter and longer training",
            "Is the difference between architectures one of time?",
            "yan2020, section 1.1",
            _STEPS,
        ),
        _study(
            "partial_overlap",
            "Tasks that share some of their features",
            "How much must tasks have in common for sharing to help?",
            "yan2020, section 1.1",
            _partial,
        ),
        _study(
            "task_counts",
            "More tasks",
            "How do parameters and accuracy grow with the number of tasks? (With "
            "shared features the third task is the first once more.)",
            "yan2020, section 2.1",
            _task_counts,
        ),
        _study(
            "stitches",
            "Where a cross-stitch starts, and how many backbones it has",
            "Do stitches learn whether to share, and does their start decide?",
            "yan2020, section 1.1; xiao2020, cross-stitch networks",
            _stitches,
            _stitch_weights,
        ),
        _study(
            "soft_strength",
            "Soft sharing, weaker and stronger",
            "How does the pull towards the mean move a network between separate and shared?",
            "xiao2020, soft parameter sharing",
            _SOFT,
        ),
        _study(
            "linear_overlap",
            "Regressions whose tasks have inputs in common",
            "From which overlap of the tasks' supports on is l1/l2 better than lasso?",
            "xiao2020, sparsity assumption",
            _linear_overlap,
            _coefficients,
        ),
        _study(
            "linear_size",
            "Regressions with more and fewer examples",
            "How much is a common support worth?",
            "xiao2020, sparsity assumption",
            _linear_size,
            _coefficients,
        ),
        _study(
            "linear_tasks",
            "Regressions with more and fewer tasks",
            "Does every further task help to find the common support?",
            "xiao2020, sparsity assumption",
            _linear_tasks,
            _coefficients,
        ),
        _study(
            "linear_spread",
            "Regressions around a mean",
            "When is the pull towards the mean better than one model for all, and than none?",
            "xiao2020, mean-regularised multi-task learning",
            _linear_spread,
            _coefficients,
        ),
    )
}


def example(scale: str) -> Setting:
    """Three ways of sharing, features in common."""
    seeds = 2 if scale == "smoke" else 3
    shown = ("hard_sharing", "separate", "cross_stitch")
    return Setting(SharingConfig.preset(scale, strategies=shown), seeds, {})
