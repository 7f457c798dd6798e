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

ENDS = ("overtaken", "cancelled", "failed", "done")


@attrs.define(eq=False)
class Request:
    """Some steps, each of which waits for a permit; at last it may fail."""

    steps: int
    fails: bool = False
    permits: threading.Semaphore = attrs.field(factory=lambda: threading.Semaphore(0))
    permitted: int = 0
    """Permits given before anything newer was asked for."""

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
        return {event.run: event.state for event in self.events if event.state in ENDS}


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

    @precondition(lambda self: self.requests)
    @rule(which=st.integers(0, 3), steps=st.integers(1, 3))
    def permit(self, which: int, steps: int) -> None:
        request = self.requests[max(len(self.requests) - 1 - which, 0)]
        if request is self.requests[-1]:
            request.permitted += steps
        request.permit(steps)

    @rule()
    def cancel(self) -> None:
        self.scheduler.cancel()
        self.cancelled = len(self.requests)

    @rule()
    def settle(self) -> None:
        """Let everything go on, and wait: the last request alone has ended, as it should."""
        for request in self.requests:
            request.permit(request.steps)
        if self.requests:
            self.requests[-1].permitted += self.requests[-1].steps
        last = len(self.requests)
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
        elif last > self.settled:
            assert state in ("cancelled", "done", "failed")
        assert self.shop.ends().get(last, "") == state
        assert self.shop.open == 0
        self.settled = last

    @invariant()
    def there_is_one_worker(self) -> None:
        assert len(self.shop.workers) <= 1
        assert threading.current_thread() not in self.shop.workers
        assert self.shop.most_open <= 1

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
    def what_was_overtaken_too_early_is_not_done(self) -> None:
        for run, state in self.shop.ends().items():
            request = self.requests[run - 1]
            if state in ("done", "failed") and run < len(self.requests):
                assert request.permitted >= request.steps

    def teardown(self) -> None:
        for request in self.requests:
            request.permit(request.steps)
        self.scheduler.close()
        assert not any(worker.is_alive() for worker in self.shop.workers)
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
    slow.permit(1)
    quick = Request(0)
    scheduler.ask(quick)
    slow.permit(1)
    scheduler.result(PATIENCE)
    scheduler.close()
    assert shop.ends()[2] == "done"
    assert shop.ends().get(1, "overtaken") == "overtaken"


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
    assert not any(worker.is_alive() for worker in shop.workers)
