"""Commands of mtlkit, each in a process of its own, with something done to it beforehand.

The processes are forked by a server that has imported what they need (`multiprocessing`'s
forkserver), so that a trial takes a fraction of a second.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import attrs

TIMEOUT = 600
"""Seconds that no command of a trial takes, on a machine with much else to do."""

_PRELOADED = [
    "mtlkit.cli",
    "mtlkit.core.filling",
    "mtlkit.core.reproducing",
    "mtlkit.core.verdict",
    "pyarrow.parquet",
    "torch._dynamo",  # the first optimiser imports it
    "tests.faults.toy",
    "tests.faults.breaks",
    "pytest",  # a child imports its parent's main module, if that has a name
]

Prepare = Callable[[], None]
"""What is done in the process before its command runs; it must be picklable."""


@attrs.frozen
class Ended:
    """How a process ended: its exit code (less than 0: the signal), what it said, its seconds."""

    code: int
    said: str
    seconds: float

    @property
    def killed(self) -> bool:
        return self.code in (-signal.SIGKILL, -signal.SIGXFSZ)

    @property
    def sentences(self) -> list[str]:
        """The lines that mtlkit said on its own account."""
        return [line for line in self.said.splitlines() if line.startswith("mtlkit: ")]


@attrs.frozen
class Running:
    """A process under way."""

    process: ForkServerProcess
    said: Path
    started: float

    def kill(self) -> None:
        """As `kill -9` does."""
        self.process.kill()

    def end(self) -> Ended:
        """Wait for it."""
        self.process.join(TIMEOUT)
        seconds = time.perf_counter() - self.started
        text = self.said.read_text(encoding="utf-8", errors="replace")
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()
            return Ended(-signal.SIGALRM, f"{text}\ndid not end within {TIMEOUT} s", seconds)
        return Ended(self.process.exitcode, text, seconds)


@functools.cache
def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def start(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    said: Path,
    prepare: Sequence[Prepare] = (),
) -> Running:
    """Start `mtlkit ARGUMENTS`, with its words going into a file."""
    said.touch()
    said.chmod(0o666)  # the process may become another user's
    work = (list(arguments), dict(environment), said, list(prepare))
    process = _context().Process(target=_child, args=work)
    started = time.perf_counter()
    process.start()
    return Running(process, said, started)


def _child(
    arguments: list[str], environment: dict[str, str], said: Path, prepare: list[Prepare]
) -> None:
    words = os.open(said, os.O_WRONLY | os.O_APPEND)
    os.dup2(words, 1)
    os.dup2(words, 2)
    os.environ.update(environment)
    sys.path.append(environment["PYTHONPATH"].split(os.pathsep)[0])  # where the lesson is known
    sys.argv = ["mtlkit", *arguments]
    for step in prepare:
        step()
    import torch
    from tqdm import tqdm

    from mtlkit.cli import main

    torch.set_num_threads(1)
    tqdm.set_lock(threading.RLock())  # its own is a semaphore, which a kill would leave behind
    main()
