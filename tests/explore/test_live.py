"""The live face without a page: what a page would say is said to its widget."""

from __future__ import annotations

import gc
import logging
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from mtlkit.explore import figure, trainings
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.palette import INK, NAMED, PAPER, RULE, TASKS
from mtlkit.explore.scheduler import Event
from tests.explore.exploring import EPOCHS, JOBS, PATIENCE, SteppedExperiment, stepped_lesson


class Page:
    """What a reader of the page does and sees."""

    def __init__(self, explorer: Explorer, toy: SteppedExperiment) -> None:
        self.explorer, self.toy = explorer, toy
        self.widget: Any = explorer._face.widget  # type: ignore[union-attr]
        self.seen: list[dict[str, Any]] = []
        self.widget.observe(lambda change: self.seen.append(change["new"]), "status")
        self.drawn: list[Any] = []
        face: Any = explorer._face
        pictures = face._shown.pictures

        def draw(values: Any) -> Any:
            self.drawn.append(values)
            return pictures(values)

        face._shown.pictures = draw

    def turn(self, **texts: str) -> None:
        self.widget.set_state({"texts": {**self.widget.texts, **texts}})

    def press(self, what: str) -> None:
        self.widget._handle_custom_msg({"do": what}, [])

    def until(self, seen: Callable[[], object]) -> None:
        limit = time.monotonic() + PATIENCE
        while not seen():
            assert time.monotonic() < limit, self.widget.status
            time.sleep(0.002)

    def until_state(self, state: str) -> None:
        self.until(lambda: self.widget.status["state"] == state)

    def plot(self, name: str) -> dict[str, Any]:
        """A picture and its mark."""
        (found,) = [plot for plot in self.widget.plots if plot["name"] == name]
        return {**found, **self.widget.marks[name]}

    def curve(self) -> list[float]:
        """The heights of the curve on show."""
        return list(self.plot("curve")["data"][0]["y"])


@pytest.fixture(autouse=True)
def _draw_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainings, "PAUSE", 0.0)
    monkeypatch.setattr(trainings, "SHARE", 1.0)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """An Explorer whose first run has ended."""
    before = set(threading.enumerate())
    lesson, toy = stepped_lesson(tmp_path)
    explorer = Explorer(lesson, live=True)
    explorer.wait(PATIENCE)
    shown = Page(explorer, toy)
    shown.until_state("done")
    yield shown
    toy.permits.release(100)
    explorer.close()
    shown.until(lambda: set(threading.enumerate()) <= before)


def finished(page: Page) -> list[int]:
    return [entry["run"] for entry in page.explorer.log if entry["state"] == "done"]


def test_it_opens_with_the_default_run(page: Page) -> None:
    assert page.widget.status["words"].startswith("done in ")
    assert page.curve() == [0, 2, 4, 6, 8]
    assert page.plot("end")["note"] == ""
    assert ">2.469<" in page.plot("end")["html"] or "2.46914" in page.plot("end")["html"]
    assert page.widget.hint == "Make it bigger."
    assert page.explorer.result().tables["values"]["value"].tolist() == [2.46913578] * 2


def test_a_turn_trains_in_the_worker_with_gradients(page: Page) -> None:
    page.turn(size="3")
    assert page.widget.status["state"] in ("waiting", "running")
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 3, 6, 9, 12]
    assert page.explorer.values == {"size": 3, "seeds": 2, "times": 1}
    assert page.widget.told["link"] == page.explorer.link == "#size=3"
    assert page.explorer.line == 'Explorer(lessons.get("toy"), size=3)'
    assert page.toy.threads_seen == {"explorer"}
    assert all(page.toy.grad)


def test_the_worker_has_its_own_grad_mode_and_leaves_the_callers(page: Page) -> None:
    with torch.no_grad():
        page.turn(size="3")
        page.explorer.wait(PATIENCE)
        assert not torch.is_grad_enabled()
    assert all(page.toy.grad)


