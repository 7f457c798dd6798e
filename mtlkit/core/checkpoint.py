"""Checkpoints of long trainings: what the loop needs to go on where it was broken off.

A run is one call of an experiment's `train`, which may train several programs in turn; `keeping`
names where the run's checkpoints are, and each `fit` within takes the next place there. What a
place holds: parts, each with the epochs of a few minutes, and after each part a head with the
program's state. Nothing is written in the first minutes, so short runs leave no files.
"""

from __future__ import annotations

import hashlib
import io
import logging
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import attrs
import torch

from mtlkit.core.result import write_file

LOG = logging.getLogger(__name__)

FORMAT = 2
"""Version of the files' layout; checkpoints of another one are not read."""

INTERVAL = 300.0
"""Seconds between two checkpoints."""

MOST_BYTES = 1 << 30
"""A training that is looked at between epochs is kept with its states then, but no longer than
until they take so much: from there on it has no further checkpoints."""

_KEPT = 2
"""Heads that are kept: the newest, and the one before should that be damaged."""

_LONGEST = 100
"""Characters of the seeds in a folder's name."""

_run: ContextVar[RunCheckpoints | None] = ContextVar("run", default=None)


class Damaged(Exception):
    """A file that is missing, cut short or altered."""


@attrs.define(eq=False)
class RunCheckpoints:
    """The checkpoints of one run, in a folder of its own."""

    folder: Path
    seconds: float = 0.0
    """What those of its trainings took before a break that are not trained again."""
    _places: int = 0
    _saved: float = attrs.field(factory=lambda: time.monotonic())
    _waiting: list[Callable[[], None]] = attrs.field(factory=list)
    _told: bool = False

    @classmethod
    def of(cls, root: Path, lesson: str, key: str, seeds: Sequence[int]) -> RunCheckpoints:
        """Those of the run of a lesson with these seeds, in the cache at `root`.

        Parameters
        ----------
        key
            What the results depend on besides their seeds; as a digest.
        """
        return cls(root / "checkpoints" / lesson / f"{key}-{_named(seeds)}")

    def next_place(self) -> Path:
        """The folder of the run's next training."""
        self._places += 1
        return self.folder / str(self._places)

    @property
    def due(self) -> bool:
        """Whether it is time for the next checkpoint."""
        return time.monotonic() - self._saved >= INTERVAL

    def wait(self, write: Callable[[], None]) -> None:
        """Write what a training that is over leaves, but not before the next checkpoint is due."""
        self._waiting.append(write)
        if self.due:
            self.write(lambda: None)

    def write(self, write: Callable[[], None]) -> None:
        """Write what waits, then a checkpoint; what cannot be written stops nothing."""
        self._saved = time.monotonic()
        try:
            while self._waiting:
                self._waiting[0]()
                del self._waiting[0]
            write()
        except (OSError, MemoryError) as error:
            what = getattr(error, "strerror", None) or type(error).__name__
            self.tell(f"no checkpoint can be written ({what})")

    def tell(self, what: str) -> None:
        """Warn, once a run, of what keeps a training from having checkpoints."""
        if not self._told:
            LOG.warning("%s: %s; the training goes on without.", self.folder, what)
        self._told = True

    def remove(self) -> None:
        """Delete all of them: the run is over and its results are kept."""
        shutil.rmtree(self.folder, ignore_errors=True)


def checkpointed(root: Path, lesson: str, key: str) -> Iterator[tuple[Path, list[int]]]:
    """Folders of all runs of a lesson and key that have checkpoints, and the seeds of each.

    Those whose seeds are too many to be named are left out.
    """
    for folder in (root / "checkpoints" / lesson).glob(f"{key}-[0-9]*"):
        spans = [span.split("-") for span in folder.name.removeprefix(f"{key}-").split(".")]
        yield folder, [seed for span in spans for seed in range(int(span[0]), int(span[-1]) + 1)]


