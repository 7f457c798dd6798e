"""How much the weights matter, and what learning them saves."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import styles, task_key
from mtlkit.explore.panels import CurveFacet, Curves, Line, Reference
from mtlkit.lessons.noisy_polynomials.views.common import command


def _geometric(values: pd.Series[float]) -> tuple[float, float, float]:
    """Geometric mean with its 95 % interval."""
    logs = np.log(values.dropna().to_numpy(float))
    if len(logs) < 2:
        return math.nan, math.nan, math.nan
    found = mean_interval(logs)
    return math.exp(found.mean), math.exp(found.low), math.exp(found.high)


def task_weight(table: pd.DataFrame) -> Curves:
    """Each task's clean error against the weight of the first of two tasks."""
    return Curves(
        name="task_weight",
        title="Two tasks, and one weight turned from nearly 0 to nearly all",
        alt="Clean error of both tasks against the weight of task 1, one picture a degree.",
        caption="Task 2 has the rest: its weight is 2 minus that of task 1. Noise variances 1 and "
        "2. Lower is better. Geometric means over seeds; bands: 95 %.",
        command=command("task_weight"),
        x_label="weight of task 1",
        y_label="clean error (units of y²)",
        log_y=True,
        facets=[
            CurveFacet(
                title=f"degree {degree}",
                lines=[_over_weight(part, task) for task in levels_of(part, "task")],
            )
            for degree, part in table.groupby("degree")
        ],
    )


def _over_weight(rows: pd.DataFrame, task: int) -> Line:
    own = rows[rows["task"] == task]
    weights = levels_of(own, "weight_1")
    found = [_geometric(own.loc[own["weight_1"] == w, "test_clean_error"]) for w in weights]
    means, lows, highs = zip(*found, strict=True)
    return Line(task_key(task), weights, means, lows, highs)


def grid_cost(table: pd.DataFrame) -> Curves:
    """Clean error of the best weights of the first k of the grid, beside that of learned ones."""
    return Curves(
        name="grid_cost",
        title="What a search buys: the best of the first k weight vectors",
        alt="Clean error of the weight vector chosen among the first k, against k; a dotted line "
        "for learned weights, which take one training.",
        caption="Chosen by the noisy validation loss, as one would who does not know the truth. "
        "The first vector is equal weights; each is a training of its own, learned weights take "
        "one. Geometric means over seeds; bands: 95 %.",
        command=command("grid_cost"),
        x_label="weight vectors tried, k",
        y_label="clean error, mean of tasks (units of y²)",
        log_y=True,
        facets=[
            CurveFacet(
                title=f"T = {tasks}",
                lines=[_best_so_far(part[part["point"] >= 0])],
                references=[
                    Reference(
                        _geometric(_of_seeds(part[part["point"] < 0]))[0],
                        styles(["learned_kendall"])["learned_kendall"].label,
                        "learned_kendall",
                    )
                ],
            )
            for tasks, part in table.groupby("tasks")
        ],
    )


def _best_so_far(grid: pd.DataFrame) -> Line:
    found = list(_chosen_among_the_first(grid))
    means, lows, highs = zip(*found, strict=True)
    return Line("hand_tuned", list(range(1, len(found) + 1)), means, lows, highs)


def _chosen_among_the_first(grid: pd.DataFrame) -> Iterator[tuple[float, float, float]]:
    losses = grid.groupby("point")["validation_noisy_loss"].mean()
    best = -1
    for point in levels_of(grid, "point"):
        if best < 0 or losses[point] < losses[best]:
            best = point
        yield _geometric(_of_seeds(grid[grid["point"] == best]))


def _of_seeds(rows: pd.DataFrame) -> pd.Series[float]:
    return rows.groupby("seed")["test_clean_error"].mean()
