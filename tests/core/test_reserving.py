"""Claims on runs: other processes wait or go elsewhere, and a dead one's are free."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import pytest

from mtlkit.core.reserving import BLOCK, Busy, reserved

HOLDER = """
import sys
from pathlib import Path
from mtlkit.core.reserving import reserved
with reserved(Path(sys.argv[1]), [int(seed) for seed in sys.argv[2:]]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path, *seeds: int) -> Iterator[subprocess.Popen[str]]:
    """Another process that claims runs until it is killed or its standard input ends."""
    words = [sys.executable, "-c", HOLDER, str(folder), *map(str, seeds)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_what_another_process_holds_is_busy_until_it_dies(tmp_path: Path) -> None:
    with holder(tmp_path, 0, BLOCK) as process:
        for mine in ([0], [BLOCK - 1, 2 * BLOCK], [BLOCK]):
            with pytest.raises(Busy), reserved(tmp_path, mine, wait=False):
                raise AssertionError
        with reserved(tmp_path, [2 * BLOCK], wait=False):  # others are free
            pass
        process.kill()
        process.wait()
        with reserved(tmp_path, [0, BLOCK], wait=False):
            pass


def test_who_waits_gets_it_when_it_is_given_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with holder(tmp_path, 0) as process:
        # The first try meets the other process; before the second it is told to end.
        acquire = filelock.FileLock.acquire
        tries = []

        def acquire_later(lock: filelock.FileLock, **how: object) -> object:
            tries.append(how)
            if len(tries) == 2:
                process.communicate()
            return acquire(lock, **how)  # type: ignore[arg-type]

        monkeypatch.setattr(filelock.FileLock, "acquire", acquire_later)
        with reserved(tmp_path, [0]):
            assert process.returncode == 0
    assert len(tries) == 2
    (line,) = caplog.messages
    assert "waiting for it" in line


def test_what_another_thread_holds_is_busy(tmp_path: Path) -> None:
    found = []

    def claim() -> None:
        try:
            with reserved(tmp_path, [0], wait=False):
                found.append("held")
        except Busy:
            found.append("busy")

    with reserved(tmp_path, [0]):
        thread = threading.Thread(target=claim)
        thread.start()
        thread.join()
    assert found == ["busy"]
    claim()
    assert found == ["busy", "held"]


def test_a_thread_does_not_wait_for_itself(tmp_path: Path) -> None:
    with reserved(tmp_path, [0, 1]), reserved(tmp_path, [1, 2]):
        pass


def test_where_there_are_no_locks_nobody_waits(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with reserved(tmp_path / "file" / "locks", [0]):  # a folder that cannot be made
        pass
