"""A stack that does not fit is halved until it does, and every seed is trained once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given

from mtlkit.core.memory import out_of_memory, within_memory
from mtlkit.core.result import Result
from mtlkit.errors import UsageError

ERRORS = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes."),
]


@pytest.fixture(scope="module", autouse=True)
def _little_garbage() -> Iterator[None]:
    """What the whole test run holds takes seconds to look through."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gc.collect", lambda: 0)
        yield


def result(seed: int) -> Result:
    return Result("toy", {}, (seed,), {}, {}, {"seconds": 0.0})


@given(
    seeds=st.lists(st.integers(0, 99), unique=True, max_size=20),
    most=st.integers(1, 20),
    before=st.integers(0, 3),
    error=st.sampled_from(ERRORS),
)
def test_every_seed_is_trained_once_in_stacks_that_fit(
    seeds: list[int], most: int, before: int, error: Exception
) -> None:
    fitting: list[int] = []

    def train(stack: Sequence[int]) -> Iterator[Result]:
        """Fails where the stack is too large: after some results, if it is not far too large."""
        for place, seed in enumerate(stack):
            if len(stack) > most and (len(stack) > 2 * most or place >= before):
                raise error
            yield result(seed)
        if len(stack) > most:
            raise error
        fitting.append(len(stack))

    found = [item.seeds[0] for item in within_memory(train, seeds) if isinstance(item, Result)]
    assert found == seeds  # in their order
    assert all(0 < size <= most for size in fitting)


def test_one_seed_that_does_not_fit_is_named_in_a_sentence() -> None:
    def train(stack: Sequence[int]) -> Iterator[Result]:
        if 3 in stack:
            raise MemoryError
        yield from map(result, stack)

    with pytest.raises(UsageError, match=r"^seed 3: the memory is too small .* more memory\.$"):
        list(within_memory(train, range(5)))


def test_other_errors_are_no_want_of_memory() -> None:
    assert all(map(out_of_memory, ERRORS))
    other = RuntimeError("mat1 and mat2 shapes cannot be multiplied")
    assert not out_of_memory(other) and not out_of_memory(ValueError("out of memory"))

    def train(stack: Sequence[int]) -> Iterator[Result]:
        raise other
        yield

    with pytest.raises(RuntimeError, match="shapes"):
        list(within_memory(train, [0, 1]))
