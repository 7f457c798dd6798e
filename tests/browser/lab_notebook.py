"""Notebooks for JupyterLab, and what a kernel writes down of its Explorer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import nbformat
from playwright.sync_api import Locator, Page

PATIENCE = 60.0
"""Seconds after which a test fails rather than hangs."""

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

# The log is written by a thread of its own: the tests read it while the kernel is idle.
WRITER = """
import json, os, threading, time
from pathlib import Path


def write():
    while True:
        told = {"log": explorer.log, "threads": [each.name for each in threading.enumerate()]}
        Path("log.tmp").write_text(json.dumps(told))
        os.replace("log.tmp", "log.json")
        time.sleep(0.05)


threading.Thread(target=write, daemon=True).start()
"""

EXPLORE = """
from mtlkit import lessons
from mtlkit.explore.explorer import Explorer

lesson = lessons.get("noisy_polynomials")
explorer = Explorer(lesson, scale="smoke", device="cpu")
explorer
"""


def write_notebook(file: Path, cells: Sequence[str]) -> None:
    """A notebook of code cells, which opens without asking for a kernel."""
    file.parent.mkdir(exist_ok=True)
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": KERNEL})
    notebook.cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in cells]
    nbformat.write(notebook, file)


def with_log(source: Path, target: Path) -> None:
    """A copy of a lesson's notebook whose Explorer has a name and keeps its log in a file."""
    target.parent.mkdir(exist_ok=True)
    notebook: Any = nbformat.read(source, 4)
    (cell,) = [
        each
        for each in notebook.cells
        if each.source.lstrip().startswith("from mtlkit.explore.explorer import Explorer")
    ]
    cell.source = cell.source.replace("\nExplorer(", "\nexplorer = Explorer(")
    cell.source += f"\n{WRITER}\nexplorer"
    nbformat.write(notebook, target)


@attrs.frozen
class Explored:
    """An Explorer on a page, and its kernel's own log."""

    page: Page
    log_file: Path

    @property
    def root(self) -> Locator:
        return self.page.locator(".mtl-explorer")

    def log(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._told()["log"]
        return found

    def works(self) -> bool:
        """Whether the kernel has a worker thread."""
        return "explorer" in self._told()["threads"]

    def _told(self) -> Any:
        return json.loads(self.log_file.read_text(encoding="utf-8"))

    def runs(self, state: str) -> list[int]:
        """The runs that came to that state."""
        return [entry["run"] for entry in self.log() if entry["state"] == state]

    def until_log(self, seen: Callable[[list[dict[str, Any]]], object]) -> None:
        limit = time.monotonic() + PATIENCE
        while not (self.log_file.exists() and seen(self.log())):
            assert time.monotonic() < limit, self.log() if self.log_file.exists() else "no log"
            self.page.wait_for_timeout(30)

    def until(self, state: str, run: int) -> None:
        """Wait until the page shows that state of that run, and the kernel has written it down."""
        shown = self.page.locator(f".mtl-explorer[data-run='{run}'][data-state='{state}']")
        shown.first.wait_for(timeout=1000 * PATIENCE)
        wanted = (run, state)
        self.until_log(lambda log: wanted in [(entry["run"], entry["state"]) for entry in log])

    def slider(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def heights(self, figure: str, name: str) -> list[float | None]:
        """What a figure's plot shows under a name in its legend."""
        found: list[float | None] = self.page.evaluate(
            """([figure, name]) => {
              const plot = document.querySelector(
                `.mtl-picture[data-name='${figure}'] .js-plotly-plot`);
              return Array.from(plot.data.find(trace =>
                trace.name === name && trace.mode.includes("markers")).y);
            }""",
            [figure, name],
        )
        return found
