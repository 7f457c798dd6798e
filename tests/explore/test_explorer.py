"""The Explorer's faces, and what it may be told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from mtlkit import lessons
from mtlkit.core.runner import run_setting
from mtlkit.errors import UsageError
from mtlkit.explore import frontend, live, static_face
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.subject import subject
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
    setting = subject(LESSON).exploration.trained(explorer.values)
    monkeypatch.setenv("MTLKIT_CACHE", str(tmp_path / "another"))
    plain = run_setting(LESSON, setting.config, range(setting.seeds), "cpu")
    assert found.seeds == plain.seeds == (0, 1)
    for name, table in plain.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], table, check_exact=True)
    for name, array in plain.arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)


def test_both_faces_show_the_same_pictures_of_one_run() -> None:
    headless = Explorer(LESSON, scale="smoke", device="cpu")
    explorer = Explorer(LESSON, scale="smoke", device="cpu", live=True)
    explorer.wait(PATIENCE)
    shown: Any = explorer._face
    from mtlkit.explore.live_plots import picture

    expected = [picture(panel) for panel in headless._face.panels]  # type: ignore[union-attr]
    found = shown.widget.plots
    explorer.close()
    assert len(found) == len(expected) >= 3
    assert [_numbers(plot) for plot in found] == [_numbers(plot) for plot in expected]


def _numbers(plot: dict[str, Any]) -> dict[str, Any]:
    """A picture but for its axes, which stand still in the live face."""
    kept = {name: value for name, value in plot.items() if name not in ("data", "wide", "narrow")}
    ends = [value["range"] for name, value in plot.get("wide", {}).items() if name[1:5] == "axis"]
    traces = [
        {**trace, "x": "the axis" if trace["x"] in ends else trace["x"]}
        for trace in plot.get("data", ())
    ]
    return {**kept, "data": traces, "axes": len(ends)}


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
    def of_run(subject: Any, values: Any, panels: Any) -> str:
        return (
            f"<p>{subject.file} of size {values['size']}: {', '.join(p.name for p in panels)}</p>"
        )

    monkeypatch.setattr(static_face, "of_run", of_run)
    bundle: Any = Explorer(stepped[0], size=3)._repr_mimebundle_()
    assert bundle["text/html"] == "<p>toy of size 3: curve, end</p>"


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


def test_a_lesson_without_anything_to_explore_is_refused(
    stepped: tuple[SteppedLesson, SteppedExperiment], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SteppedLesson, "views", SimpleNamespace())
    with pytest.raises(UsageError, match="toy: has nothing to explore"):
        Explorer(stepped[0])


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


def test_a_page_where_a_frontend_asks_a_kernel_of_a_server_or_of_vs_code(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel.run("cell", "message")
    assert not frontend.is_there()
    kernel.user_ns["__vsc_ipynb_file__"] = "a.ipynb"
    assert frontend.is_there()
    kernel.user_ns.clear()
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    assert frontend.is_there()
    monkeypatch.setenv("MTLKIT_HEADLESS", "1")
    assert not frontend.is_there()


def test_no_page_where_a_runner_was_started_from_a_notebook(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its kernels inherit the notebook's session, but no page asks them for anything."""
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    kernel.parent = {"metadata": {}, "header": {"msg_id": "1"}}
    assert not frontend.is_there()
    kernel.parent = {}
    assert not frontend.is_there()


@pytest.mark.slow
def test_a_runner_started_from_a_notebook_fails_where_the_explorer_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    monkeypatch.delenv("MTLKIT_HEADLESS", raising=False)
    cells = [
        "from mtlkit import lessons\n"
        "from mtlkit.explore.explorer import Explorer\n"
        "from mtlkit.lessons.noisy_polynomials import views\n"
        "import attrs",
        "def broken(result, values):\n    raise ArithmeticError('on purpose')",
        "views.EXPLORATIONS['polynomials'] = attrs.evolve(\n"
        "    views.EXPLORATIONS['polynomials'], panels=broken)",
        "Explorer(lessons.get('noisy_polynomials'), scale='smoke', device='cpu')",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    with pytest.raises(CellExecutionError, match="on purpose"):
        NotebookClient(notebook, resources={"metadata": {"path": tmp_path}}).execute()


def test_the_face_follows_from_the_frontend(
    stepped: tuple[SteppedLesson, SteppedExperiment],
    kernel: Kernel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not Explorer(stepped[0]).live
    monkeypatch.setenv("JPY_SESSION_NAME", "a.ipynb")
    kernel.run("cell", "message")
    assert not Explorer(stepped[0], live=False).live
    explorer = Explorer(stepped[0])
    assert explorer.live
    explorer.wait(PATIENCE)
    explorer.close()


def test_a_cell_run_again_closes_its_old_explorers_alone(
    stepped: tuple[SteppedLesson, SteppedExperiment], kernel: Kernel
) -> None:
    lesson, _ = stepped
    kernel.run("cell-1", "message-1")
    two = [Explorer(lesson, live=True), Explorer(lesson, live=True)]
    kernel.run("cell-2", "message-2")
    other = Explorer(lesson, live=True)
    kernel.run("cell-1", "message-3")
    again = Explorer(lesson, live=True)
    for explorer in two:
        explorer.set(size=5)
        with pytest.raises(RuntimeError, match="closed"):
            explorer.result(PATIENCE)
    for explorer in (other, again):
        explorer.set(size=5)
        explorer.wait(PATIENCE)
        explorer.close()


def test_an_explorer_that_fails_as_it_is_made_leaves_its_cell_usable(
    stepped: tuple[SteppedLesson, SteppedExperiment],
    kernel: Kernel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel.run("cell-3", "message-1")
    with monkeypatch.context() as broken:
        broken.setattr(live, "LiveWidget", None)
        with pytest.raises(TypeError):
            Explorer(stepped[0], live=True)
    kernel.run("cell-3", "message-2")
    explorer = Explorer(stepped[0], live=True)
    explorer.wait(PATIENCE)
    explorer.close()


def test_a_link_of_another_lesson_is_refused(
    stepped: tuple[SteppedLesson, SteppedExperiment],
) -> None:
    lesson, _ = stepped
    assert Explorer(lesson, "page.html#explorer-toy?size=5").values["size"] == 5
    for link in ("#explorer-noisy-polynomials?degree=8", "#explorer-noisy-polynomials"):
        with pytest.raises(UsageError) as caught:
            Explorer(lesson, link)
        assert str(caught.value) == (
            f"link = {link}: leads to another Explorer (explorer-noisy-polynomials); allowed is "
            "one of explorer-toy."
        )


def test_a_users_mistake_is_a_sentence_in_a_notebook_too() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_cell("from mtlkit import lessons\nfrom mtlkit.explore.explorer import Explorer")
    found = shell.run_cell("Explorer(lessons.get('noisy_polynomials'), degre=3)")
    told = shell._format_exception_for_storage(found.error_in_exec)["traceback"]
    assert len(told) == 1
    assert told[0].startswith("UsageError: knob = degre: allowed is one of degree, tasks, ")
