"""Workers of a Dask scheduler: whatever becomes of one, whoever asked is told and goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dask
import pytest
import torch
from distributed import LocalCluster

from mtlkit.core.filling import fill
from mtlkit.core.units import units
from mtlkit.core.workers import Cluster, WorkerDied, open_workers
from mtlkit.errors import UsageError
from tests.core import deadly, tasks

CPU = torch.device("cpu")


@contextmanager
def cluster(threads: int) -> Iterator[Cluster]:
    """One worker process, replaced when it is killed; whose task that was is given up at once."""
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(
            n_workers=1,
            processes=True,
            threads_per_worker=threads,
            host="127.0.0.1",
            dashboard_address=":0",
        ) as local,
        open_workers(scheduler=local.scheduler_address) as workers,
    ):
        assert isinstance(workers, Cluster)
        yield workers


@pytest.fixture(scope="module")
def workers() -> Iterator[Cluster]:
    with cluster(threads=2) as found:
        yield found


def got(workers: Cluster, items: Sequence[int]) -> tuple[set[float], bool]:
    """What came, and whether a worker died."""
    found = set()
    try:
        for result in workers.results(tasks.reciprocal, items):
            found.add(result)
    except WorkerDied:
        return found, True
    return found, False


def test_a_worker_is_one_however_many_threads_it_has(workers: Cluster) -> None:
    assert workers.count == 1


@pytest.mark.slow
def test_an_item_that_kills_its_worker_is_told_and_the_others_come(workers: Cluster) -> None:
    assert got(workers, [2, 4]) == ({0.5, 0.25}, False)
    found, died = got(workers, [13])
    assert (found, died) == (set(), True)
    assert got(workers, [8, 2]) == ({0.125, 0.5}, False)


def test_an_error_of_the_function_is_raised(workers: Cluster) -> None:
    with pytest.raises(ZeroDivisionError):
        list(workers.results(tasks.reciprocal, [0]))


def test_work_that_a_worker_cannot_load_is_told_in_a_sentence(workers: Cluster) -> None:
    with pytest.raises(UsageError, match=r"^worker .* cannot load the work \(there is no such le"):
        list(workers.results(type, [tasks.Foreign()]))
    assert got(workers, [2]) == ({0.5}, False)


@pytest.mark.slow
def test_a_run_that_kills_a_cluster_of_one_thread_is_named_and_the_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    monkeypatch.setenv(deadly.FOLDER, str(tmp_path / "notes"))
    lesson = deadly.lesson(deadly.study(kills="each", seeds=1))
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    with cluster(threads=1) as workers, pytest.raises(UsageError) as told:
        fill(work, workers, device=workers.device("cpu"))
    assert str(told.value).startswith("deadly, sizes, size 2, seed 0: its worker was killed")
    assert deadly.trained() == {(1, 0): 1, (3, 0): 1}