def test_a_burst_of_turns_trains_only_the_last(page: Page) -> None:
    page.explorer._face._scheduler._rest = 1.0  # type: ignore[union-attr]  # for slow machines
    for size in (3, 4, 5, 6, 7):
        page.turn(size=str(size))
    page.explorer.wait(PATIENCE)
    assert page.toy.begun == [2, 7]
    assert page.curve() == [0, 7, 14, 21, 28]
    assert finished(page) == [1, 6]


def test_a_newer_turn_ends_the_run_under_way(page: Page) -> None:
    page.toy.stepped = True
    page.turn(size="3")
    page.until(lambda: page.toy.begun == [2, 3])
    page.toy.permits.release(2)
    page.until(lambda: page.curve() == [0, 3])
    page.turn(size="4")
    page.toy.permits.release(1)  # at its next epoch the old run is over
    page.toy.permits.release(EPOCHS + 1)
    page.explorer.wait(PATIENCE)
    assert finished(page) == [1, 3]
    assert page.curve() == [0, 4, 8, 12, 16]
    states = [(entry["run"], entry["state"]) for entry in page.explorer.log]
    assert (2, "overtaken") in states
    assert [e["values"]["size"] for e in page.explorer.log if e["run"] == 2] == ["3"] * 3
    runs = [run for run, state in states if state != "waiting"]
    assert runs == sorted(runs)
    assert page.widget.status["run"] == 3


def test_while_one_trains_the_nearest_that_ended_stays_and_is_marked(page: Page) -> None:
    page.turn(size="6")
    page.explorer.wait(PATIENCE)
    page.toy.stepped = True
    page.turn(size="3")
    page.toy.permits.release(1)
    assert page.plot("end")["note"] == "Still shown: size 6."
    page.until(lambda: page.plot("end")["note"] == "Still shown: size 2.")
    assert page.plot("end")["old"]
    assert "2.46914" in page.plot("end")["html"]
    page.toy.permits.release(2)
    page.until(lambda: page.curve() == [0, 3, 6])
    assert page.plot("curve")["note"] == ""
    assert page.plot("end")["old"]
    page.toy.permits.release(EPOCHS)
    page.explorer.wait(PATIENCE)
    assert not any(mark["old"] or mark["note"] for mark in page.widget.marks.values())
    assert "3.7037" in page.plot("end")["html"]


def test_the_status_tells_in_words_how_the_run_stands(page: Page) -> None:
    page.seen.clear()
    page.turn(size="3")
    page.explorer.wait(PATIENCE)
    page.until_state("done")
    assert page.seen[0]["words"] == "waiting"
    states = [status["state"] for status in page.seen]
    assert sorted(set(states), key=states.index) == ["waiting", "running", "done"]
    details = [status["detail"] for status in page.seen if status["detail"]]
    assert f"equal weights, epoch {EPOCHS} of {EPOCHS}" in details
    progress = [status["progress"] for status in page.seen if status["state"] == "running"]
    assert progress == sorted(progress)


def test_what_was_seen_before_comes_without_training(page: Page) -> None:
    page.turn(size="3")
    page.explorer.wait(PATIENCE)
    page.turn(size="2")
    page.explorer.wait(PATIENCE)
    page.until_state("done")
    assert page.toy.begun == [2, 3]
    assert page.curve() == [0, 2, 4, 6, 8]
    assert page.widget.status["words"] == "done: from the cache"


def test_another_explorer_finds_it_on_disk(page: Page) -> None:
    again = Explorer(page.explorer._subject.lesson, live=True)
    again.wait(PATIENCE)
    assert page.toy.begun == [2]
    again.close()


def test_a_view_knob_only_redraws(page: Page) -> None:
    page.turn(times="2")
    page.explorer.wait(PATIENCE)
    assert page.toy.begun == [2]
    assert page.curve() == [0, 4, 8, 12, 16]


