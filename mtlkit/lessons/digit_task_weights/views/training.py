"""Optimisers, learning rates, batches, and what a search for weights costs."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import in_order, levels_of
from mtlkit.explore.panels import CurveFacet, Curves, IntervalFacet, Intervals, Points
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_series, told
from mtlkit.lessons.digit_task_weights.config import STRATEGIES
from mtlkit.lessons.digit_task_weights.views.common import (
    ERROR,
    by_strategy,
    command,
    of_runs,
    told_of,
)

_NAMES = {"sgd": "SGD", "adam": "Adam"}
_TEST = "test accuracy (%)"


def _over_rates(
    name: str, title: str, table: pd.DataFrame, column: str, y_label: str, decimals: int
) -> Intervals:
    ordered = table.sort_values("learning_rate").assign(
        setting=lambda rows: [
            f"{_NAMES[optimiser]} at {rate:g}"
            for optimiser, rate in zip(rows["optimiser"], rows["learning_rate"], strict=True)
        ]
    )
    runs = of_runs(ordered, ("setting",), (column,))
    settings = [
        setting
        for start in _NAMES.values()
        for setting in in_order(runs, "setting")
        if setting.startswith(start)
    ]
    series = by_strategy(runs, column, "setting", settings)
    return Intervals(
        name=name,
        title=title,
        alt=f"{y_label} by optimiser and learning rate: {told(series, settings, decimals)}.",
        caption=told_of(
            table,
            "Three tasks, σ² = 1, 2, 3. Lower is better; the axis is logarithmic. Mean of the "
            "heads at the epoch with the lowest validation loss, "
            f"{runs['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command("optimisers"),
        x_label="optimiser and its learning rate",
        y_label=y_label,
        log_y=True,
        categories=settings,
        facets=[IntervalFacet(series=series)],
    )


def optimisers(table: pd.DataFrame) -> Intervals:
    """The noisy validation loss at each rate, for both optimisers: what a rate is chosen by."""
    return _over_rates(
        "optimisers",
        "SGD and Adam by learning rate: the validation loss",
        table,
        "validation_noisy_loss",
        "noisy validation loss (nats)",
        3,
    )


def optimisers_error(table: pd.DataFrame) -> Intervals:
    """The test error at each rate, for both optimisers."""
    return _over_rates(
        "optimisers_error",
        "SGD and Adam by learning rate: the test error",
        table.assign(percent=100 * (1 - table["test_accuracy"])),
        "percent",
        ERROR,
        1,
    )


def _over_steps(
    name: str, title: str, table: pd.DataFrame, column: str, y_label: str, caption: str
) -> Intervals:
    runs = of_runs(table, ("batch_size", "learning_rate"), (column,))
    rates = levels_of(runs, "learning_rate")
    categories = [f"{rate:g}" for rate in rates]
    series = [
        mean_series(
            f"batches of {batch}",
            [part.loc[part["learning_rate"] == rate, column] for rate in rates],
            geometric=True,
        )
        for batch, part in runs.groupby("batch_size")
    ]
    return Intervals(
        name=name,
        title=title,
        alt=f"{y_label} by learning rate: {told(series, categories, 1 + 2 * (column == 'wobble'))}"
        ".",
        caption=told_of(
            table,
            f"{caption} Learned weights (Kendall), SGD, three tasks with σ² = 1, 2, 3; means "
            f"over tasks, geometric ones over {runs['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command("step_size"),
        x_label="learning rate",
        y_label=y_label,
        log_y=True,
        categories=categories,
        facets=[IntervalFacet(series=series)],
    )


def step_size(table: pd.DataFrame) -> Intervals:
    """How much log s moves from epoch to epoch, by learning rate and batch size."""
    return _over_steps(
        "step_size",
        "Do large steps make the learned weights overcompensate?",
        table,
        "wobble",
        "wobble of log s from epoch to epoch",
        "Wobble: the standard deviation of log s from one epoch to the next, in the second half "
        "of the training; 0.1 is a weight that moves by about 10 %.",
    )


def step_size_error(table: pd.DataFrame) -> Intervals:
    """The test error, by learning rate and batch size."""
    return _over_steps(
        "step_size_error",
        "Do large steps cost accuracy?",
        table.assign(percent=100 * (1 - table["test_accuracy"])),
        "percent",
        ERROR,
        "At the epoch with the lowest validation loss. Lower is better.",
    )


def grid_cost(table: pd.DataFrame) -> Curves:
    """Each seed's accuracy against the epochs trained for one choice of weights."""
    rows = table.assign(percent=100 * table["accuracy"])
    means = rows.groupby(["tasks", "strategy"])[["epochs", "percent"]].mean().reset_index()
    words = "; ".join(
        f"T = {row.tasks}, {'learned' if row.strategy == 'learned_kendall' else 'whole grid'}: "
        f"{row.percent:.1f} % for {row.epochs:.0f} epochs"
        for row in means.itertuples()
    )
    return Curves(
        name="grid_cost",
        title="What a search for weights costs, and what it buys",
        alt=f"Test accuracy against the epochs trained in all, one point a seed. Means: {words}.",
        caption=told_of(
            table,
            "One point a seed. Hand-tuned weights take a training for each vector of the grid, "
            "learned ones a single training. Mean of the heads at the epoch chosen on validation.",
        ),
        command=command("grid_cost"),
        x_label="epochs trained in all",
        y_label=_TEST,
        facets=[
            CurveFacet(
                title=f"T = {tasks}",
                points=[
                    Points(strategy, own["epochs"], own["percent"])
                    for strategy in STRATEGIES
                    if len(own := part[part["strategy"] == strategy])
                ],
            )
            for tasks, part in rows.groupby("tasks")
        ],
    )


def grid_epochs(table: pd.DataFrame) -> Intervals:
    """Epochs trained in all: learned weights once, or every vector of the grid."""
    counts = levels_of(table, "tasks")
    epochs = table.assign(epochs=table["epochs"].astype(float))
    series = by_strategy(epochs, "epochs", "tasks", counts)
    categories = [str(count) for count in counts]
    return Intervals(
        name="grid_epochs",
        title="Epochs trained in all, for learned weights and for the whole grid",
        alt=f"Epochs by the number of tasks: {told(series, categories, decimals=0)}.",
        caption=told_of(table, f"{table['seed'].nunique()} seeds. {OVER_SEEDS}"),
        command=command("grid_cost"),
        x_label="number of tasks T",
        y_label="epochs trained in all",
        log_y=True,
        categories=categories,
        facets=[IntervalFacet(series=series)],
    )
