"""What can be explored in lesson 02, and a run of it without a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mtlkit import lessons
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.frames import moving_texts, published_frames
from mtlkit.explore.subject import subject
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.views.explorer import EXPLORATION, panels, prepare
from mtlkit.noise import KINDS, flip_rate

LESSON = lessons.get("digit_task_weights")
START = EXPLORATION.start("lesson")


def _config(**turned: Any) -> DigitConfig:
    config = EXPLORATION.trained({**START, **turned}).config
    assert isinstance(config, DigitConfig)
    return config


def test_the_live_default_is_quick() -> None:
    config = _config()
    assert config.noise == (1.0, 2.0, 3.0)
    assert config.strategies == ("learned_kendall", "equal")
    assert (config.epochs, EXPLORATION.trained(START).seeds) == (40, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_flips_gets_a_level_that_it_allows(kind: str) -> None:
    for level in (0.0, 10.0):
        config = _config(noise_kind=kind, last_noise=level)
        rates = [flip_rate(each, kind) for each in config.noise]
        if kind != "std":
            assert rates == pytest.approx([flip_rate(1), flip_rate(2), flip_rate(level)])


def test_an_optimiser_is_turned_to_at_a_rate_that_suits_it() -> None:
    assert _config().learning_rate == 0.2
    assert _config(optimiser="adam").learning_rate == 0.003
    assert _config(optimiser="adam", learning_rate=0.5).learning_rate == 0.0015


def test_all_frames_have_the_same_pictures() -> None:
    frames = published_frames(subject(LESSON))
    assert dict(frames.moving) == moving_texts(EXPLORATION)
    first, *others = [[panel.name for panel in shown][1:] for shown in frames.frames]
    assert all(names == first for names in others)
    assert first == [
        "learning_curves",
        "error_by_strategy",
        "noisy_digits",
        "confusion",
        "shared_layer",
    ]


def test_without_a_page_slow_pictures_are_waited_for(isolated_cache: Path) -> None:
    explorer = Explorer(LESSON, scale="smoke", live=False)
    result = explorer.result()
    turned = {**explorer.values, "embedding": "tsne"}
    assert prepare(result, explorer.values) is None
    assert prepare(result, turned) is not None
    assert panels(result, turned)[-1].title.endswith(": PCA")
    explorer.set(embedding="tsne")
    assert prepare(result, turned) is None
    assert panels(result, turned)[-1].title.endswith(": t-SNE, perplexity 30, seed 0")


def test_a_strategy_without_features_has_no_such_pictures() -> None:
    explorer = Explorer(LESSON, scale="smoke", live=False, strategies=("hand_tuned",))
    shown = panels(explorer.result(), explorer.values)
    assert [panel.name for panel in shown] == [
        "uncertainty_over_epochs",
        "learning_curves",
        "error_by_strategy",
        "noisy_digits",
    ]
