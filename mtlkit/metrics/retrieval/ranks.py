"""The rank of the best relevant item, and what is read off the ranks."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.errors import UsageError
from mtlkit.metrics.retrieval.blocks import Block, Blocks, check_places

TILE = 960
"""Items scored at once: a tile of scores stays in the processor's cache."""


def best_ranks(
    queries: Float[Tensor, "query feature"],
    gallery: Float[Tensor, "item feature"],
    query_groups: Int64[Tensor, " query"],
    item_groups: Int64[Tensor, " item"],
    *,
    block: int = 192,
) -> Int64[Tensor, " query"]:
    """The place of the best item of each query's own group; the first place is 1.

    It is 1 + the number of items of other groups that score at least as high. With several captions
    a picture this is "any of them" for a picture, and the usual rank for a caption. A query without
    an item of its group comes after all items: its rank is their number + 1.

    Parameters
    ----------
    block
        How many queries are compared at once, rounded up to a multiple of 192. Beside a copy of
        both sets of embeddings, memory holds some arrays of `block` x 960 numbers: about 2 MB as
        given, whatever the sizes of the sets.

    Raises
    ------
    UsageError
        If `block` is below 1, or there are no items.
    """
    if block < 1:
        raise UsageError(f"block is {block}: it must be at least 1.")
    blocks = Blocks.of(queries, gallery, query_groups, item_groups, block, TILE)
    ranks = torch.empty_like(query_groups)
    for some in blocks:
        others = blocks.items - (some.end - some.start)[:, 0]
        ranks[some.places] = 1 + others - _beaten(blocks, some, _best_own(blocks, some))
    return ranks


def _best_own(blocks: Blocks, block: Block) -> Float[Tensor, "query 1"]:
    """The highest score of a query with an item of its group; minus infinity if there is none."""
    best = torch.full_like(block.start, -torch.inf, dtype=blocks.scores.dtype)
    first, last = _span(block)
    for left in range(first - first % blocks.width, last, blocks.width):
        scores = blocks.tile(block, left)
        others = ~block.own(left, left + scores.shape[1])
        best = torch.maximum(best, scores.masked_fill(others, -torch.inf).amax(1, keepdim=True))
    return best


def _beaten(
    blocks: Blocks, block: Block, best: Float[Tensor, "query 1"]
) -> Int64[Tensor, " query"]:
    """How many items of other groups score lower; one whose score is no number does not."""
    count = torch.zeros_like(block.places)
    first, last = _span(block)
    for left in range(0, blocks.items, blocks.width):
        lower = blocks.tile(block, left) < best
        right = left + lower.shape[1]
        if left < last and right > first:
            lower &= ~block.own(left, right)
        count += lower.sum(1, dtype=torch.int32)
    return count


def _span(block: Block) -> tuple[int, int]:
    """From where to where there are own items of any query of the block."""
    return int(block.start.min()), int(block.end.max())


def recall_at(ranks: Int64[Tensor, " query"], k: int, items: int) -> float:
    """The share of queries whose best item is among the first k of so many items.

    Raises
    ------
    UsageError
        If k is below 1 or above `items`, or there are no queries.
    """
    check_places("k", k, items)
    _check_some(ranks)
    return float((ranks <= k).double().mean())


def mean_rank(ranks: Int64[Tensor, " query"]) -> float:
    """The mean rank; the first place is 1.

    Raises
    ------
    UsageError
        If there are no queries.

    Notes
    -----
    epfl_retrieval counts ranks from 0 in "rank < K". That is the same recall; of the mean and the
    median it does not say.
    """
    _check_some(ranks)
    return float(ranks.double().mean())


def median_rank(ranks: Int64[Tensor, " query"]) -> float:
    """The median rank, of an even number of queries the mean of the two in the middle.

    Raises
    ------
    UsageError
        If there are no queries.
    """
    _check_some(ranks)
    middle = [(len(ranks) - 1) // 2, len(ranks) // 2]
    return float(ranks.sort().values[middle].double().mean())


def _check_some(ranks: Tensor) -> None:
    if len(ranks) == 0:
        raise UsageError("there are no ranks: at least one query is needed.")