def test_a_view_knob_turned_in_a_run_does_not_begin_it_anew(page: Page) -> None:
    page.toy.stepped = True
    page.turn(size="3")
    page.toy.permits.release(2)
    page.until(lambda: page.curve() == [0, 3])
    page.turn(times="2")
    page.toy.permits.release(1)
    page.until(lambda: page.curve() == [0, 6, 12])
    page.toy.permits.release(EPOCHS)
    page.explorer.wait(PATIENCE)
    assert page.toy.begun == [2, 3]
    assert page.curve() == [0, 6, 12, 18, 24]


def test_cancel_ends_the_run_and_says_so(page: Page) -> None:
    page.toy.stepped = True
    page.turn(size="3")
    page.toy.permits.release(2)
    page.until(lambda: page.curve() == [0, 3])
    page.press("cancel")
    page.toy.permits.release(1)
    page.until_state("cancelled")
    with pytest.raises(RuntimeError, match="the last run was cancelled: there is no result"):
        page.explorer.result(PATIENCE)
    assert page.plot("curve")["note"] == "As far as this run came."
    assert finished(page) == [1]
    page.toy.stepped = False
    page.press("again")
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 3, 6, 9, 12]


def test_a_cancelled_setting_is_not_trained_by_a_view_knob(page: Page) -> None:
    page.toy.stepped = True
    page.turn(size="3")
    page.toy.permits.release(2)
    page.until(lambda: page.curve() == [0, 3])
    page.press("cancel")
    page.turn(times="2")
    page.toy.permits.release(1)
    page.until(lambda: page.curve() == [0, 6])
    assert page.widget.status["state"] == "cancelled"
    assert page.plot("curve")["note"] == "As far as this run came."
    assert page.toy.begun == [2, 3]
    with pytest.raises(RuntimeError, match="the last run was cancelled"):
        page.explorer.result(PATIENCE)
    page.toy.stepped = False
    page.press("again")
    page.explorer.wait(PATIENCE)
    assert page.toy.begun == [2, 3, 3]
    assert page.curve() == [0, 6, 12, 18, 24]


def test_a_failed_setting_is_not_trained_by_a_view_knob(page: Page) -> None:
    page.toy.breaks = {3}
    page.turn(size="3")
    page.until_state("failed")
    page.turn(times="2")
    for _ in range(2):
        with pytest.raises(ArithmeticError, match="size 3 broke"):
            page.explorer.result(PATIENCE)
    assert page.widget.status["words"] == "failed: size 3 broke"
    assert page.toy.begun == [2, 3]
    assert page.curve() == [0, 6, 12, 18, 24]
    page.toy.breaks = set()
    page.turn(size="4")
    page.explorer.wait(PATIENCE)
    assert page.toy.begun == [2, 3, 4]
    page.turn(size="3")
    page.explorer.wait(PATIENCE)
    assert page.toy.begun == [2, 3, 4, 3]


def test_what_was_trained_but_not_drawn_is_drawn_by_a_view_knob(page: Page) -> None:
    shown: Any = page.explorer._face._shown  # type: ignore[union-attr]
    end = shown.end

    def broken(whole: Any) -> None:
        shown.end = end
        raise ZeroDivisionError("once")

    shown.end = broken
    page.turn(size="3")
    page.until_state("failed")
    page.turn(times="2")
    page.explorer.wait(PATIENCE)
    assert page.toy.begun == [2, 3]
    assert page.widget.status["words"] == "done: from the cache"
    assert page.curve() == [0, 6, 12, 18, 24]


def test_train_again_reads_the_page(page: Page) -> None:
    """The handler of the turn failed, and may not have come to keep what it heard."""
    page.turn(size="10")
    page.until_state("failed")
    assert page.explorer.values["size"] == 10
    assert page.explorer.link == page.widget.told["link"] == "#size=10"
    page.press("again")
    page.until_state("failed")
    with pytest.raises(LookupError):
        page.explorer.result(PATIENCE)
    page.explorer.set(seeds=3)
    assert page.widget.texts["size"] == "10"
    page.explorer.set(size=4)
    page.explorer.wait(PATIENCE)
    assert page.widget.texts == {"size": "4", "seeds": "3", "times": "1"}
    assert page.explorer.values == {"size": 4, "seeds": 3, "times": 1}
    assert page.widget.told["link"] == page.explorer.link == "#size=4&seeds=3"


