"""Learning rates, epochs and width: what training needs."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.noisy_polynomials.views.common import by_strategy, command

_NAMES = ("heads", "noise", "learning_rate", "width", "epochs", "tasks")
_ERROR = "clean error, mean of tasks (units of y²)"
_HOW = "Lower is better. Geometric means over seeds; intervals: 95 %."


def _mean_of_tasks(table: pd.DataFrame) -> pd.DataFrame:
    """One row a run: the clean error averaged over its tasks."""
    runs = [name for name in table.columns if name in (*_NAMES, "seed", "strategy")]
    return table.groupby(runs)["test_clean_error"].mean().reset_index()


def learning_rate(table: pd.DataFrame) -> Intervals:
    """Clean error against the learning rate, for trained and frozen heads and three noises."""
    runs = _mean_of_tasks(table)
    rates = levels_of(runs, "learning_rate")
    pictures = table[["heads", "noise"]].drop_duplicates().itertuples(index=False)
    return Intervals(
        name="learning_rate",
        title="Which learning rate is best? It depends on whether the heads learn",
        alt="Clean error against Adam's learning rate, learned and equal weights, one picture for "
        "each noise with trained heads and one with frozen heads.",
        caption=f"Degree 10, three tasks. The source used 0.1. {_HOW}",
        command=command("learning_rate"),
        x_label="Adam's learning rate",
        y_label=_ERROR,
        log_y=True,
        categories=[f"{rate:g}" for rate in rates],
        facets=[
            IntervalFacet(
                title=f"heads {heads}, σ² = {noise}",
                series=by_strategy(
                    runs[(runs["heads"] == heads) & (runs["noise"] == noise)],
                    "test_clean_error",
                    "learning_rate",
                    rates,
                ),
            )
            for heads, noise in pictures
        ],
    )


def capacity(table: pd.DataFrame) -> Intervals:
    """Clean error against the epochs, a series a width, for four and five tasks."""
    runs = _mean_of_tasks(table)
    lengths, widths = levels_of(runs, "epochs"), levels_of(runs, "width")
    return Intervals(
        name="capacity",
        title="Longer training and wider networks, at degree 10",
        alt="Clean error against the number of epochs for several widths, with four and with five "
        "tasks.",
        caption=f"Learned weights (Kendall), no early stopping. {_HOW}",
        command=command("capacity"),
        x_label="epochs",
        y_label=_ERROR,
        log_y=True,
        categories=[str(length) for length in lengths],
        facets=[
            IntervalFacet(
                title=f"T = {tasks}",
                series=[
                    mean_series(
                        f"width {width}",
                        [
                            part.loc[
                                (part["epochs"] == length) & (part["width"] == width),
                                "test_clean_error",
                            ]
                            for length in lengths
                        ],
                        geometric=True,
                    )
                    for width in widths
                ],
            )
            for tasks, part in runs.groupby("tasks")
        ],
    )
