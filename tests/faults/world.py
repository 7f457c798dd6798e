"""A trial's own world: a cache, a pack, a lesson that is installed, and notes of all work."""

from __future__ import annotations

import collections
import itertools
import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs
import pandas as pd

from mtlkit.core.publishing import published
from mtlkit.core.result import Result
from mtlkit.errors import UsageError

from . import toy
from .breaks import KillAtCall
from .processes import Ended, Prepare, Running, start

TOLERANCE = 1e-5
"""How far weights may be apart where a stack of seeds was cut: the design's promise."""

Run = tuple[float, int]
"""A rate and a seed."""


@attrs.frozen
class Trial:
    """What came of a fault.

    Parameters
    ----------
    why
        What was wrong in the end; empty if the fault was survived.
    kept
        Finished runs that were in the cache when all was broken.
    again
        Runs of which some epoch was computed more than once.
    seconds
        Time spent on epochs that were computed before.
    repeated
        The most epochs of one run that were.
    """

    why: str = ""
    kept: int = 0
    again: int = 0
    seconds: float = 0.0
    repeated: int = 0

    @property
    def survived(self) -> bool:
        return not self.why


@attrs.define
class World:
    """Everything a trial touches, below one folder."""

    root: Path
    study: str = "rates"
    calls: int = 0
    allowed_again: set[Run] = attrs.field(factory=set)
    """Finished runs that a fault destroyed, so that they have to be computed again."""
    wrong: list[str] = attrs.field(factory=list)
    kept: int = 0

    def __attrs_post_init__(self) -> None:
        about = self.root / "site" / "faulty-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
        points = "[mtlkit.lessons]\nfaulty = tests.faults.toy:LESSON\n"
        (about / "entry_points.txt").write_text(points)
        for folder in (self.cache, self.pack, self.notes):
            folder.mkdir()

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def pack(self) -> Path:
        return self.root / "pack"

    @property
    def notes(self) -> Path:
        return self.root / "notes"

    def start(
        self, *prepare: Prepare, options: Sequence[str] = (), pack: Path | None = None, **more: str
    ) -> Running:
        """Start `mtlkit reproduce`; `more` are variables of its environment."""
        self.calls += 1
        notes = self.notes / str(self.calls)
        notes.mkdir()
        notes.chmod(0o777)
        here = str(Path(__file__).parents[2])
        environment = {
            "MTLKIT_CACHE": str(self.cache),
            "PYTHONPATH": os.pathsep.join([str(self.root / "site"), here]),
            "OMP_NUM_THREADS": "1",
            toy.NOTES: str(notes),
            **more,
        }
        words = ["reproduce", "faulty", self.study, "--device", "cpu"]
        words += ["--out", str(pack or self.pack), *options]
        return start(words, environment, self.root / f"said.{self.calls}", prepare)

    def run(self, *prepare: Prepare, options: Sequence[str] = (), **more: str) -> Ended:
        """Run `mtlkit reproduce` to its end, however it ends.

        It is wrong if it computes a run that was finished before.
        """
        before = self.finished()
        ended = self.start(*prepare, options=options, **more).end()
        self.check_spared(before, self.calls)
        return ended

    def check_spared(self, finished: Iterable[Run], call: int) -> None:
        """Note it as wrong where a call computed what was finished before."""
        twice = (set(finished) & self.computed(call)) - self.allowed_again
        if twice:
            self.wrong.append(f"finished runs were computed again: {sorted(twice)}")

    def entries(self) -> dict[Run, Path]:
        """Folders of the runs in the cache that can be read."""
        found = {}
        # Not all that is there: a process may be at work on the rest.
        for head in self.cache.glob("faulty/*/[0-9]*/result.json"):
            try:
                result = Result.load(head.parent)
            except UsageError:
                continue
            found[result.config["rate"], result.seeds[0]] = head.parent
        return found

    def finished(self) -> set[Run]:
        """The runs in the cache that can be read."""
        return set(self.entries())

    def computed(self, call: int) -> set[Run]:
        """The runs that a call computed an epoch of."""
        notes = toy.Note.read(self.notes / str(call))
        return {(note.rate, seed) for note in notes if note.epoch for seed in note.seeds}

    def notes_of_all(self) -> list[toy.Note]:
        """The notes of every call."""
        folders = [self.notes / str(call) for call in range(1, self.calls + 1)]
        return list(itertools.chain.from_iterable(map(toy.Note.read, folders)))

    def table(self, pack: Path | None = None) -> pd.DataFrame | None:
        """The published table, if there is one that can be used."""
        try:
            (found,) = published("faulty", pack or self.pack)
        except (UsageError, ValueError):
            return None
        return found.table

    def compare(self, unbroken: pd.DataFrame, pack: Path | None = None) -> None:
        """Note it as wrong where the table is not that of an unbroken run.

        Where no stack of seeds was cut, the two are equal to the last bit.
        """
        table = self.table(pack)
        if table is None:
            self.wrong.append("no table was published")
            return
        settings = toy.STUDIES[self.study].settings("lesson")
        whole = {tuple(range(setting.seeds)) for setting in settings}
        cut = {note.seeds for note in self.notes_of_all() if note.epoch} - whole
        bound = TOLERANCE if cut else 0.0
        try:
            pd.testing.assert_frame_equal(
                table, unbroken, check_exact=not cut, rtol=bound, atol=bound
            )
        except AssertionError as error:
            self.wrong.append(f"the table is another: {' '.join(str(error).split())}")

    def told(self) -> Trial:
        """The trial, when all is done."""
        times: dict[tuple[float, int, int], list[float]] = collections.defaultdict(list)
        for note in self.notes_of_all():
            if note.epoch:
                for seed in note.seeds:
                    share = note.seconds / len(note.seeds)
                    times[note.rate, seed, note.epoch].append(share)
        again: collections.Counter[Run] = collections.Counter()
        for (rate, seed, _), taken in times.items():
            again[rate, seed] += len(taken) - 1
        return Trial(
            "; ".join(self.wrong),
            self.kept,
            sum(count > 0 for count in again.values()),
            sum(sum(taken) - max(taken) for taken in times.values()),
            max(again.values(), default=0),
        )


