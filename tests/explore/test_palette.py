"""Every look can be told from every other, on a white page and on a dark one."""

import itertools

import pytest

from mtlkit.errors import UsageError
from mtlkit.explore.palette import INK, NAMED, PAPER, TASKS, styles, task_key

DARK = "#121212"


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", [*NAMED.values(), *TASKS], ids=lambda style: style.label)
def test_graphics_contrast_is_at_least_three_on_white_and_on_dark(style) -> None:
    assert contrast(style.colour, PAPER) >= 3
    if style.colour != INK:  # ink becomes a light grey on a dark page
        assert contrast(style.colour, DARK) >= 3


@pytest.mark.parametrize("family", [NAMED.values(), TASKS])
def test_no_two_looks_differ_by_colour_alone(family) -> None:
    for one, other in itertools.combinations(family, 2):
        assert one.colour != other.colour
        assert one.marker != other.marker
        assert (one.dash, one.marker) != (other.dash, other.marker)


def test_a_strategy_looks_the_same_whatever_stands_beside_it() -> None:
    alone = styles(["equal"])["equal"]
    among = styles(["something_new", "single_task", "equal"])["equal"]
    assert alone == among == NAMED["equal"]


def test_unknown_keys_get_colours_that_nothing_else_here_has() -> None:
    found = styles(["mgda", "equal", "learned_kendall", "gradnorm"])
    assert list(found) == ["mgda", "equal", "learned_kendall", "gradnorm"]
    assert len({style.colour for style in found.values()}) == 4
    assert found["mgda"].label == "mgda"


def test_tasks_count_from_one_and_go_round_after_eight() -> None:
    found = styles([task_key(1), task_key(9)])
    assert found["task 1"].colour == found["task 9"].colour
    assert found["task 9"].label == "task 9"
    with pytest.raises(UsageError, match="from 1 on"):
        task_key(0)
