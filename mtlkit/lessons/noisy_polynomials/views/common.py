"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mtlkit.explore.panels import Series
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.noisy_polynomials.config import STRATEGIES


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce noisy_polynomials {study}"


def levels_of(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in order."""
    return sorted(rows[column].unique().tolist())


def by_strategy(
    rows: pd.DataFrame, column: str, over: str, levels: Sequence[object]
) -> list[Series]:
    """A series for each strategy there is: the column at each level, one value per seed."""
    return [
        mean_series(
            strategy,
            [part.loc[part[over] == level, column] for level in levels],
            geometric=column.endswith("clean_error"),
        )
        for strategy in STRATEGIES
        if len(part := rows[rows["strategy"] == strategy])
    ]
