"""One worker thread at a time, which works on what was asked for last and on nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Generic, Literal, TypeVar

import attrs

State = Literal["waiting", "running", "overtaken", "cancelled", "failed", "done"]

Request = TypeVar("Request")
Item = TypeVar("Item")


@attrs.frozen
class Event(Generic[Item]):
    """What happened to a run.

    Parameters
    ----------
    run
        Its number: runs are counted from 1 in the order in which they were asked for.
    state
        `running` comes with every item; the last event of a run that was begun is one of
        `overtaken` (something newer was asked for), `cancelled`, `failed` and `done`.
    item
        What the work yielded.
    error
        What it raised.
    """

    run: int
    state: State
    item: Item | None = None
    error: BaseException | None = None


@attrs.frozen
class _Wish(Generic[Request]):
    run: int
    request: Request
    due: float


class Scheduler(Generic[Request, Item]):
    """Runs the last request in a thread of its own.

    A new request waits for a moment, so that a slider that is being dragged asks once; it ends
    the run under way at its next item. All events come from the worker thread, one after the
    other: an event of a run is never told after one of a later run. The thread lives while there
    is something to do: one that waited for requests would keep alive whoever it tells of them.

    Parameters
    ----------
    work
        From a request to its work, a generator: to stop is to close it.
    tell
        Is told each event. An error it raises ends the run as `failed`.
    rest
        Seconds that a request waits for a newer one.
    """

    def __init__(
        self,
        work: Callable[[Request], Generator[Item, None, None]],
        tell: Callable[[Event[Item]], None],
        rest: float = 0.08,
    ) -> None:
        self._work, self._tell, self._rest = work, tell, rest
        self._changed = threading.Condition()
        self._wish: _Wish[Request] | None = None
        self._last = 0
        """The newest run asked for."""
        self._stopped = 0
        """Runs up to this one were cancelled."""
        self._ended: Event[Item] | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        """The worker, until it has nothing more to do."""

    @property
    def closed(self) -> bool:
        """Whether nothing more can be asked for."""
        return self._closed

    def ask(self, request: Request) -> int:
        """Ask for a run in place of all earlier ones; its number.

        Raises
        ------
        RuntimeError
            If the scheduler was closed.
        """
        with self._changed:
            if self._closed:
                raise RuntimeError("closed: nothing more can be asked for.")
            self._last += 1
            self._wish = _Wish(self._last, request, time.monotonic() + self._rest)
            if self._thread is None:
                thread = threading.Thread(target=self._serve, daemon=True, name="explorer")
                thread.start()
                self._thread = thread
            self._changed.notify_all()
            return self._last

    def cancel(self) -> None:
        """End the run under way, or the one that waits."""
        with self._changed:
            self._stopped = self._last
            self._changed.notify_all()

    def close(self) -> None:
        """Cancel for good: the thread ends at its next item; nobody waits for that here."""
        with self._changed:
            self._closed = True
            self._stopped = self._last
            self._changed.notify_all()

    def result(self, timeout: float | None = None) -> Event[Item] | None:
        """Wait until nothing is under way; the last event, or None if nothing was asked for.

        Raises
        ------
        TimeoutError
            If it takes longer than `timeout` seconds.
        BaseException
            What the last run raised.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._thread is None, timeout):
                raise TimeoutError(f"still running after {timeout} s.")
            ended = self._ended
        if ended is not None and ended.error is not None:
            raise ended.error
        return ended

    def _serve(self) -> None:
        while (wish := self._next()) is not None:
            self._end(self._run(wish))

    def _next(self) -> _Wish[Request] | None:
        """The request whose time has come; None, and the worker is no more, if there is none."""
        with self._changed:
            while (wish := self._wish) is not None:
                wait = wish.due - time.monotonic()
                if wait <= 0 or wish.run <= self._stopped:
                    self._wish = None
                    return wish
                self._changed.wait(wait)
            self._thread = None
            self._changed.notify_all()
            return None

    def _run(self, wish: _Wish[Request]) -> Event[Item]:
        run = wish.run
        if (state := self._fate(run)) != "running":
            return Event(run, state)
        try:
            self._tell(Event(run, "running"))
            steps = self._work(wish.request)
            try:
                for item in steps:
                    if (state := self._fate(run)) != "running":
                        return Event(run, state)
                    self._tell(Event(run, "running", item))
            finally:
                steps.close()
        except BaseException as error:  # SystemExit too would end the thread unheard
            return Event(run, "failed", error=error)
        return Event(run, "done")

    def _fate(self, run: int) -> State:
        with self._changed:
            if run <= self._stopped:
                return "cancelled"
            return "running" if run == self._last else "overtaken"

    def _end(self, event: Event[Item]) -> None:
        if event.state == "done" and (state := self._fate(event.run)) != "running":
            event = Event(event.run, state)
        try:
            self._tell(event)
        except BaseException as error:
            event = Event(event.run, "failed", error=error)
        with self._changed:
            self._ended = event
