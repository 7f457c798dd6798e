"""What the tests say where there is no browser: here they are left out, in CI they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.chromium import NONE_FOUND

ROOT = Path(__file__).parents[2]
ONE = "tests/browser/test_watch.py::test_text_is_drawn_with_a_font"
OTHER = "tests/browser/test_chromium.py::test_a_command_that_succeeds_is_not_heard_of"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="elsewhere PATH alone says little")


def run(folder: Path, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run one test that needs a browser and one that needs none where there is none."""
    (folder / "sh").symlink_to("/bin/sh")
    nothing = {"PATH": str(folder), "HOME": str(folder), "PLAYWRIGHT_BROWSERS_PATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, ONE, OTHER],
        cwd=ROOT,
        env={**nothing, "OMP_NUM_THREADS": "1", **environ},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
def test_here_they_are_left_out_and_the_summary_says_so(tmp_path: Path) -> None:
    done = run(tmp_path, "-n", "1")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 skipped" in done.stdout
    summary = done.stdout.split("1 test left out")[1]
    assert ONE in summary and OTHER not in summary
    assert f"because {NONE_FOUND}" in summary


@pytest.mark.slow
def test_in_ci_they_fail(tmp_path: Path) -> None:
    done = run(tmp_path, CI="true")
    assert done.returncode == 1
    assert "1 passed, 1 error" in done.stdout
    assert NONE_FOUND in done.stdout
