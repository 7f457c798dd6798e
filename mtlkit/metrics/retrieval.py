"""How well queries of one modality find what belongs to them among items of the other.

Scores are dot products (of normalised embeddings: cosines). Equal scores count against the model,
so that one which maps everything to a single point never looks good, and so does a score that is
not a number.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.errors import UsageError

TILE = 2048
"""Items scored at once by `best_ranks`."""
LANE = 64
"""Sizes of matrix products are multiples of it: at ragged edges libraries sum in another order, and
equal vectors would get scores that differ in the last digit."""
CELLS = 1 << 22
"""Scores held at once by `average_precisions`."""


def best_ranks(
    queries: Float[Tensor, "query feature"],
    gallery: Float[Tensor, "item feature"],
    query_groups: Int64[Tensor, " query"],
    item_groups: Int64[Tensor, " item"],
    *,
    block: int = 512,
) -> Int64[Tensor, " query"]:
    """The place of the best item of each query's own group; the first place is 1.

    It is 1 + the number of items of other groups that score at least as high. With several captions
    a picture this is "any of them" for a picture, and the usual rank for a caption. A query without
    an item of its group comes after all items: its rank is their number + 1.

    Parameters
    ----------
    block
        How many queries are compared at once. Beside a copy of both sets of embeddings, memory
        holds `block` x 2,048 scores and as many truth values and bytes: about 8 MB as given,
        whatever the gallery's size.

    Raises
    ------
    UsageError
        If `block` is below 1.
    """
    if block < 1:
        raise UsageError(f"block is {block}: it must be at least 1.")
    items = len(gallery)
    by_group, places = _in_order(query_groups), _in_order(item_groups)
    groups, own = query_groups[by_group], item_groups[places].contiguous()
    starts = torch.searchsorted(own, groups)
    ends = torch.searchsorted(own, groups, right=True)
    width = min(TILE, _lanes(items))
    height = min(_lanes(block), _lanes(len(queries)))
    rows, columns = _padded(queries[by_group], height), _padded(gallery[places], width)
    scores = rows.new_empty(height, width)
    ranks = torch.empty_like(by_group)
    for top in range(0, len(queries), height):
        here = slice(top, min(top + height, len(queries)))
        start, end = starts[here, None], ends[here, None]
        low, high = int(start.min()), int(end.max())
        block_rows, count = rows[top : top + height], len(by_group[here])

        def tile(left: int, block_rows: Tensor = block_rows, count: int = count) -> Tensor:
            torch.mm(block_rows, columns[left : left + width].mT, out=scores)
            return scores[:count, : items - left]

        def mine(left: int, start: Tensor = start, end: Tensor = end) -> Tensor:
            place = torch.arange(left, min(left + width, items), device=rows.device)
            return (place >= start) & (place < end)

        target = rows.new_full((count, 1), -torch.inf)
        for left in range(low - low % width, high, width):
            best = tile(left).masked_fill(~mine(left), -torch.inf).amax(1, keepdim=True)
            target = torch.maximum(target, best)
        beaten = torch.zeros_like(groups[here], dtype=torch.int32)
        for left in range(0, items, width):
            # Counting those below, and not those above, a score that is no number is not beaten.
            below = tile(left) < target
            if left < high and left + width > low:
                below &= ~mine(left)
            beaten += below.sum(1, dtype=torch.int32)
        ranks[by_group[here]] = 1 + items - (ends - starts)[here] - beaten
    return ranks


def recall_at(ranks: Int64[Tensor, " query"], k: int, items: int) -> float:
    """The share of queries whose best item is among the first k of so many items.

    Raises
    ------
    UsageError
        If k is below 1 or above `items`, or there are no queries.
    """
    _check_places("k", k, items)
    _check_some(ranks)
    return float((ranks <= k).double().mean())


def mean_rank(ranks: Int64[Tensor, " query"]) -> float:
    """The mean rank; the first place is 1.

    Raises
    ------
    UsageError
        If there are no queries.
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
    ordered = ranks.sort().values
    middle = ordered[[(len(ranks) - 1) // 2, len(ranks) // 2]]
    return float(middle.double().mean())


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
        If `depth` is below 1 or above the number of items.

    Notes
    -----
    Queries are taken some at a time, so that memory holds about 4 million scores (but no fewer than
    64 queries' scores), beside a copy of both sets of embeddings.
    """
    items = len(gallery)
    if depth is not None:
        _check_places("depth", depth, items)
    by_label, places = _in_order(query_labels), _in_order(item_labels)
    labels, own = query_labels[by_label], item_labels[places].contiguous()
    starts = torch.searchsorted(own, labels)
    sizes = torch.searchsorted(own, labels, right=True) - starts
    width = _lanes(items)
    height = min(max(LANE, CELLS // width // LANE * LANE), _lanes(len(queries)))
    rows, columns = _padded(queries[by_label], height), _padded(gallery[places], width)
    scores = rows.new_empty(height, width)
    found = rows.new_empty(len(queries))
    for top in range(0, len(queries), height):
        here = slice(top, min(top + height, len(queries)))
        torch.mm(rows[top : top + height], columns.mT, out=scores)
        these = scores[: len(by_label[here])]
        these[:, items:] = -torch.inf
        found[by_label[here]] = _summed(
            these, starts[here, None], sizes[here, None], items, divided, depth
        ).to(found.dtype)
    return found


def mean_average_precision(precisions: Float[Tensor, " query"]) -> float:
    """The mean over the queries that have an average precision; NaN if none has."""
    return float(precisions.nanmean())


def _summed(
    scores: Tensor, starts: Tensor, sizes: Tensor, items: int, divided: bool, depth: int | None
) -> Tensor:
    """Average precisions of a block, whose relevant items stand together; overwrites the scores."""
    most = int(sizes.max())
    place = torch.arange(most, device=scores.device)
    real = place < sizes
    relevant = scores.gather(1, (starts + place).clamp(max=items - 1)) if most else scores[:, :0]
    # What is no number comes last if relevant, else first.
    held = relevant.nan_to_num(torch.inf, torch.inf, -torch.inf).masked_fill(~real, -torch.inf)
    relevant = relevant.nan_to_num(-torch.inf, torch.inf, -torch.inf).masked_fill(~real, -torch.inf)
    relevant = relevant.sort(1, descending=True).values
    scores.nan_to_num_(torch.inf, torch.inf, -torch.inf)
    above = _at_least(_ascending(scores), relevant).clamp(max=items)
    above -= torch.minimum(_at_least(held.sort(1).values, relevant), sizes)
    position = place + 1 + above
    counts = real if depth is None else real & (position <= depth)
    total = torch.where(counts, (place + 1).double() / position, 0.0).sum(1)
    divisor = sizes[:, 0] if depth is None else sizes[:, 0].clamp(max=depth)
    total = total / divisor if divided else total
    return torch.where(sizes[:, 0] > 0, total, torch.nan)


def _ascending(scores: Tensor) -> Tensor:
    """Each row sorted, in place where that can be."""
    if scores.device.type != "cpu":
        return scores.sort(1).values
    # Three times as fast as torch's, which also keeps where each came from.
    scores.numpy().sort(axis=1)
    return scores


def _at_least(ascending: Tensor, values: Tensor) -> Tensor:
    """How many of a row are at least as high as each value."""
    return ascending.shape[1] - torch.searchsorted(ascending, values)


def _in_order(groups: Tensor) -> Tensor:
    return torch.argsort(groups, stable=True)


def _lanes(size: int) -> int:
    return max(-(-size // LANE), 1) * LANE


def _padded(x: Tensor, multiple: int) -> Tensor:
    """Zero vectors added until their number is a multiple."""
    return torch.nn.functional.pad(x, (0, 0, 0, -len(x) % multiple))


def _check_places(name: str, places: int, items: int) -> None:
    if not 1 <= places <= items:
        raise UsageError(
            f"{name} is {places}: it must be at least 1 and at most {items}, the number of items."
        )


def _check_some(ranks: Tensor) -> None:
    if len(ranks) == 0:
        raise UsageError("there are no ranks: at least one query is needed.")
