"""What a command line loads before it says anything, without a clock."""

import subprocess
from pathlib import Path

import pytest

from benchmarks.make_targets import make
from benchmarks.start_up import COMMANDS, process
from mtlkit.errors import UsageError

HEAVY = {"torch", "pandas", "numpy", "scipy", "plotly", "matplotlib", "IPython", "sphinx"}
"""Each takes a good part of a second, or several."""

_LOADED = """
import atexit, sys
atexit.register(lambda: print("\\nloaded", *(name for name in sys.modules if "." not in name)))
"""


def loaded(code: str, *arguments: str) -> set[str]:
    """The packages that a fresh process has loaded when it ends."""
    return set(process(_LOADED + code, arguments).rpartition("\nloaded")[2].split())


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_heavy_is_loaded(name: str) -> None:
    code, arguments = COMMANDS[name]
    found = loaded(code, *arguments)
    assert "sys" in found and found & HEAVY == set()
    assert ("mtlkit" in found) == ("mtlkit" in name)


def test_something_heavy_would_be_seen() -> None:
    assert "numpy" in loaded("import numpy")


def test_help_is_what_is_timed() -> None:
    assert "Usage:" in process(*COMMANDS["`mtlkit --help`"])
    with pytest.raises(subprocess.CalledProcessError):
        process("from mtlkit.cli import main; main()", ("nonsense",))


def test_a_target_that_fails_has_no_time(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("good:\n\t@touch made\nbad:\n\t@echo so sorry; exit 3\n")
    make("good", tmp_path)
    assert (tmp_path / "made").exists()
    with pytest.raises(UsageError, match=r"make bad: failed(.|\n)*so sorry"):
        make("bad", tmp_path)
