"""The browser that the tests look at the report with: found, or installed where that is asked for.

Run as `python -m tests.browser.chromium` it prints the browser's path, or fails if there is none;
with `--install` it installs one first if there is none (`make browser`).
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.browser.quiet import run_quietly

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
NONE_FOUND = "there is no Chromium or Chrome: `make browser` installs one, MTLKIT_BROWSER names one"

_MAC = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")

# In a process of its own, because Playwright must not be started twice in one.
_OWN_DOWNLOAD = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


class BrowserError(Exception):
    """The browser that was named does not run, or none could be installed."""


def find(environ: Mapping[str, str], system: str = platform.system()) -> Path | None:
    """The first browser that runs: the one named, the machine's own, or Playwright's download.

    Raises
    ------
    BrowserError
        If `MTLKIT_BROWSER` names one that does not run.
    """
    if named := environ.get("MTLKIT_BROWSER"):
        if not _runs(Path(named), environ):
            raise BrowserError(f"MTLKIT_BROWSER = {named}: allowed is the path of a Chromium.")
        return Path(named)
    return next((path for path in _places(environ, system) if _runs(path, environ)), None)


def install(environ: Mapping[str, str], system: str = platform.system()) -> Path:
    """Find a browser; where there is none try Playwright's download, then Debian's package.

    Raises
    ------
    BrowserError
        If neither could be installed, with what both said.
    """
    if found := find(environ, system):
        return found
    told = []
    for commands in (_playwright_download(), _debian_package(environ)):
        told += [run_quietly(command, environ, limit) for command, limit in commands]
        if found := find(environ, system):
            return found
    raise BrowserError("\n".join([NONE_FOUND, *filter(None, told)]))


def _places(environ: Mapping[str, str], system: str) -> Iterator[Path]:
    yield from _on_path(environ)
    yield from _usual_places(environ, system)
    if own := _own_download(environ):
        yield own


def _on_path(environ: Mapping[str, str]) -> Iterator[Path]:
    for name in NAMES:
        if found := shutil.which(name, path=environ.get("PATH", "")):
            yield Path(found)


def _usual_places(environ: Mapping[str, str], system: str) -> Iterator[Path]:
    if system == "Darwin":
        for root in (Path("/Applications"), Path(environ.get("HOME", "/")) / "Applications"):
            yield from (root / app for app in _MAC)
    elif system == "Windows":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            if root := environ.get(variable):
                yield from (Path(root) / app for app in _WINDOWS)


def _own_download(environ: Mapping[str, str]) -> Path | None:
    done = subprocess.run(
        [sys.executable, "-c", _OWN_DOWNLOAD],
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def _runs(path: Path, environ: Mapping[str, str]) -> bool:
    """Whether it is there and starts: a download may lack libraries of the system."""
    if not path.is_file() or not os.access(path, os.X_OK):
        return False
    if path.suffix == ".exe":
        return True  # there it would open a window
    return run_quietly([str(path), "--version"], environ, 60) is None


def _playwright_download() -> list[tuple[list[str], float]]:
    return [([sys.executable, "-m", "playwright", "install", "chromium"], 300)]


def _debian_package(environ: Mapping[str, str]) -> list[tuple[list[str], float]]:
    """What installs it where it may be installed, each with its limit in seconds."""
    apt = shutil.which("apt-get", path=environ.get("PATH", ""))
    if not apt:
        return []
    if os.geteuid() == 0:
        rights = []
    else:
        sudo = shutil.which("sudo", path=environ.get("PATH", ""))
        if not sudo or run_quietly([sudo, "-n", "true"], environ, 10):
            return []
        rights = [sudo, "-n"]
    alone = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-o", "DPkg::Lock::Timeout=120"]
    packages = ["chromium", "fonts-dejavu-core"]
    return [
        ([*alone, "update"], 180),
        ([*alone, "install", "--yes", "--no-install-recommends", *packages], 600),
    ]


def main() -> int:
    """The command line."""
    try:
        path = (install if "--install" in sys.argv[1:] else find)(os.environ)
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
    print(path or NONE_FOUND, file=sys.stdout if path else sys.stderr)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
