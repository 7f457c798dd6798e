"""The live face of an Explorer: knobs that train in a worker thread while one watches."""

from __future__ import annotations

import functools
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.result import Result
from mtlkit.explore import live_words
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Values
from mtlkit.explore.live_controls import control, read, texts, told
from mtlkit.explore.live_plots import Shown
from mtlkit.explore.live_widget import LiveWidget
from mtlkit.explore.scheduler import Event, Scheduler
from mtlkit.explore.trainings import Key, Look, Trainings

LOG = logging.getLogger(__name__)

_REST = 0.08
"""Seconds without a turn before a run begins."""

_LOGGED = 300

Handler = TypeVar("Handler", bound=Callable[..., None])


def _heard(handler: Handler) -> Handler:
    """A handler of what the page says whose errors are shown, logged, and raised by `result`.

    Nobody waits for a handler: what it raises would end in a log that no one reads.
    """

    @functools.wraps(handler)
    def guarded(self: Live, *told: Any) -> None:
        try:
            handler(self, *told)
        except Exception as error:
            self.fail(error)

    return cast(Handler, guarded)


class Live:
    """Widgets, and the worker that serves them.

    All pictures are drawn in the worker thread. What the page says is heard in whatever thread
    the kernel hears it: the main one, or a subshell's; a lock keeps the two apart, and is never
    held while something is drawn or trained.

    Parameters
    ----------
    lesson, exploration, trainings
        What is explored.
    values
        The knobs' values at the start.
    """

    def __init__(
        self, lesson: Lesson, exploration: Exploration, trainings: Trainings, values: Values
    ) -> None:
        self._lesson, self._exploration, self._trainings = lesson, exploration, trainings
        self._values = values
        self._run = 0
        """The newest run asked for."""
        self._training: Key | None = None
        """What the newest run trains, until it has ended."""
        self._turned = False
        """Whether a knob that needs no training was turned since the last picture."""
        self._error: BaseException | None = None
        """What a handler raised."""
        self._result: Result | None = None
        self._shown = Shown(exploration)
        self._ended_as = ""
        self._first = False
        """Whether nothing of the run was seen yet."""
        self._began = self._said = 0.0
        self._asked: dict[int, dict[str, str]] = {}
        """What each run was asked for that is not yet over."""
        self._log: deque[dict[str, Any]] = deque(maxlen=_LOGGED)
        self.widget = LiveWidget(
            title=f"Explorer: {lesson.title}",
            hint=exploration.hint,
            controls=[control(knob) for knob in exploration.knobs],
            texts=texts(exploration.knobs, values),
            told=told(lesson, exploration, values),
        )
        self._lock = self.widget.lock
        self._scheduler: Scheduler[Values, Look] = Scheduler(trainings.run, self._tell, _REST)
        self._ask(values)
        self.widget.observe(self._heard_texts, "texts")
        self.widget.on_msg(self._heard_message)

    @property
    def values(self) -> Values:
        """The knobs as they stand."""
        return self._values

    @property
    def log(self) -> list[dict[str, Any]]:
        """What became of the last runs: `run`, `state`, `values` as texts, `time` in seconds."""
        return list(self._log)

    def turn(self, values: Values) -> None:
        """Set the knobs, as the page does; all the same ones train again what did not end well."""
        new = texts(self._exploration.knobs, values)
        with self._lock:
            if new == self.widget.texts:
                self._ask(values)
            else:
                self.widget.texts = new

    def cancel(self) -> None:
        """End the run under way."""
        with self._lock:
            self._training = None
            self._scheduler.cancel()

    def result(self, timeout: float | None = None) -> Result:
        """Wait for the run that the knobs ask for; its result.

        Raises
        ------
        TimeoutError
            If it takes longer than `timeout` seconds.
        RuntimeError
            If it was cancelled.
        BaseException
            What it raised, or what a handler of the widget raised.
        """
        event = self._scheduler.result(timeout)
        if self._error is not None:
            raise self._error
        if self._result is None:
            state = "not begun" if event is None else event.state
            raise RuntimeError(f"the last run was {state}: there is no result.")
        return self._result

    def close(self) -> None:
        """End the worker, and take the widget off the page."""
        self._scheduler.close()
        self.widget.close()

    def fail(self, error: BaseException) -> None:
        """Show an error in the widget, log it, and keep it for `result`."""
        LOG.error("the Explorer of %s failed", self._lesson.name, exc_info=error)
        self.cancel()
        with self._lock:
            self._error = error
            self._status("failed", live_words.failed(error))

    @_heard
    def _heard_texts(self, change: Mapping[str, Any]) -> None:
        self._ask(read(self._exploration.knobs, change["new"]))

    @_heard
    def _heard_message(self, widget: object, message: Mapping[str, Any], buffers: object) -> None:
        if message.get("do") == "cancel":
            self.cancel()
        elif message.get("do") == "again":
            self._ask(self._values)

    def _ask(self, values: Values) -> None:
        """Run what the knobs ask for, or draw it anew if it is running already."""
        with self._lock:
            key = self._trainings.key(values)
            self.widget.told = told(self._lesson, self._exploration, values)
            self._values, self._error = values, None
            if key == self._training:
                self._turned = True
                return
            self._training, self._result = key, None
            self._run = self._scheduler.ask(values)
            self._asked[self._run] = texts(self._exploration.knobs, values)
            self._status("waiting", "waiting")
            self._note("waiting", self._run)

    def _tell(self, event: Event[Look]) -> None:
        """Show what became of a run; called by the worker."""
        if event.error is not None:
            LOG.error("the Explorer of %s failed", self._lesson.name, exc_info=event.error)
        with self._lock:
            if event.item is None:
                self._note(event.state, event.run)
            if event.run != self._run or self._error is not None:
                return
            if event.item is None and event.state == "running":
                self._began, self._first = time.perf_counter(), True
                self._status("running", "running", progress=0.0)
        if event.item is not None and event.item.snapshot is not None:
            self._look(event.item, event.item.snapshot)
        elif event.item is not None:
            self._finish(event.run, event.item)
        elif event.state not in ("running", "overtaken"):
            self._end(event)

    def _look(self, look: Look, snapshot: Snapshot) -> None:
        """Draw a run under way, and at its beginning the nearest that has ended."""
        with self._lock:
            values = self._values
            draw = look.result is not None or self._turned
            self._turned = False
            self._progress(snapshot, at_once=draw)
        if self._first:
            self._first = False
            nearest = self._trainings.nearest(values)
            self._shown = Shown(self._exploration, *(nearest or ()))
            draw = nearest is not None
        if look.result is not None:
            self._shown.partial = look.result
        if draw:
            self._show(values)

    def _finish(self, run: int, look: Look) -> None:
        """Draw a whole result, and again if a knob is turned meanwhile."""
        while True:
            with self._lock:
                values, self._turned = self._values, False
            self._shown = Shown(self._exploration, values, look.result)
            self._show(values)
            with self._lock:
                if run != self._run:
                    return
                if not self._turned:
                    seconds = time.perf_counter() - self._began
                    self._training, self._result = None, look.result
                    self._ended_as = live_words.done(seconds, trained=look.trained)
                    return

    def _end(self, event: Event[Look]) -> None:
        with self._lock:
            values = self._values
            if event.state == "done":
                self._status("done", self._ended_as, progress=1.0)
                return
            self._training = None
            words = live_words.failed(event.error) if event.error else event.state
            self._status(event.state, words)
        if self._shown.partial is not None:
            self._show(values, broken_off=True)

    def _show(self, values: Values, *, broken_off: bool = False) -> None:
        plots = self._shown.pictures(values, broken_off=broken_off)
        with self._lock:
            self.widget.plots = plots

    def _progress(self, snapshot: Snapshot, *, at_once: bool) -> None:
        """Say how far the run is, at most ten times a second."""
        now = time.perf_counter()
        if now - self._said < 0.1 and not at_once:
            return
        self._said = now
        self._status(
            "running",
            "running",
            detail=live_words.training(snapshot),
            progress=snapshot.progress,
            left=live_words.time_left(snapshot.progress, now - self._began),
        )

    def _status(self, state: str, words: str, **more: Any) -> None:
        self.widget.status = live_words.status(self._run, state, words, **more)

    def _note(self, state: str, run: int) -> None:
        """Write down what becomes of a run; those before it are over."""
        self._asked = {n: asked for n, asked in self._asked.items() if n >= run}
        self._log.append(
            {"run": run, "state": state, "values": self._asked.get(run, {}), "time": time.time()}
        )
