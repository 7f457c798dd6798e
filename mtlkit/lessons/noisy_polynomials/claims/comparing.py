"""What the claims of this lesson have in common: how they are written and what they compare.

Errors are compared in doublings, the base-2 logarithm of their ratio: +1 is twice the error. The
error is that against the clean polynomial ("clean error"): the noisy validation loss that the
source plots has the noise itself in it, so it rises with every noisier task whatever is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import ClaimForm, by_seed

LESSON = "noisy_polynomials"
LARGE = 0.5
"""Doublings from which a difference in error is called large: a factor of 1.41."""

claim = ClaimForm(LESSON, "nahm2020")


def by_level(rows: pd.DataFrame, over: str, column: str) -> dict[float, pd.Series[float]]:
    """`by_seed` for each level of another column."""
    return {
        level: by_seed(rows[rows[over] == level], column) for level in rows[over].unique().tolist()
    }


def ratios(first: pd.Series[float], second: pd.Series[float]) -> Float[np.ndarray, " seed"]:
    """first / second for the seeds that both have."""
    shared = first.index.intersection(second.index)
    return (first.loc[shared] / second.loc[shared]).to_numpy(float)


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
