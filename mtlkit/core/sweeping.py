"""What runs that were broken off left behind, where nobody comes back to it."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress

from mtlkit.core.cache import Cache, Key
from mtlkit.core.checkpoint import checkpointed

_DAY = 86400.0
"""Seconds after which an entry that is still being written is taken for left behind."""


def sweep(cache: Cache, key: Key) -> None:
    """Delete a key's checkpoints of runs that are all there, and entries that were never finished.

    A stack that was halved, or of which some runs were finished by another process, is gone on with
    under another name; its own checkpoints are of no use once all of its runs are there.
    """
    for folder, seeds in checkpointed(cache.root, key.lesson, key.digest()):
        if all(cache.get(key, seed) is not None for seed in seeds):
            shutil.rmtree(folder, ignore_errors=True)
    for fresh in cache.folder(key, 0).parent.glob(".*"):
        with suppress(OSError):  # another process may be as far
            if time.time() - fresh.stat().st_mtime > _DAY:
                shutil.rmtree(fresh, ignore_errors=True)
