"""Where work is done: in this process, in several here (joblib's), or on a Dask cluster."""

from __future__ import annotations

import pickle
import re
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar, runtime_checkable

import attrs
import torch
from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

from mtlkit.core.device import choose_device
from mtlkit.core.work import Signal, worker_name
from mtlkit.errors import UsageError

Item = TypeVar("Item")
Done = TypeVar("Done")

_PATIENCE = 20.0
"""Seconds to wait for a scheduler's answer, and for its first worker."""


class WorkerDied(Exception):
    """A worker was killed on its way; what others had under way may be lost with it."""


@runtime_checkable
class Workers(Protocol):
    """Some processes that do what they are asked for."""

    @property
    def count(self) -> int:
        """How many there are now."""

    @property
    def signal(self) -> Signal:
        """What they tell their progress with."""

    def told(self) -> Mapping[int, float]:
        """What they told: the share of every number that was begun."""

    def forget(self) -> None:
        """Begin anew with what they tell."""

    def device(self, name: str) -> torch.device:
        """The device that they have by that name."""

    def results(self, function: Callable[[Item], Done], items: Sequence[Item]) -> Iterator[Done]:
        """What the function gives for each item, as it comes.

        Raises
        ------
        WorkerDied
            If a worker was killed; what has not come by then must be asked for again.
        """

    def everywhere(self, function: Callable[[], object]) -> None:
        """Call a function in every worker; an error there is raised here."""


@attrs.define
class Here:
    """This process, one item after the other."""

    count: int = 1
    _told: dict[int, float] = attrs.field(factory=dict)

    @property
    def signal(self) -> Signal:
        """Writes it down."""
        return self._told.__setitem__

    def told(self) -> Mapping[int, float]:
        """What was written down."""
        return dict(self._told)

    def forget(self) -> None:
        """Nothing was."""
        self._told.clear()

    def device(self, name: str) -> torch.device:
        """This process's."""
        return choose_device(name)

    def results(self, function: Callable[[Item], Done], items: Sequence[Item]) -> Iterator[Done]:
        """In order."""
        return map(function, items)

    def everywhere(self, function: Callable[[], object]) -> None:
        """Call it."""
        function()


@attrs.frozen
class FileSignal:
    """Progress as a small file a number, for processes that share a disk."""

    folder: Path

    def __call__(self, number: int, share: float) -> None:
        """Write it down; nobody misses what cannot be written."""
        with suppress(OSError):
            (self.folder / str(number)).write_text(str(share), encoding="utf-8")


@attrs.frozen
class Processes:
    """So many processes on this machine, of one thread each."""

    count: int
    folder: Path

    @property
    def signal(self) -> Signal:
        """Files in a folder."""
        return FileSignal(self.folder)

    def told(self) -> Mapping[int, float]:
        """What the files say; one that is being written is left out."""
        found = {}
        for file in self.folder.iterdir():
            try:
                found[int(file.name)] = float(file.read_text(encoding="utf-8") or 0)
            except (OSError, ValueError):
                continue
        return found

    def forget(self) -> None:
        """Delete them."""
        for file in self.folder.iterdir():
            file.unlink(missing_ok=True)

    def device(self, name: str) -> torch.device:
        """This machine's."""
        return choose_device(name)

    def results(self, function: Callable[[Item], Done], items: Sequence[Item]) -> Iterator[Done]:
        """As they come; see `Workers`."""
        with parallel_config(backend="loky", inner_max_num_threads=1):
            # One job would be this process itself.
            parallel = Parallel(max(2, self.count), return_as="generator_unordered", batch_size=1)
        try:
            yield from parallel(delayed(function)(item) for item in items)
        except TerminatedWorkerError:
            raise WorkerDied from None
        except BrokenProcessPool as error:
            raise UsageError(
                f"--jobs: a worker cannot load the work ({error.__cause__ or error}); allowed are "
                "lessons that another process can import."
            ) from None

    def everywhere(self, function: Callable[[], object]) -> None:
        """Nowhere: these processes are begun from what this one is."""


@attrs.frozen
class TopicSignal:
    """Progress by an event of the Dask scheduler's."""

    topic: str

    def __call__(self, number: int, share: float) -> None:
        """Send it."""
        from distributed import get_worker

        get_worker().log_event(self.topic, [number, share])


