"""A clock that jumps, and files from the future."""

from __future__ import annotations

import json
import os
import random
import time
from pathlib import Path

from . import toy
from .breaks import CheckpointEveryEpoch, JumpClock, KillAtCall
from .world import Trial, Unbroken, World


def jumps(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """The clock jumps while the study is killed, goes on, and is asked for again."""
    world = World(root)
    often = CheckpointEveryEpoch()
    jumping = JumpClock(draw.randrange(10**6))
    changes = unbroken.changes("cache", often)
    world.run(KillAtCall(world.cache, draw.randint(1, changes)), jumping, often)
    world.kept = len(world.finished())
    for path in world.cache.rglob("*"):
        moved = time.time() + draw.uniform(-3600, 3600)
        os.utime(path, (moved, moved))
    ended = world.run(jumping, often, **{toy.PAUSE: "0.005"})
    if ended.code or "Traceback" in ended.said:
        world.wrong.append(f"the command ended {ended.code}: {ended.said[-500:]}")
    world.compare(unbroken.table)
    (record,) = world.pack.rglob("rates.json")
    seconds = json.loads(record.read_text(encoding="utf-8"))["training_seconds"]
    if not 0 <= seconds < 60:
        world.wrong.append(f"the training is said to have taken {seconds} s")
    return world.told()
