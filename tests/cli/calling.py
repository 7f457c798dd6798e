"""How the tests of the command line call it, and what they look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import attrs


@attrs.frozen
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


def tree(folder: Path) -> dict[str, bytes | None]:
    """Everything in a folder: the bytes of each file, None for a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def assert_refused(told: Ended, message: str) -> None:
    """One sentence on stderr, exit code 2."""
    assert told.code == 2
    assert told.out == ""
    assert told.err.startswith(f"mtlkit: {message}")
    assert told.err.endswith(".\n")
    assert told.err.count("\n") == 1
