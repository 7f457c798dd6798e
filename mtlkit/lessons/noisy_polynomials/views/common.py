"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mtlkit.explore.by_level import series_by_strategy
from mtlkit.explore.panels import Series
from mtlkit.lessons.noisy_polynomials.config import STRATEGIES


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce noisy_polynomials {study}"


def by_strategy(
    rows: pd.DataFrame, column: str, over: str, levels: Sequence[object]
) -> list[Series]:
    """A series for each strategy there is: the column at each level, one value per seed."""
    geometric = column.endswith("clean_error")
    return series_by_strategy(rows, STRATEGIES, column, over, levels, geometric=geometric)
