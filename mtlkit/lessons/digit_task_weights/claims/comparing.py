"""What the claims of this lesson have in common: how they are written and what they compare.

Accuracies are those on test pictures with clean labels, in percent, so their differences are in
percentage points. The source's "best test accuracy" chooses the epoch on the test pictures and does
not say whose accuracy it is. `MEAN` is our reading: the mean over the heads, at the epoch with the
lowest noisy validation loss. `AS_REPORTED` is nearest to the source's: the first head's best epoch.
Hand-tuned weights are chosen on validation in both: the source does not say how it chose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd

from mtlkit.core.claim import Cell, Claim, Source
from mtlkit.core.region import Region

LESSON = "digit_task_weights"

NOTICEABLE = 0.5
"""Points of accuracy from which a difference counts: about two of the 360 small test digits."""

DRASTIC = 2.0
"""Points of accuracy from which a drop is called drastic."""

MEAN = ("mean", "accuracy")
AS_REPORTED = ("first", "best_test_accuracy")

Cells = Callable[[pd.DataFrame], Sequence[Cell]]


def claim(
    name: str,
    title: str,
    place: str,
    quote: str,
    statement: str,
    study: str | None,
    unit: str,
    region: Region,
    cells: Cells,
    explanation: str,
    *,
    figure: str = "",
    by_construction: bool = False,
) -> Claim:
    """A claim of nahm2020; `figure` is named as the study where it is not given."""
    return Claim(
        f"{LESSON}.{name}",
        LESSON,
        title,
        Source("nahm2020", place),
        quote,
        statement,
        study,
        figure or study or "",
        unit,
        region,
        cells,
        explanation,
        by_construction,
    )


def by_seed(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    """A column's mean for each seed (over tasks, where it has them); NaN where one has none."""
    means = rows.groupby("seed")[column].agg(lambda values: values.mean(skipna=False))
    return means.astype(float)


def accuracy(rows: pd.DataFrame, strategy: str, reading: tuple[str, str]) -> pd.Series[float]:
    """Each seed's test accuracy in percent, in one of the readings."""
    whose, column = reading
    chosen = rows[(rows["strategy"] == strategy) & (rows["reading"] == whose)]
    return 100 * by_seed(chosen, column)


def points(first: pd.Series[float], second: pd.Series[float], label: str) -> Cell:
    """By how many points the first is above the second, for the seeds that both have."""
    shared = first.index.intersection(second.index)
    return Cell(label, tuple((first.loc[shared] - second.loc[shared]).to_numpy(float)))


def doublings(first: pd.Series[float], second: pd.Series[float], label: str) -> Cell:
    """log2(first / second) for each seed that both have."""
    shared = first.index.intersection(second.index)
    return Cell(label, tuple(np.log2((first.loc[shared] / second.loc[shared]).to_numpy(float))))


def ahead(
    over: str, levels: Iterable[int], first: str, second: str, reading: tuple[str, str] = MEAN
) -> Cells:
    """One strategy's accuracy less another's, at levels of a column."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        found = []
        for level in levels:
            rows = table[table[over] == level]
            if len(rows):
                one, other = (accuracy(rows, name, reading) for name in (first, second))
                found.append(points(one, other, f"{_SYMBOLS[over]} = {level}"))
        return found

    return cells


def change(
    over: str, to: int, start: int, strategies: Iterable[str], reading: tuple[str, str] = MEAN
) -> Cells:
    """How a strategy's accuracy changes from one level of a column to another."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        if not {to, start} <= set(table[over].unique()):
            return []
        return [
            points(
                accuracy(table[table[over] == to], strategy, reading),
                accuracy(table[table[over] == start], strategy, reading),
                f"{WORDS[strategy]}, {_SYMBOLS[over]} = {to} against {start}",
            )
            for strategy in strategies
        ]

    return cells


def groups(table: pd.DataFrame, *names: str) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """The rows of each combination of some columns, whose values are given as text, in order."""
    return [
        (tuple(map(str, values)), rows) for values, rows in table.groupby(list(names), sort=False)
    ]


_SYMBOLS = {"tasks": "T", "noise_3": "σ₃²"}

WORDS = {
    "learned_kendall": "learned (Kendall)",
    "learned_printed": "learned (as printed)",
    "learned_frozen": "learned, then frozen",
    "sum_normalised": "learned, rescaled to sum T",
    "equal": "equal weights",
    "hand_tuned": "hand-tuned",
    "single_task": "single task",
}
