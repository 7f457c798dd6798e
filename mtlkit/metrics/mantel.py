"""Whether what is near by one distance is near by another."""

from __future__ import annotations

from typing import Literal

import attrs
import numpy as np
import torch
from jaxtyping import Float

from mtlkit.errors import UsageError


@attrs.frozen
class Mantel:
    """The correlation of two distance matrices, and how rarely chance gives as much."""

    correlation: float
    p_value: float


def mantel(
    first: Float[np.ndarray, "row column"],
    second: Float[np.ndarray, "other_row other_column"],
    generator: torch.Generator,
    method: Literal["pearson", "spearman"] = "pearson",
    permutations: int = 999,
) -> Mantel:
    """Correlation over pairs of different items, with a permutation test for a positive one.

    The items of the first matrix are put in random orders; the p-value is the share of these, and
    of the order as it is, whose correlation is at least as high. Spearman's is Pearson's of ranks,
    equal distances having their mean rank.

    Raises
    ------
    UsageError
        If the matrices differ in size, or one has fewer than three items, is not square, not
        symmetric or constant, or holds what is no finite number; if `permutations` is below 1.

    Notes
    -----
    Source: Mantel, The Detection of Disease Clustering and a Generalized Regression Approach, 1967.
    """
    from scipy.stats import rankdata

    for name, matrix in (("first", first), ("second", second)):
        _check(name, matrix)
    if len(first) != len(second):
        raise UsageError(
            f"the matrices have {len(first)} and {len(second)} items: they must have the same."
        )
    if permutations < 1:
        raise UsageError(f"permutations is {permutations}: it must be at least 1.")
    items = len(first)
    above = np.triu_indices(items, 1)
    x, y = first[above].astype(np.float64), second[above].astype(np.float64)
    if method == "spearman":
        x, y = rankdata(x), rankdata(y)
    x, y = _unit(x), _unit(y)
    placed = np.zeros((items, items))
    placed[above] = x
    placed += placed.T
    observed = float(np.clip(x @ y, -1, 1))
    drawn = (torch.randperm(items, generator=generator).numpy() for _ in range(permutations))
    found = np.array([placed[order[above[0]], order[above[1]]] @ y for order in drawn])
    as_high = 1 + np.count_nonzero(found >= observed - ROUNDING)
    return Mantel(observed, as_high / (1 + permutations))


ROUNDING = 1e-12
"""Correlations that differ by less are equal: their sums went in another order."""


def _check(name: str, matrix: np.ndarray) -> None:
    """Refuse what is no distance matrix with something to correlate."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise UsageError(f"the {name} matrix has the shape {matrix.shape}: it must be square.")
    if len(matrix) < 3:
        raise UsageError(f"the {name} matrix has {len(matrix)} items: three or more are needed.")
    if not np.isfinite(matrix).all():
        raise UsageError(f"the {name} matrix holds what is no finite number.")
    if not np.allclose(matrix, matrix.T):
        raise UsageError(f"the {name} matrix is not symmetric: distances must be.")
    distances = matrix[np.triu_indices(len(matrix), 1)]
    if np.ptp(distances) <= ROUNDING * np.abs(distances).max():
        raise UsageError(f"the {name} matrix is constant: two different distances are needed.")


def _unit(x: Float[np.ndarray, " pair"]) -> Float[np.ndarray, " pair"]:
    """Centred, with length 1: products of such vectors are Pearson's correlations."""
    centred = x - x.mean()
    unit: Float[np.ndarray, " pair"] = centred / np.linalg.norm(centred)
    return unit
