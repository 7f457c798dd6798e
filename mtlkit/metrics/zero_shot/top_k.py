"""Whether the label is among the k candidates with the highest scores."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from mtlkit.errors import UsageError

CELLS = 1 << 20
"""Scores looked at together."""


def top_k_hits(
    scores: Float[Tensor, "picture composition"],
    labels: Int64[Tensor, " picture"],
    candidates: Bool[Tensor, " composition"],
    k: int = 1,
) -> Bool[Tensor, " picture"]:
    """Of each picture whether fewer than k other candidates come before its label.

    All do that do not score lower: equal scores go against the model. What is no number comes last
    as the score of the label, and first as that of another. With k candidates or fewer all pictures
    are hits.

    Raises
    ------
    UsageError
        If k is below 1, there are no candidates, or a label is none of them.
    """
    check(labels, candidates, k)
    columns = candidates.nonzero()[:, 0]
    hits = torch.empty_like(labels, dtype=torch.bool)
    height = max(CELLS // len(candidates), 1)
    for top in range(0, len(labels), height):
        here = slice(top, top + height)
        own = scores[here].gather(1, labels[here, None])
        hits[here] = before(scores[here].index_select(1, columns), own) <= k
    return hits


def accuracy_by_composition(
    hits: Bool[Tensor, " picture"], labels: Int64[Tensor, " picture"], compositions: int
) -> Float64[Tensor, " composition"]:
    """The share of hits among the pictures of each composition; NaN where there are none.

    Raises
    ------
    UsageError
        If a label is not one of so many compositions.
    """
    check_range(labels, compositions)
    pictures = torch.bincount(labels, minlength=compositions)
    return torch.bincount(labels, hits.double(), minlength=compositions) / pictures


def before(
    scores: Float[Tensor, "picture composition"], own: Float[Tensor, "picture 1"]
) -> Int64[Tensor, " picture"]:
    """How many compositions come before one of this score; of equal ones all, itself included."""
    return scores.shape[1] - (scores < own).sum(1)


def check(labels: Tensor, candidates: Tensor, k: int) -> None:
    """Refuse what cannot be evaluated.

    Raises
    ------
    UsageError
        If k is below 1, there are no candidates, or a label is none of them.
    """
    if k < 1:
        raise UsageError(f"k is {k}: it must be at least 1.")
    if not candidates.any():
        raise UsageError("there are no candidates: at least one composition is needed.")
    check_range(labels, len(candidates))
    outside = labels[~candidates[labels]]
    if len(outside):
        raise UsageError(
            f"{len(outside)} pictures have a label that is no candidate, the first "
            f"{int(outside[0])}: labels must be among the candidates."
        )


def check_range(labels: Tensor, compositions: int) -> None:
    """Refuse labels that are no compositions.

    Raises
    ------
    UsageError
        If one is below 0, or not below the number of compositions.
    """
    wrong = labels[(labels < 0) | (labels >= compositions)]
    if len(wrong):
        raise UsageError(
            f"a label is {int(wrong[0])}: it must be at least 0 and below {compositions}, the "
            "number of compositions."
        )
