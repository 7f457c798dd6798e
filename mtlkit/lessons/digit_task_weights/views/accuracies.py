"""Figs. 5.2 and 5.3, and other accuracies: who reads clean digits best?"""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import in_order, levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_series, paired, told
from mtlkit.lessons.digit_task_weights.config import STRATEGIES
from mtlkit.lessons.digit_task_weights.views.common import (
    READINGS,
    by_strategy,
    command,
    read,
    told_of,
)

_ACCURACY = "test accuracy (%)"
_POINTS = "difference (percentage points)"

SHOWN = ("learned_kendall", "learned_printed", "equal", "hand_tuned", "single_task")
"""The strategies of Figs. 5.2 and 5.3; what else was trained there is in figures of its own."""


def _both_readings(
    study: str, title: str, caption: str, table: pd.DataFrame, over: str, sign: str
) -> Intervals:
    """Accuracy by strategy against a column, in our reading and in the source's."""
    shown = table[table["strategy"].isin(SHOWN)]
    steps = levels_of(shown, over)
    facets = [
        IntervalFacet(title=called, series=by_strategy(read(shown, column), "percent", over, steps))
        for column, (_, called) in READINGS.items()
    ]
    words = told(facets[0].series, [sign.format(step) for step in steps], unit=" %")
    return Intervals(
        name=study,
        title=title,
        alt=f"{title}. Accuracy on clean test labels by strategy, at the epoch chosen on "
        f"validation: {words}. Beside it the best test "
        "epoch of the first head.",
        caption=told_of(
            table,
            f"{caption} Left: the mean of all heads, at the epoch with the lowest noisy "
            "validation loss. Right, as the source reads it: the first head at its best test "
            "epoch, which flatters every strategy, as the test set chose the epoch. In both the "
            "hand-tuned vector is the one with the lowest noisy validation loss. "
            f"Mean of {shown['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command(study),
        x_label="number of tasks T" if over == "tasks" else "noise σ² of the third task",
        y_label=_ACCURACY,
        categories=[str(step) for step in steps],
        facets=facets,
    )


def figure_5_2(table: pd.DataFrame) -> Intervals:
    """Accuracy as tasks are added, each noisier than the last."""
    return _both_readings(
        "figure_5_2",
        "Fig. 5.2: more tasks, each noisier than the last",
        "Task i has flips of variance i.",
        table,
        "tasks",
        "T = {}",
    )


def figure_5_3(table: pd.DataFrame) -> Intervals:
    """Accuracy beside an ever noisier third task."""
    return _both_readings(
        "figure_5_3",
        "Fig. 5.3: three tasks, the third ever noisier",
        "The first two tasks have flips of variance 1.",
        table,
        "noise_3",
        "σ² = {}",
    )


def _against_learned(
    name: str, title: str, table: pd.DataFrame, study: str, over: str, sign: str
) -> Intervals:
    """Learned weights minus each other strategy, seed by seed."""
    rows = read(table)
    steps = levels_of(rows, over)
    categories = [sign.format(step) for step in steps]
    learned = rows[rows["strategy"] == "learned_kendall"]
    series = [
        mean_series(
            strategy,
            [
                paired(learned[learned[over] == step], part[part[over] == step], "percent")
                for step in steps
            ],
            label=f"minus {label(strategy)}",
        )
        for strategy in STRATEGIES[1:]
        if len(part := rows[rows["strategy"] == strategy])
    ]
    return Intervals(
        name=name,
        title=title,
        alt=f"{title}, in percentage points: {told(series, categories, decimals=2)}.",
        caption=told_of(
            table,
            "Learned weights (Kendall) minus each other strategy, both from the same start, "
            "with the same flips and the same order of pictures. Above 0 learned weights are "
            f"better. Mean of the heads at the epoch chosen on validation. {OVER_SEEDS}",
        ),
        command=command(study),
        x_label="number of tasks T" if over == "tasks" else "noise σ² of the third task",
        y_label=_POINTS,
        categories=categories,
        facets=[IntervalFacet(series=series, references=[Reference(0, "no difference")])],
    )


def figure_5_2_paired(table: pd.DataFrame) -> Intervals:
    """Fig. 5.2's runs, learned weights against each other strategy seed by seed."""
    return _against_learned(
        "figure_5_2_paired",
        "Fig. 5.2's runs, learned weights against the others seed by seed",
        table,
        "figure_5_2",
        "tasks",
        "T = {}",
    )


def figure_5_3_paired(table: pd.DataFrame) -> Intervals:
    """Fig. 5.3's runs, learned weights against each other strategy seed by seed."""
    return _against_learned(
        "figure_5_3_paired",
        "Fig. 5.3's runs, learned weights against the others seed by seed",
        table,
        "figure_5_3",
        "noise_3",
        "σ² = {}",
    )


def longer_training(table: pd.DataFrame) -> Intervals:
    """Accuracy after the usual and after a longer training, where noise is heavy."""
    rows = read(table)
    trainings = in_order(rows, "training")
    facets = [
        IntervalFacet(
            title=f"σ² = {noises}", series=by_strategy(part, "percent", "training", trainings)
        )
        for noises, part in rows.groupby("noises", sort=False)
    ]
    words = ". ".join(f"{f.title}: {told(f.series, trainings, unit=' %')}" for f in facets)
    return Intervals(
        name="longer_training",
        title="Where noise is heavy, does a longer training help?",
        alt=f"Test accuracy after the usual and after a longer training. {words}.",
        caption=told_of(
            table,
            "Longer: more epochs, and more patience before stopping. Mean of the heads at the "
            f"epoch chosen on validation, {rows['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command("longer_training"),
        x_label="training",
        y_label=_ACCURACY,
        categories=trainings,
        facets=facets,
    )


def granularity(table: pd.DataFrame) -> Intervals:
    """Frozen learned weights, and grids of several sizes, each minus learned weights."""
    rows = read(table)
    grids = [size for size in levels_of(rows, "grid") if size]
    categories = ["frozen", *(f"grid of {size}" for size in grids)]
    series = []
    for noises, part in rows.groupby("noises", sort=False):
        learned = part[part["strategy"] == "learned_kendall"]
        tried = [
            part[part["strategy"] == "learned_frozen"],
            *(part[part["grid"] == size] for size in grids),
        ]
        groups = [paired(other, learned, "percent") for other in tried]
        series.append(mean_series(f"σ² = {noises}", groups))
    return Intervals(
        name="granularity",
        title="Is it the fineness of learned weights that helps?",
        alt="Test accuracy minus that of learned weights, in percentage points: "
        f"{told(series, categories, decimals=2)}.",
        caption=told_of(
            table,
            "Frozen: the learned weights, held fixed from the start of a second training. Grid "
            "of n: the best by validation of at most n fixed vectors. Below 0 learned weights are "
            f"better; compared seed by seed, {rows['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command("granularity"),
        x_label="how fixed weights were found",
        y_label=_POINTS,
        categories=categories,
        facets=[IntervalFacet(series=series, references=[Reference(0, "learned (Kendall)")])],
    )


_KINDS = {"uniform": "to any other class", "symmetric": "to the mirrored class (i to 9 − i)"}


def flip_kinds(table: pd.DataFrame) -> Intervals:
    """Accuracy with random and with symmetric flips at equal rates."""
    rows = read(table)
    settings = list(dict.fromkeys(zip(rows["rates"], rows["strategy"], strict=True)))
    categories = [_setting(rates, strategy) for rates, strategy in settings]
    series = [
        mean_series(
            str(kind),
            [
                part.loc[(part["rates"] == rates) & (part["strategy"] == strategy), "percent"]
                for rates, strategy in settings
            ],
            label=_KINDS[str(kind)],
        )
        for kind, part in rows.groupby("noise_kind", sort=False)
    ]
    return Intervals(
        name="flip_kinds",
        title="Random against symmetric flips, at equal rates",
        alt=f"Accuracy on clean test labels: {told(series, categories, unit=' %')}.",
        caption=told_of(
            table,
            "The share of wrong labels is the same, their direction is not. One task each, and "
            "three tasks at three rates. Mean of the heads at the epoch chosen on validation, "
            f"{rows['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command("flip_kinds"),
        x_label="share of flipped labels",
        y_label=_ACCURACY,
        categories=categories,
        facets=[IntervalFacet(series=series)],
    )


def _setting(rates: str, strategy: str) -> str:
    tasks = rates.count(",") + 1
    if tasks == 1:
        return rates
    return f"{tasks} tasks, {label(strategy)}"
