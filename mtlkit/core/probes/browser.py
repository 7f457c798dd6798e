"""A probe of the browser that the tests of pages use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from mtlkit.core import requirements
from mtlkit.core.probes.finding import NOTE, OK, PROBLEM, Finding

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
"""Names under which one may stand on the path, as the tests have them."""

# In a process of its own: Playwright starts one, and must not be started twice in one.
_DOWNLOAD = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def browser() -> Iterator[Finding]:
    """The browser that is named, the first on the path, or Playwright's download."""
    named = os.environ.get("MTLKIT_BROWSER")
    if named and not _is_program(named):
        told = f"MTLKIT_BROWSER is {named}, which is no program: set it to a Chromium's path."
        yield Finding(PROBLEM, "browser", told)
        return
    found = named or next(filter(None, map(shutil.which, NAMES)), None) or _download()
    if found:
        yield Finding(OK, "browser", found)
    else:
        told = "no Chromium or Chrome on the path: tests of pages need one (`make browser`)."
        yield Finding(NOTE, "browser", told)


def _is_program(path: str) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def _download() -> str | None:
    """Where Playwright has put a browser, if it has."""
    if requirements.installed_version("playwright") is None:
        return None
    ask = [sys.executable, "-c", _DOWNLOAD]
    done = subprocess.run(ask, capture_output=True, text=True, timeout=120)
    path = done.stdout.strip()
    return path if _is_program(path) else None
