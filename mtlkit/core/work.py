"""What a worker does: one unit, in a process of its own, perhaps on another machine."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol, runtime_checkable

import attrs

from mtlkit.core.cache import Cache, Key
from mtlkit.core.device import choose_device
from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.provenance import numerics_version, versions
from mtlkit.core.reserving import Busy
from mtlkit.core.result import Result
from mtlkit.core.runner import Runner
from mtlkit.core.units import Unit
from mtlkit.errors import UsageError

_PAUSE = 1.0
"""Seconds between two signs of life."""

_ALONE = threading.Lock()
"""Of this process's threads, one trains."""


@runtime_checkable
class Signal(Protocol):
    """Carries a unit's progress to whoever asked for it."""

    def __call__(self, number: int, share: float, /) -> None:
        """The unit of that number is done to that share."""


@attrs.frozen
class Order:
    """A unit, with all that a worker must know.

    Parameters
    ----------
    number
        What the asker calls it.
    unit, device
        What is run, and on what: `auto`, `cpu` or `cuda`.
    key
        The asker's, of the unit's results.
    root, token
        The asker's cache and a file in it: where a worker finds it, they share a disk.
    versions
        The asker's, as `expected` gives them.
    signal
        Where progress goes.
    wait
        Whether to wait for runs that another process is training.
    """

    number: int
    unit: Unit
    key: Key
    device: str
    root: Path
    token: str
    versions: Mapping[str, str]
    signal: Signal
    wait: bool = False


@attrs.frozen(eq=False)
class Outcome:
    """What came of an order: results, unless they are in the asker's cache; or why none did."""

    number: int
    results: Sequence[Result] = ()
    busy: bool = False
    error: str = ""


def expected(lesson: Lesson) -> dict[str, str]:
    """The versions that fix a lesson's numbers: two processes with the same may share the work."""
    told = {name: version for name, version in versions().items() if name != "python"}
    return {**told, f"{lesson.name}'s numerics": _loaded_numerics(lesson.numerics_files)}


@cache
def _loaded_numerics(files: tuple[Path, ...]) -> str:
    """As it was when first asked for: a worker that lives on runs the code that it read then."""
    return numerics_version(files)


def check_versions(lesson: Lesson, asker: Mapping[str, str]) -> None:
    """Refuse to work for a process of other versions.

    Raises
    ------
    UsageError
        If one differs.
    """
    here = expected(lesson)
    for name, version in asker.items():
        if here.get(name) != version:
            raise UsageError(
                f"worker {worker_name()} has {name} {here.get(name)}, and {version} is asked for; "
                "allowed are workers with the same versions, started anew after a change."
            )


def work(order: Order) -> Outcome:
    """Run a unit, and keep its results where the asker finds them, or hand them over.

    A mistake of the user's, such as data that are not there, is told in the outcome. Where a worker
    has several threads, one works while the others wait: the number of threads to compute with,
    the claims on runs and what a GPU records are the process's.
    """
    with _ALONE:
        return _work(order)


def _work(order: Order) -> Outcome:
    order.signal(order.number, 0.0)
    unit = order.unit
    try:
        check_versions(unit.lesson, order.versions)
        shares_disk = (order.root / order.token).exists()
        own = Cache.of_user()
        cache = attrs.evolve(own, root=order.root) if shares_disk else own
        runner = Runner(
            unit.lesson,
            choose_device(order.device),
            cache,
            worker=worker_name(),
            waits=order.wait,
        )
        _check_key(runner.key(unit.config), order.key)
        last = time.monotonic()
        results: list[Result] = []
        for item in runner.run(unit.config, unit.seeds):
            if not isinstance(item, Snapshot):
                results = item
            elif time.monotonic() - last >= _PAUSE:
                order.signal(order.number, item.progress)
                last = time.monotonic()
    except Busy:
        return Outcome(order.number, busy=True)
    except UsageError as error:
        return Outcome(order.number, error=str(error))
    return Outcome(order.number, () if shares_disk else results)


def _check_key(here: Key, asker: Key) -> None:
    """Refuse to train what the asker would keep under another key.

    Raises
    ------
    UsageError
        If the keys differ, mostly by the data.
    """
    theirs = attrs.asdict(asker)
    for name, value in attrs.asdict(here).items():
        if value != theirs[name]:
            raise UsageError(
                f"worker {worker_name()} has other {name.replace('_', ' ')} ({value}) than are "
                f"asked for ({theirs[name]}); allowed are workers with the same."
            )


def worker_name() -> str:
    """This process in a word: its machine and its number there, or the name a cluster gave it."""
    host = platform.node().partition(".")[0]
    return f"{host} {_cluster_name() or os.getpid()}"


def _cluster_name() -> str:
    """The Dask worker's, if this is one and it is not an address."""
    try:
        from distributed import get_worker

        name = str(get_worker().name)
    except (ImportError, ValueError):
        return ""
    return "" if "://" in name else name
