"""Which tasks share experts, and whether that agrees with what is known of them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

CONSTANT = 1e-6
"""A task whose probabilities spread less than this prefers no expert."""


def gate_correlation(
    probabilities: Float[np.ndarray, "task expert"],
) -> Float[np.ndarray, "task task"]:
    """Correlation between tasks of their gating probabilities, over the experts.

    A task that prefers no expert (all its probabilities are equal) correlates with nothing: 0 with
    every other task, 1 with itself.

    Notes
    -----
    Source: yan2020, Fig. 3.3, "the normalized correlation in gating probabilities between pairs of
    tasks"; how it is normalised is not said. Here it is Pearson's.
    """
    centred = probabilities - probabilities.mean(1, keepdims=True)
    size = np.sqrt((centred**2).sum(1))
    flat = size <= CONSTANT * np.sqrt(probabilities.shape[1])
    unit = np.where(flat[:, None], 0.0, centred / np.where(flat, 1.0, size)[:, None])
    found: Float[np.ndarray, "task task"] = np.clip(unit @ unit.T, -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return found


def within_minus_between(
    correlation: Float[np.ndarray, "task task"], families: Int[np.ndarray, " task"]
) -> float:
    """Mean correlation of different tasks of a family, less that of tasks of different families.

    Raises
    ------
    ValueError
        If there is a single family, or none has two tasks.
    """
    same = families[:, None] == families[None, :]
    others = ~np.eye(len(families), dtype=bool)
    if same.all() or not (same & others).any():
        raise ValueError("families: allowed are two or more, one of them with at least two tasks.")
    return float(correlation[same & others].mean() - correlation[~same].mean())


def clusters(correlation: Float[np.ndarray, "task task"], count: int) -> Int[np.ndarray, " task"]:
    """Tasks put into so many clusters, by average linkage with 1 - correlation as distance."""
    from sklearn.cluster import AgglomerativeClustering

    found = AgglomerativeClustering(n_clusters=count, metric="precomputed", linkage="average")
    labels: Int[np.ndarray, " task"] = found.fit_predict(1.0 - correlation)
    return labels


def adjusted_rand_index(
    correlation: Float[np.ndarray, "task task"], families: Int[np.ndarray, " task"]
) -> float:
    """Agreement of as many clusters as there are families with these: 1 if alike, 0 by chance.

    Where all pairs of tasks correlate alike there is nothing to cluster by: 0.
    """
    from sklearn.metrics import adjusted_rand_score

    pairs = correlation[~np.eye(len(correlation), dtype=bool)]
    if np.ptp(pairs) < CONSTANT:
        return 0.0
    found = clusters(correlation, len(np.unique(families)))
    return float(adjusted_rand_score(families, found))


def by_similarity(correlation: Float[np.ndarray, "task task"]) -> Int[np.ndarray, " task"]:
    """An order of the tasks in which like ones stand together: the leaves of the linkage tree."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    if len(correlation) == 1:
        return np.zeros(1, dtype=np.int64)
    distance = np.clip(1.0 - correlation, 0.0, None)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), "average", optimal_ordering=True)
    order: Int[np.ndarray, " task"] = leaves_list(tree).astype(np.int64)
    return order
