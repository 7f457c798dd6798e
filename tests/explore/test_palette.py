"""Every look can be told from every other, on a white page and on a dark one."""

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mtlkit.report
from mtlkit.errors import UsageError
from mtlkit.explore import draw_marks, plotly_parts
from mtlkit.explore.palette import FAMILIES, INK, NAMED, PAPER, TASKS, Style, styles, task_key

DARK, DARK_INK = "#121212", "#dfe3e8"
STRATEGIES = [style for name, style in NAMED.items() if name != "data" and style.colour != INK]


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


@pytest.mark.parametrize("family", [*(each.values() for each in FAMILIES), TASKS])
def test_no_two_looks_differ_by_colour_alone(family) -> None:
    for one, other in itertools.combinations(family, 2):
        assert one.colour != other.colour
        assert one.label != other.label
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


# Oklab, and how a reader without red or green cones sees a colour (Machado et al. 2009).
_CONES = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
_LAB = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
_SIGHT = {
    "full": np.eye(3),
    "no green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "no red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
}


def seen(colour: str, sight: str) -> Any:
    parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return _LAB @ np.cbrt(np.clip(_CONES @ (_SIGHT[sight] @ linear), 0, 1))


def apart(one: str, other: str, sight: str = "full") -> float:
    return float(100 * np.linalg.norm(seen(one, sight) - seen(other, sight)))


def dark(colour: str) -> str:
    """What a dark page puts in a colour's place."""
    sheets = mtlkit.report.__file__.replace("__init__.py", "static/figures.")
    script, sheet = (Path(f"{sheets}{kind}").read_text("utf-8") for kind in ("js", "css"))
    name = dict(re.findall(r'"(#\w{6})": "(--mtl-\w+)"', script))[colour]
    light_ones, dark_ones = re.findall(rf"{name}: (#\w{{6}})", sheet)
    assert light_ones == colour
    return str(dark_ones)


@pytest.mark.parametrize("style", [*STRATEGIES, *TASKS], ids=lambda style: style.label)
def test_a_dark_page_has_a_lighter_colour_of_enough_contrast(style: Style) -> None:
    assert contrast(dark(style.colour), DARK) >= 4.5


@pytest.mark.parametrize("page", [str, dark])
def test_no_strategy_has_the_colour_of_a_task(page: Callable[[str], str]) -> None:
    for strategy, task in itertools.product(STRATEGIES, TASKS[:6]):
        assert apart(page(strategy.colour), page(task.colour)) > 7, (strategy, task)


@pytest.mark.parametrize("sight", _SIGHT)
@pytest.mark.parametrize("page", [str, dark])
def test_the_usual_strategies_can_be_told_apart_by_everyone(
    page: Callable[[str], str], sight: str
) -> None:
    for family in FAMILIES:
        for one, other in itertools.combinations([*family.values()][:5], 2):
            assert apart(page(one.colour), page(other.colour), sight) > 7, (one, other)


@pytest.mark.parametrize("page", [str, dark])
def test_strategies_of_one_figure_have_colours_that_are_far_apart(
    page: Callable[[str], str],
) -> None:
    for family in FAMILIES:
        coloured = [style for style in family.values() if style.colour != INK]
        for one, other in itertools.combinations(coloured, 2):
            assert apart(page(one.colour), page(other.colour)) > 9, (one, other)
        for style in coloured:
            assert apart(page(style.colour), INK if page is str else DARK_INK) > 8, style


def test_an_architecture_of_two_lessons_looks_the_same_in_both() -> None:
    for one, other in itertools.combinations(FAMILIES, 2):
        for name in one.keys() & other.keys():
            assert one[name] == other[name] == NAMED[name]


def test_six_tasks_have_six_dashes() -> None:
    assert len({style.dash for style in TASKS[:6]}) == 6
    assert len({style.colour for style in TASKS[:6]}) == 6
    names = {style.dash for style in (*NAMED.values(), *TASKS)}
    assert names <= set(draw_marks.DASHES)


@pytest.mark.parametrize("dash", plotly_parts.DASHES.values())
def test_two_strokes_of_each_dash_fit_the_legends_line_of_30_pixels(dash: str) -> None:
    strokes = [int(part.removesuffix("px")) for part in dash.split(",")]
    assert sum(strokes) + strokes[0] <= 30
