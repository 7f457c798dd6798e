"""Memory that runs out: refused to a process, or taken by a kernel that kills a worker."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from pathlib import Path

from . import toy
from .breaks import LimitMemory
from .world import Trial, Unbroken, World


def refused(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """There is memory for some of the eight seeds of a stack, not for all."""
    world = World(root, "large")
    ended = world.run(LimitMemory(draw.randint(300, 480)))
    if ended.code:
        world.wrong.append(f"smaller stacks were no way out: {ended.said[-1500:]}")
    world.compare(unbroken.table)
    world.kept = len(world.finished())
    return world.told()


def refused_for_one(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """There is not even memory for one seed."""
    world = World(root, "large")
    ended = world.run(LimitMemory(draw.randint(30, 60)))
    if ended.code != 2 or len(ended.sentences) != 1 or "Traceback" in ended.said:
        world.wrong.append(f"not told in a sentence ({ended.code}): {ended.said[-1500:]}")
    world.kept = len(world.finished())
    if world.run().code:
        world.wrong.append("with memory, the command did not go on")
    world.compare(unbroken.table)
    return world.told()


def worker_killed(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """One of the two processes of `--jobs 2` is killed, as a kernel without memory does."""
    world = World(root)
    running = world.start(options=["--jobs", "2"], **{toy.PAUSE: "0.1"})
    parent = running.process.pid or 0
    notes = world.notes / str(world.calls)
    after = draw.randint(4, 30)
    while len(list(notes.iterdir())) < after and running.process.is_alive():
        time.sleep(0.02)
    before = world.finished()
    workers = _workers(parent)
    if not workers:
        world.wrong.append("no worker was found")
    else:
        with contextlib.suppress(ProcessLookupError):
            os.kill(draw.choice(workers), signal.SIGKILL)
    ended = running.end()
    world.kept = len(before)
    if ended.code:
        world.wrong.append(f"the others did not finish it ({ended.code}): {ended.said[-1500:]}")
    again = {
        run
        for run in before
        if len(
            [
                n
                for n in world.notes_of_all()
                if n.epoch == 1 and n.rate == run[0] and run[1] in n.seeds
            ]
        )
        > 1
    }
    if again:
        world.wrong.append(f"finished runs were computed again: {sorted(again)}")
    world.compare(unbroken.table)
    return world.told()


def _workers(parent: int) -> list[int]:
    """The processes of joblib that a process has started and that train."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text(encoding="utf-8")
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        above = int(status.rpartition(")")[2].split()[1])
        if above == parent and b"loky" in words and b"tracker" not in words:
            found.append(int(folder.name))
    return found
