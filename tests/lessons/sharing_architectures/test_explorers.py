"""What can be explored in lesson 03, and runs of it without a page."""

from __future__ import annotations

import attrs
import pytest

from mtlkit import lessons
from mtlkit.core.result import Result
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.frames import moving_texts, published_frames
from mtlkit.explore.subject import subject
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.studies import MAIN
from mtlkit.lessons.sharing_architectures.views import EXPLORATIONS

LESSON = lessons.get("sharing_architectures")

PICTURES = {
    "bits": ["accuracy_over_steps", "accuracy_by_task", "what_backbones_read", "learned_stitches"],
    "linear": ["error_along_path", "error_by_method", "what_was_found", "coefficients"],
    "shrinkage": ["one_dimensional", "shrinkage"],
}


APPLIES: dict[str, dict[str, object]] = {
    "soft_strength": {"architectures": ("soft_sharing",)},
    "spread": {"coefficients": "around_mean"},
}
"""What must be chosen for a knob to do anything, where that is not so as an Explorer starts."""


def _config(name: str, **turned: object) -> SharingConfig:
    exploration = EXPLORATIONS[name]
    config = exploration.trained({**exploration.start("lesson"), **turned}).config
    assert isinstance(config, SharingConfig)
    return config


def test_the_live_default_is_the_notebooks_run() -> None:
    assert _config("bits") == SharingConfig(strategies=MAIN)
    assert _config("bits").strategies == MAIN
    assert EXPLORATIONS["bits"].trained(EXPLORATIONS["bits"].start("lesson")).seeds == 3


@pytest.mark.parametrize("name", EXPLORATIONS)
def test_an_explorer_without_a_page_shows_all_its_pictures(name: str) -> None:
    explorer = Explorer(LESSON, exploration=name, scale="smoke", live=False)
    exploration = EXPLORATIONS[name]
    shown = exploration.drawn(explorer.result(), explorer.values)
    assert [panel.name for panel in shown] == PICTURES[name]


@pytest.mark.parametrize(
    ("name", "knob", "values"),
    [
        ("bits", knob.name, knob.values)
        for knob in EXPLORATIONS["bits"].knobs
        if knob.name not in ("architectures", "seeds")
    ]
    + [
        ("linear", knob.name, knob.values)
        for knob in EXPLORATIONS["linear"].knobs
        if knob.name not in ("methods", "seeds")
    ],
)
def test_every_value_of_a_knob_is_allowed(name: str, knob: str, values: tuple[object, ...]) -> None:
    for value in values:
        config = _config(name, **{**APPLIES.get(knob, {}), knob: value})
        assert getattr(config, knob) == value


def test_a_run_under_way_shows_its_curves_once_it_has_begun() -> None:
    for name in ("bits", "linear"):
        explorer = Explorer(LESSON, exploration=name, scale="smoke", live=False)
        whole = explorer.result()
        history = whole.tables["history"]
        partial = attrs.evolve(whole, tables={"history": history}, arrays={})
        shown = EXPLORATIONS[name].drawn(partial, explorer.values)
        assert [panel.name for panel in shown] == PICTURES[name][:1]
    first: Result = attrs.evolve(
        partial, tables={"history": history[history["epoch"] == 0]}, arrays={}
    )
    assert EXPLORATIONS["bits"].drawn(first, explorer.values) == []


@pytest.mark.parametrize("name", EXPLORATIONS)
def test_all_frames_have_the_same_pictures(name: str) -> None:
    frames = published_frames(subject(LESSON, name))
    assert dict(frames.moving) == moving_texts(EXPLORATIONS[name])
    for shown in frames.frames:
        assert [panel.name for panel in shown] == PICTURES[name]
