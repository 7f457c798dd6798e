"""The report of every lesson, from the notebooks and packs that are committed, at `smoke`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from filelock import FileLock

TESTS = Path(__file__).parent

REPORT = "import sys; sys.argv[0] = 'mtlkit'; from mtlkit.cli import main; main()"


def run_without_network(
    code: str, *arguments: str | Path, refused: Path
) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own without a network.

    `refused` gets the hosts that it, or a child of it, tried to reach.
    """
    path = [TESTS / "blocked_network", TESTS.parent]
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "MTLKIT_REFUSED": str(refused),
        },
        capture_output=True,
        text=True,
    )


def build_once(folder: Path) -> Path:
    """Build the report into a folder that several processes share; the first one does it.

    The folder gets `notebooks/` and `html/`, and `refused` if the build wanted a network.

    Raises
    ------
    RuntimeError
        If the build fails, in every process, with what it said.
    """
    folder.mkdir(exist_ok=True)
    told, failed = folder / "told", folder / "failed"
    with FileLock(folder / "lock"):
        if not (told.exists() or failed.exists()):
            arguments = ("report", "--scale", "smoke", "--out", folder)
            done = run_without_network(REPORT, *arguments, refused=folder / "refused")
            if done.returncode:
                failed.write_text(done.stderr, encoding="utf-8")
            else:
                told.write_text(done.stdout, encoding="utf-8")
    if failed.exists():
        raise RuntimeError(failed.read_text(encoding="utf-8"))
    return folder