def test_a_value_that_is_not_there_is_put_back_on_the_page(page: Page) -> None:
    page.turn(size="11")
    page.until_state("failed")
    assert page.widget.texts["size"] == "2"
    with pytest.raises(ValueError, match="size = 11"):
        page.explorer.result(PATIENCE)


@pytest.mark.parametrize("end", ["cancelled", "failed"])
def test_old_pictures_are_marked_from_the_turn_on_and_after_a_bad_end(page: Page, end: str) -> None:
    page.explorer._face._scheduler._rest = 0.5  # type: ignore[union-attr]
    page.toy.stepped = True
    page.toy.breaks = {3}
    page.turn(size="3")
    old = {"note": "Still shown: size 2.", "old": True}
    assert page.widget.marks == {"curve": old, "end": old}
    if end == "cancelled":
        page.press("cancel")
    else:
        page.turn(times="13")
        page.toy.permits.release(1)
    page.until_state(end)
    assert page.widget.marks == {"curve": old, "end": old}
    page.turn(size="10")
    assert page.widget.marks == {"curve": old, "end": old}


def test_the_newest_data_of_a_cancelled_run_are_not_old(page: Page) -> None:
    page.toy.stepped = True
    page.turn(size="3")
    page.toy.permits.release(2)
    page.until(lambda: page.curve() == [0, 3])
    page.press("cancel")
    page.toy.permits.release(1)
    page.until_state("cancelled")
    assert page.widget.marks == {
        "curve": {"note": "As far as this run came.", "old": False},
        "end": {"note": "Still shown: size 2.", "old": True},
    }
    page.turn(size="4")
    assert page.widget.marks["curve"] == {"note": "Still shown: size 3.", "old": True}
    page.toy.permits.release(100)


def test_nothing_of_an_old_run_is_put_over_a_newer_one(page: Page) -> None:
    """A turn falls between the last look of a run and its drawing."""
    face: Any = page.explorer._face
    pictures = face._shown.pictures
    page.seen.clear()

    def turned_meanwhile(values: Any) -> Any:
        found = pictures(values)
        face._shown.pictures = pictures
        page.turn(size="4")
        return found

    page.toy.stepped = True
    page.turn(size="3")
    page.until(lambda: page.toy.begun == [2, 3])
    face._shown.pictures = turned_meanwhile
    page.toy.permits.release(1)
    page.until(lambda: page.widget.status["run"] == 3)
    assert page.widget.marks["curve"] == {"note": "Still shown: size 2.", "old": True}
    page.toy.permits.release(100)
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 4, 8, 12, 16]
    assert [status["run"] for status in page.seen] == sorted(s["run"] for s in page.seen)


@pytest.mark.parametrize("state", ["done", "cancelled", "failed"])
def test_an_old_runs_end_is_not_written_onto_a_newer_one(page: Page, state: str) -> None:
    face: Any = page.explorer._face
    page.toy.stepped = True
    page.turn(size="3")
    page.until(lambda: page.toy.begun == [2, 3])
    page.turn(size="4")
    told = dict(page.widget.status)
    face._tell(Event(2, state, error=ArithmeticError("old") if state == "failed" else None))
    assert page.widget.status == told
    page.toy.permits.release(100)
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 4, 8, 12, 16]


def test_a_run_shown_as_cancelled_has_no_result(page: Page) -> None:
    """Cancel is pressed when all is trained and drawn, but not yet told to be done."""
    face: Any = page.explorer._face
    finish = face._finish

    def cancelled_then(*told: Any, **more: Any) -> None:
        finish(*told, **more)
        page.press("cancel")

    face._finish = cancelled_then
    page.turn(size="3")
    page.until_state("cancelled")
    with pytest.raises(RuntimeError, match="the last run was cancelled"):
        page.explorer.result(PATIENCE)
    face._finish = finish
    page.press("again")
    found = page.explorer.result(PATIENCE).tables["values"]["value"]
    assert found.tolist() == pytest.approx([3.70370367] * 2)
    assert page.toy.begun == [2, 3]


