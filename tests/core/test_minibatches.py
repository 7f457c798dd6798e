"""A step sees its place in a pass over the examples."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.core.minibatches import Minibatches, steps_of_look

shapes = st.integers(1, 12).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size)))


@given(shapes, st.integers(0, 3))
def test_a_pass_shows_every_example_once_but_those_left_over(
    shape: tuple[int, int], number: int
) -> None:
    size, batch = shape
    batches, each = Minibatches((3, 8), size, batch), size // batch
    seen = torch.cat([batches.rows(number * each + place) for place in range(each)], 1)
    assert seen.shape == (2, each * batch)
    for row in seen.tolist():
        assert len(set(row)) == len(row)
        assert set(row) <= set(range(size))


@given(shapes, st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_a_steps_examples_depend_on_the_step_alone(
    shape: tuple[int, int], steps: list[int]
) -> None:
    jumping = Minibatches((5,), *shape)
    for step in steps:
        assert torch.equal(jumping.rows(step), Minibatches((5,), *shape).rows(step))


def test_passes_and_seeds_differ_and_a_seed_stays_itself() -> None:
    batches = Minibatches((1, 2, 1), 50, 50)
    first, second = batches.rows(0), batches.rows(1)
    assert torch.equal(first[0], first[2])
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], second[0])
    assert torch.equal(Minibatches((2,), 50, 50).rows(1)[0], second[1])


@pytest.mark.parametrize("batch", [0, 6, -1])
def test_a_batch_that_cannot_be_is_refused(batch: int) -> None:
    with pytest.raises(ValueError, match=rf"^batch_size = {batch}: allowed is 1 to 5, the"):
        Minibatches((0,), 5, batch)


@given(st.integers(1, 20), st.integers(0, 60))
def test_looks_deal_out_all_steps_evenly_and_in_order(looks: int, more: int) -> None:
    steps = looks + more
    dealt = [steps_of_look(look, looks, steps) for look in range(1, looks + 1)]
    assert [step for some in dealt for step in some] == list(range(steps))
    lengths = [len(some) for some in dealt]
    assert max(lengths) - min(lengths) <= 1
