"""The live face without a page: what a page would say is said to its widget."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from mtlkit.explore import trainings
from mtlkit.explore.explorer import Explorer
from tests.explore.exploring import EPOCHS, PATIENCE, SteppedExperiment, stepped_lesson


class Page:
    """What a reader of the page does and sees."""

    def __init__(self, explorer: Explorer, toy: SteppedExperiment) -> None:
        self.explorer, self.toy = explorer, toy
        self.widget: Any = explorer._face.widget  # type: ignore[union-attr]
        self.seen: list[dict[str, Any]] = []
        self.widget.observe(lambda change: self.seen.append(change["new"]), "status")

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
        (found,) = [plot for plot in self.widget.plots if plot["name"] == name]
        return found

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
    assert set(threading.enumerate()) <= before


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
    runs = [run for run, state in states if state != "waiting"]
    assert runs == sorted(runs)
    assert page.widget.status["run"] == 3


def test_while_one_trains_the_nearest_that_ended_stays_and_is_marked(page: Page) -> None:
    page.turn(size="6")
    page.explorer.wait(PATIENCE)
    page.toy.stepped = True
    page.turn(size="3")
    page.toy.permits.release(1)
    page.until(lambda: page.plot("end")["old"])
    assert page.plot("end")["note"] == "Still shown: size 2."
    assert "2.46914" in page.plot("end")["html"]
    page.toy.permits.release(2)
    page.until(lambda: page.curve() == [0, 3, 6])
    assert page.plot("curve")["note"] == ""
    assert page.plot("end")["old"]
    page.toy.permits.release(EPOCHS)
    page.explorer.wait(PATIENCE)
    assert not any(plot["old"] or plot["note"] for plot in page.widget.plots)
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
    assert page.widget.status["words"] == "done: this setting was seen before"


def test_another_explorer_finds_it_on_disk(page: Page) -> None:
    again = Explorer(page.explorer._lesson, live=True)
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


def test_a_cancelled_setting_can_be_asked_for_again_at_once(page: Page) -> None:
    page.toy.stepped = True
    page.turn(size="3")
    page.until(lambda: page.toy.begun == [2, 3])
    page.press("cancel")
    page.turn(times="2")
    page.toy.stepped = False
    page.toy.permits.release(1)
    page.explorer.wait(PATIENCE)
    assert page.curve() == [0, 6, 12, 18, 24]


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


def test_the_log_stays_small(page: Page) -> None:
    for turn in range(250):
        page.turn(size=str(1 + turn % 9))
    page.explorer.wait(PATIENCE)
    log = page.explorer.log
    assert len(log) <= 300
    assert set(log[-1]) == {"run", "state", "values", "time"}
    assert (log[-1]["run"], log[-1]["state"]) == (251, "done")
    assert log[-1]["values"]["size"] == str(1 + 249 % 9)
