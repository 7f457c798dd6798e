"""What the claims of this lesson have in common: how they are written and what they compare.

Errors are compared in doublings, the base-2 logarithm of their ratio: +1 is twice the error. The
error is that against the clean polynomial ("clean error"): the noisy validation loss that the
source plots has the noise itself in it, so it rises with every noisier task whatever is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from mtlkit.core.claim import Cell, Claim, Source
from mtlkit.core.region import Region

LESSON = "noisy_polynomials"
LARGE = 0.5
"""Doublings from which a difference in error is called large: a factor of 1.41."""

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
    """A column's mean over tasks for each seed; NaN where a task has none."""
    return rows.groupby("seed")[column].agg(lambda values: values.mean(skipna=False))


def by_level(rows: pd.DataFrame, over: str, column: str) -> dict[float, pd.Series[float]]:
    """`by_seed` for each level of another column."""
    return {
        level: by_seed(rows[rows[over] == level], column) for level in rows[over].unique().tolist()
    }


def ratios(first: pd.Series[float], second: pd.Series[float]) -> Float[np.ndarray, " seed"]:
    """first / second for the seeds that both have."""
    shared = first.index.intersection(second.index)
    return (first.loc[shared] / second.loc[shared]).to_numpy(float)


def doublings(first: pd.Series[float], second: pd.Series[float], label: str) -> Cell:
    """log2(first / second) for each seed."""
    return Cell(label, tuple(np.log2(ratios(first, second))))


def percent(first: pd.Series[float], second: pd.Series[float], label: str) -> Cell:
    """By how many percent the first is above the second, for each seed."""
    return Cell(label, tuple(100 * (ratios(first, second) - 1)))


def ratio_cells(
    values: Mapping[float, pd.Series[float]],
    tasks: Iterable[int],
    reference: int,
    effect: Callable[..., Cell],
) -> list[Cell]:
    """Each number of tasks against the reference, where both are there."""
    return [
        effect(values[number], values[reference], f"T = {number} against {reference}")
        for number in tasks
        if {number, reference} <= values.keys()
    ]