@attrs.define
class Unbroken:
    """The study without a fault.

    Its table, how long the command takes, how long of that it trains, and what it changes on the
    disk.
    """

    root: Path
    table: pd.DataFrame
    seconds: float
    training: float
    study: str = "rates"
    counted: dict[tuple[str, tuple[Prepare, ...]], int] = attrs.field(factory=dict)

    @classmethod
    def of(cls, root: Path, study: str = "rates") -> Unbroken:
        """Run it three times; all must come to the same table."""
        worlds = [World(root / f"unbroken.{study}.{turn}", study) for turn in range(3)]
        ended = [world.run() for world in worlds]
        tables = [world.table() for world in worlds]
        for end, table in zip(ended, tables, strict=True):
            if end.code or table is None:
                raise RuntimeError(f"without any fault, the study ended {end.code}: {end.said}")
            pd.testing.assert_frame_equal(table, tables[0], check_exact=True)
        trained = [sum(note.seconds for note in world.notes_of_all()) for world in worlds]
        took = statistics.median(end.seconds for end in ended)
        return cls(root, tables[0], took, statistics.median(trained), study)

    def changes(self, where: str, *prepare: Prepare) -> int:
        """How many changes it makes in a folder of its world."""
        if (where, prepare) not in self.counted:
            number = len(self.counted)
            tally = self.root / f"tally.{number}"
            world = World(self.root / f"counting.{number}", self.study)
            world.run(KillAtCall(world.root / where, 0, tally), *prepare)
            self.counted[where, prepare] = tally.stat().st_size
        return self.counted[where, prepare]
