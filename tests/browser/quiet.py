"""A command that is heard of only when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence


def run_quietly(command: Sequence[str], environ: Mapping[str, str], limit: float) -> str | None:
    """Run a command for at most `limit` seconds; None if it succeeded, else what it said.

    When its time is over it ends with all its children.
    """
    try:
        process = subprocess.Popen(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=os.name == "posix",  # a group of its own, to end it as one
        )
    except OSError as error:
        return f"$ {' '.join(command)}\n{error}"
    try:
        said, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        said = process.communicate()[0] + f"(ended after {limit:g} seconds)\n"
    return f"$ {' '.join(command)}\n{said}".rstrip() if process.returncode else None
