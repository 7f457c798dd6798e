"""The table of a study by level: its levels and strategies, and the values at each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from mtlkit.explore.panels import Series
from mtlkit.explore.summaries import mean_series


def levels_of(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in order."""
    return sorted(rows[column].unique().tolist())


def in_order(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in the order of the table: for those that are words."""
    return list(dict.fromkeys(rows[column]))


def those_in(rows: pd.DataFrame, names: Iterable[str], column: str = "strategy") -> list[str]:
    """Which of some names a column has, in the order of the names."""
    found = set(rows[column])
    return [name for name in names if name in found]


def at_levels(
    rows: pd.DataFrame, over: str, levels: Iterable[object], column: str
) -> list[pd.Series[float]]:
    """The values of a column at each level of another, one a seed."""
    return [rows.loc[rows[over] == level, column] for level in levels]


def series_by_strategy(
    rows: pd.DataFrame,
    strategies: Iterable[str],
    column: str,
    over: str,
    levels: Sequence[object],
    *,
    geometric: bool = False,
) -> list[Series]:
    """A series for each strategy there is: a column at each level of another, one value a seed.

    Parameters
    ----------
    rows
        One row a seed, level and strategy.
    geometric
        As for `mean_series`.
    """
    return [
        mean_series(
            name,
            at_levels(rows[rows["strategy"] == name], over, levels, column),
            geometric=geometric,
        )
        for name in those_in(rows, strategies)
    ]
