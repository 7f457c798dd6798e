"""Units handed to workers: what comes back equals one process's, whoever is killed on the way."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
import pandas as pd
import pytest
import torch
from distributed import LocalCluster

from mtlkit.core import filling
from mtlkit.core.cache import Cache
from mtlkit.core.filling import fill, present
from mtlkit.core.publishing import published_study
from mtlkit.core.reproducing import compute, reproduce
from mtlkit.core.reserving import reserved
from mtlkit.core.runner import Runner
from mtlkit.core.study import Progress, Study
from mtlkit.core.units import shares, units
from mtlkit.core.workers import Here, Workers, open_workers
from mtlkit.errors import UsageError
from tests.core import deadly

CPU = torch.device("cpu")
RUNS = {(size, seed): 1 for size in deadly.SIZES for seed in range(deadly.SEEDS)}


@pytest.fixture(autouse=True)
def _notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(deadly.FOLDER, str(tmp_path / "notes"))
    (tmp_path / "notes").mkdir()


@contextmanager
def processes() -> Iterator[Workers]:
    with open_workers(jobs=2) as workers:
        yield workers


@contextmanager
def cluster() -> Iterator[Workers]:
    """Two worker processes of a Dask scheduler; one that is killed is replaced."""
    with (
        LocalCluster(
            n_workers=2,
            processes=True,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=":0",
        ) as local,
        open_workers(scheduler=local.scheduler_address) as workers,
    ):
        yield workers


def alone(study: Study, cache: Path) -> pd.DataFrame:
    """The table as one process makes it, in a cache of its own; nothing is noted."""
    *_, table = compute(study, Runner(deadly.LESSON, CPU, Cache(cache)), "lesson")
    assert isinstance(table, pd.DataFrame)
    for note in Path(os.environ[deadly.FOLDER]).iterdir():
        note.unlink()
    return table


@pytest.mark.slow
@pytest.mark.parametrize("machines", [processes, cluster])
def test_a_worker_is_killed_and_the_table_is_that_of_one_process(
    machines: object, tmp_path: Path
) -> None:
    study = deadly.study(kills="first")
    lesson = deadly.lesson(study)
    expected = alone(deadly.study(), tmp_path / "another")
    told: list[Progress] = []
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    with machines() as workers:  # type: ignore[operator]
        assert workers.count == 2
        fill(work, workers, device=workers.device("cpu"), report=told.append)
    assert (tmp_path / "notes" / "killed").exists()
    assert deadly.trained() <= Counter(RUNS)  # nothing that was finished is run again
    before = deadly.trained()
    assert told[-1].fraction == 1.0
    reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=tmp_path / "pack")
    assert deadly.trained() == before
    found = published_study("deadly", "sizes", root=tmp_path / "pack")
    pd.testing.assert_frame_equal(found.table, expected)
    shares = found.provenance["workers"]
    assert list(shares) == [f"worker {n}" for n in range(1, len(shares) + 1)]
    assert len(shares) >= 2 and sum(shares.values()) == len(RUNS)
    runner = Runner(lesson, CPU)
    for setting in study.settings("lesson"):
        for seed in range(setting.seeds):
            kept = runner.cache.get(runner.key(setting.config), seed)
            assert kept and platform.node().partition(".")[0] in kept.provenance["worker"]
    assert not list(Cache.of_user().root.glob(".*"))


@attrs.define
class Mortal(Here):
    """This process, standing in for others: an unlucky unit kills its worker, so to speak."""

    kills: object = None

    def results(self, function, items):  # type: ignore[no-untyped-def]
        for item in items:
            if self.kills(item.unit):  # type: ignore[operator]
                self.signal(item.number, 0.5)
                raise filling.WorkerDied
            yield function(item)


def test_a_stack_that_kills_is_tried_twice_then_alone_then_in_halves() -> None:
    seen: list[tuple[int, ...]] = []

    def kills(unit: filling.Unit) -> bool:
        if unit.config.as_dict()["size"] == 2:
            seen.append(unit.seeds)
        return unit.config.as_dict()["size"] == 2 and len(unit.seeds) > 2

    lesson = deadly.lesson(deadly.study(seeds=5))
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    fill(work, Mortal(kills=kills), device=CPU)
    assert seen == [*[(0, 1, 2, 3, 4)] * 3, (0, 1, 2), (3, 4), (0, 1), (2,)]
    assert deadly.trained() == dict.fromkeys([(s, n) for s in (1, 2, 3) for n in range(5)], 1)


def test_what_was_beside_a_stack_that_kills_stays_whole() -> None:
    """One death is that of all workers: nobody can say whose fault it was, but the stack alone."""

    @attrs.define
    class Together(Here):
        """Workers that are all lost with one, each with a stack under way."""

        handed: list[list[tuple[int, tuple[int, ...]]]] = attrs.field(factory=list)

        def results(self, function, items):  # type: ignore[no-untyped-def]
            asked = [(item.unit.config.as_dict()["size"], item.unit.seeds) for item in items]
            self.handed.append(asked)
            for item in items:
                self.signal(item.number, 0.5)
            if any(size == 2 and len(seeds) > 2 for size, seeds in asked):
                raise filling.WorkerDied
            yield from map(function, items)

    whole = (0, 1, 2, 3)
    lesson = deadly.lesson(deadly.study(seeds=len(whole)))
    workers = Together()
    fill(units(lesson, ["sizes"], scale="lesson", device=CPU), workers, device=CPU)
    everyone = [(3, whole), (2, whole), (1, whole)]
    suspects = [[one] for one in everyone]
    halves = [[(2, (0, 1))], [(2, (2, 3))]]
    assert workers.handed == [everyone, everyone, *suspects, *halves]
    assert deadly.trained() == dict.fromkeys([(s, n) for s in (1, 2, 3) for n in whole], 1)


def test_the_share_that_is_done_is_that_of_the_cost_while_stacks_are_halved() -> None:
    told: list[float] = []

    def kills(unit: filling.Unit) -> bool:
        done = sum(size * times for (size, _), times in deadly.trained().items())
        told.append(done / sum(5 * size for size in deadly.SIZES))
        shown.append(asked._progress().fraction)
        return unit.config.as_dict()["size"] == 2 and len(unit.seeds) > 2

    work = units(deadly.lesson(deadly.study(seeds=5)), ["sizes"], scale="lesson", device=CPU)
    versions = {"deadly": filling.expected(deadly.LESSON)}
    keys = filling._keys(work, CPU)
    asked = filling._Filling(Mortal(kills=kills), CPU, Cache.of_user(), keys, versions)
    shown: list[float] = []
    for unit in work:
        asked.add(unit)
    with asked.token():
        asked.run()
    assert shown == pytest.approx(told)
    assert len(set(told)) > 3
    assert asked._progress() == Progress(1.0, "5 of 5 stacks, 1 worker")


def test_a_run_that_kills_every_worker_is_named_and_the_others_are_kept() -> None:
    lesson = deadly.lesson(deadly.study(seeds=3))
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)

    def kills(unit: filling.Unit) -> bool:
        return unit.config.as_dict()["size"] == 2 and 1 in unit.seeds

    with pytest.raises(UsageError) as told:
        fill(work, Mortal(kills=kills), device=CPU)
    assert str(told.value).startswith("deadly, sizes, size 2, seed 1: its worker was killed")
    assert str(told.value).endswith(".") and "more)" not in str(told.value)
    done = {(size, seed) for size in deadly.SIZES for seed in range(3)} - {(2, 1)}
    assert deadly.trained() == dict.fromkeys(done, 1)


def test_parts_then_the_tables_are_those_of_one_process(tmp_path: Path) -> None:
    lesson = deadly.lesson(deadly.study())
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    there = 0
    for part in shares(work, 3):
        fill(part, Here(), device=CPU)
        there += sum(len(unit.seeds) for unit in part)
        assert present(work, CPU) == there
    assert deadly.trained() == RUNS
    reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=tmp_path / "pack")
    assert deadly.trained() == RUNS
    found = published_study("deadly", "sizes", root=tmp_path / "pack").table
    pd.testing.assert_frame_equal(found, alone(deadly.study(), tmp_path / "another"))


def test_what_is_there_is_not_handed_out(tmp_path: Path) -> None:
    lesson = deadly.lesson(deadly.study())
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    fill(work, Here(), device=CPU)
    told: list[Progress] = []
    fill(work, Here(), device=CPU, report=told.append)
    assert deadly.trained() == RUNS
    assert [step.doing for step in told] == ["0 of 0 stacks, 1 worker"]


def test_runs_that_cannot_be_read_are_handed_out_again() -> None:
    lesson = deadly.lesson(deadly.study())
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    fill(work, Here(), device=CPU)
    cache, key = Cache.of_user(), Runner(lesson, CPU).key(work[0].config)
    (cache.folder(key, 1) / "result.json").write_text("{", encoding="utf-8")
    told: list[Progress] = []
    fill(work, Here(), device=CPU, report=told.append)
    assert told[-1].doing == "1 of 1 stacks, 1 worker"
    assert deadly.trained() == {**RUNS, (1, 1): 2}
    assert cache.get(key, 1) is not None


@pytest.fixture
def asker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """The asking process's cache, which its workers do not reach; they have another."""
    order = filling.Order

    def elsewhere(**told: object) -> filling.Order:
        return order(**{**told, "root": tmp_path / "unreachable"})  # type: ignore[arg-type]

    monkeypatch.setattr(filling, "Order", elsewhere)
    asked = Cache(tmp_path / "asker")
    monkeypatch.setattr(Cache, "of_user", iter([Cache(tmp_path / "worker")] * 99).__next__)
    monkeypatch.setattr(
        filling, "Cache", type("Asker", (), {"of_user": staticmethod(lambda: asked)})
    )
    return asked


