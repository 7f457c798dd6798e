"""Who trains: of several processes that want the same runs, one, while the others wait.

A claim is a lock of the operating system's on a file in the cache, so that it ends with the
process that holds it, however that ends. It only spares work: where there are no such locks, as on
some network disks, everything is trained as if nobody else were there, and put by whoever is done.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOG = logging.getLogger(__name__)

BLOCK = 5
"""So many neighbouring seeds have one lock."""

_held: set[tuple[int, Path]] = set()
"""Each thread's, which does not wait for itself."""


class Busy(Exception):
    """Another process or thread trains some of the runs."""


@contextmanager
def reserved(folder: Path, seeds: Sequence[int], *, wait: bool = True) -> Iterator[None]:
    """Keep other processes and threads from training runs of one key meanwhile.

    Parameters
    ----------
    folder
        Of the key's locks: `Cache.locks`.
    wait
        Until another process that holds some of them is done with them.

    Raises
    ------
    Busy
        If there is one, and it is not to be waited for.
    """
    with ExitStack() as claims:
        # In order, so that two processes cannot wait for one another.
        for block in sorted({seed // BLOCK for seed in seeds}):
            path = folder / f"{block}.lock"
            mine = threading.get_ident(), path
            if mine not in _held and _claim(path, claims, wait=wait):
                _held.add(mine)
                claims.callback(_held.discard, mine)
        yield


def _claim(path: Path, claims: ExitStack, *, wait: bool) -> bool:
    """Hold a lock until `claims` end; False where none can be had."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, thread_local=False, fallback_to_soft=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            if not wait:
                raise Busy from None
            LOG.warning("Another process trains what is asked for (%s); waiting for it.", path)
            lock.acquire(poll_interval=0.5)
    except (OSError, NotImplementedError):
        return False
    claims.callback(lock.release)
    return True
