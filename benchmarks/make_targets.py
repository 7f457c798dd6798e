"""`make report` and `make test` once everything is set up: about half an hour, once each."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Spread
from mtlkit.core.paths import project_root
from mtlkit.errors import UsageError

TARGETS = ("report", "test")


def measure() -> Iterator[Spread]:
    """Seconds of each target; it is set up first, which does not count."""
    make("setup")
    for target in TARGETS:
        started = time.perf_counter()
        make(target)
        yield Spread(f"`make {target}`", (time.perf_counter() - started,))


def make(target: str, folder: Path | None = None) -> None:
    """Make it in the project's folder, or in another.

    Raises
    ------
    UsageError
        If it fails, with the last lines it printed.
    """
    command = ["make", "--no-print-directory", target]
    found = subprocess.run(
        command,
        cwd=folder or project_root(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if found.returncode:
        last = "\n".join(found.stdout.splitlines()[-10:])
        raise UsageError(f"make {target}: failed, so its time says nothing; it ended with\n{last}")
