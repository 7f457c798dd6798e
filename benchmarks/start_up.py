"""How long a fresh process takes: nothing at all, `import mtlkit`, `mtlkit --help`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.timing import Spread, timed

TURNS = 15
HELP = 0.3
"""Goal in seconds: within it a command line seems to answer at once."""

COMMANDS = {
    "`python -c pass`, the least there is": ("pass", ()),
    "`import mtlkit`": ("import mtlkit", ()),
    "`mtlkit --help`": ("from mtlkit.cli import main; main()", ("--help",)),
}
"""What is run, as Python's code and its arguments: an installed `mtlkit` runs the last one."""


def measure() -> Iterator[Spread]:
    """Each in turn so often, after once to fill the disk's cache."""
    for name, (code, arguments) in COMMANDS.items():
        goal = HELP if "--help" in arguments else None
        yield Spread(name, timed(partial(process, code, arguments), TURNS), goal)


def process(code: str, arguments: Sequence[str] = ()) -> str:
    """Run that code in a fresh process; what it prints."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
