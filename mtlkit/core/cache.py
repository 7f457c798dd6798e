"""The cache: one result per config and seed, so that nothing is trained twice."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import attrs

from mtlkit.core.result import Result
from mtlkit.errors import UsageError


@attrs.frozen
class Key:
    """What a cached result depends on besides its seed.

    A change of any of these is another key; so a study can never mix versions of the numerics.
    """

    lesson: str
    config: str
    data: str
    device_class: str
    numerics: str

    def digest(self) -> str:
        """A short hash of all of it."""
        text = json.dumps(attrs.astuple(self))
        return hashlib.sha256(text.encode()).hexdigest()[:24]


@attrs.frozen
class Cache:
    """Results in folders `root/lesson/key/seed`."""

    root: Path

    def folder(self, key: Key, seed: int) -> Path:
        """Where the result of a seed is or would be."""
        return self.root / key.lesson / key.digest() / str(seed)

    def get(self, key: Key, seed: int) -> Result | None:
        """The result of a seed, or None if there is none that can be read."""
        folder = self.folder(key, seed)
        if not folder.is_dir():
            return None
        try:
            return Result.load(folder)
        except UsageError:
            return None

    def put(self, key: Key, result: Result) -> None:
        """Keep the result of one seed, in place of one that could not be read."""
        (seed,) = result.seeds
        folder = self.folder(key, seed)
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        result.save(folder)
