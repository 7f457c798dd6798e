"""Which browser is taken, and how one is installed, on made-up machines."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.chromium import NAMES, NONE_FOUND, BrowserError, find, install
from tests.browser.quiet import run_quietly

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the made-up programs are sh scripts")

Program = Callable[..., Path]


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has nothing: `bin` is all that is on its PATH."""
    (tmp_path / "bin").mkdir()
    return {
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path / "playwright"),
        # Where the download would come from: a port of this machine where nobody listens.
        "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:9",
    }


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Writes a program into `bin`, or elsewhere."""

    def write(name: str, does: str = "exit 0", folder: Path = tmp_path / "bin") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(f"#!/bin/sh\n{does}\n")
        path.chmod(0o755)
        return path

    return write


def test_a_machine_without_a_browser_has_none(machine: dict[str, str]) -> None:
    assert find(machine, "Linux") is None


@pytest.mark.parametrize("name", NAMES)
def test_each_usual_name_on_the_path_is_found(
    machine: dict[str, str], program: Program, name: str
) -> None:
    browser = program(name)
    assert find(machine, "Linux") == browser


def test_the_named_browser_comes_first(machine: dict[str, str], program: Program) -> None:
    program("chromium")
    named = program("mine", folder=Path(machine["HOME"]) / "elsewhere")
    assert find({**machine, "MTLKIT_BROWSER": str(named)}, "Linux") == named


@pytest.mark.parametrize("does", [None, "exit 127"], ids=["missing", "broken"])
def test_a_named_browser_that_does_not_run_is_told(
    machine: dict[str, str], program: Program, does: str | None
) -> None:
    program("chromium")
    named = Path(machine["HOME"]) / "bin" / "mine"
    if does:
        program("mine", does)
    with pytest.raises(BrowserError, match=f"MTLKIT_BROWSER = {named}"):
        find({**machine, "MTLKIT_BROWSER": str(named)}, "Linux")


def test_one_that_does_not_start_is_passed_over(machine: dict[str, str], program: Program) -> None:
    program("chromium", "echo 'libnss3.so: cannot open' >&2; exit 127")
    chrome = program("google-chrome")
    assert find(machine, "Linux") == chrome


def test_windows_keeps_it_among_its_programs(machine: dict[str, str], program: Program) -> None:
    programs = Path(machine["HOME"]) / "Program Files"
    chrome = program("chrome.exe", folder=programs / "Google" / "Chrome" / "Application")
    assert find({**machine, "PROGRAMFILES": str(programs)}, "Windows") == chrome


def test_macs_keep_it_among_the_users_applications(
    machine: dict[str, str], program: Program
) -> None:
    if Path("/Applications").is_dir():
        pytest.skip("this machine may have one of its own in /Applications")
    app = Path(machine["HOME"]) / "Applications" / "Chromium.app" / "Contents" / "MacOS"
    browser = program("Chromium", folder=app)
    assert find(machine, "Darwin") == browser


def test_the_own_download_of_playwright_is_taken_where_it_is_there(
    machine: dict[str, str], program: Program
) -> None:
    ask = "from playwright.sync_api import sync_playwright as s\n"
    ask += "with s() as playwright: print(playwright.chromium.executable_path)"
    told = subprocess.run(
        [sys.executable, "-c", ask], env=machine, capture_output=True, text=True, check=True
    )
    place = Path(told.stdout.strip())
    assert place.is_relative_to(machine["PLAYWRIGHT_BROWSERS_PATH"])
    assert find(machine, "Linux") is None
    program(place.name, folder=place.parent)
    assert find(machine, "Linux") == place


# Debian's: it writes down what it is asked for, and installing makes a browser.
APT = """\
echo "$DEBIAN_FRONTEND $*" >> "$HOME/asked"
case "$*" in *install*) printf '#!/bin/sh\\nexit 0\\n' > "$HOME/bin/chromium"
/bin/chmod +x "$HOME/bin/chromium";; esac"""


def debian(machine: dict[str, str], program: Program) -> dict[str, str]:
    """Make it a Debian machine on which this user may install."""
    program("apt-get", APT)
    program("env", 'exec /usr/bin/env "$@"')
    program("sudo", 'shift; exec "$@"')
    program("true")
    return machine


def test_debians_package_is_installed_where_the_download_cannot_be_had(
    machine: dict[str, str], program: Program
) -> None:
    path = install(debian(machine, program), "Linux")
    assert path == Path(machine["PATH"]) / "chromium"
    update, installed = (Path(machine["HOME"]) / "asked").read_text().splitlines()
    assert update.startswith("noninteractive ") and update.endswith(" update")
    assert "install --yes --no-install-recommends chromium" in installed


def test_nothing_is_installed_where_a_browser_is_there(
    machine: dict[str, str], program: Program
) -> None:
    browser = program("chrome")
    assert install(debian(machine, program), "Linux") == browser
    assert not (Path(machine["HOME"]) / "asked").exists()


def test_a_failure_tells_what_each_way_said(machine: dict[str, str], program: Program) -> None:
    debian(machine, program)
    program("apt-get", "echo 'E: Unable to locate package chromium'; exit 100")
    with pytest.raises(BrowserError) as error:
        install(machine, "Linux")
    told = str(error.value)
    assert told.startswith(NONE_FOUND)
    assert "playwright install chromium" in told
    assert "E: Unable to locate package chromium" in told


def test_without_debian_only_the_download_is_tried(machine: dict[str, str]) -> None:
    with pytest.raises(BrowserError) as error:
        install(machine, "Linux")
    assert "playwright install chromium" in str(error.value)
    assert "apt-get" not in str(error.value)


def test_the_command_says_where_it_is_or_that_there_is_none(
    machine: dict[str, str], program: Program
) -> None:
    def ask() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tests.browser.chromium"]
        return subprocess.run(command, env=machine, cwd=ROOT, capture_output=True, text=True)

    none = ask()
    assert (none.returncode, none.stdout, none.stderr) == (1, "", f"{NONE_FOUND}\n")
    browser = program("chromium")
    some = ask()
    assert (some.returncode, some.stdout) == (0, f"{browser}\n")


def test_a_command_whose_time_is_over_ends_with_its_children(tmp_path: Path) -> None:
    late = tmp_path / "late"
    begun = time.monotonic()
    said = run_quietly(["sh", "-c", f"echo begun; (sleep 2; touch {late}) & wait"], os.environ, 0.5)
    assert time.monotonic() - begun < 2
    assert said is not None and "begun" in said and "ended after 0.5 seconds" in said
    time.sleep(2.5)
    assert not late.exists()


def test_a_command_that_succeeds_is_not_heard_of() -> None:
    assert run_quietly(["sh", "-c", "echo much"], os.environ, 10) is None
    missing = run_quietly(["no-such-program"], os.environ, 10)
    assert missing is not None and "no-such-program" in missing
