"""Filling the cache: units of work handed out to workers until every run is there.

Whatever happens to a worker, runs that were finished stay; the unit that was under way is handed
out again. One that was under way when workers died twice is suspect: it is tried alone, as a whole
so that it goes on from its checkpoint, and in halves only where that kills the worker too. So a run
that kills its worker is found and named, and takes no others with it.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count

import attrs
import torch

from mtlkit.core.cache import Cache, Key
from mtlkit.core.runner import Runner
from mtlkit.core.study import Progress
from mtlkit.core.units import Unit
from mtlkit.core.work import Order, Outcome, check_versions, expected, work
from mtlkit.core.workers import WorkerDied, Workers
from mtlkit.errors import UsageError

Report = Callable[[Progress], None]

_SUSPECT = 2
"""So many deaths while a unit was under way make it suspect."""

_PAUSE = 1.0
"""Seconds between two looks at what the workers told."""


def present(units: Sequence[Unit], device: torch.device, cache: Cache | None = None) -> int:
    """How many of the units' runs are in the cache."""
    cache = cache or Cache.of_user()
    keys = _keys(units, device)
    return sum(cache.has(keys[unit], seed) for unit in units for seed in unit.seeds)


def fill(
    units: Sequence[Unit],
    workers: Workers,
    *,
    device: torch.device,
    report: Report = lambda progress: None,
) -> None:
    """See to it that every run of the units is in this process's cache.

    What is there already is not handed out. `report` is told how much of the rest is done, from
    another thread too.

    Raises
    ------
    UsageError
        If a unit cannot be run: one sentence on the first. The others were run before.
    """
    if not units:
        return
    lessons = {unit.lesson.name: unit.lesson for unit in units}
    versions = {name: expected(lesson) for name, lesson in lessons.items()}
    for name, lesson in lessons.items():
        workers.everywhere(partial(check_versions, lesson, versions[name]))
    filling = _Filling(workers, device, Cache.of_user(), _keys(units, device), versions)
    for unit in sorted(units, key=lambda unit: -unit.cost):
        if not filling.complete(unit):
            filling.add(unit)
    with filling.token(), filling.watched(report):
        filling.run()
    if filling.errors:
        more = f" (and {len(filling.errors) - 1} more)" if len(filling.errors) > 1 else ""
        raise UsageError(f"{filling.errors[0]}{more}")


def _keys(units: Sequence[Unit], device: torch.device) -> dict[Unit, Key]:
    """Each unit's key; a config's is worked out once."""
    of_config: dict[tuple[str, object], Key] = {}
    for unit in units:
        name = unit.lesson.name, unit.config
        if name not in of_config:
            of_config[name] = Runner(unit.lesson, device).key(unit.config)
    return {unit: of_config[unit.lesson.name, unit.config] for unit in units}


