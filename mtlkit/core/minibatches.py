"""Which examples a training step sees, counted in steps instead of epochs."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Int64
from torch import Tensor

from mtlkit.core.streams import shuffled


class Minibatches:
    """Passes over the examples, each in an order of its own; a step is a place in a pass.

    Parameters
    ----------
    seeds
        One a replica; replicas of one seed see the same examples.
    size
        How many examples there are.
    batch_size
        How many a step sees. What is left over at the end of a pass is left out of it.

    Raises
    ------
    ValueError
        If a batch has no example, or more than there are.
    """

    def __init__(self, seeds: Sequence[int], size: int, batch_size: int) -> None:
        if not 1 <= batch_size <= size:
            raise ValueError(f"batch_size = {batch_size}: allowed is 1 to {size}, the examples.")
        self._seeds, self._size, self._batch_size = tuple(seeds), size, batch_size
        self._pass = 0
        self._order = shuffled(self._seeds, self._pass, size)

    def rows(self, step: int) -> Int64[Tensor, "replica batch"]:
        """The examples of a step; steps count from 0."""
        number, place = divmod(step, self._size // self._batch_size)
        if number != self._pass:
            self._pass, self._order = number, shuffled(self._seeds, number, self._size)
        start = place * self._batch_size
        return self._order[:, start : start + self._batch_size]


def steps_of_look(look: int, looks: int, steps: int) -> range:
    """The steps before a look: `steps` in all, dealt out to `looks` as evenly as can be.

    Looks count from 1, steps from 0.

    Examples
    --------
    >>> [len(steps_of_look(look, 3, 10)) for look in (1, 2, 3)]
    [3, 3, 4]
    """
    return range((look - 1) * steps // looks, look * steps // looks)
