"""Several processes on one cache: at once, one of them killed, or a class of thirty that reads."""

from __future__ import annotations

import os
import random
import stat
import time
from pathlib import Path

from . import toy
from .breaks import BecomeNobody, CheckpointEveryEpoch, NoLocks
from .processes import Ended, Prepare, Running
from .world import Trial, Unbroken, World

AT_ONCE = 6
"""Processes of a class that run at one time."""

CLASS = 30


def _together(
    root: Path, unbroken: Unbroken, draw: random.Random, processes: int, *prepare: Prepare
) -> Trial:
    world = World(root)
    running: list[tuple[Running, Path]] = []
    for number in range(processes):
        pack = root / f"pack.{number}"
        running.append((world.start(*prepare, pack=pack, **{toy.PAUSE: "0.01"}), pack))
        time.sleep(draw.uniform(0, 0.5 * unbroken.seconds))
    for process, _ in running:
        _must_go_well(world, process.end())
    for _, pack in running:
        world.compare(unbroken.table, pack)
    world.kept = len(world.finished())
    if world.kept != len(toy.RATES) * toy.SEEDS:
        world.wrong.append(f"{world.kept} entries can be read")
    return world.told()


def two_at_once(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """The same command twice, the second a moment later."""
    return _together(root, unbroken, draw, 2)


def four_at_once(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """The same command four times."""
    return _together(root, unbroken, draw, 4)


def four_without_locks(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """The same where nobody can know of the others, each with a checkpoint after every epoch."""
    return _together(root, unbroken, draw, 4, NoLocks(), CheckpointEveryEpoch())


def one_of_two_killed(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """The one that came first is killed; what it had claimed is free for the other."""
    world = World(root)
    slow = {toy.PAUSE: "0.01"}
    first = world.start(pack=root / "pack.0", **slow)
    second = world.start(**slow)
    notes, before = world.notes / "1", draw.randrange(36)  # it leaves 36 when it is alone
    while len(list(notes.iterdir())) < before and first.process.is_alive():
        time.sleep(0.002)
    first.kill()
    first.end()
    world.kept = len(world.finished())
    _must_go_well(world, second.end())
    world.compare(unbroken.table)
    return world.told()


def class_of_thirty(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """Thirty users, none of whom may write to the cache that they share."""
    world = World(root)
    world.run()
    missing = draw.sample(sorted(world.entries().items()), 2)
    for run, entry in missing:  # what is not there goes to each user's own cache
        entry.rename(root / f"away.{run[1]}.{run[0]}")
    shared = world.cache.rename(root / "shared")
    lent = _tree(shared)
    _lend(shared)
    _open(root)
    for first in range(0, CLASS, AT_ONCE):
        batch = []
        for user in range(first, min(first + AT_ONCE, CLASS)):
            own = {name: root / f"{name}.{user}" for name in ("cache", "pack")}
            for folder in own.values():
                folder.mkdir()
                folder.chmod(0o777)
            variables = {"MTLKIT_SHARED_CACHE": str(shared), "MTLKIT_CACHE": str(own["cache"])}
            batch.append((world.start(BecomeNobody(), pack=own["pack"], **variables), own))
        for process, own in batch:
            _must_go_well(world, process.end())
            world.compare(unbroken.table, own["pack"])
    world.kept = len(unbroken.table) - len(missing)
    for user in range(CLASS):
        more = world.computed(world.calls - user) - {run for run, _ in missing}
        if more:
            world.wrong.append(f"a user computed what is in the shared cache: {sorted(more)}")
    if _tree(shared) != lent:
        world.wrong.append("the shared cache was changed")
    return Trial("; ".join(world.wrong), world.kept, 0, 0.0)


def _must_go_well(world: World, ended: Ended) -> None:
    if ended.code:
        world.wrong.append(f"a process ended {ended.code}: {ended.said[-500:]}")


def _tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file's time and content."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in folder.rglob("*")
    }


def _lend(folder: Path) -> None:
    """Let everybody read a folder, and nobody write to it."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


def _open(folder: Path) -> None:
    """Let everybody use what is in a folder; those above it must let them pass."""
    folder.chmod(0o777)
    for above in folder.parents:
        if above.stat().st_uid == os.getuid() and not above.stat().st_mode & stat.S_IXOTH:
            above.chmod(above.stat().st_mode | stat.S_IXOTH)
