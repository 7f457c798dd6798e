"""Which tasks share experts: measures against loops and other libraries."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from mtlkit.metrics.task_structure import (
    adjusted_rand_index,
    by_similarity,
    clusters,
    gate_correlation,
    within_minus_between,
)

sizes = st.tuples(st.integers(2, 9), st.integers(2, 6), st.integers(0, 1000))


def drawn(tasks: int, experts: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random((tasks, experts))


@given(sizes)
def test_correlations_are_pearsons(size: tuple[int, int, int]) -> None:
    p = drawn(*size)
    assert gate_correlation(p) == pytest.approx(np.corrcoef(p), abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 1 / 3])
def test_a_task_with_constant_gates_correlates_with_itself_alone(value: float) -> None:
    p = drawn(4, 5, 0)
    p[2] = value
    p[3] = value / 2
    found = gate_correlation(p)
    assert np.isfinite(found).all()
    assert found[2].tolist() == [0, 0, 1, 0]
    assert found[:, 3].tolist() == [0, 0, 0, 1]
    assert found[:2, :2] == pytest.approx(np.corrcoef(p[:2]))


def test_a_single_expert_is_constant() -> None:
    assert gate_correlation(drawn(3, 1, 0)).tolist() == np.eye(3).tolist()


def test_rounding_of_single_precision_is_no_preference() -> None:
    """A softmax of equal logits, or a sigmoid, leaves noise in the last digit."""
    p = np.float64(np.float32(0.3)) + 1e-8 * drawn(2, 8, 1)
    assert gate_correlation(p).tolist() == np.eye(2).tolist()


def test_within_minus_between_by_loops() -> None:
    correlation = gate_correlation(drawn(7, 4, 2))
    families = np.array([0, 0, 1, 2, 1, 0, 2])
    pairs = list(itertools.permutations(range(7), 2))
    within = [correlation[i, j] for i, j in pairs if families[i] == families[j]]
    between = [correlation[i, j] for i, j in pairs if families[i] != families[j]]
    wanted = math.fsum(within) / len(within) - math.fsum(between) / len(between)
    assert within_minus_between(correlation, families) == pytest.approx(wanted)


@pytest.mark.parametrize("families", [[0, 0, 0], [0, 1, 2]])
def test_within_minus_between_needs_pairs_of_both_kinds(families: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^families: allowed are two or more, one of them with"):
        within_minus_between(np.eye(3), np.array(families))


def rand_index_by_pairs(first: np.ndarray, second: np.ndarray) -> float:
    """Hubert and Arabie's: pairs together in both, less what chance gives, over what is left."""
    pairs = list(itertools.combinations(range(len(first)), 2))
    a, b = ([one[i] == one[j] for i, j in pairs] for one in (first, second))
    both = sum(x and y for x, y in zip(a, b, strict=True))
    expected = sum(a) * sum(b) / len(pairs)
    most = (sum(a) + sum(b)) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


@given(sizes.filter(lambda size: size[0] > 3), st.integers(2, 3))
def test_the_rand_index_is_that_of_scipys_clusters_counted_by_pairs(
    size: tuple[int, int, int], count: int
) -> None:
    correlation = gate_correlation(drawn(*size[:1], size[1] + 1, size[2]))
    families = np.arange(size[0]) % count
    distance = np.clip(1 - correlation, 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average")
    found = fcluster(tree, count, "maxclust")
    wanted = rand_index_by_pairs(found, families)
    assert adjusted_rand_index(correlation, families) == pytest.approx(wanted, abs=1e-12)


def test_families_that_gates_show_are_found() -> None:
    """Two experts a family: an index of 1, whatever the families are called."""
    families = np.array([2, 0, 1, 1, 2, 0])
    p = 0.1 + 0.8 * (np.arange(6) // 2 == families[:, None]) + 0.01 * drawn(6, 6, 3)
    correlation = gate_correlation(p)
    assert adjusted_rand_index(correlation, families) == 1
    assert adjusted_rand_index(correlation, 10 - families) == 1
    assert rand_index_by_pairs(clusters(correlation, 3), families) == 1
    assert within_minus_between(correlation, families) > 1


def test_where_all_tasks_are_alike_there_is_nothing_to_cluster_by() -> None:
    families = np.array([0, 0, 1, 1])
    for p in (np.full((4, 3), 0.5), np.tile(drawn(1, 3, 4), (4, 1))):
        assert adjusted_rand_index(gate_correlation(p), families) == 0


@given(sizes)
def test_the_order_by_similarity_is_a_permutation_that_keeps_clusters_together(
    size: tuple[int, int, int],
) -> None:
    correlation = gate_correlation(drawn(*size))
    order = by_similarity(correlation)
    assert sorted(order.tolist()) == list(range(size[0]))
    distance = np.clip(1 - correlation, 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average")
    for count in range(1, size[0] + 1):
        labels = fcluster(tree, count, "maxclust")[order]
        assert len(list(itertools.groupby(labels))) == len(set(labels))


def test_the_order_of_a_single_task() -> None:
    assert by_similarity(np.ones((1, 1))).tolist() == [0]


@given(sizes)
def test_permuting_tasks_permutes_the_correlations_and_keeps_the_scores(
    size: tuple[int, int, int],
) -> None:
    p, families = drawn(*size), np.arange(size[0]) % 2
    order = np.random.default_rng(size[2] + 1).permutation(size[0])
    one, other = gate_correlation(p), gate_correlation(p[order])
    assert other == pytest.approx(one[np.ix_(order, order)], abs=1e-12)
    if size[0] > 2:
        assert within_minus_between(other, families[order]) == pytest.approx(
            within_minus_between(one, families), abs=1e-9
        )
    if size[0] > 3 and size[1] > 2:
        assert adjusted_rand_index(other, families[order]) == pytest.approx(
            adjusted_rand_index(one, families), abs=1e-9
        )
