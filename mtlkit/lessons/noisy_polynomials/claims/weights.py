"""Sections 3.2 and 7.1: how much task weights matter, and what learning them saves."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import by_seed
from mtlkit.core.region import Region
from mtlkit.lessons.noisy_polynomials.claims.comparing import by_level, claim

NOTICEABLE = math.log2(1.1)
"""Doublings: an error changed by a tenth."""

SLIGHT = (0.5, 1.5)
"""Weights of one task of two between which a change is slight: odds from 1 : 3 to 3 : 1."""


def _variance_over_weights(table: pd.DataFrame) -> list[Cell]:
    """How much log2(clean error) varies over the weights, in a way that seeds share.

    For each seed the covariance, over the weights, of its curve with the mean curve of the other
    seeds: its expectation is the variance of the curve that all have in common, whatever its
    shape, and none of the seeds' own noise.
    """
    low, high = SLIGHT
    near = table[table["weight_1"].between(low, high)]
    cells = []
    for (degree, task), rows in near.groupby(["degree", "task"]):
        errors = pd.DataFrame(by_level(rows, "weight_1", "test_clean_error")).to_numpy(float)
        away = np.log2(errors) - np.log2(errors).mean(1, keepdims=True)
        seeds, weights = away.shape
        if seeds > 1 and weights > 1:
            others = (away.sum(0) - away) / (seeds - 1)
            values = (away * others).sum(1) / (weights - 1)
            cells.append(Cell(f"degree {degree}, task {task}", tuple(values)))
    return cells


def _epochs_of_the_grid(table: pd.DataFrame) -> list[Cell]:
    """Epochs that learned weights train for, in percent of those of the whole grid."""
    cells = []
    for tasks, part in table.groupby("tasks"):
        one_task = part[part["task"] == 1]
        learned = by_seed(one_task[one_task["point"] < 0], "stop_epoch")
        grid = one_task[one_task["point"] >= 0].groupby("seed")["stop_epoch"].sum()
        cells.append(Cell(f"T = {tasks}", tuple(100 * learned / grid)))
    return cells


CLAIMS = (
    claim(
        "sensitive_to_weights",
        "Results hang on slight changes of the weights",
        "section 3.2",
        "Prior work has empirically shown how sensitive model behavior can be with regards to "
        "slight changes in task weights.",
        "With two tasks, moving the weights between 1 : 3 and 3 : 1 changes each task's clean "
        "error by more than a tenth (the standard deviation over the weights, of what all seeds "
        "have in common; its square is compared).",
        "task_weight",
        "doublings²",
        Region.above(NOTICEABLE**2),
        _variance_over_weights,
        "Adam divides each step by the size of recent gradients, so the weight of a task's loss "
        "cancels in that task's own head; it is felt in the shared layer alone. The sentence "
        "speaks of segmentation networks (Kendall et al.), and need not be true of polynomials; "
        "tried are five weights of two tasks in that range, and eleven in the figure.",
    ),
    claim(
        "learning_saves_selection_time",
        "Learning the weights saves the search for them",
        "section 7.1",
        "learned task weights would simply reduce the amount of time and effort spent on model "
        "selection",
        "Learned weights are trained for less than half as many epochs in all as the whole grid "
        "of fixed ones, at degree 10 with 2, 3 and 4 tasks.",
        "grid_cost",
        "% of the grid's epochs",
        Region.below(50),
        _epochs_of_the_grid,
        "One training against the 17 or 18 of our grid; a finer one costs more. Whether anything "
        "is saved depends on whether the search is needed: equal weights, the first vector of the "
        "grid, cost one training too.",
        figure="grid_epochs",
    ),
)
