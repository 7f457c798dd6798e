"""Means over all tasks, by strategy, for the claims that speak of the model as a whole."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.lessons.noisy_polynomials.views.common import by_strategy, command


def _averages(
    name: str,
    title: str,
    study: str,
    column: str,
    axis: str,
    over: str,
    x_label: str,
    pictures: Mapping[str, pd.DataFrame],
) -> Intervals:
    """A column's mean over the tasks of each run, by strategy, against another column."""
    steps = levels_of(pd.concat(pictures.values()), over)
    return Intervals(
        name=name,
        title=title,
        alt=f"{title}: {axis} against the {x_label}, by strategy.",
        caption="Mean over the tasks of a run; intervals: 95 % over seeds.",
        command=command(study),
        x_label=x_label,
        y_label=axis,
        log_y=column.endswith("clean_error"),
        categories=[str(step) for step in steps],
        facets=[
            IntervalFacet(
                title=facet, series=by_strategy(_of_runs(rows, over, column), column, over, steps)
            )
            for facet, rows in pictures.items()
        ],
    )


def _of_runs(rows: pd.DataFrame, over: str, column: str) -> pd.DataFrame:
    return rows.groupby([over, "strategy", "seed"])[column].mean().reset_index()


def _degrees(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {f"degree {degree}": rows for degree, rows in table.groupby("degree")}


def clean_error_of_all_tasks(table: pd.DataFrame) -> Intervals:
    """Fig. 4.2's runs: the clean error averaged over the tasks."""
    return _averages(
        "clean_error_of_all_tasks",
        "Fig. 4.2's runs: the clean error of all tasks",
        "figure_4_2",
        "test_clean_error",
        "clean error, mean of tasks (units of y²)",
        "tasks",
        "number of tasks T",
        _degrees(table),
    )


def noisy_test_loss(table: pd.DataFrame) -> Intervals:
    """Fig. 4.2's runs: the noisy loss on test points, which chose nothing."""
    return _averages(
        "noisy_test_loss",
        "Fig. 4.2's runs: the noisy loss on test points",
        "figure_4_2",
        "test_noisy_loss",
        "noisy test loss, mean of tasks",
        "tasks",
        "number of tasks T",
        _degrees(table),
    )


def epochs_until_stopping(table: pd.DataFrame) -> Intervals:
    """Fig. 4.2's runs: the epochs trained until early stopping."""
    return _averages(
        "epochs_until_stopping",
        "Fig. 4.2's runs: epochs until early stopping",
        "figure_4_2",
        "stop_epoch",
        "epochs trained",
        "tasks",
        "number of tasks T",
        _degrees(table),
    )


def figure_4_3_as_plotted(table: pd.DataFrame) -> Intervals:
    """The source's own measure for Fig. 4.3: the noisy validation loss."""
    return _averages(
        "figure_4_3_as_plotted",
        "Fig. 4.3 as the source measures it: the noisy validation loss",
        "figure_4_3",
        "validation_noisy_loss",
        "noisy validation loss, mean of tasks",
        "noise_3",
        "noise variance x of task 3",
        {
            f"degree {degree}, noise {series}": rows
            for (series, degree), rows in table.groupby(["series", "degree"], sort=False)
        },
    )


def noisy_task_estimate(table: pd.DataFrame) -> Intervals:
    """Fig. 4.3's runs: the uncertainty of the third task, whose weight is 1/(2s)."""
    third = table[(table["task"] == 3) & (table["strategy"] == "learned_kendall")]
    return _averages(
        "noisy_task_estimate",
        "Fig. 4.3's runs: the uncertainty of the third task",
        "figure_4_3",
        "estimate",
        "uncertainty s of task 3 (its weight is 1/(2s))",
        "noise_3",
        "noise variance x of task 3",
        {
            f"degree {degree}, noise {series}": rows
            for (series, degree), rows in third.groupby(["series", "degree"], sort=False)
        },
    )


def learning_rate_validation(table: pd.DataFrame) -> Intervals:
    """The noisy validation loss at each rate: what a rate is chosen by."""
    return _averages(
        "learning_rate_validation",
        "Learning rates by the noisy validation loss",
        "learning_rate",
        "validation_noisy_loss",
        "noisy validation loss, mean of tasks",
        "learning_rate",
        "rate",
        {
            f"heads {heads}, σ² = {noise}": rows
            for (heads, noise), rows in table.groupby(["heads", "noise"], sort=False)
        },
    )


def grid_epochs(table: pd.DataFrame) -> Intervals:
    """Epochs trained in all: learned weights once, or every vector of the grid."""
    first = table[table["task"] == 1]
    strategy = first["point"].map(lambda point: "learned_kendall" if point < 0 else "hand_tuned")
    totals = (
        first.assign(strategy=strategy)
        .groupby(["tasks", "strategy", "seed"])["stop_epoch"]
        .sum()
        .reset_index()
    )
    return _averages(
        "grid_epochs",
        "Epochs trained in all, for learned weights and for the whole grid",
        "grid_cost",
        "stop_epoch",
        "epochs trained in all",
        "tasks",
        "number of tasks T",
        {"degree 10": totals},
    )
