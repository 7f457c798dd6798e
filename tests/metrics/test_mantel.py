"""The Mantel test against SciPy's correlations and all orders of few items."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist, squareform
from scipy.stats import kstest, pearsonr, spearmanr

from mtlkit.errors import UsageError
from mtlkit.metrics.mantel import mantel

METHODS = {"pearson": pearsonr, "spearman": spearmanr}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def distances(items: int, seed: int, whole: bool = False) -> np.ndarray:
    """Of random points; small whole numbers where ties are wanted."""
    g = np.random.default_rng(seed)
    if whole:
        return squareform(g.integers(1, 4, items * (items - 1) // 2)).astype(np.float64)
    return squareform(pdist(g.normal(size=(items, 2))))


@pytest.mark.parametrize("items", [3, 4, 5, 6])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_all_orders_of_few_items(
    items: int, whole: bool, method: Literal["pearson", "spearman"]
) -> None:
    """The p-value estimates the share of all orders that correlate as highly."""
    first, second = distances(items, 1, whole), distances(items, 12, whole)
    first[0, 1] = first[1, 0] = 5.0
    second[1, 2] = second[2, 1] = 6.0
    correlate: Callable[..., tuple[float, float]] = METHODS[method]
    above = np.triu_indices(items, 1)
    orders = [np.array(order) for order in itertools.permutations(range(items))]
    every = [correlate(first[np.ix_(o, o)][above], second[above])[0] for o in orders]
    wanted = np.mean([c >= every[0] - 1e-9 for c in every])
    drawn = 2000
    found = mantel(first, second, generator(), method, drawn)
    assert found.correlation == pytest.approx(every[0], abs=1e-12)
    error = math.sqrt(wanted * (1 - wanted) / drawn)
    assert abs(found.p_value - wanted) <= 4 * error + 1 / (1 + drawn)


def test_a_matrix_with_itself() -> None:
    """No other order gives as much: the least p-value there is; its opposite gives the most."""
    matrix = distances(12, 3)
    found = mantel(matrix, matrix, generator(), permutations=99)
    assert found.correlation == pytest.approx(1)
    assert found.p_value == 0.01
    opposite = mantel(matrix, matrix.max() + 1 - matrix, generator(), permutations=99)
    assert opposite.correlation == pytest.approx(-1)
    assert opposite.p_value == 1


@pytest.mark.parametrize("corners", [4, 5, 6])
def test_orders_that_only_turn_or_mirror_a_polygon_count_as_equal(corners: int) -> None:
    """2 n of the n! orders of a regular polygon's corners leave its distances as they are."""
    turns = np.exp(2j * np.pi * np.arange(corners) / corners)
    matrix = np.abs(turns[:, None] - turns)
    matrix = (matrix + matrix.T) / 2
    share, drawn = 2 * corners / math.factorial(corners), 4000
    found = mantel(matrix, matrix, generator(), permutations=drawn).p_value
    assert abs(found - share) < 4 * math.sqrt(share * (1 - share) / drawn) + 1 / drawn


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_neither_order_nor_scale_changes_the_correlation(
    method: Literal["pearson", "spearman"],
) -> None:
    first, second = distances(9, 5), distances(9, 6)
    wanted = mantel(first, second, generator(), method).correlation
    order = np.random.default_rng(0).permutation(9)
    again = mantel(
        7 * first[np.ix_(order, order)] + 2, second[np.ix_(order, order)], generator(), method
    )
    assert again.correlation == pytest.approx(wanted)
    if method == "spearman":
        assert mantel(first**3, second, generator(), method).correlation == pytest.approx(wanted)


def test_unrelated_matrices_have_uniform_p_values() -> None:
    """Whatever the level is, that share of unrelated pairs is below it."""
    found = [
        mantel(distances(8, i), distances(8, 1000 + i), generator(i), permutations=49).p_value
        for i in range(300)
    ]
    # p-values are the fiftieths: spread each over its own, as a continuous one would be.
    spread = np.array(found) - np.random.default_rng(0).random(300) / 50
    assert kstest(spread, "uniform").pvalue > 1e-3


def test_one_generator_one_result() -> None:
    first, second = distances(8, 0), distances(8, 1)
    assert mantel(first, second, generator(4)) == mantel(first, second, generator(4))


def changed(row: int, column: int, value: float) -> np.ndarray:
    matrix = distances(4, 0)
    matrix[row, column] = value
    return matrix


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (np.zeros((4, 3)), r"shape \(4, 3\): it must be square"),
        (distances(2, 0), "2 items: three or more"),
        (changed(0, 1, 9.0), "not symmetric"),
        (changed(2, 2, np.nan), "no finite number"),
        (np.ones((4, 4)) - np.eye(4), "constant"),
        (np.zeros((4, 4)), "constant"),
    ],
)
def test_what_is_no_matrix_of_distances_is_refused(matrix: np.ndarray, said: str) -> None:
    good = distances(len(matrix), 0)
    with pytest.raises(UsageError, match=f"the first matrix .*{said}"):
        mantel(matrix, good, generator())
    if len(matrix) > 2:
        with pytest.raises(UsageError, match=f"the second matrix .*{said}"):
            mantel(good, matrix, generator())


def test_other_bad_input_is_refused() -> None:
    with pytest.raises(UsageError, match="4 and 5 items"):
        mantel(distances(4, 0), distances(5, 0), generator())
    with pytest.raises(UsageError, match="permutations is 0"):
        mantel(distances(4, 0), distances(4, 1), generator(), permutations=0)
