"""Entries of the cache that are no longer what was written."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from mtlkit.core.result import Result
from mtlkit.errors import UsageError

from .breaks import CheckpointEveryEpoch, KillAtCall
from .world import Trial, Unbroken, World


def truncated(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """A file of an entry ends too soon."""
    return _damaged(root, unbroken, draw, _truncate)


def flipped(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """One bit of a file of an entry is another."""
    return _damaged(root, unbroken, draw, _flip)


def emptied(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """A file of an entry is there, with nothing in it."""
    return _damaged(root, unbroken, draw, lambda path, draw: path.write_bytes(b""))


def removed(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """A file of an entry is gone."""
    return _damaged(root, unbroken, draw, lambda path, draw: path.unlink())


def _truncate(path: Path, draw: random.Random) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: draw.randrange(1, len(whole))])


def _flip(path: Path, draw: random.Random) -> None:
    content = bytearray(path.read_bytes())
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    path.write_bytes(content)


def _damaged(
    root: Path,
    unbroken: Unbroken,
    draw: random.Random,
    damage: Callable[[Path, random.Random], object],
) -> Trial:
    """Each file of an entry in turn; every damage is in another entry."""
    world = World(root)
    world.run()
    entries = sorted(world.entries().items())
    names = sorted(
        str(path.relative_to(entries[0][1])) for path in entries[0][1].rglob("*") if path.is_file()
    )
    harmed = dict(zip(names, draw.sample(entries, len(names)), strict=True))
    read = {name: _values(entry) for name, (_, entry) in harmed.items()}
    for name, (_, entry) in harmed.items():
        damage(entry / name, draw)
    unharmed = {name for name in harmed if _values(harmed[name][1]) == read[name]}
    gone = {name: harmed[name] for name in names if name not in unharmed}
    world.kept = len(world.finished())
    (world.pack / "studies/generated.lesson/rates.parquet").unlink()
    ended = world.run()
    if ended.code:
        world.wrong.append(f"the command ended {ended.code}: {ended.said[-500:]}")
    for name, (run, entry) in gone.items():
        named = [line for line in ended.said.splitlines() if str(entry) in line]
        if len(named) != 1:
            world.wrong.append(f"{name}: {len(named)} lines name the damaged entry")
        if run not in world.computed(world.calls):
            world.wrong.append(f"{name}: the damaged run was not computed again")
    world.compare(unbroken.table)
    if world.run().code or world.computed(world.calls):
        world.wrong.append("the command after it had something left to compute")
    return world.told()


def _values(entry: Path) -> str | None:
    """Everything that an entry says, or None where it cannot be read."""
    try:
        found = Result.load(entry)
    except UsageError:
        return None
    tables = {name: table.to_dict() for name, table in found.tables.items()}
    arrays = {name: array.tobytes() for name, array in found.arrays.items()}
    return repr((found.lesson, found.config, found.seeds, tables, arrays, found.provenance))


def checkpoint(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """A process is killed in the middle, and a file of the checkpoint it left is damaged."""
    world = World(root)
    often = CheckpointEveryEpoch()
    changes = unbroken.changes("cache/checkpoints", often)
    world.run(KillAtCall(world.cache / "checkpoints", draw.randint(5, changes), None), often)
    left = [path for path in (world.cache / "checkpoints").rglob("*.pt")]
    world.kept = len(world.finished())
    if left:
        damage = draw.choice((_truncate, _flip, lambda path, _: path.write_bytes(b"")))
        damage(draw.choice(left), draw)
    ended = world.run(often)
    if ended.code:
        world.wrong.append(f"the command ended {ended.code}: {ended.said[-500:]}")
    world.compare(unbroken.table)
    return world.told()