def test_every_move_of_the_page_is_answered(page: Page) -> None:
    page.widget.set_state({"move": 1})
    assert page.widget.status["move"] == 1
    page.widget.set_state({"move": 2, "texts": {**page.widget.texts, "size": "3"}})
    assert page.widget.status["move"] == 2 and page.widget.status["state"] == "waiting"
    page.explorer.wait(PATIENCE)
    page.widget.set_state({"move": 3, "texts": {**page.widget.texts, "size": "10"}})
    assert page.widget.status["move"] == 3 and page.widget.status["state"] == "failed"


@pytest.mark.parametrize("how", ["close", "comm", "gone"])
def test_the_worker_ends_when_the_widget_is_closed_or_off_the_page(page: Page, how: str) -> None:
    def working() -> bool:
        return any(thread.name == "explorer" for thread in threading.enumerate())

    page.until(lambda: not working())
    page.toy.stepped = True
    page.turn(size="3")
    page.until(lambda: page.toy.begun == [2, 3])
    assert working()
    began = time.monotonic()
    if how == "close":
        page.widget.close()
    elif how == "comm":
        page.widget.comm.handle_close({})
    else:
        page.press("gone")
    assert time.monotonic() - began < PATIENCE / 4  # nobody waits for the epoch under way
    page.toy.permits.release(1)
    page.until(lambda: not working())
    with pytest.raises(RuntimeError):
        page.explorer.result(PATIENCE)


def test_an_explorer_that_is_closed_and_forgotten_is_gone(tmp_path: Path) -> None:
    explorer = Explorer(stepped_lesson(tmp_path)[0], live=True)
    explorer.wait(PATIENCE)
    face = weakref.ref(explorer._face)
    explorer.close()
    del explorer
    gc.collect()
    assert face() is None


def test_a_failure_is_shown_logged_and_raised_again(
    page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    page.toy.breaks = {3}
    page.turn(size="3")
    page.until_state("failed")
    assert page.widget.status["words"] == "failed: size 3 broke"
    for _ in range(2):
        with pytest.raises(ArithmeticError, match="size 3 broke"):
            page.explorer.result(PATIENCE)
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.exc_info is not None and "size 3 broke" in str(record.exc_info[1])
    page.turn(size="4")
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 4, 8, 12, 16]


def test_pictures_that_cannot_be_drawn_are_a_failure(
    page: Page, caplog: pytest.LogCaptureFixture
) -> None:
    page.turn(times="13")
    page.until_state("failed")
    assert page.widget.status["words"] == "failed: thirteen"
    with pytest.raises(ZeroDivisionError):
        page.explorer.result(PATIENCE)
    assert "thirteen" in caplog.text


@pytest.mark.parametrize(
    ("texts", "error"), [({"size": "10"}, LookupError), ({"size": "11"}, ValueError)]
)
def test_an_error_in_a_handler_is_shown_logged_and_raised(
    page: Page, caplog: pytest.LogCaptureFixture, texts: dict[str, str], error: type[Exception]
) -> None:
    page.turn(**texts)
    page.until_state("failed")
    with pytest.raises(error):
        page.explorer.result(PATIENCE)
    assert len([each for each in caplog.records if each.levelno == logging.ERROR]) == 1
    page.turn(size="4")
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 4, 8, 12, 16]


def test_an_error_in_a_handler_is_not_covered_by_a_run_under_way(page: Page) -> None:
    page.toy.stepped = True
    page.turn(size="3")
    page.until(lambda: page.toy.begun == [2, 3])
    page.turn(size="10")
    page.toy.permits.release(EPOCHS + 1)
    with pytest.raises(LookupError):
        page.explorer.result(PATIENCE)
    assert page.widget.status["state"] == "failed"


