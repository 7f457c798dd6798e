"""Figs. 4.2 and 4.3: errors as tasks are added, or as one gets noisier."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals, Series
from mtlkit.lessons.noisy_polynomials.views.common import by_strategy, command


def _clean_errors_of_task_1(
    study: str,
    title: str,
    alt: str,
    caption: str,
    x_label: str,
    over: str,
    pictures: Mapping[str, pd.DataFrame],
) -> Intervals:
    """Clean test error of task 1 by strategy against a column, one facet a table."""
    steps = levels_of(pd.concat(pictures.values()), over)
    return Intervals(
        name=study,
        title=title,
        alt=alt,
        caption=f"{caption} Lower is better. Geometric means; intervals: 95 % over seeds.",
        command=command(study),
        x_label=x_label,
        y_label="clean error of task 1 (units of y²)",
        log_y=True,
        categories=[str(step) for step in steps],
        facets=[
            IntervalFacet(
                title=name,
                series=by_strategy(rows[rows["task"] == 1], "test_clean_error", over, steps),
            )
            for name, rows in pictures.items()
        ],
    )


def _by_degree(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {f"degree {d}": table[table["degree"] == d] for d in levels_of(table, "degree")}


def figure_4_2(table: pd.DataFrame) -> Intervals:
    """Clean error of task 1 as tasks are added, each noisier than the last."""
    return _clean_errors_of_task_1(
        "figure_4_2",
        "Fig. 4.2 on task 1's clean error: does it help to add noisier tasks?",
        "Clean error of task 1 against the number of tasks, by strategy, one picture for each "
        "degree.",
        "Task i has noise variance i. The error is the distance to the true polynomial on test "
        "points, so that noise is not in the measure.",
        "number of tasks T",
        "tasks",
        _by_degree(table),
    )


def figure_4_2_as_plotted(table: pd.DataFrame) -> Intervals:
    """The source's own measure: least noisy validation loss, averaged over the tasks."""
    counts = levels_of(table, "tasks")
    keys = ["degree", "tasks", "strategy", "seed"]
    mean = table.groupby(keys, as_index=False)["validation_noisy_loss"].mean()
    floor = Series(key="truth", label="the noise alone", values=[(c + 1) / 2 for c in counts])
    return Intervals(
        name="figure_4_2_as_plotted",
        title="Fig. 4.2 as the source measures it: the noisy validation loss",
        alt="Mean noisy validation loss against the number of tasks: all strategies lie on the "
        "rising line of the noise alone.",
        caption="It rises with T by construction: even the true polynomials would score (T + 1)/2. "
        "Intervals: 95 % over seeds.",
        command=command("figure_4_2"),
        x_label="number of tasks T",
        y_label="noisy validation loss (mean over tasks)",
        categories=[str(count) for count in counts],
        facets=[
            IntervalFacet(
                title=f"degree {degree}",
                series=[
                    *by_strategy(
                        mean[mean["degree"] == degree], "validation_noisy_loss", "tasks", counts
                    ),
                    floor,
                ],
            )
            for degree in levels_of(table, "degree")
        ],
    )


def figure_4_3(table: pd.DataFrame) -> Intervals:
    """Clean error of task 1 beside an ever noisier third task."""
    return _clean_errors_of_task_1(
        "figure_4_3",
        "Fig. 4.3: one task ever noisier, seen from task 1",
        "Clean error of task 1 against the third task's noise, learned and equal weights, for "
        "each degree and each reading of the source's noise.",
        "The source fixes the second task's noise at 2 in one sentence and at 1 in another; both "
        "are here.",
        "noise variance x of task 3",
        "noise_3",
        {
            f"{degree}, noise {series}": rows[rows["series"] == series]
            for series in table["series"].unique()
            for degree, rows in _by_degree(table).items()
        },
    )


def frozen_heads(table: pd.DataFrame, trained: pd.DataFrame | None = None) -> Intervals:
    """Clean error of task 1 with heads left at their start; beside trained ones if given."""
    degree = table["degree"].iloc[0]
    pictures = {"heads left at their start": table}
    if trained is not None:
        pictures["heads trained"] = trained[
            (trained["degree"] == degree) & trained["strategy"].isin(table["strategy"].unique())
        ]
    return _clean_errors_of_task_1(
        "frozen_heads",
        f"Degree {degree}, with and without training the heads",
        "Clean error of task 1 against the number of tasks, with frozen and with trained heads.",
        "The author's notebook keeps its heads in a plain list, so they never learn.",
        "number of tasks T",
        "tasks",
        pictures,
    )
