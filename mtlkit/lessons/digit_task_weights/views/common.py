"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mtlkit.data.embedded import digits
from mtlkit.explore.panels import Series
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.digit_task_weights.config import STRATEGIES

ERROR = "test error (%)"

OVER_SEEDS = "Intervals: 95 % over seeds."

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
    """A figure's caption, and at its end the data set that the numbers are of.

    Parameters
    ----------
    data
        Its name, as a run's config has it, or the table of a published study, which carries it in
        `attrs`; of a table without one nothing is said.
    caption
        What else is to be said.
    """
    name = data.attrs.get("data") if isinstance(data, pd.DataFrame) else data
    return f"{caption} {_DATA[name]}" if name else caption


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce digit_task_weights {study}"


def levels_of(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in order."""
    return sorted(rows[column].unique().tolist())


def in_order(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in the order of the table: for those that are words."""
    found: list[Any] = list(dict.fromkeys(rows[column]))
    return found


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
    return [
        mean_series(
            strategy,
            [part.loc[part[over] == level, column] for level in levels],
            geometric=geometric,
        )
        for strategy in STRATEGIES
        if len(part := rows[rows["strategy"] == strategy])
    ]
