"""A tree with its repetitions written once is the same tree."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.explore.pooling import pooled, unpooled

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.floats(-2, 2)
    | st.text(max_size=3).filter(lambda text: not text.startswith("@"))
)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=20,
)


def text(tree: Any) -> str:
    return json.dumps(tree)


@given(trees)
def test_the_tree_comes_back(tree: Any) -> None:
    again = [tree, [tree, {"twice": tree}]]
    packed = json.loads(text(pooled(again)))
    assert text(unpooled(packed)) == text(again)


def test_true_and_one_and_one_point_zero_are_three_things() -> None:
    tree = [[True] * 9, [1] * 9, [1.0] * 9]
    assert text(unpooled(pooled(tree))) == text(tree)


def test_what_occurs_twice_is_written_once_and_is_one_object() -> None:
    long = list(range(100))
    packed = pooled([long, {"again": list(long)}])
    assert text(packed).count("98, 99") == 1
    first, second = unpooled(packed)
    assert first is second["again"]


def test_parts_of_parts_are_shared_too() -> None:
    part = ["a long enough text"]
    packed = pooled([[part, 1], [part, 2], [part, 1]])
    assert text(packed).count("long enough") == 1
    assert unpooled(packed) == [[part, 1], [part, 2], [part, 1]]


def test_a_text_that_looks_like_a_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="@3"):
        pooled(["@3"])


def test_a_number_that_json_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        pooled([[float("nan"), "a long text"]] * 2)
