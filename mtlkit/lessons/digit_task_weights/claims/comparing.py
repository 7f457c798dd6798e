"""What the claims of this lesson have in common: how they are written and what they compare.

Accuracies are those on test pictures with clean labels, in percent, so their differences are in
percentage points. The source's "best test accuracy" chooses the epoch on the test pictures and does
not say whose accuracy it is. `MEAN` is our reading: the mean over the heads, at the epoch with the
lowest noisy validation loss. `AS_REPORTED` is nearest to the source's: the first head's best epoch.
Hand-tuned weights are chosen on validation in both: the source does not say how it chose.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, ClaimForm, by_seed, difference

LESSON = "digit_task_weights"

NOTICEABLE = 0.5
"""Points of accuracy from which a difference counts: about two of the 360 small test digits."""

DRASTIC = 2.0
"""Points of accuracy from which a drop is called drastic."""

MEAN = ("mean", "accuracy")
AS_REPORTED = ("first", "best_test_accuracy")

claim = ClaimForm(LESSON, "nahm2020")

points = difference
"""Of accuracies, in points."""


def accuracy(rows: pd.DataFrame, strategy: str, reading: tuple[str, str]) -> pd.Series[float]:
    """Each seed's test accuracy in percent, in one of the readings."""
    whose, column = reading
    chosen = rows[(rows["strategy"] == strategy) & (rows["reading"] == whose)]
    return 100 * by_seed(chosen, column)


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
