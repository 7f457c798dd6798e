"""The live face of an Explorer: knobs that train in a worker thread while one watches."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar, cast

import attrs

from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.explore import live_words
from mtlkit.explore.knobs import Values
from mtlkit.explore.live_controls import control, cost, read, texts, told, where
from mtlkit.explore.live_facets import parts
from mtlkit.explore.live_plots import Pictures, Shown
from mtlkit.explore.live_widget import LiveWidget
from mtlkit.explore.scheduler import Event, Scheduler
from mtlkit.explore.subject import Subject
from mtlkit.explore.trainings import Key, Look, Seen, Trainings

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
        with self._lock:
            try:
                handler(self, *told)
            except Exception as error:
                self.fail(error)

    return cast(Handler, guarded)


@attrs.frozen
class _Order:
    """What the worker is asked for: to train, or to draw once more what there is."""

    values: Values
    train: bool = True


@attrs.frozen(eq=False)
class _Broken:
    """How the last training came to a bad end: it is not begun anew by itself."""

    key: Key
    state: str
    words: str
    error: BaseException | None = None


class Live:
    """Widgets, and the worker that serves them.

    All pictures are drawn in the worker thread. What the page says is heard in whatever thread
    the kernel hears it: the main one, or a subshell's; a lock keeps the two apart, and is never
    held while something is drawn or trained. The worker shows nothing of a run before it has
    seen, under the lock, that this is still the newest one.

    Parameters
    ----------
    subject, trainings
        What is explored.
    values
        The knobs' values at the start.
    """

    def __init__(self, subject: Subject, trainings: Trainings, values: Values) -> None:
        exploration = subject.exploration
        self._subject, self._exploration, self._trainings = subject, exploration, trainings
        self._values = values
        self._key: Key | None = None
        """What the knobs ask for; None where that cannot be told."""
        self._run = 0
        """The newest run asked for."""
        self._training: Key | None = None
        """What the newest run trains, until it has ended or was cancelled."""
        self._broken: _Broken | None = None
        """How the newest training ended, if badly."""
        self._turned = False
        """Whether a knob that needs no training was turned since the last picture."""
        self._error: BaseException | None = None
        """What a handler raised."""
        self._result: Result | None = None
        self._pace: float | None = None
        """Seconds that a unit of the lesson's cost took in the last run."""
        self._pictures = Pictures()
        """What is on the page."""
        self._preparing = False
        """Whether another thread prepares something for better pictures of a result."""
        self._righting = False
        """Whether the knobs on the page are being put right from here."""
        self._asked: dict[int, dict[str, str]] = {}
        """What each run was asked for that is not yet over."""
        self._log: deque[dict[str, Any]] = deque(maxlen=_LOGGED)

        # The worker's own:
        self._shown = Shown(exploration)
        self._ended: tuple[Result, str] | None = None
        """A whole result that is drawn, and the words for it."""
        self._first = False
        """Whether nothing of the run was seen yet."""
        self._began = self._said = 0.0

        self.widget = LiveWidget(
            title=f"Explorer: {subject.title}",
            hint=exploration.hint,
            controls=[control(knob) for knob in exploration.knobs],
            texts=texts(exploration.knobs, values),
            told=told(subject, values),
        )
        self._lock = self.widget.lock
        self._scheduler: Scheduler[_Order, Look] = Scheduler(self._work, self._tell, _REST)
        self.widget.at_end = self._scheduler.close
        self._ask(values)
        self.widget.observe(self._heard_texts, "texts")
        self.widget.on_msg(self._heard_message)

    @property
    def values(self) -> Values:
        """The knobs as they stand on the page."""
        with self._lock:
            return read(self._exploration.knobs, self.widget.texts)

    @property
    def log(self) -> list[dict[str, Any]]:
        """What became of the last runs: `run`, `state`, `values` as texts, `time` in seconds."""
        with self._lock:
            return list(self._log)

    def turn(self, values: Values) -> None:
        """Set the knobs, as the page does; all the same ones train again what did not end well."""
        new = texts(self._exploration.knobs, values)
        with self._lock:
            if new == self.widget.texts:
                self._ask(values, again=True)
            else:
                self.widget.texts = new

    def cancel(self) -> None:
        """End the run under way."""
        with self._lock:
            if self._training is not None:
                self._broken = _Broken(self._training, "cancelled", "cancelled")
                self._training = None
                self._status(self.widget.status["state"], "cancelling")
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
        self._scheduler.result(timeout)
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._result is not None:
                return self._result
            if self._broken is not None and self._broken.error is not None:
                raise self._broken.error
            state = "closed" if self._broken is None else self._broken.state
        raise RuntimeError(f"the last run was {state}: there is no result.")

    def close(self) -> None:
        """Take the widget off the page; what trains ends at its next epoch."""
        self.widget.close()

    def fail(self, error: BaseException) -> None:
        """Show an error in the widget, log it, and keep it for `result`."""
        LOG.error("the Explorer of %s failed", self._subject.lesson.name, exc_info=error)
        with self._lock:
            self.cancel()
            self._error = error
            self._mark()
            self._status("failed", live_words.failed(error))

    @_heard
    def _heard_texts(self, change: Mapping[str, Any]) -> None:
        if self._righting:
            return
        try:
            values = read(self._exploration.knobs, change["new"])
        except Exception:
            self._righting = True
            self.widget.texts = texts(self._exploration.knobs, self._values)
            self._righting = False
            raise
        self._ask(values)

    @_heard
    def _heard_message(self, widget: object, message: Mapping[str, Any], buffers: object) -> None:
        if message.get("do") in ("cancel", "gone"):  # the page's last view of it, that is
            self.cancel()
        elif message.get("do") == "again":
            self._ask(self.values, again=True)

    def _ask(self, values: Values, *, again: bool = False) -> None:
        """Run what the knobs ask for; draw alone where it runs already, or has ended badly.

        Parameters
        ----------
        again
            Train even so.
        """
        with self._lock:
            self._values, self._error, self._key = values, None, None
            self.widget.told = {
                **self.widget.told,
                **where(self._subject, values),
            }
            self.widget.told = told(self._subject, values, self._pace)
            key = self._key = self._trainings.key(values)
            if key == self._training:
                self._turned = True
            elif self._broken is not None and self._redraws(self._broken, key, again):
                self._run = self._scheduler.ask(_Order(values, train=False))
                self._status(self._broken.state, self._broken.words)
            else:
                self._training, self._result, self._broken = key, None, None
                self._run = self._scheduler.ask(_Order(values))
                self._asked[self._run] = texts(self._exploration.knobs, values)
                self._status("waiting", "waiting")
                self._note("waiting", self._run)
            self._mark()

    def _redraws(self, broken: _Broken, key: Key, again: bool) -> bool:
        """Whether the knobs ask for what came to a bad end before it was trained."""
        return key == broken.key and not again and not self._trainings.has(key)

    def _work(self, order: _Order) -> Generator[Look, None, None]:
        if order.train:
            yield from self._trainings.run(order.values)
        else:
            yield Look(None, None)

    def _newest(self, run: int) -> bool:
        """Whether the page shows that run; to be asked under the lock that is acted under."""
        return run == self._run and self._error is None

    def _tell(self, event: Event[Look]) -> None:
        """Show what became of a run; called by the worker."""
        if event.error is not None:
            LOG.error("the Explorer of %s failed", self._subject.lesson.name, exc_info=event.error)
        if event.item is not None:
            if event.item.snapshot is not None:
                self._look(event.run, event.item, event.item.snapshot)
            elif event.item.result is not None:
                self._finish(event.run, event.item.result, trained=event.item.trained)
            else:
                self._draw_again(event.run)
            return
        with self._lock:
            trains = event.run in self._asked
            if trains:
                self._note(event.state, event.run)
            if not self._newest(event.run):
                return
            if event.state == "running" and trains:
                self._began, self._first = time.perf_counter(), True
                self._status("running", "running", progress=0.0)
            elif event.state == "done" and trains:
                self._done()
            elif event.state == "failed":
                self._end_badly(event.state, event.error)
            elif event.state == "cancelled" and trains:
                self._end_badly(event.state, None)

    def _look(self, run: int, look: Look, snapshot: Snapshot) -> None:
        """Draw a run under way, and at its beginning the nearest that has ended."""
        with self._lock:
            if not self._newest(run) or self._training is None:
                return
            values, key = self._values, self._training
            draw = look.result is not None or self._turned
            self._turned = False
            self._progress(snapshot, at_once=draw)
        if self._first:
            self._first = False
            nearest = self._trainings.nearest(values)
            self._shown.begin(nearest)
            draw = draw or nearest is not None
        if look.result is not None:
            self._shown.look(Seen(values, key, look.result, whole=False))
        if draw:
            pictures = self._shown.pictures(values)
            with self._lock:
                if self._newest(run):
                    self._put(pictures)

    def _finish(self, run: int, result: Result, *, trained: bool) -> None:
        """Draw a whole result, and again if a knob is turned meanwhile."""
        if self._first:
            self._first = False
            self._shown.begin(None)
        while True:
            with self._lock:
                if not self._newest(run) or self._training is None:
                    return
                values, key, self._turned = self._values, self._training, False
            self._shown.end(Seen(values, key, result, whole=True))
            pictures = self._shown.pictures(values)
            with self._lock:
                if not self._newest(run):
                    return
                self._put(pictures)
                if not self._turned:
                    seconds = time.perf_counter() - self._began
                    if trained:
                        self._pace = seconds / cost(self._subject, values)
                    self._training = None
                    self._ended = result, live_words.done(seconds, trained=trained)
                    return

    def _done(self) -> None:
        """The newest run has ended well."""
        if self._ended is not None:
            self.widget.told = told(self._subject, self._values, self._pace)
            self._result, words = self._ended
            self._training = self._broken = self._ended = None
            self._mark()
            self._status("done", words, progress=1.0)
            self._prepare(self._result, self._values)

    def _prepare(self, result: Result, values: Values) -> None:
        """Begin what takes long and makes better pictures; they are drawn when it has ended."""
        job = None if self._preparing else self._exploration.prepare(result, values)
        if job is None:
            return
        self._preparing = True
        self.widget.status = {**self.widget.status, "detail": live_words.MORE_TO_COME}

        def do() -> None:
            error: BaseException | None = None
            try:
                job()
            except BaseException as raised:  # else it would end in a log that no one reads
                error = raised
            self._prepared(result, values, error)

        threading.Thread(target=do, daemon=True, name="explorer-pictures").start()

    def _prepared(self, result: Result, values: Values, error: BaseException | None) -> None:
        """Draw the newest result once more; what the knobs now want to see may take long too."""
        with self._lock:
            self._preparing = False
            if self._scheduler.closed or self._result is None:
                return
            if error is not None and self._result is result:
                self.fail(error)
                return
            self._run = self._scheduler.ask(_Order(self._values, train=False))
            self.widget.status = {**self.widget.status, "run": self._run, "detail": ""}
            if self._result is not result or self._values != values:
                self._prepare(self._result, self._values)

    def _end_badly(self, state: str, error: BaseException | None) -> None:
        """The newest run came to no good end: what it has drawn stays."""
        words = state if error is None else live_words.failed(error)
        key = self._training or (self._broken.key if self._broken else self._key)
        if key is not None:
            self._broken = _Broken(key, state, words, error)
        self._training = self._ended = None
        self._mark()
        self._status(state, words)

    def _draw_again(self, run: int) -> None:
        """Draw what there is of a run that came to a bad end, as the knobs want to see it."""
        with self._lock:
            values = self._values
        pictures = self._shown.pictures(values)
        with self._lock:
            if self._newest(run):
                self._put(pictures)

    def _put(self, pictures: Pictures) -> None:
        """Put pictures on the page."""
        self._pictures = pictures
        with self.widget.hold_sync():
            self.widget.plots = pictures.plots
            self._mark()

    def _mark(self) -> None:
        """Mark which pictures on the page are not what the knobs ask for."""
        self.widget.marks = self._pictures.marks(
            self._exploration, self._key, self._values, over=self._broken is not None
        )

    def _progress(self, snapshot: Snapshot, *, at_once: bool) -> None:
        """Say how far the run is, at most ten times a second."""
        now = time.perf_counter()
        if now - self._said < 0.1 and not at_once:
            return
        self._said = now
        self._status(
            "running",
            "running",
            detail=live_words.training(
                snapshot, parts(self._exploration, self._values), self._exploration.words
            ),
            progress=snapshot.progress,
            left=live_words.time_left(snapshot.progress, now - self._began),
        )

    def _status(self, state: str, words: str, **more: Any) -> None:
        found = live_words.status(self._run, state, words, **more)
        self.widget.status = {**found, "move": self.widget.move}

    def _note(self, state: str, run: int) -> None:
        """Write down what becomes of a run; those before one that has begun are over."""
        values = self._asked[run]
        if state != "waiting":
            self._asked = {n: asked for n, asked in self._asked.items() if n >= run}
        self._log.append({"run": run, "state": state, "values": values, "time": time.time()})