@attrs.define
class _Filling:
    """The units that are still to be run, by their numbers, and what became of the others."""

    workers: Workers
    device: torch.device
    cache: Cache
    keys: dict[Unit, Key]
    versions: Mapping[str, Mapping[str, str]]
    todo: dict[int, Unit] = attrs.field(factory=dict)
    deaths: dict[int, int] = attrs.field(factory=dict)
    busy: set[int] = attrs.field(factory=set)
    errors: list[str] = attrs.field(factory=list)
    costs: dict[int, float] = attrs.field(factory=dict)
    ended: set[int] = attrs.field(factory=set)
    _numbers: Iterator[int] = attrs.field(factory=count)
    _token: str = attrs.field(factory=lambda: f".asker-{uuid.uuid4().hex[:12]}")

    def complete(self, unit: Unit) -> bool:
        """Whether all of its runs are there and can be read."""
        return all(self.cache.get(self.keys[unit], seed) is not None for seed in unit.seeds)

    def add(self, unit: Unit, *, deaths: int = 0) -> None:
        """Another unit to be run."""
        number = next(self._numbers)
        self.todo[number] = unit
        self.costs[number] = unit.cost
        self.deaths[number] = deaths

    def run(self) -> None:
        """Hand out until nothing is left."""
        while self.todo:
            numbers = self._next()
            alone = len(numbers) == 1 and self.deaths[numbers[0]] >= _SUSPECT
            self.workers.forget()
            try:
                for outcome in self.workers.results(work, [self._order(n) for n in numbers]):
                    self._note(outcome)
            except WorkerDied:
                self._mourn(numbers, alone=alone)

    def _next(self) -> list[int]:
        """What to hand out: first what nobody else trains, then what is waited for, then suspects.

        Suspects go one by one.
        """
        sound = [number for number in self.todo if self.deaths[number] < _SUSPECT]
        free = [number for number in sound if number not in self.busy]
        return free or sound or list(self.todo)[:1]

    def _order(self, number: int) -> Order:
        unit = self.todo[number]
        return Order(
            number=number,
            unit=unit,
            key=self.keys[unit],
            device=self.device.type,
            root=self.cache.root,
            token=self._token,
            versions=self.versions[unit.lesson.name],
            signal=self.workers.signal,
            wait=number in self.busy or self.deaths[number] >= _SUSPECT,
        )

    def _note(self, outcome: Outcome) -> None:
        if outcome.busy:
            self.busy.add(outcome.number)
            return
        unit = self.todo.pop(outcome.number)
        for result in outcome.results:
            # Of a worker with another disk; what is there already and can be read stays.
            self.cache.put(self.keys[unit], result)
        if outcome.error:
            self.errors.append(f"{unit}: {outcome.error}")
        self.ended.add(outcome.number)

    def _mourn(self, numbers: Sequence[int], *, alone: bool) -> None:
        """After a death: what is finished is finished; what was under way goes on or is halved."""
        told = self.workers.told()
        left = [number for number in numbers if number in self.todo]
        # Workers that die before they begin leave nobody to blame but all.
        for number in [number for number in left if number in told] or left:
            unit = self.todo[number]
            if self.complete(unit):
                self._end(number)
                continue
            self.deaths[number] += 1
            if not alone:
                continue
            if len(unit.seeds) > 1:
                self._halve(number)
            else:
                self._end(number)
                self.errors.append(
                    f"{unit}: its worker was killed each time, at last with nothing else to do; "
                    "that is mostly for want of memory, so allowed is a smaller setting, fewer "
                    "processes, or a machine with more."
                )

    def _halve(self, number: int) -> None:
        """Two suspects in place of one."""
        unit = self.todo.pop(number)
        del self.costs[number]
        half = (len(unit.seeds) + 1) // 2
        for seeds in (unit.seeds[:half], unit.seeds[half:]):
            part = attrs.evolve(unit, seeds=seeds)
            self.keys[part] = self.keys[unit]
            self.add(part, deaths=_SUSPECT)

    def _end(self, number: int) -> None:
        del self.todo[number]
        self.ended.add(number)

    @contextmanager
    def token(self) -> Iterator[None]:
        """A file in the cache by which a worker knows that it has the same disk."""
        file = self.cache.root / self._token
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        try:
            yield
        finally:
            file.unlink(missing_ok=True)

    @contextmanager
    def watched(self, report: Report) -> Iterator[None]:
        """Report now and then, and at the end."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(_PAUSE):
                report(self._progress())

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
        report(self._progress())

    def _progress(self) -> Progress:
        told = self.workers.told()
        costs, ended = dict(self.costs), set(self.ended)
        total = sum(costs.values())
        done = sum(
            cost * (1.0 if number in ended else _share(told, number))
            for number, cost in costs.items()
        )
        words = "1 worker" if self.workers.count == 1 else f"{self.workers.count} workers"
        doing = f"{len(ended)} of {len(costs)} stacks, {words}"
        return Progress(done / total if total else 1.0, doing)


def _share(told: Mapping[int, float], number: int) -> float:
    return min(1.0, max(0.0, told.get(number, 0.0)))
