"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mtlkit.data.embedded import digits
from mtlkit.explore.by_level import series_by_strategy
from mtlkit.explore.panels import Series
from mtlkit.explore.summaries import with_data
from mtlkit.lessons.digit_task_weights.config import STRATEGIES

ERROR = "test error (%)"

READINGS = {
    "accuracy": ("mean", "epoch by validation, mean of heads"),
    "best_test_accuracy": ("first", "best test epoch, first head (source)"),
}
"""By column: whose test accuracy is meant, and how a picture of it is called."""


_DATA = {
    "digits": f"On the {sum(digits.SIZES.values()):,} digits of scikit-learn.",
    "mnist": "On MNIST.",
    "fashion_mnist": "On Fashion-MNIST.",
}


def told_of(data: str | pd.DataFrame, caption: str) -> str:
    """A figure's caption with the data set that its numbers are of; see `with_data`."""
    return with_data(_DATA, data, caption)


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce digit_task_weights {study}"


def read(table: pd.DataFrame, column: str = "accuracy") -> pd.DataFrame:
    """The rows of one reading of the test accuracy, in percent in the column `percent`."""
    reading, _ = READINGS[column]
    rows = table[table["reading"] == reading]
    return rows.assign(percent=100 * rows[column])


def of_runs(rows: pd.DataFrame, names: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """One row a run: the means over its tasks."""
    runs = [*names, "strategy", "seed"]
    return rows.groupby(runs, sort=False)[list(columns)].mean().reset_index()


def by_strategy(
    rows: pd.DataFrame,
    column: str,
    over: str,
    levels: Sequence[object],
    *,
    geometric: bool = False,
) -> list[Series]:
    """A series for each strategy there is: the column at each level, one value per seed."""
    return series_by_strategy(rows, STRATEGIES, column, over, levels, geometric=geometric)