@attrs.frozen
class Cluster:
    """The workers of a Dask scheduler, by Dask's own futures.

    joblib has a backend for Dask, but it never tells its caller of a task that failed there, as one
    that kills its workers does, so that the caller waits for ever; and with one thread in all it
    asks no worker at all.
    """

    client: Any
    address: str
    topic: str
    _told: dict[int, float] = attrs.field(factory=dict)

    @property
    def count(self) -> int:
        """Workers, of any number of threads: each trains one unit at a time."""
        return len(self.client.ncores())

    @property
    def signal(self) -> Signal:
        """Events."""
        return TopicSignal(self.topic)

    def told(self) -> Mapping[int, float]:
        """What the events said."""
        return dict(self._told)

    def forget(self) -> None:
        """They said nothing."""
        self._told.clear()

    def device(self, name: str) -> torch.device:
        """The workers'; it need not be there in this process.

        Raises
        ------
        UsageError
            If they have not all the same kind, or none by that name.
        """
        kinds = set(self._everywhere(_device_type, name).values())
        if len(kinds) > 1:
            raise UsageError(
                f"device = {name}: of the workers of {self.address} some have a GPU and some have "
                "none; allowed is cpu, or cuda where all have one."
            )
        return torch.device(kinds.pop())

    def results(self, function: Callable[[Item], Done], items: Sequence[Item]) -> Iterator[Done]:
        """As they come; see `Workers`.

        Dask tries again elsewhere what killed its worker; when it gives up, the rest goes on, so
        that what has not come when `WorkerDied` is raised is what killed.

        Raises
        ------
        UsageError
            If a worker or the scheduler cannot load the work, or the scheduler is gone.
        """
        from distributed import CancelledError, KilledWorker, as_completed
        from distributed.protocol.pickle import dumps

        loads = [dumps((function, item)) for item in items]
        # One by one: Dask begins what it got first first.
        left = {self.client.submit(_do, load, pure=False) for load in loads}
        died = False
        try:
            for future in as_completed(list(left), loop=self.client.loop):
                left.discard(future)
                try:
                    yield future.result()
                except KilledWorker:
                    died = True
        except CancelledError:
            raise UsageError(
                f"scheduler = {self.address}: it has ended, or its tasks were cancelled; what was "
                "finished is kept, and allowed is to ask again when there is one."
            ) from None
        except RuntimeError as error:
            if "deserialization of the task graph" not in str(error):
                raise
            raise UsageError(
                f"scheduler = {self.address}: it cannot load the work ({error.__cause__}); allowed "
                "is one with the same packages as here."
            ) from None
        finally:
            self.client.cancel(list(left))
        if died:
            raise WorkerDied

    def everywhere(self, function: Callable[[], object]) -> None:
        """Call a function in every worker; an error there is raised here."""
        self._everywhere(function)

    def _everywhere(self, function: Callable[..., Any], *arguments: object) -> dict[str, Any]:
        from distributed.comm.core import CommClosedError

        try:
            try:
                found: dict[str, Any] = self.client.run(function, *arguments)
            except CommClosedError:
                # A worker died meanwhile; those that are left are asked.
                self.client.wait_for_workers(1, timeout=_PATIENCE)
                found = self.client.run(function, *arguments)
        except (CommClosedError, TimeoutError):
            raise UsageError(
                f"scheduler = {self.address}: its workers die before they begin; allowed are "
                "workers that stay."
            ) from None
        except (ImportError, AttributeError) as error:
            raise UsageError(
                f"scheduler = {self.address}: a worker cannot load the work ({error}); allowed are "
                "workers with the same packages as here."
            ) from None
        return found


def _do(load: bytes) -> Any:
    """Call a function with an item.

    They come as bytes: where Dask itself cannot load a task, its worker is never heard of again.
    """
    try:
        function, item = pickle.loads(load)
    except Exception as error:
        raise UsageError(
            f"worker {worker_name()} cannot load the work ({error}); allowed are workers with the "
            "same packages as here."
        ) from None
    return function(item)


def _device_type(name: str) -> str:
    return choose_device(name).type


@contextmanager
def open_workers(jobs: int | None = None, scheduler: str | None = None) -> Iterator[Workers]:
    """Workers for as long as they are needed: this process where nothing else is asked for.

    Parameters
    ----------
    jobs
        So many processes on this machine.
    scheduler
        The address of a Dask scheduler, such as `tcp://10.0.0.1:8786`.

    Raises
    ------
    UsageError
        If both are asked for, or nobody answers at the address.
    """
    if jobs and scheduler:
        raise UsageError(
            "--jobs and --scheduler: allowed is one of both; a cluster's workers are started "
            "where they run."
        )
    if scheduler:
        with _cluster(scheduler) as cluster:
            yield cluster
    elif jobs and jobs > 1:
        with tempfile.TemporaryDirectory(prefix="mtlkit-") as folder:
            try:
                yield Processes(jobs, Path(folder))
            finally:
                get_reusable_executor(max_workers=jobs).shutdown(wait=True, kill_workers=True)
    else:
        yield Here()


_ADDRESS = "allowed is what `dask scheduler` prints, such as tcp://10.0.0.1:8786"


@contextmanager
def _cluster(address: str) -> Iterator[Cluster]:
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError(
            "--scheduler needs distributed, which is not installed; "
            "`pip install 'mtlkit[cluster]'` brings it."
        ) from None
    if not re.fullmatch(r"[a-z]+://.+:\d+", address) or address.startswith("http"):
        raise UsageError(f"scheduler = {address}: is no address; {_ADDRESS}.")
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"scheduler = {address}: nobody answers there ({type(error).__name__}); {_ADDRESS}."
        ) from None
    with client:
        cluster = Cluster(client, address, f"mtlkit-{uuid.uuid4().hex[:8]}")
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError:
            raise UsageError(
                f"scheduler = {address}: it has no workers; `dask worker {address} --nthreads 1` "
                "starts one."
            ) from None

        def hear(event: tuple[float, Sequence[Any]]) -> None:
            number, share = event[1]
            cluster._told[int(number)] = float(share)

        client.subscribe_topic(cluster.topic, hear)
        yield cluster
