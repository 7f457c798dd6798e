"""What a picture without lines says instead."""

from __future__ import annotations

import pytest

from mtlkit import lessons
from mtlkit.core.runner import run_setting
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.panels import Curves, Table
from mtlkit.explore.subject import subject


def test_each_strategy_on_show_is_told_of() -> None:
    table = none_of_it("s", "uncertainty", ("equal", "hand_tuned"))
    assert [row[0] for row in table.rows] == ["equal weights", "hand-tuned"]
    assert "tick a strategy that learns" in table.caption


def test_a_lesson_may_say_it_in_its_own_words() -> None:
    words = Words(part="method")
    table = none_of_it("g", "gate", ("gated",), words=words, why="Tick learned gates.")
    assert table.columns == ("method", "gate")
    assert table.alt == "None of the methods on show has any gate."
    assert table.caption == "Tick learned gates."


@pytest.mark.parametrize("name", ["noisy_polynomials", "digit_task_weights"])
@pytest.mark.parametrize(
    ("strategies", "kind"), [(("equal",), Table), (("learned_kendall", "equal"), Curves)]
)
def test_a_picture_keeps_its_place_where_nothing_can_be_drawn(
    name: str, strategies: tuple[str, ...], kind: type
) -> None:
    lesson = lessons.get(name)
    exploration = subject(lesson).exploration
    values = {**exploration.start("smoke"), "strategies": strategies, "quantity": "uncertainty"}
    setting = exploration.setting(values)
    result = run_setting(lesson, setting.config, range(setting.seeds), "cpu")
    shown = {panel.name: panel for panel in exploration.panels(result, values)}
    assert isinstance(shown["uncertainty_over_epochs"], kind)
