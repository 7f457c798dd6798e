"""Axes that stand still while a run is drawn, and room for the strategies to come."""

from __future__ import annotations

import itertools
from typing import Any

import attrs
import pytest

from mtlkit import lessons
from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.explore import live_words
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.live_axes import LiveAxes
from mtlkit.explore.live_controls import costs
from mtlkit.explore.live_facets import LiveFacets
from mtlkit.explore.live_plots import picture
from mtlkit.explore.panels import CurveFacet, Curves, Line
from mtlkit.explore.subject import subject

LESSON = lessons.get("noisy_polynomials")
SUBJECT = subject(LESSON)
EXPLORATION = SUBJECT.exploration
EPOCHS = 40


def curves(heights: list[float], *titles: str, log_y: bool = False) -> Curves:
    lines = [Line("task 1", list(range(len(heights))), heights)]
    return Curves(
        name="curve",
        title="A curve",
        alt="It moves.",
        x_label="epoch",
        y_label="value",
        log_y=log_y,
        facets=[CurveFacet(title=title, lines=lines) for title in titles or ("",)],
    )


def shown(axes: LiveAxes, panel: Curves, *, whole: bool = False) -> dict[str, Any]:
    told = picture(panel)
    result = Result("toy", {"epochs": EPOCHS}, (0,), {}, {}, {})
    axes.put(told, panel, result, whole=whole)
    return told


@pytest.mark.parametrize("log_y", [False, True])
def test_nothing_slides_while_a_run_is_drawn(log_y: bool) -> None:
    axes = LiveAxes(Words())
    axes.begin()
    heights = [3.0, 5.0, 4.0, 1.0, 9.0, 2.0]
    spans = []
    for seen in range(1, len(heights) + 1):
        told = shown(axes, curves(heights[:seen], log_y=log_y))
        for layout in (told["wide"], told["narrow"]):
            low, high = layout["xaxis"]["range"]
            assert low <= 0 and EPOCHS <= high <= 1.1 * EPOCHS
            assert layout["yaxis"]["range"] == told["wide"]["yaxis"]["range"]
        spans.append(told["wide"]["yaxis"]["range"])
    for before, after in itertools.pairwise(spans):
        assert after[0] <= before[0] and before[1] <= after[1]
    ends = [10**end if log_y else end for end in spans[-1]]
    assert ends[0] <= 1 and ends[1] >= 9


def test_a_run_begins_where_the_last_one_ended_and_one_that_diverged_is_forgotten() -> None:
    axes = LiveAxes(Words())
    axes.begin()
    ended = shown(axes, curves([1.0, 5.0]), whole=True)["wide"]["yaxis"]["range"]
    axes.begin()
    assert shown(axes, curves([2.0, 3.0]))["wide"]["yaxis"]["range"] == ended
    axes.begin()
    shown(axes, curves([2.0, 3000.0]), whole=True)
    axes.begin()
    assert shown(axes, curves([2.0, 3.0]))["wide"]["yaxis"]["range"][1] >= 3000
    assert shown(axes, curves([2.0, 3.0]), whole=True)["wide"]["yaxis"]["range"][1] < 4


def test_strategies_to_come_have_their_facets_from_the_start() -> None:
    values = EXPLORATION.start("lesson")
    kendall, equal = "learned (Kendall)", "equal weights"
    facets = LiveFacets(EXPLORATION)

    def titles(panel: Curves) -> list[str]:
        (found,) = facets.reserve([panel], values)
        assert isinstance(found, Curves)
        return [facet.title for facet in found.facets]

    assert titles(curves([1.0], kendall)) == [kendall]  # it may never have another
    facets.learn([curves([1.0], kendall, equal)])
    assert titles(curves([1.0], kendall)) == [kendall, equal]
    assert titles(curves([1.0], "task 1")) == ["task 1"]
    (padded,) = facets.reserve([curves([1.0], kendall)], values)
    assert (
        picture(padded)["wide"]["height"]
        == picture(curves([1.0], kendall, equal))["wide"]["height"]
    )
    values = {**values, "strategies": ("learned_kendall",)}
    assert titles(curves([1.0], kendall)) == [kendall]


def test_a_dear_box_says_seconds_once_a_run_was_timed() -> None:
    values = EXPLORATION.start("lesson")
    both = EXPLORATION.trained(values)
    pace = 4.0 / (LESSON.experiment.cost(both.config) * both.seeds)  # a run of 4 s
    untimed = costs(SUBJECT, values)["strategies"]["hand_tuned"]
    timed = costs(SUBJECT, values, pace)["strategies"]["hand_tuned"]
    times = int(untimed.removeprefix("about ").removesuffix(" times the training"))
    seconds = int(timed.removeprefix(f"{untimed}, about ").removesuffix(" s"))
    assert abs(seconds - 4 * times) <= 2


def test_a_lesson_that_counts_steps_says_so_and_has_them_all_on_its_axis() -> None:
    words = Words(part="architecture", count="step", total="steps")
    snapshot = Snapshot(0.5, "equal", 300, 1500, (0,), {})
    told = live_words.training(snapshot, ("learned_kendall", "equal"), words)
    assert told == "architecture 2 of 2: equal weights, step 300 of 1500"
    for total, low, high in (("steps", 1500, 1600), ("", 2, 3)):
        axes = LiveAxes(attrs.evolve(words, total=total))
        axes.begin()
        panel = attrs.evolve(curves([1.0, 2.0, 3.0]), x_label="step")
        drawn: dict[str, Any] = picture(panel)
        result = Result("toy", {"steps": 1500}, (0,), {}, {}, {})
        axes.put(drawn, panel, result, whole=False)
        assert low <= drawn["wide"]["xaxis"]["range"][1] <= high


def test_progress_says_which_strategy_of_how_many() -> None:
    snapshot = Snapshot(0.5, "equal", 23, 120, (0,), {})
    parts = ("learned_kendall", "equal")
    told = live_words.training(snapshot, parts, Words())
    assert told == "strategy 2 of 2: equal weights, epoch 23 of 120"
    for unknown in (("equal",), ()):
        assert live_words.training(snapshot, unknown, Words()) == "equal weights, epoch 23 of 120"
