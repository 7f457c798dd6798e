"""Average precision: how far up all the relevant items are."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.metrics.retrieval.blocks import LANE, Block, Blocks, check_places

CELLS = 1 << 22
"""Scores held at once."""
FEW = 16
"""Up to so many relevant items comparing with each is quicker than sorting."""
ENDS = (torch.inf, -torch.inf)
"""What `nan_to_num` leaves as it is."""


def average_precisions(
    queries: Float[Tensor, "query feature"],
    gallery: Float[Tensor, "item feature"],
    query_labels: Int64[Tensor, " query"],
    item_labels: Int64[Tensor, " item"],
    *,
    divided: bool = True,
    depth: int | None = None,
) -> Float[Tensor, " query"]:
    r"""Average precision of each query; items of its own label are the relevant ones.

    .. math:: \frac{1}{R} \sum_{i=1}^{K} p(i)\, r(i)

    with R relevant items, p(i) the share of relevant ones among the first i, and r(i) whether the
    i-th is relevant. Of equal scores the relevant come last. A query that nothing is relevant to
    has no average precision: NaN.

    Parameters
    ----------
    divided
        Whether to divide. The sum alone, as nahm2020 prints it (section 6.4), can exceed 1.
    depth
        K, how many of the first items count; all if not given. With it the divisor is min(R, K), so
        that the best order has 1.

    Raises
    ------
    UsageError
        If `depth` is below 1 or above the number of items, or there are no items.

    Notes
    -----
    Some queries at a time are scored with all items. Beside a copy of both sets of embeddings,
    memory holds about 4 million scores (or 192 queries' scores, if that is more), and for each
    relevant item of such a query some numbers more.
    """
    items = len(gallery)
    height = max(CELLS // max(items, 1) // LANE * LANE, LANE)
    blocks = Blocks.of(queries, gallery, query_labels, item_labels, height, items)
    if depth is not None:
        check_places("depth", depth, items)
    found = torch.empty_like(queries[:, 0])
    for block in blocks:
        sizes = block.end - block.start
        nth = torch.arange(1, int(sizes.max()) + 1, device=sizes.device)
        position = nth + _above(blocks, block)
        counted = nth <= sizes if depth is None else (nth <= sizes) & (position <= depth)
        total = torch.where(counted, nth.double() / position, 0.0).sum(1)
        if divided:
            total /= sizes[:, 0] if depth is None else sizes[:, 0].clamp(max=depth)
        found[block.places] = total.masked_fill(sizes[:, 0] == 0, torch.nan).to(found.dtype)
    return found


def mean_average_precision(precisions: Float[Tensor, " query"]) -> float:
    """The mean over the queries that have an average precision; NaN if none has."""
    return float(precisions.double().nanmean())


def _above(blocks: Blocks, block: Block) -> Int64[Tensor, "query nth"]:
    """How many items that are not relevant come before the n-th of the relevant ones.

    All items that score at least as high, less the relevant ones among them. What is no number is
    the lowest score to look for, and the highest that is counted.
    """
    blocks.tile(block, 0)
    scores = blocks.scores[: len(block.places)]
    scores[:, blocks.items :] = -torch.inf
    sizes = block.end - block.start
    nth = torch.arange(int(sizes.max()), device=sizes.device)
    missing = nth >= sizes
    relevant = scores.gather(1, (block.start + nth).clamp(max=blocks.items - 1))
    wanted = relevant.nan_to_num(-torch.inf, *ENDS).masked_fill_(missing, -torch.inf)
    wanted = wanted.sort(1, descending=True).values
    held = relevant.nan_to_num(torch.inf, *ENDS).masked_fill_(missing, -torch.inf)
    all_above = _at_least(scores.nan_to_num_(torch.inf, *ENDS), wanted)
    return all_above.clamp(max=blocks.items) - torch.minimum(_at_least(held, wanted), sizes)


def _at_least(scores: Tensor, values: Tensor) -> Tensor:
    """How many of a row are at least as high as each value; may overwrite the scores."""
    if values.shape[1] > FEW:
        return scores.shape[1] - torch.searchsorted(_ascending(scores), values)
    count = torch.zeros_like(values, dtype=torch.int64)
    for nth in range(values.shape[1]):
        count[:, nth] = (scores >= values[:, nth, None]).sum(1, dtype=torch.int32)
    return count


def _ascending(scores: Tensor) -> Tensor:
    """Each row sorted; overwrites the scores where that saves time."""
    if scores.device.type != "cpu":
        return scores.sort(1).values
    # Three times as fast as torch's, which also keeps where each score came from.
    scores.numpy().sort(axis=1)
    return scores
