"""Queries and items in the order of their groups, and their scores a block at a time."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mtlkit.errors import UsageError

LANE = 192
"""Sizes of matrix products are multiples of it, which is one of the usual widths of a kernel: at
ragged edges sums go in another order, and equal vectors get scores that differ in the last digit.
"""


@attrs.frozen(eq=False)
class Block:
    """Some queries: their places in the caller's order, and which items are their own."""

    vectors: Float[Tensor, "row feature"]
    places: Int64[Tensor, " query"]
    start: Int64[Tensor, "query 1"]
    end: Int64[Tensor, "query 1"]

    def own(self, left: int, right: int) -> Bool[Tensor, "query item"]:
        """Of the items from `left` up to `right`, in their order here: which are a query's own."""
        item = torch.arange(left, right, device=self.start.device)
        return (item >= self.start) & (item < self.end)


@attrs.frozen(eq=False)
class Blocks:
    """All queries and items, ordered so that the own items of a query stand side by side.

    `height` and `width`, how many are scored at once, are rounded up to a multiple of `LANE`.
    """

    items: int
    height: int
    width: int
    queries: Float[Tensor, "row feature"]
    gallery: Float[Tensor, "column feature"]
    places: Int64[Tensor, " query"]
    starts: Int64[Tensor, " query"]
    ends: Int64[Tensor, " query"]
    scores: Float[Tensor, "height width"]

    @classmethod
    def of(
        cls,
        queries: Float[Tensor, "query feature"],
        gallery: Float[Tensor, "item feature"],
        query_groups: Int64[Tensor, " query"],
        item_groups: Int64[Tensor, " item"],
        height: int,
        width: int,
    ) -> Blocks:
        """Put them in order, and fill the last block up with zero vectors.

        Raises
        ------
        UsageError
            If there are no items.
        """
        items = len(gallery)
        if not items:
            raise UsageError("the gallery is empty: at least one item is needed.")
        height = min(lanes(height), lanes(max(len(queries), 1)))
        width = min(lanes(width), lanes(items))
        places, order = query_groups.argsort(stable=True), item_groups.argsort(stable=True)
        groups, own = query_groups[places], item_groups[order]
        filled = _picked(queries, places, height)
        return cls(
            items=items,
            height=height,
            width=width,
            queries=filled,
            gallery=_picked(gallery, order, width),
            places=places,
            starts=torch.searchsorted(own, groups),
            ends=torch.searchsorted(own, groups, right=True),
            scores=filled.new_empty(height, width),
        )

    def __iter__(self) -> Iterator[Block]:
        for top in range(0, len(self.places), self.height):
            here = slice(top, top + self.height)
            yield Block(
                self.queries[here],
                self.places[here],
                self.starts[here, None],
                self.ends[here, None],
            )

    def tile(self, block: Block, left: int) -> Float[Tensor, "query item"]:
        """Scores of a block's queries with the items from `left`; the next call overwrites them."""
        torch.mm(block.vectors, self.gallery[left : left + self.width].mT, out=self.scores)
        return self.scores[: len(block.places), : self.items - left]


def lanes(size: int) -> int:
    """The size, rounded up to a multiple of `LANE`."""
    return -(-size // LANE) * LANE


def check_places(name: str, places: int, items: int) -> None:
    """Refuse a number of first places that the gallery does not have.

    Raises
    ------
    UsageError
        If it is below 1 or above the number of items.
    """
    if not 1 <= places <= items:
        raise UsageError(
            f"{name} is {places}: it must be at least 1 and at most {items}, the number of items."
        )


def _picked(x: Tensor, order: Tensor, multiple: int) -> Tensor:
    """The rows in that order, and zeros up to a multiple."""
    rows = -(-len(x) // multiple) * multiple
    found = x.new_zeros(rows, x.shape[1])
    torch.index_select(x.detach(), 0, order, out=found[: len(x)])
    return found
