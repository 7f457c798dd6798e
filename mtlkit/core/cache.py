"""The cache: one result per config and seed, so that nothing is trained twice.

Several processes may use one folder at once. An entry gets to its place in one step, so that none
is ever seen half-written; which of two processes trains a run is for `core.reserving` to say.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import uuid
from pathlib import Path

import attrs
from safetensors import SafetensorError

from mtlkit.core.paths import cache_root, shared_cache_root
from mtlkit.core.result import Result
from mtlkit.errors import UsageError

LOG = logging.getLogger(__name__)


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
    """Results in folders `root/lesson/key/seed`.

    Parameters
    ----------
    root
        Where results are read and kept.
    shared
        Where they are read too, and never written: another such folder.
    """

    root: Path
    shared: Path | None = None
    _told: set[Path] = attrs.field(factory=set, init=False, repr=False, eq=False)

    @classmethod
    def of_user(cls) -> Cache:
        """The one that `MTLKIT_CACHE` and `MTLKIT_SHARED_CACHE` name.

        Raises
        ------
        UsageError
            If the shared one is named and not there.
        """
        return cls(cache_root(), shared_cache_root())

    def folder(self, key: Key, seed: int) -> Path:
        """Where the result of a seed is or would be."""
        return self.root / key.lesson / key.digest() / str(seed)

    def locks(self, key: Key) -> Path:
        """Where processes that train runs of a key claim them."""
        return self.root / "locks" / key.lesson / key.digest()

    def has(self, key: Key, seed: int) -> bool:
        """Whether there is an entry, readable or not: a look that costs next to nothing."""
        return any(folder.is_dir() for folder in self._folders(key, seed))

    def get(self, key: Key, seed: int) -> Result | None:
        """The result of a seed, or None if there is none that can be read.

        One that cannot be read is named in a warning, once.
        """
        for folder in self._folders(key, seed):
            if not folder.is_dir():
                continue
            try:
                return Result.load(folder)
            except UsageError as error:
                if folder not in self._told:
                    self._told.add(folder)
                    LOG.warning("%s It is computed anew.", error)
        return None

    def put(self, key: Key, result: Result) -> None:
        """Keep the result of one seed, in place of one that could not be read.

        Of two processes that put the same run at once one's stays.

        Raises
        ------
        UsageError
            If it cannot be written: the disk is full, or the folder is not one's own.
        """
        (seed,) = result.seeds
        folder = self.folder(key, seed)
        fresh = folder.with_name(f".{seed}.{uuid.uuid4().hex[:8]}")
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            result.save(fresh)
            _put_in_place(fresh, folder)
        except (OSError, SafetensorError) as error:
            why = getattr(error, "strerror", None) or error
            raise UsageError(
                f"MTLKIT_CACHE = {self.root}: a finished run cannot be written there ({why}); the "
                "runs before it are kept, and the same command goes on there once it can."
            ) from None
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _folders(self, key: Key, seed: int) -> list[Path]:
        own = self.folder(key, seed)
        return [own] if self.shared is None else [own, self.shared / own.relative_to(self.root)]


def _put_in_place(fresh: Path, folder: Path) -> None:
    """Move a result to its place, unless one that can be read stands there by now."""
    while True:
        try:
            os.rename(fresh, folder)
            return
        except OSError:
            if not folder.is_dir():
                raise
        try:
            Result.load(folder)
            return
        except UsageError:
            away = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
            try:
                os.rename(folder, away)
            except FileNotFoundError:
                continue  # another process took it away
            shutil.rmtree(away, ignore_errors=True)
