"""Passing a generator's items on without losing what it returns."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Item = TypeVar("Item")
Passed = TypeVar("Passed")
Returned = TypeVar("Returned")


def mapped(
    source: Generator[Item, None, Returned], transform: Callable[[Item], Passed]
) -> Generator[Passed, None, Returned]:
    """Yield `transform(item)` for each item of a generator, and return what it returns."""
    while True:
        try:
            item = next(source)
        except StopIteration as end:
            returned: Returned = end.value
            return returned
        yield transform(item)