def test_turns_from_several_threads_at_once_end_in_one_result(page: Page) -> None:
    """A kernel with subshells hears the page in other threads than the main one."""

    def turn(first: int) -> None:
        for size in range(first, 10, 2):
            page.turn(size=str(size))

    threads = [threading.Thread(target=turn, args=(first,)) for first in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    page.turn(size="9")
    page.explorer.wait(PATIENCE)
    assert page.explorer.values["size"] == 9
    assert page.curve()[-1] == 9 * EPOCHS


def test_set_turns_the_page_too_and_knobs_that_do_nothing_are_told(page: Page) -> None:
    page.explorer.set(size=1, seeds=3)
    page.explorer.wait(PATIENCE)
    assert page.widget.texts == {"size": "1", "seeds": "3", "times": "1"}
    assert page.widget.told["off"] == ["times"]
    assert page.explorer.result().seeds == (0, 1, 2)


def test_what_takes_long_is_prepared_beside_and_drawn_when_ready(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, seen = threading.Event(), []

    def job() -> None:
        seen.append(threading.current_thread().name)
        assert go.wait(PATIENCE)
        monkeypatch.delitem(JOBS, 2)

    monkeypatch.setitem(JOBS, 2, job)
    page.turn(times="2")
    page.explorer.wait(PATIENCE)
    page.until(lambda: seen == ["explorer-pictures"])
    assert page.widget.status["state"] == "done"
    assert "on its way" in page.widget.status["detail"]
    page.turn(size="3")  # meanwhile one goes on
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 6, 12, 18, 24]
    drawn = len(page.drawn)
    go.set()
    page.until(lambda: len(page.drawn) > drawn)
    page.until(lambda: page.widget.status["detail"] == "")
    assert page.widget.status["state"] == "done"
    assert page.explorer.result(PATIENCE).config["size"] == 3
    assert page.toy.begun == [2, 3] and len(seen) == 1


def test_what_cannot_be_prepared_is_a_failure(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def job() -> None:
        raise ArithmeticError("no embedding")

    monkeypatch.setitem(JOBS, 2, job)
    page.turn(times="2")
    page.until_state("failed")
    with pytest.raises(ArithmeticError, match="no embedding"):
        page.explorer.result(PATIENCE)
    page.turn(times="1")
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 2, 4, 6, 8]


def test_the_page_has_each_colour_of_the_palette_as_the_report_has_it() -> None:
    static, live = Path(figure.__file__).parents[1] / "report/static", Path(figure.__file__).parent

    def themed(script: str) -> dict[str, str]:
        return dict(re.findall(r'"(#[0-9a-f]{6})": "(--mtl-[a-z]+)"', script))

    def looks(style: str, names: set[str]) -> list[tuple[str, str]]:
        found = re.findall(r"(--mtl-[a-z]+): (#[0-9a-f]{6});", style)
        return [(name, colour) for name, colour in found if name in names]

    mine = themed((live / "live.js").read_text("utf-8"))
    assert mine == themed((static / "figures.js").read_text("utf-8"))
    names = {name for colour, name in mine.items() if colour not in (INK, PAPER, RULE)}
    style = (live / "live.css").read_text("utf-8")
    assert looks(style, names) == looks((static / "figures.css").read_text("utf-8"), names)
    assert {look.colour for look in (*NAMED.values(), *TASKS)} <= set(mine)


def test_the_log_stays_small(page: Page) -> None:
    for turn in range(250):
        page.turn(size=str(1 + turn % 9))
    page.explorer.wait(PATIENCE)
    log = page.explorer.log
    assert len(log) <= 300
    assert set(log[-1]) == {"run", "state", "values", "time"}
    assert (log[-1]["run"], log[-1]["state"]) == (251, "done")
    assert log[-1]["values"]["size"] == str(1 + 249 % 9)
