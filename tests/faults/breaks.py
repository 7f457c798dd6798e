"""What can be done to a process so that it breaks, or the world around it does."""

from __future__ import annotations

import datetime
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

import attrs

_CHANGES = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.utime")
"""Names of audit events of what changes a disk (of `open`, the calls that may write)."""


@attrs.frozen
class KillAtCall:
    """kill -9 right before the n-th change (from 1) that Python makes in a folder.

    With `n = 0` nothing is killed; `counted` becomes a file of a byte a change.
    """

    folder: Path
    n: int
    counted: Path | None = None

    def __call__(self) -> None:
        seen = 0
        tally = os.open(self.counted, os.O_CREAT | os.O_WRONLY) if self.counted else None

        def watch(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal seen
            if event not in _CHANGES or not self._concerns(event, arguments):
                return
            seen += 1
            if seen == self.n:
                os.kill(os.getpid(), signal.SIGKILL)
            if tally is not None:
                os.write(tally, b".")

        sys.addaudithook(watch)

    def _concerns(self, event: str, arguments: tuple[Any, ...]) -> bool:
        if event == "open":
            path, mode, flags = arguments
            if not (flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) and "w" not in (mode or ""):
                return False
            where = None
        else:
            path, where = arguments[0], arguments[-1]
        if not isinstance(path, str | os.PathLike):
            return False
        full = os.fspath(path)
        if not os.path.isabs(full) and isinstance(where, int) and where >= 0:
            full = os.path.join(os.readlink(f"/proc/self/fd/{where}"), full)
        return full.startswith(f"{self.folder}{os.sep}")


@attrs.frozen
class LimitFileSize:
    """No file may grow beyond so many bytes: the process is killed by that write, or told."""

    bytes: int
    kill: bool

    def __call__(self) -> None:
        if self.kill:
            silence = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silence, 1)
            os.dup2(silence, 2)
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.bytes, self.bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@attrs.frozen
class LimitMemory:
    """No more than so many MiB above what the process has already."""

    mebibytes: int

    def __call__(self) -> None:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + (self.mebibytes << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@attrs.frozen
class BecomeNobody:
    """Root is allowed everything; nobody is not."""

    def __call__(self) -> None:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)


@attrs.frozen
class JumpClock:
    """Every time the clock is read it may have jumped by up to an hour, back or forth.

    The monotonic clock is another one, and cannot jump.
    """

    seed: int

    def __call__(self) -> None:
        draw = random.Random(self.seed)
        read, read_ns = time.time, time.time_ns

        def jumped() -> float:
            return read() + draw.uniform(-3600, 3600)

        def jumped_ns() -> int:
            return read_ns() + int(draw.uniform(-3600, 3600) * 1e9)

        class Jumping(datetime.datetime):
            @classmethod
            def now(cls, tz: datetime.tzinfo | None = None) -> Jumping:
                return cls.fromtimestamp(jumped(), tz)

        time.time, time.time_ns = jumped, jumped_ns
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in ("mtlkit", "tqdm", "filelock"):
                for word, value in list(vars(module).items()):
                    if value is read:
                        setattr(module, word, jumped)
                    elif value is datetime.datetime:
                        setattr(module, word, Jumping)


@attrs.frozen
class CheckpointEveryEpoch:
    """Checkpoints are made minutes apart; here after every epoch."""

    def __call__(self) -> None:
        from mtlkit.core import checkpoint

        checkpoint.INTERVAL = 0.0


@attrs.frozen
class NoLocks:
    """As on a network disk whose system knows no locks."""

    def __call__(self) -> None:
        import filelock

        def acquire(*_: Any, **__: Any) -> None:
            raise NotImplementedError("no locks here")

        filelock.FileLock.acquire = acquire


@attrs.frozen
class Forget:
    """Find nothing in the cache: what a test of the campaign itself breaks."""

    def __call__(self) -> None:
        from mtlkit.core.cache import Cache

        Cache.get = lambda *_: None  # type: ignore[method-assign]
