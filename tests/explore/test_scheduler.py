"""The worker alone: whatever is asked of it in whatever order, it obeys the last request only."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mtlkit.explore.scheduler import Event, Scheduler

PATIENCE = 20.0
"""Seconds after which a test fails rather than hangs."""

SOON = 5.0
"""Seconds within which a run that is over must have ended, once it has one permit more."""

ENDS = ("overtaken", "cancelled", "failed", "done")


@attrs.define(eq=False)
class Request:
    """Some steps, each of which waits for a permit; at last it may fail."""

    steps: int
    fails: bool = False
    permits: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    begun: threading.Event = attrs.field(factory=threading.Event)
    permitted: int = 0
    """Permits given before it was cancelled or anything newer was asked for."""
    most: int | None = None
    """Since then: the most steps that may ever be told of it."""

    def permit(self, steps: int) -> None:
        for _ in range(steps):
            self.permits.release()


class Broken(Exception):
    """What a request that fails raises."""


class Workshop:
    """Work for a scheduler, with a record of who did it and what was told."""

    def __init__(self) -> None:
        self.events: list[Event[int]] = []
        self.workers: set[threading.Thread] = set()
        self.open = 0
        self.most_open = 0

    def work(self, request: Request) -> Generator[int, None, None]:
        self.workers.add(threading.current_thread())
        request.begun.set()
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            for step in range(request.steps):
                assert request.permits.acquire(timeout=PATIENCE)
                yield step
            if request.fails:
                raise Broken
        finally:
            self.open -= 1

    def tell(self, event: Event[int]) -> None:
        self.workers.add(threading.current_thread())
        self.events.append(event)

    def ends(self) -> dict[int, str]:
        return {event.run: event.state for event in list(self.events) if event.state in ENDS}

    def steps(self, run: int) -> int:
        """How many steps of a run were told."""
        return sum(event.run == run and event.item is not None for event in list(self.events))

    def at_rest(self) -> bool:
        """Whether no worker is left, or will soon be."""
        for worker in self.workers:
            worker.join(PATIENCE)
        return not any(worker.is_alive() for worker in self.workers)


class Obedience(RuleBasedStateMachine):
    """Random requests, permits, cancels and waits."""

    def __init__(self) -> None:
        super().__init__()
        self.shop = Workshop()
        self.scheduler: Scheduler[Request, int] = Scheduler(self.shop.work, self.shop.tell, 0.0)
        self.requests: list[Request] = []
        self.cancelled = 0
        self.settled = 0

    @rule(steps=st.integers(0, 4), fails=st.booleans())
    def ask(self, steps: int, fails: bool) -> None:
        request = Request(steps, fails)
        self.requests.append(request)
        assert self.scheduler.ask(request) == len(self.requests)
        if len(self.requests) > 1:
            self.over(len(self.requests) - 1)

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 3), steps=st.integers(1, 3))
    def permit(self, which: int, steps: int) -> None:
        request = self.requests[max(len(self.requests) - 1 - which, 0)]
        if request.most is None:
            request.permitted += steps
        request.permit(steps)

    @precondition(lambda self: len(self.requests) > self.cancelled)
    @rule()
    def begin(self) -> None:
        """The last request begins as soon as every older one has a single permit more."""
        for request in self.requests[:-1]:
            request.permit(1)
        assert self.requests[-1].begun.wait(SOON)
        for run in range(1, len(self.requests)):
            self.has_one_end(run)

    @precondition(lambda self: self.requests)
    @rule()
    def cancel(self) -> None:
        self.scheduler.cancel()
        self.cancelled = len(self.requests)
        self.over(len(self.requests))

    @precondition(lambda self: self.cancelled == len(self.requests) > 0)
    @rule()
    def end(self) -> None:
        """What was cancelled ends as soon as it has a single permit more."""
        for request in self.requests:
            request.permit(1)
        try:
            self.scheduler.result(SOON)
        except Broken:
            assert self.requests[-1].fails
        for run in range(1, len(self.requests) + 1):
            self.has_one_end(run)
        self.settled = len(self.requests)

    @rule()
    def settle(self) -> None:
        """Let everything go on, and wait: the last request alone has ended, as it should."""
        last = len(self.requests)
        for request in self.requests:
            request.permit(request.steps)
            if request.most is None:
                request.permitted += request.steps
        try:
            event = self.scheduler.result(PATIENCE)
        except Broken:
            assert self.requests[-1].fails
            state = "failed"
        else:
            assert (event is None) == (last == 0)
            state = "" if event is None else event.state
            assert event is None or event.run == last
        if last and last > max(self.cancelled, self.settled):
            assert state == ("failed" if self.requests[-1].fails else "done")
        elif last > self.settled and self.requests[-1].permitted < self.requests[-1].steps:
            assert state == "cancelled"
        assert self.shop.ends().get(last, "") == state
        for run in range(1, last + 1):
            self.has_one_end(run)
        assert self.shop.open == 0
        assert self.shop.at_rest()
        self.settled = last

    def over(self, run: int) -> None:
        """A run was cancelled or overtaken: a step that was on its way may still be told."""
        request = self.requests[run - 1]
        if request.most is None:
            request.most = self.shop.steps(run) + 1

    def has_one_end(self, run: int) -> None:
        """A run that was begun has ended once; one that was not, at most as cancelled."""
        ends = [e.state for e in list(self.shop.events) if e.run == run and e.state in ENDS]
        if self.requests[run - 1].begun.is_set():
            assert len(ends) == 1
        else:
            assert ends in ([], ["cancelled"], ["overtaken"])

    @invariant()
    def one_at_a_time_works(self) -> None:
        assert threading.current_thread() not in self.shop.workers
        assert self.shop.most_open <= 1

    @invariant()
    def what_is_over_goes_on_no_longer(self) -> None:
        for run, request in enumerate(self.requests, start=1):
            assert request.most is None or self.shop.steps(run) <= request.most

    @invariant()
    def nothing_is_told_of_a_run_after_a_later_one(self) -> None:
        runs = [event.run for event in self.shop.events]
        assert runs == sorted(runs)

    @invariant()
    def a_run_has_one_end_and_it_is_the_last_that_is_told_of_it(self) -> None:
        told = list(self.shop.events)
        for run in {event.run for event in told}:
            states = [event.state for event in told if event.run == run]
            assert all(state == "running" for state in states[:-1])
            items = [event.item for event in told if event.run == run and event.item is not None]
            assert items == list(range(len(items)))

    @invariant()
    def what_was_over_too_early_is_not_done(self) -> None:
        for run, state in self.shop.ends().items():
            request = self.requests[run - 1]
            if state in ("done", "failed") and request.most is not None:
                assert request.permitted >= request.steps

    def teardown(self) -> None:
        for request in self.requests:
            request.permit(request.steps)
        self.scheduler.close()
        assert self.shop.at_rest()
        assert self.shop.open == 0
        with pytest.raises(RuntimeError, match="closed"):
            self.scheduler.ask(Request(1))


TestObedience = Obedience.TestCase
TestObedience.settings = settings(max_examples=40, stateful_step_count=25)  # 1,000 moves


@pytest.fixture
def shop() -> Workshop:
    return Workshop()


def states(shop: Workshop) -> list[tuple[int, str]]:
    return [(event.run, event.state) for event in shop.events if event.item is None]


def test_a_burst_of_requests_begins_only_the_last(shop: Workshop) -> None:
    scheduler = Scheduler(shop.work, shop.tell, rest=0.1)
    began = time.monotonic()
    for _ in range(50):
        scheduler.ask(Request(0))
    event = scheduler.result(PATIENCE)
    assert time.monotonic() - began >= 0.1
    scheduler.close()
    assert event is not None and (event.run, event.state) == (50, "done")
    assert states(shop) == [(50, "running"), (50, "done")]


def test_a_request_ends_the_run_under_way_at_its_next_item(shop: Workshop) -> None:
    scheduler = Scheduler(shop.work, shop.tell, rest=0.0)
    slow = Request(1000)
    scheduler.ask(slow)
    assert slow.begun.wait(PATIENCE)
    scheduler.ask(Request(0))
    slow.permit(1)
    scheduler.result(SOON)
    scheduler.close()
    assert shop.ends() == {1: "overtaken", 2: "done"}


def test_an_error_of_whoever_is_told_ends_the_run_and_is_raised(shop: Workshop) -> None:
    def tell(event: Event[int]) -> None:
        shop.tell(event)
        if event.item == 1:
            raise Broken("told")

    scheduler = Scheduler(shop.work, tell, rest=0.0)
    request = Request(3)
    request.permit(3)
    scheduler.ask(request)
    with pytest.raises(Broken, match="told"):
        scheduler.result(PATIENCE)
    assert states(shop) == [(1, "running"), (1, "failed")]
    assert shop.open == 0
    scheduler.ask(Request(0))
    assert scheduler.result(PATIENCE) == Event(2, "done")
    scheduler.close()


def test_an_error_while_the_end_is_told_is_raised(shop: Workshop) -> None:
    def tell(event: Event[int]) -> None:
        if event.state == "done":
            raise Broken("end")

    scheduler = Scheduler(shop.work, tell, rest=0.0)
    scheduler.ask(Request(0))
    with pytest.raises(Broken, match="end"):
        scheduler.result(PATIENCE)
    scheduler.close()


def test_an_exit_in_the_work_is_no_silent_end_of_the_worker(shop: Workshop) -> None:
    def leave(request: Request) -> Generator[int, None, None]:
        raise SystemExit(3)
        yield

    scheduler = Scheduler(leave, shop.tell, rest=0.0)
    scheduler.ask(Request(0))
    with pytest.raises(SystemExit):
        scheduler.result(PATIENCE)
    assert states(shop) == [(1, "running"), (1, "failed")]
    scheduler.close()


def test_waiting_has_a_limit(shop: Workshop) -> None:
    scheduler = Scheduler(shop.work, shop.tell, rest=0.0)
    request = Request(1)
    scheduler.ask(request)
    with pytest.raises(TimeoutError, match="still running"):
        scheduler.result(0.01)
    request.permit(1)
    assert scheduler.result(PATIENCE) == Event(1, "done")
    scheduler.close()


def test_nothing_asked_is_nothing_to_wait_for_and_close_may_come_twice(shop: Workshop) -> None:
    scheduler = Scheduler(shop.work, shop.tell)
    assert scheduler.result() is None
    scheduler.cancel()
    scheduler.close()
    scheduler.close()
    assert shop.workers == set()


def test_close_ends_a_run_under_way_and_whoever_waits_for_it(shop: Workshop) -> None:
    scheduler = Scheduler(shop.work, shop.tell, rest=0.0)
    request = Request(1000)
    scheduler.ask(request)
    waited: list[object] = []
    waiter = threading.Thread(target=lambda: waited.append(scheduler.result(PATIENCE)))
    waiter.start()
    request.permit(1000)
    scheduler.close()
    waiter.join(PATIENCE)
    assert len(waited) == 1
    assert shop.at_rest()


def test_close_does_not_wait_for_a_step_that_takes_long(shop: Workshop) -> None:
    scheduler = Scheduler(shop.work, shop.tell, rest=0.0)
    request = Request(1)
    scheduler.ask(request)
    assert request.begun.wait(PATIENCE)
    scheduler.close()
    assert shop.open == 1
    request.permit(1)
    assert shop.at_rest()
    assert shop.ends() == {1: "cancelled"}


def test_a_worker_ends_with_its_work_and_the_next_request_has_a_new_one(shop: Workshop) -> None:
    scheduler = Scheduler(shop.work, shop.tell, rest=0.0)
    for _ in range(2):
        scheduler.ask(Request(0))
        scheduler.result(PATIENCE)
        assert shop.at_rest()
    assert len(shop.workers) == 2
    scheduler.close()


def test_to_wait_is_to_wait_for_what_was_asked_for_last(shop: Workshop) -> None:
    scheduler = Scheduler(shop.work, shop.tell, rest=0.0)
    first, second = Request(1), Request(1)
    scheduler.ask(first)
    assert first.begun.wait(PATIENCE)
    scheduler._rest = 0.2
    scheduler.ask(second)
    first.permit(1)
    with pytest.raises(TimeoutError):
        scheduler.result(0.1)
    second.permit(1)
    assert scheduler.result(PATIENCE) == Event(2, "done")
    scheduler.close()


@pytest.mark.parametrize("what", ["overtaken", "cancelled"])
def test_what_is_over_after_its_last_step_is_not_done(shop: Workshop, what: str) -> None:
    def work(again: bool) -> Generator[int, None, None]:
        yield 0
        if again and what == "cancelled":
            scheduler.cancel()
        elif again:
            scheduler.ask(False)

    scheduler: Scheduler[bool, int] = Scheduler(work, shop.tell, rest=0.0)
    scheduler.ask(True)
    scheduler.result(PATIENCE)
    assert shop.ends()[1] == what
    scheduler.close()
