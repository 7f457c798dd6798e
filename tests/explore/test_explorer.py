"""The Explorer's faces, and what it may be told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit import lessons
from mtlkit.core.study import run_setting
from mtlkit.errors import UsageError
from mtlkit.explore import frontend, static_face
from mtlkit.explore.explorer import Explorer
from tests.explore.exploring import PATIENCE, SteppedExperiment, SteppedLesson, stepped_lesson

LESSON = lessons.get("noisy_polynomials")


@pytest.fixture
def stepped(tmp_path: Path) -> tuple[SteppedLesson, SteppedExperiment]:
    return stepped_lesson(tmp_path)


def test_headless_has_exactly_the_numbers_of_a_plain_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    explorer = Explorer(LESSON, scale="smoke", device="cpu", degree=5, last_noise=8.0)
    found = explorer.result()
    setting = LESSON.views.EXPLORATION.trained(explorer.values)
    monkeypatch.setenv("MTLKIT_CACHE", str(tmp_path / "another"))
    plain = run_setting(LESSON, setting.config, range(setting.seeds), "cpu")
    assert found.seeds == plain.seeds == (0, 1)
    for name, table in plain.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], table, check_exact=True)
    for name, array in plain.arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)


def test_both_faces_show_the_same_pictures_of_one_run() -> None:
    headless = Explorer(LESSON, scale="smoke", device="cpu")
    live = Explorer(LESSON, scale="smoke", device="cpu", live=True)
    live.wait(PATIENCE)
    shown: Any = live._face
    from mtlkit.explore.live_plots import picture

    expected = [picture(panel) for panel in headless._face.panels]  # type: ignore[union-attr]
    found = [
        {k: v for k, v in plot.items() if k not in ("note", "old")} for plot in shown.widget.plots
    ]
    live.close()
    assert [plot["name"] for plot in found] == [
        "uncertainty_over_epochs",
        "errors_by_strategy",
        "fitted_curves",
    ]
    assert found == expected


def test_headless_trains_in_the_main_thread_and_blocks(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    lesson, toy = stepped
    before = threading.active_count()
    explorer = Explorer(lesson, size=3)
    assert toy.begun == [3]
    assert toy.threads_seen == {threading.main_thread().name}
    assert threading.active_count() == before
    assert not explorer.live
    explorer.set(size=4)
    assert toy.begun == [3, 4]
    assert [(entry["run"], entry["state"]) for entry in explorer.log] == [
        (1, "running"),
        (1, "done"),
        (2, "running"),
        (2, "done"),
    ]


def test_headless_trains_where_the_caller_wants_no_gradients(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    lesson, toy = stepped
    with torch.no_grad():
        Explorer(lesson)
        assert not torch.is_grad_enabled()
    assert toy.grad and all(toy.grad)


def test_a_headless_failure_is_raised_where_it_stands(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    lesson, toy = stepped
    toy.breaks = {3}
    with pytest.raises(ArithmeticError, match="size 3 broke"):
        Explorer(lesson, size=3)
    explorer = Explorer(lesson)
    with pytest.raises(ArithmeticError, match="size 3 broke"):
        explorer.set(size=3)
    assert explorer.log[-1]["state"] == "failed"
    with pytest.raises(RuntimeError, match="there is no result"):
        explorer.result()


def test_headless_pictures_that_cannot_be_drawn_are_raised(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    with pytest.raises(ZeroDivisionError):
        Explorer(stepped[0], times=13)


def test_its_html_is_the_runs_figures_where_no_frames_are_published(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    bundle: Any = Explorer(stepped[0], size=3)._repr_mimebundle_()
    assert bundle["text/plain"] == '<Explorer(lessons.get("toy"), size=3)>'
    assert "A curve" in bundle["text/html"] and "<td" in bundle["text/html"]


def test_its_html_is_the_static_face_where_frames_are(
    stepped: tuple[SteppedLesson, SteppedExperiment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_face, "html", lambda lesson: f"<p>{lesson.name}</p>")
    bundle: Any = Explorer(stepped[0])._repr_mimebundle_()
    assert bundle["text/html"] == "<p>toy</p>"


def test_live_it_shows_a_widget(stepped: tuple[SteppedLesson, SteppedExperiment]) -> None:
    explorer = Explorer(stepped[0], live=True)
    explorer.wait(PATIENCE)
    data, _ = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    explorer.close()


def test_a_link_and_a_line_restore_the_knobs(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    lesson, _ = stepped
    first = Explorer(lesson, size=5, seeds=3)
    assert first.link == "#size=5&seeds=3"
    assert Explorer(lesson, first.link).values == first.values
    scope = {"Explorer": Explorer, "lessons": SimpleNamespace(get=lambda name: lesson)}
    assert eval(first.line, scope).values == first.values


def test_smoke_starts_small_and_what_is_said_goes_before(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    lesson, _ = stepped
    assert Explorer(lesson, scale="smoke").values["seeds"] == 1
    assert Explorer(lesson, scale="smoke", seeds=3).values["seeds"] == 3
    assert Explorer(lesson, scale="paper").values["seeds"] == 2


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"colour": "red"}, "knob = colour: allowed is one of size, seeds, times."),
        ({"size": 11}, "size = 11: allowed is one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10."),
        ({"size": "3"}, "size = 3: allowed is one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10."),
        ({"link": "#colour=red"}, "knob = colour: allowed is one of size, seeds, times."),
        ({"scale": "huge"}, "scale = huge: allowed is one of smoke, lesson, paper."),
        ({"device": "tpu"}, "device = tpu: allowed is one of auto, cpu, cuda."),
    ],
)
@pytest.mark.parametrize("live", [False, True])
def test_a_users_mistake_is_told_at_once(
    stepped: tuple[SteppedLesson, SteppedExperiment], told: dict[str, Any], said: str, live: bool
) -> None:
    with pytest.raises(UsageError) as caught:
        Explorer(stepped[0], live=live, **told)
    assert str(caught.value) == said
    assert stepped[1].begun == []


def test_a_wrong_turn_is_told_and_changes_nothing(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    explorer = Explorer(stepped[0], live=True)
    with pytest.raises(UsageError, match="size = 11"):
        explorer.set(size=11)
    explorer.wait(PATIENCE)
    assert explorer.values["size"] == 2
    explorer.close()


def test_a_lesson_without_anything_to_explore_is_refused() -> None:
    with pytest.raises(UsageError, match="digit_task_weights: has nothing to explore"):
        Explorer(lessons.get("digit_task_weights"))


class Kernel:
    """A shell as a kernel has it."""

    kernel = object()

    def __init__(self) -> None:
        self.user_ns: dict[str, Any] = {}
        self.parent: dict[str, Any] = {}

    def get_parent(self) -> dict[str, Any]:
        return self.parent

    def run(self, cell: str, message: str) -> None:
        self.parent = {"metadata": {"cellId": cell}, "header": {"msg_id": message}}


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kernel]:
    found = Kernel()
    monkeypatch.setattr(frontend, "shell", lambda: found)
    for name in ("JPY_SESSION_NAME", "MTLKIT_HEADLESS"):
        monkeypatch.delenv(name, raising=False)
    yield found


def test_no_page_outside_a_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    assert not frontend.is_there()


def test_a_page_where_a_server_or_vs_code_started_the_kernel(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not frontend.is_there()
    kernel.user_ns["__vsc_ipynb_file__"] = "a.ipynb"
    assert frontend.is_there()
    kernel.user_ns.clear()
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    assert frontend.is_there()
    monkeypatch.setenv("MTLKIT_HEADLESS", "1")
    assert not frontend.is_there()


def test_the_face_follows_from_the_frontend(
    stepped: tuple[SteppedLesson, SteppedExperiment],
    kernel: Kernel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not Explorer(stepped[0]).live
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    assert not Explorer(stepped[0], live=False).live
    explorer = Explorer(stepped[0])
    assert explorer.live
    explorer.wait(PATIENCE)
    explorer.close()


def test_a_cell_run_again_closes_its_old_explorers_alone(
    stepped: tuple[SteppedLesson, SteppedExperiment], kernel: Kernel
) -> None:
    def workers() -> int:
        return sum(thread.name == "explorer" for thread in threading.enumerate())

    kernel.run("cell-1", "message-1")
    two = [Explorer(stepped[0], live=True), Explorer(stepped[0], live=True)]
    kernel.run("cell-2", "message-2")
    other = Explorer(stepped[0], live=True)
    assert workers() == 3
    kernel.run("cell-1", "message-3")
    again = Explorer(stepped[0], live=True)
    assert workers() == 2
    two[0].set(size=5)
    with pytest.raises(RuntimeError, match="closed"):
        two[0].result(PATIENCE)
    for explorer in (other, again):
        explorer.wait(PATIENCE)
        explorer.close()
    assert workers() == 0
