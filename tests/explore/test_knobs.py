"""Knobs: what they can be set to, and how a link names it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.errors import UsageError
from mtlkit.explore.knobs import (
    Knob,
    Named,
    Ticks,
    Typed,
    defaults,
    from_fragment,
    to_fragment,
)
from mtlkit.explore.live_controls import control

DEGREE = Knob(name="degree", label="degree", values=range(1, 13), default=8)
RATE = Knob(name="rate", label="rate", values=(0.001, 0.01, 1.0), default=0.01, unit="a step")
SHOWN = Knob(name="shown", label="show", values=("weight", "clean error, %&="), default="weight")
WAYS = Ticks(
    name="ways", label="ways", values=("a", "b", "c"), words=("A", "B", "C"), default=("a", "c")
)
KNOBS = (DEGREE, RATE, SHOWN, WAYS)

some_values = st.fixed_dictionaries(
    {
        **{knob.name: st.sampled_from(knob.values) for knob in (DEGREE, RATE, SHOWN)},
        "ways": st.sets(st.sampled_from(WAYS.values), min_size=1).map(WAYS.settled),
    }
)


@given(some_values)
def test_a_fragment_restores_the_values(values: dict[str, Any]) -> None:
    fragment = to_fragment(KNOBS, values)
    assert from_fragment(KNOBS, fragment) == values
    assert from_fragment(KNOBS, "#" + fragment) == values


def test_a_fragment_names_what_was_turned_alone() -> None:
    assert to_fragment(KNOBS, defaults(KNOBS)) == ""
    turned = {**defaults(KNOBS), "degree": 9, "ways": ("b", "c"), "shown": "clean error, %&="}
    # `clean error, %&=` as JavaScript's encodeURIComponent writes it, but for its comma
    assert to_fragment(KNOBS, turned) == "degree=9&shown=clean%20error,%20%25%26%3D&ways=b,c"


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        ("colour=red", "knob = colour: allowed is one of degree, rate, shown, ways."),
        ("degree", "degree = : allowed is one of 1, 2, 3,"),
        ("degree=13", "degree = 13: allowed is one of 1, 2, 3,"),
        ("degree=8.0", "degree = 8.0: allowed is"),
        ("rate=0.02", "rate = 0.02: allowed is one of 0.001, 0.01, 1."),
        ("ways=", "ways = none: allowed is at least one of a, b, c."),
        ("ways=a,d", "ways = a, d: allowed is at least one of a, b, c."),
    ],
)
def test_a_wrong_fragment_is_refused_in_a_sentence(fragment: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        from_fragment(KNOBS, fragment)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("value", [0, 13, "8", None, (8,), [8]])
def test_a_knob_refuses_what_it_has_not(value: object) -> None:
    with pytest.raises(UsageError, match=r"^degree = .*: allowed is one of 1, 2,.*\.$"):
        DEGREE.settled(value)


@pytest.mark.parametrize("value", ["a", "ab", (), [], 3, None, ("a", "d"), [["a"]]])
def test_boxes_refuse_what_they_have_not(value: object) -> None:
    with pytest.raises(UsageError, match=r"^ways = .*: allowed is at least one of a, b, c\.$"):
        WAYS.settled(value)


def test_a_value_is_settled_in_the_knobs_type_and_order() -> None:
    settled = DEGREE.settled(8.0)
    assert settled == 8 and type(settled) is int
    assert WAYS.settled(["c", "a", "c"]) == ("a", "c")


def test_a_value_in_words() -> None:
    assert RATE.said(0.001) == "0.001 a step"
    assert DEGREE.said(8) == "8"
    assert WAYS.said(("a", "c")) == "A, C"


def test_a_named_value_is_said_by_its_name_and_linked_by_itself() -> None:
    kind = Named(
        name="kind", label="flips", values=("a", "b"), words=("to any", "mirrored"), default="a"
    )
    assert kind.said("b") == "mirrored"
    assert kind.read(kind.text("b")) == "b"


def test_steps_between_values() -> None:
    assert RATE.steps(0.001, 1.0) == RATE.steps(1.0, 0.001) == 2
    assert DEGREE.steps(8, 8) == 0
    assert WAYS.steps(("a", "b"), ("b", "c")) == 2


def test_a_default_that_cannot_be_set_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^degree = 0: allowed is one of 1, 2\.$"):
        Knob(name="degree", label="degree", values=(1, 2), default=0)


def test_the_place_of_a_fragment_is_passed_over() -> None:
    for place in ("", "explorer-made-up?", "page.html#explorer-made-up?"):
        assert from_fragment(KNOBS, f"#{place}degree=9")["degree"] == 9
    assert from_fragment(KNOBS, "#explorer-made-up") == defaults(KNOBS)


TYPED = Typed(name="query", label="caption", values=("a red star", "a ring"), default="a ring")


@pytest.mark.parametrize(
    "text",
    [
        "a red star",
        "一只猫",
        "\u0645\u06cc\u200c\u062e\u0648\u0631\u062f",
        "100 % & more, = 7?",
        "",
    ],
)
def test_any_line_of_text_can_be_typed_and_comes_back_from_a_link(text: str) -> None:
    link = to_fragment([TYPED], {"query": text})
    assert from_fragment([TYPED], f"#explorer-x?{link}") == {"query": text}
    assert control(TYPED)["looks"] == "typed"
    assert TYPED.settled(f"  {text} ") == text
    assert TYPED.steps(text, text) == 0


@pytest.mark.parametrize("text", [3, None, "two\nlines", "half \ud800", "a" * 201])
def test_what_is_no_line_of_text_is_refused(text: object) -> None:
    with pytest.raises(UsageError, match=r"query = .*: allowed is a line of text"):
        TYPED.settled(text)