def test_a_worker_with_another_disk_hands_its_results_over(asker: Cache) -> None:
    lesson = deadly.lesson(deadly.study())
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    key = Runner(lesson, CPU).key(work[0].config)
    asker.folder(key, 1).mkdir(parents=True)  # damaged: there is nothing in it
    fill(work, Here(), device=CPU)
    assert present(work, CPU, asker) == len(RUNS)
    assert deadly.trained() == RUNS
    assert asker.get(key, 1) is not None


def test_what_another_process_trains_is_done_last(tmp_path: Path) -> None:
    lesson = deadly.lesson(deadly.study(seeds=2))
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    handed: list[tuple[int, bool]] = []
    key = Runner(lesson, CPU).key(work[2].config)
    held = reserved(Cache.of_user().locks(key), [0])

    @attrs.define
    class Told(Here):
        def results(self, function, items):  # type: ignore[no-untyped-def]
            for item in items:
                handed.append((item.unit.config.as_dict()["size"], item.wait))
                if item.wait:
                    held.__exit__(None, None, None)
                yield function(item)

    held.__enter__()
    from mtlkit.core import reserving

    reserving._held.clear()  # as if another process had claimed them
    fill(work, Told(), device=CPU)
    assert handed == [(3, False), (2, False), (1, False), (3, True)]
    assert deadly.trained() == dict.fromkeys([(s, n) for s in (1, 2, 3) for n in range(2)], 1)


