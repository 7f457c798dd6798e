"""Which compositions are held out of training: some of all that there are, drawn from a seed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Int64
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.data.composed import HELD_TEST, HELD_VALIDATION, SEEN
from mtlkit.errors import UsageError

LEAST = 2
"""Compositions that are held out for validation, and for test."""


def product(words: Sequence[Sequence[str]]) -> Int64[Tensor, "composition slot"]:
    """All compositions of one word of each slot, by number; the last slot counts fastest."""
    return torch.cartesian_prod(*(torch.arange(len(each)) for each in words))


def highest_share(words: Sequence[Sequence[str]]) -> float:
    """Of compositions that can be held out while each word is seen once, in whole percent."""
    sizes = [len(each) for each in words]
    return math.floor(100 * (1 - max(sizes) / math.prod(sizes))) / 100


def held_out(
    name: str, words: Sequence[Sequence[str]], seed: int, unseen: float
) -> Int64[Tensor, " composition"]:
    """The group of each composition in the order of `product`.

    First a few are drawn that stay seen, the fewest that have every word twice (or once, if more
    are to be held out); the others are held out in a random order, in turn for validation and test.

    Parameters
    ----------
    name
        Of the set: names the stream.
    words
        Of each slot, at least two slots of at least two words.
    seed
        Which ones.
    unseen
        Which share of all, half for each part.

    Raises
    ------
    UsageError
        If some word would not be seen.
    """
    sizes = [len(each) for each in words]
    every = math.prod(sizes)
    each = max(LEAST, round(unseen / 2 * every))
    seen = every - 2 * each
    if seen < max(sizes):
        raise UsageError(
            f"unseen = {unseen}: would leave {max(seen, 0)} of {every} compositions seen, where "
            f"{max(sizes)} are needed so that every word is seen in training."
        )
    random = stream(seed, f"compositions/{name}/split")
    kept = _covering(sizes, 2 if seen >= 2 * max(sizes) else 1, random)
    order = torch.randperm(every, generator=random)
    held = order[~torch.isin(order, kept)][: 2 * each]
    group = torch.full((every,), SEEN)
    group[held[0::2]] = HELD_VALIDATION
    group[held[1::2]] = HELD_TEST
    return group


def _covering(
    sizes: Sequence[int], times: int, random: torch.Generator
) -> Int64[Tensor, " composition"]:
    """As few different compositions as have each word of each slot so many times or more."""
    many = times * max(sizes)
    while True:
        found = torch.zeros(many, dtype=torch.int64)
        for size in sizes:
            found = found * size + torch.randperm(many, generator=random) % size
        if len(set(found.tolist())) == many:
            return found
