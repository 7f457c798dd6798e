"""What a lesson declares for its Explorer."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest

from mtlkit import lessons
from mtlkit.core.result import Result
from mtlkit.errors import UsageError
from mtlkit.explore.exploration import MOST_FRAMES, Exploration
from mtlkit.explore.knobs import defaults
from mtlkit.explore.panels import Heatmap, Turns
from mtlkit.explore.subject import subject, subjects

EVERY = [each for name in lessons.names() for each in subjects(lessons.get(name)).values()]
each_exploration = pytest.mark.parametrize(
    "exploration", [each.exploration for each in EVERY], ids=[each.file for each in EVERY]
)

POLYNOMIALS: Exploration = subject(lessons.get("noisy_polynomials")).exploration


@each_exploration
def test_the_grid_has_the_promised_frames(exploration: Exploration) -> None:
    frames = list(exploration.frames())
    settings = [exploration.trained(values) for values in frames]
    assert len(frames) <= MOST_FRAMES
    distinct = {(setting.config, setting.seeds) for setting in settings}
    kinds = {knob.name: knob.kind for knob in exploration.knobs}
    trains = [len(set(v)) for name, v in exploration.grid.items() if kinds[name] == "train"]
    assert len(distinct) == math.prod(trains)
    assert defaults(exploration.knobs) in frames


@each_exploration
@pytest.mark.parametrize("scale", ["smoke", "lesson"])
def test_every_value_of_every_knob_makes_a_setting(exploration: Exploration, scale: str) -> None:
    start = exploration.start(scale)
    for knob in exploration.knobs:
        values = [knob.values] if isinstance(knob.default, tuple) else knob.values
        for value in values:
            exploration.trained({**start, knob.name: value})


@each_exploration
def test_a_train_knob_that_applies_asks_for_another_run_and_no_other_does(
    exploration: Exploration,
) -> None:
    start = exploration.start("lesson")
    here = exploration.trained(start)
    for knob in exploration.knobs:
        others = [(knob.values[0],)] if isinstance(knob.default, tuple) else knob.values
        other = next(value for value in others if value != knob.default)
        same = exploration.trained({**start, knob.name: other}) == here
        assert same == (knob.kind != "train" or not knob.applies(start)), knob.name


def clicked(turns: Turns) -> Exploration:
    """Lesson 01's, with one picture whose row turns a knob."""
    picture = Heatmap(
        title="Cells",
        alt="Cells.",
        x_label="column",
        y_label="row",
        columns=("a",),
        rows=("b",),
        values=[[0.123456]],
        quantity="number",
        turns=turns,
    )
    return attrs.evolve(POLYNOMIALS, panels=lambda result, values: [picture])


NO_RESULT = Result("noisy_polynomials", {}, (), {}, {}, {})


def test_what_is_drawn_has_the_digits_of_both_faces_and_may_turn_a_view_knob() -> None:
    (found,) = clicked(Turns("shown_seed", (3,))).drawn(NO_RESULT, {})
    assert isinstance(found, Heatmap) and found.turns is not None
    assert found.values == ((0.1235,),)
    assert found.turns.values == ("3",)


@pytest.mark.parametrize(
    ("turns", "said"),
    [
        (Turns("degree", (3,)), "turns = degree: allowed is a view knob, one of quantity, fits"),
        (Turns("colour", (3,)), "turns = colour: allowed is a view knob"),
        (Turns("shown_seed", (99,)), "shown_seed = 99: allowed is one of 0, 1"),
    ],
)
def test_a_click_that_would_turn_nothing_is_refused(turns: Turns, said: str) -> None:
    with pytest.raises((ValueError, UsageError), match=said):
        clicked(turns).drawn(NO_RESULT, {})


def test_a_click_needs_a_value_for_each_row() -> None:
    with pytest.raises(UsageError, match="turns of Heatmap has 2 values: allowed is 1"):
        clicked(Turns("shown_seed", (1, 2)))


def test_the_live_default_of_lesson_01() -> None:
    setting = POLYNOMIALS.trained(POLYNOMIALS.start("lesson"))
    config: Any = setting.config
    assert (config.tasks, config.degree, config.width, config.n_train) == (3, 8, 64, 1000)
    assert config.strategies == ("learned_kendall", "equal")
    assert config.noise == (1.0, 2.0, 3.0)
    assert setting.seeds == 5


def test_smoke_turns_knobs_down() -> None:
    setting = POLYNOMIALS.trained(POLYNOMIALS.start("smoke"))
    config: Any = setting.config
    assert (config.epochs, config.width, setting.seeds) == (10, 8, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"grid": {"colour": (1,)}}, "^knob = colour: allowed is one of degree, tasks,"),
        ({"smoke": {"colour": 1}}, "^knob = colour: allowed is one of degree, tasks,"),
        ({"grid": {"degree": (3, 13)}}, "^degree = 13: allowed is"),
        ({"smoke": {"seeds": 4}}, "^seeds = 4: allowed is"),
        (
            {"grid": {"degree": range(1, 13), "tasks": range(2, 7), "seeds": (2, 3, 5)}},
            "^grid of 3 knobs and 180 frames: allowed are 3 and 120",
        ),
        (
            {
                "grid": dict.fromkeys(("width", "tasks", "seeds", "degree"), (8,))
                | {"tasks": (2,), "seeds": (5,)}
            },
            "^grid of 4 knobs and 1 frames: allowed are 3 and 120",
        ),
    ],
)
def test_a_wrong_grid_is_refused(changes: dict[str, Any], said: str) -> None:
    changes = {
        name: {knob: tuple(v) if isinstance(v, range) else v for knob, v in found.items()}
        for name, found in changes.items()
    }
    with pytest.raises(ValueError, match=said):
        attrs.evolve(POLYNOMIALS, **changes)