def test_a_worker_of_other_versions_is_refused_before_any_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lesson = deadly.lesson(deadly.study())
    work = units(lesson, ["sizes"], scale="lesson", device=CPU)
    for name in ("torch", "deadly's numerics"):
        with monkeypatch.context() as patch:
            patch.setattr(filling, "expected", lambda lesson, name=name: {name: "0.4"})
            with pytest.raises(UsageError, match=f"^worker .* has {name} .*, and 0.4 is asked for"):
                fill(work, Here(), device=CPU)
    assert deadly.trained() == {}


def test_too_large_stacks_are_halved_and_a_seed_that_is_too_large_is_named() -> None:
    lesson = deadly.lesson(deadly.study(most=2, seeds=5))
    fill(units(lesson, ["sizes"], scale="lesson", device=CPU), Here(), device=CPU)
    assert deadly.trained() == dict.fromkeys([(s, n) for s in (1, 2, 3) for n in range(5)], 1)


def test_who_may_work_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        pytest.raises(UsageError, match=r"^--jobs and --scheduler: "),
        open_workers(2, "tcp://x:1"),
    ):
        pass
    monkeypatch.setattr("mtlkit.core.workers._PATIENCE", 0.5)
    with (
        pytest.raises(UsageError, match=r"^scheduler = tcp://127.0.0.1:9: nobody answers there"),
        open_workers(scheduler="tcp://127.0.0.1:9"),
    ):
        pass
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'mtlkit\[cluster\]'"),
        open_workers(None, "tcp://127.0.0.1:9"),
    ):
        pass