def _named(seeds: Sequence[int]) -> str:
    """Seeds in their order, such as `0-4.7`; a digest where that is too long for a file's name."""
    spans: list[list[int]] = []
    for seed in seeds:
        if spans and seed == spans[-1][-1] + 1:
            spans[-1][1:] = [seed]
        else:
            spans.append([seed])
    name = ".".join("-".join(map(str, span)) for span in spans)
    return name if len(name) <= _LONGEST else f"x{hashlib.sha256(name.encode()).hexdigest()[:12]}"


@contextmanager
def keeping(checkpoints: RunCheckpoints | None) -> Iterator[None]:
    """Trainings that begin within have their checkpoints there; with None they have none."""
    token = _run.set(checkpoints)
    try:
        yield
    finally:
        _run.reset(token)


def current() -> RunCheckpoints | None:
    """Where a training that begins now has its checkpoints."""
    return _run.get()


@attrs.define(eq=False)
class Past:
    """What a place holds: epochs by number, and the state after the last of them."""

    parts: list[Mapping[str, Any]]
    epochs: dict[int, Mapping[str, Any]]
    number: int
    state: Mapping[str, Any]


@attrs.define(eq=False)
class Place:
    """The files of one training.

    Parameters
    ----------
    folder
        Where they are.
    training
        What a training must have in common with one that goes on from here.
    """

    folder: Path
    training: Mapping[str, Any]
    _parts: list[Mapping[str, Any]] = attrs.field(factory=list)

    def read(self) -> Past | None:
        """The newest checkpoint that can be read; None, and an empty folder, if there is none.

        A damaged file is named in a warning; checkpoints of another training or version are gone.
        """
        for head in self._heads():
            try:
                found = _read(head)
                if found["format"] != FORMAT or found["training"] != self.training:
                    continue
                epochs: dict[int, Mapping[str, Any]] = {}
                for part in found["parts"]:
                    epochs |= _read(self.folder / part["file"], part["digest"])
            except Damaged as error:
                LOG.warning("%s; an older checkpoint is used, or none.", error)
                continue
            self._parts = list(found["parts"])
            return Past(self._parts, epochs, found["number"], found["state"])
        shutil.rmtree(self.folder, ignore_errors=True)
        return None

    def write(self, epochs: Mapping[int, Any], number: int, state: Mapping[str, Any]) -> None:
        """Write the epochs since the last checkpoint, and the state after epoch `number`.

        A break leaves the checkpoint before: the head comes last, and names all that it needs.
        """
        parts = list(self._parts)
        if epochs:
            name = f"epochs-{min(epochs)}-{max(epochs)}.pt"
            parts.append({"file": name, "digest": _write(self.folder / name, dict(epochs))})
        head = {"format": FORMAT, "training": dict(self.training), "parts": parts}
        _write(self.folder / f"state-{number}.pt", {**head, "number": number, "state": state})
        self._parts = parts
        for old in self._heads()[_KEPT:]:
            old.unlink(missing_ok=True)

    def _heads(self) -> list[Path]:
        """Newest first."""
        found = self.folder.glob("state-*.pt")
        return sorted(found, key=lambda file: int(file.stem.partition("-")[2]), reverse=True)


def _write(target: Path, content: Any) -> str:
    """Write what `torch.load` takes without running code, after its digest; the digest."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    digest = hashlib.sha256(buffer.getbuffer()).digest()
    write_file(target, partial(_write_parts, parts=(digest, buffer.getbuffer())))
    return digest.hex()


def _write_parts(file: Path, parts: Sequence[bytes | memoryview]) -> None:
    with file.open("wb") as out:
        out.writelines(parts)


def _read(file: Path, digest: str | None = None) -> Any:
    """What `_write` wrote; with a digest, only if it is that content.

    Raises
    ------
    Damaged
        If it is not there or not as it was written.
    """
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Damaged(f"{file}: cannot be read ({error.strerror})") from None
    found, content = raw[:32], raw[32:]
    if hashlib.sha256(content).digest() != found or digest not in (None, found.hex()):
        raise Damaged(f"{file}: is damaged")
    try:
        return torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    except (UnpicklingError, RuntimeError) as error:
        raise Damaged(f"{file}: cannot be read ({type(error).__name__})") from None
