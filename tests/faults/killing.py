"""kill -9, at random moments: of time, of changes on the disk, of the bytes of a file."""

from __future__ import annotations

import random
import time
from pathlib import Path

import attrs

from .breaks import CheckpointEveryEpoch, KillAtCall, LimitFileSize
from .processes import Prepare
from .world import Trial, Unbroken, World

KILLS = 2
"""How often a trial is killed before it may go on."""


def at_any_time(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """Killed from outside, at a moment of the time that it takes."""
    world = World(root)
    for _ in range(KILLS):
        before = world.finished()
        running = world.start()
        time.sleep(draw.uniform(0, 1.1 * unbroken.seconds))
        running.kill()
        running.end()
        world.check_spared(before, world.calls)
        world.kept = len(world.finished())
    return _goes_on(world, unbroken)


def _at_a_change(
    root: Path, unbroken: Unbroken, draw: random.Random, where: str, *more: Prepare
) -> Trial:
    world = World(root)
    folder = world.root / where
    changes = unbroken.changes(where, *more)
    for _ in range(KILLS):
        ended = world.run(KillAtCall(folder, draw.randint(1, changes)), *more)
        world.kept = len(world.finished())
        if not ended.killed:  # what was left to do had fewer changes
            break
    return _goes_on(world, unbroken, *more)


def at_a_cache_write(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """Killed right before a file or folder of the cache is made, moved or removed."""
    return _at_a_change(root, unbroken, draw, "cache")


def at_publishing(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """Killed right before a file or folder of the pack is made, moved or removed."""
    return _at_a_change(root, unbroken, draw, "pack")


def at_a_checkpoint(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """With a checkpoint after every epoch, of which a kill costs one."""
    trial = _at_a_change(root, unbroken, draw, "cache/checkpoints", CheckpointEveryEpoch())
    if trial.repeated > KILLS:
        return attrs.evolve(trial, why=f"{trial.repeated} epochs of a run were trained again")
    return trial


def within_a_file(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """Killed by the write that would make a file longer than so many bytes."""
    return _within_a_file(root, unbroken, draw)


def within_a_checkpoint(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """The same, with a checkpoint after every epoch."""
    return _within_a_file(root, unbroken, draw, CheckpointEveryEpoch())


def _within_a_file(root: Path, unbroken: Unbroken, draw: random.Random, *more: Prepare) -> Trial:
    world = World(root)
    for _ in range(KILLS):
        world.run(LimitFileSize(draw.randint(1, 5000), kill=True), *more)
        world.kept = len(world.finished())
    return _goes_on(world, unbroken, *more)


def _goes_on(world: World, unbroken: Unbroken, *more: Prepare) -> Trial:
    """The same command once more, in peace."""
    ended = world.run(*more)
    if ended.code:
        world.wrong.append(f"the command could not go on ({ended.code}): {ended.said[-500:]}")
    world.compare(unbroken.table)
    return world.told()
