"""The tables and figures of chapter 4 of nahm2020, as sets of runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from mtlkit.balance.simplex import simplex_grid
from mtlkit.core.study import Setting, Study, Tables
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig

SEEDS = 10
HAND_TUNED_SEEDS = 5
TOLERANCE = 0.5
LOOSE: Mapping[str, float] = dict.fromkeys(
    (
        "test_clean_error",
        "validation_clean_error",
        "best_epoch",
        "stop_epoch",
        "epochs_to_converge",
    ),
    1.0,
)
"""Another rounding moves clean errors by up to 0.56, epochs by 0.40, all else by 0.21."""

CORE_STRATEGIES = ("learned_kendall", "equal")
ALL_STRATEGIES = ("learned_kendall", "learned_printed", "equal", "hand_tuned", "single_task")
FIGURE_4_2_STRATEGIES = ("learned_kendall", "equal", "single_task", "hand_tuned")

FIGURE_4_3_SERIES: Mapping[str, tuple[float, float]] = {"1, 2, x": (1, 2), "1, 1, x": (1, 1)}
"""The text of 4.2 fixes sigma_2^2 = 2 in one sentence and speaks of 1 in another: both are run."""


RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
LOG_VARIANCE_FACTOR = 3
"""The log-variances' rate over the network's, as at scale `lesson`; at most 1."""

CAPACITIES: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "smoke": ((2, 3), (4, 8)),
    "lesson": ((30, 120, 480), (16, 32, 64, 128)),
    "paper": ((100, 400, 1600), (128, 256, 512, 1024)),
}
"""Epochs and widths at each scale."""

FIRST_WEIGHTS = (0.02, 0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.9, 1.98)
"""Weights of task 1 of two; task 2 has the rest of 2."""


def _setting(scale: str, labels: Mapping[str, Any], seeds: int, **settings: Any) -> Setting:
    """One strategy at one setting; at `smoke`, two seeds are enough to run through."""
    config = PolynomialConfig.preset(scale, **settings)
    return Setting(config, 2 if scale == "smoke" else seeds, labels)


def _by_strategy(
    scale: str, strategies: Iterable[str], labels: Mapping[str, Any], **settings: Any
) -> list[Setting]:
    """A config for each strategy, so that studies share what they have in common."""
    return [
        _setting(
            scale,
            labels,
            HAND_TUNED_SEEDS if strategy == "hand_tuned" and scale == "lesson" else SEEDS,
            strategies=(strategy,),
            **settings,
        )
        for strategy in strategies
    ]


def _table_4_1(scale: str) -> Sequence[Setting]:
    tasks = (2,) if scale == "smoke" else (2, 3, 4, 5)
    return [
        setting
        for noise_kind in ("variance", "std")
        for number in tasks
        for setting in _by_strategy(
            scale,
            ("learned_kendall", "learned_printed"),
            {"noise_kind": noise_kind, "tasks": number},
            degree=10,
            tasks=number,
            noise_kind=noise_kind,
        )
    ]


def _figure_4_2(scale: str) -> Sequence[Setting]:
    degrees, tasks = ((3,), (1, 2)) if scale == "smoke" else ((5, 8, 10), (2, 3, 4, 5, 6))
    strategies = ALL_STRATEGIES if scale == "paper" else FIGURE_4_2_STRATEGIES
    return [
        setting
        for degree in degrees
        for number in tasks
        for setting in _by_strategy(
            scale, strategies, {"degree": degree, "tasks": number}, degree=degree, tasks=number
        )
    ]


def _figure_4_3(scale: str) -> Sequence[Setting]:
    degrees, noise = ((3,), (1, 5)) if scale == "smoke" else ((5, 8, 10), (1, 2, 3, 4, 5))
    strategies = ALL_STRATEGIES if scale == "paper" else CORE_STRATEGIES
    return [
        setting
        for degree in degrees
        for series, first in FIGURE_4_3_SERIES.items()
        for level in noise
        for setting in _by_strategy(
            scale,
            strategies,
            {"degree": degree, "series": series, "noise_3": level},
            degree=degree,
            tasks=3,
            noise=(*first, level),
        )
    ]


def _frozen_heads(scale: str) -> Sequence[Setting]:
    degree, tasks = (3, (2,)) if scale == "smoke" else (10, (2, 3, 4, 5, 6))
    strategies = ALL_STRATEGIES if scale == "paper" else CORE_STRATEGIES
    return [
        setting
        for number in tasks
        for setting in _by_strategy(
            scale,
            strategies,
            {"degree": degree, "tasks": number},
            degree=degree,
            tasks=number,
            frozen_heads=True,
        )
    ]


def _learning_rate(scale: str) -> Sequence[Setting]:
    rates = (0.01, 0.1) if scale == "smoke" else RATES
    pictures = [(False, 0.1), (False, None), (False, 5.0), (True, None)]
    return [
        setting
        for frozen, level in pictures
        for rate in rates
        for setting in _by_strategy(
            scale,
            CORE_STRATEGIES,
            {
                "heads": "frozen" if frozen else "trained",
                "noise": "1, 2, 3" if level is None else f"{level:g}, {level:g}, {level:g}",
                "learning_rate": rate,
            },
            degree=10,
            tasks=3,
            noise=(1.0, 2.0, 3.0) if level is None else (level,) * 3,
            learning_rate=rate,
            log_variance_rate=min(LOG_VARIANCE_FACTOR * rate, 1.0),
            frozen_heads=frozen,
        )
    ]


def _capacity(scale: str) -> Sequence[Setting]:
    lengths, widths = CAPACITIES[scale]
    return [
        setting
        for width in widths
        for epochs in lengths
        for number in (4, 5)
        for setting in _by_strategy(
            scale,
            CORE_STRATEGIES[:1],
            {"width": width, "epochs": epochs, "tasks": number},
            degree=10,
            tasks=number,
            width=width,
            epochs=epochs,
            patience=epochs,
        )
    ]


def _task_weight(scale: str) -> Sequence[Setting]:
    degrees, weights = ((3,), (0.5, 1.0)) if scale == "smoke" else ((5, 10), FIRST_WEIGHTS)
    return [
        _setting(
            scale,
            {"degree": degree, "weight_1": weight},
            SEEDS,
            degree=degree,
            tasks=2,
            strategies=("fixed",),
            task_weights=(weight, 2 - weight),
        )
        for degree in degrees
        for weight in weights
    ]


def _grid_cost(scale: str) -> Sequence[Setting]:
    """Each vector of the hand-tuning grid as a run of its own, and learned weights beside them."""
    counts, most = ((2,), 2) if scale == "smoke" else ((2, 3, 4), None)
    settings = []
    for number in counts:
        common: dict[str, Any] = {"degree": 10, "tasks": number}
        learned = {"tasks": number, "point": -1}
        settings.append(
            _setting(scale, learned, HAND_TUNED_SEEDS, strategies=CORE_STRATEGIES[:1], **common)
        )
        for point, weights in enumerate(simplex_grid(number).tolist()[:most]):
            settings.append(
                _setting(
                    scale,
                    {"tasks": number, "point": point},
                    HAND_TUNED_SEEDS,
                    strategies=("fixed",),
                    task_weights=tuple(weights),
                    **common,
                )
            )
    return settings


def _estimates(tables: Tables) -> pd.DataFrame:
    return tables["noise_estimates"]


def _errors(tables: Tables) -> pd.DataFrame:
    """Losses and clean errors of both splits side by side, with the estimate and the speed."""
    keys = ["seed", "strategy", "task"]
    wide = tables["errors"].pivot(index=keys, columns="split", values=["noisy_loss", "clean_error"])
    wide.columns = pd.Index(["_".join(reversed(column)) for column in wide.columns.to_list()])
    estimates = tables["noise_estimates"][[*keys, "estimate"]]
    runs = tables["runs"]
    by_run = ["seed", "strategy", *(["task"] if runs["task"].notna().any() else [])]
    speed = runs[[*by_run, "best_epoch", "stop_epoch", "epochs_to_converge", "diverged"]]
    return (
        wide.reset_index().merge(estimates, on=keys, how="left").merge(speed, on=by_run, how="left")
    )


def _study(
    name: str,
    title: str,
    question: str,
    source: str,
    settings: Callable[[str], Sequence[Setting]],
    reduce: Callable[[Tables], pd.DataFrame] = _errors,
) -> tuple[str, Study]:
    return name, Study(name, title, question, source, settings, reduce, TOLERANCE, LOOSE)


STUDIES: Mapping[str, Study] = dict(
    [
        _study(
            "table_4_1",
            "Noise estimates at degree 10",
            "Does the learned uncertainty become each task's noise?",
            "nahm2020, Table 4.1",
            _table_4_1,
            _estimates,
        ),
        _study(
            "figure_4_2",
            "More tasks, each noisier than the last",
            "Do added noisy tasks help, and does learning the weights beat tuning them?",
            "nahm2020, Fig. 4.2",
            _figure_4_2,
        ),
        _study(
            "figure_4_3",
            "Three tasks, the third ever noisier",
            "How much does one noisy task hurt the others?",
            "nahm2020, Fig. 4.3",
            _figure_4_3,
        ),
        _study(
            "frozen_heads",
            "Task heads left at their random start",
            "Does the degree-10 rise come from heads that were never trained?",
            "nahm2020, Fig. 4.2 (c), with the author's notebook's heads",
            _frozen_heads,
        ),
        _study(
            "learning_rate",
            "Six learning rates, trained and frozen heads, little and much noise",
            "Which rate is best, and do learned weights need lower ones?",
            "nahm2020, sections 4.1 and 7.1",
            _learning_rate,
        ),
        _study(
            "capacity",
            "Epochs and width at degree 10",
            "Is a fifth task too much for so few epochs, or for so small a network?",
            "nahm2020, section 4.2 and 7.2",
            _capacity,
        ),
        _study(
            "task_weight",
            "One task's weight, turned freely",
            "How sensitive is a task's error to its weight?",
            "nahm2020, section 3.2",
            _task_weight,
        ),
        _study(
            "grid_cost",
            "Learned weights against every vector of the grid",
            "What does learning the weights save?",
            "nahm2020, section 7.1",
            _grid_cost,
        ),
    ]
)


def example(scale: str) -> Setting:
    """The setting that the notebook trains while one watches."""
    smaller = {"degree": 8, "n_train": 1000} if scale == "lesson" else {}
    strategies = ("learned_kendall", "learned_printed", "equal")
    return Setting(
        PolynomialConfig.preset(scale, strategies=strategies, **smaller),
        2 if scale == "smoke" else 5,
        {},
    )
