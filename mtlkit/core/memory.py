"""A stack that the memory does not hold is halved, and halved again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence

import torch

from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.errors import UsageError

Training = Callable[[Sequence[int]], Iterator[Snapshot | Result]]

_SIGNS = ("can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory")


def within_memory(train: Training, seeds: Sequence[int]) -> Iterator[Snapshot | Result]:
    """Train the seeds beside one another or, where the memory is too small, half of them at a time.

    Raises
    ------
    UsageError
        If it is too small for one.
    """
    stacks = [list(seeds)] if seeds else []
    while stacks:
        stack = stacks.pop(0)
        left = list(stack)
        try:
            for item in train(stack):
                if isinstance(item, Result):
                    left.remove(item.seeds[0])
                yield item
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
        else:
            continue
        # Not while the error is handled: it holds on to everything the training had.
        if len(stack) == 1:
            raise UsageError(
                f"seed {stack[0]}: the memory is too small for this run, even alone; allowed is a "
                "smaller setting, fewer processes beside it, or a machine with more memory."
            )
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        half = (len(left) + 1) // 2
        stacks = [part for part in (left[:half], left[half:]) if part] + stacks


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that the memory, the GPU's or the machine's, is used up."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)
