"""A disk that is full: a small file system in memory, mounted where it hurts."""

from __future__ import annotations

import contextlib
import functools
import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import attrs

from .breaks import CheckpointEveryEpoch, LimitFileSize
from .world import Trial, Unbroken, World


@attrs.frozen
class SmallDisk:
    """A disk with so many KiB, or so many files and folders."""

    folder: Path

    def make_space(self) -> None:
        """Have as much as anybody needs."""
        _call("mount", "-o", "remount,size=64m,nr_inodes=10000", str(self.folder))


@contextlib.contextmanager
def small_disk(folder: Path, kibibytes: int, files: int) -> Iterator[SmallDisk]:
    """Put a small disk over a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"size={kibibytes}k,nr_inodes={files}"
    _call("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder))
    try:
        yield SmallDisk(folder)
    finally:
        _call("umount", str(folder))


def _call(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


@functools.cache
def can_mount() -> bool:
    """Whether this process may mount a file system: root may, outside of most containers."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 4, 2):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


def cache(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """There is no room left for an entry, or for one more file."""
    world = World(root)
    with small_disk(world.cache, *_too_small(draw, 100, 60)) as disk:
        _told_in_a_sentence(world, world.cache)
        disk.make_space()
        return _goes_on(world, unbroken)


def pack(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """There is no room left for the published table or its provenance."""
    world = World(root)
    with small_disk(world.pack, *_too_small(draw, 4, 6)) as disk:
        _told_in_a_sentence(world, world.pack)
        disk.make_space()
        return _goes_on(world, unbroken)


def checkpoint(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """There is no room left for a checkpoint: the training goes on without."""
    world = World(root)
    often = CheckpointEveryEpoch()
    with small_disk(world.cache / "checkpoints", *_too_small(draw, 16, 8)):
        ended = world.run(often)
        if ended.code:
            world.wrong.append(f"the training did not go on: {ended.said[-500:]}")
        if "no checkpoint can be written" not in ended.said:
            world.wrong.append("nobody was told that there was no checkpoint")
        world.kept = len(world.finished())
        world.compare(unbroken.table)
    return world.told()


def long_file(root: Path, unbroken: Unbroken, draw: random.Random) -> Trial:
    """Files may not grow beyond a limit; what is longer fails while it is written."""
    world = World(root)
    _told_in_a_sentence(world, world.root, LimitFileSize(draw.randint(1000, 1800), kill=False))
    return _goes_on(world, unbroken)


def _too_small(draw: random.Random, kibibytes: int, files: int) -> tuple[int, int]:
    """A size of which either the bytes or the number of files is soon used up."""
    if draw.random() < 0.5:
        return draw.randrange(4, kibibytes + 1, 4), 10_000
    return 65_536, draw.randint(2, files)


def _told_in_a_sentence(world: World, folder: Path, *prepare: LimitFileSize) -> None:
    ended = world.run(*prepare)
    world.kept = len(world.finished())
    if ended.code != 2 or len(ended.sentences) != 1 or "Traceback" in ended.said:
        world.wrong.append(f"not told in a sentence ({ended.code}): {ended.said[-800:]}")
    elif str(folder) not in ended.sentences[0]:
        world.wrong.append(f"the sentence names no folder: {ended.sentences[0]}")


def _goes_on(world: World, unbroken: Unbroken) -> Trial:
    ended = world.run()
    if ended.code:
        world.wrong.append(f"with space, the command ended {ended.code}: {ended.said[-500:]}")
    world.compare(unbroken.table)
    return world.told()
