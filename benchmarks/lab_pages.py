"""Notebooks of one cell in JupyterLab, and how long a move of a slider takes in the browser."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import NONE_FOUND, find
from tests.browser.conftest import QUIET
from tests.browser.lab import jupyter_lab, lab_page, run_all

_LONGEST = 120_000
"""Milliseconds that a move may take."""

_MOVE = """
async ([knob, place]) => {
  const root = document.querySelector(".mtl-explorer");
  const input = root.querySelector(`input[id$="-${knob}"]`);
  const data = (figure) => figure.querySelector(".mtl-plot")?.data;
  const figures = () => Array.from(root.querySelectorAll("figure"));
  const before = new Set(figures().map(data));
  const run = root.dataset.run;
  const fresh = (figure) =>
    !figure.classList.contains("mtl-old") && data(figure) && !before.has(data(figure));
  input.value = place;
  const start = performance.now();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  let first = null;
  return await new Promise((tell, refuse) => {
    function look() {
      const now = (performance.now() - start) / 1000;
      const mine = root.dataset.run !== run;
      if (mine && first === null && figures().some(fresh)) first = now;
      if (mine && root.dataset.state === "failed") refuse(new Error(root.textContent));
      else if (mine && root.dataset.state === "done" && first !== null) tell([first, now]);
      else requestAnimationFrame(look);
    }
    requestAnimationFrame(look);
  });
}
"""

_REDRAWN = """
([move]) => Array.from(document.querySelectorAll(".jp-OutputArea-output"))
  .some((output) => output.textContent.includes(`move ${move} is drawn`))
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium, as the tests start it; ends the program if there is none."""
    path = find(os.environ)
    if path is None:
        raise SystemExit(NONE_FOUND)
    as_root = ("--no-sandbox",) if os.name == "posix" and os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *as_root])
        yield browser
        browser.close()


@contextmanager
def notebook(browser: Browser, folder: Path, cell: str) -> Iterator[Page]:
    """A page on a notebook whose only cell was run, in a server with a cache of its own."""
    environ = {**os.environ, "MTLKIT_CACHE": str(folder / "cache")}
    with jupyter_lab(folder / "lab", environ) as lab, lab_page(browser) as (page, faults):
        (lab.folder / "bench.ipynb").write_text(json.dumps(_notebook(cell)), encoding="utf-8")
        run_all(page, lab.notebook("bench.ipynb"))
        yield page
        if faults:
            raise RuntimeError("\n".join(faults))


def move_explorer(page: Page, knob: str, place: int) -> tuple[float, float]:
    """Move an Explorer's slider; seconds to the first picture of the new run and to its end."""
    first, last = page.evaluate(_MOVE, [knob, place])
    return first, last


def wait_for_explorer(page: Page) -> None:
    """Wait until the Explorer that a notebook opens with has ended its first run."""
    page.locator('.mtl-explorer[data-state="done"]').wait_for(timeout=_LONGEST)


def move_interact(page: Page, move: int) -> float:
    """Move ipywidgets' slider by one step; seconds until its function has drawn."""
    handle = page.locator(".noUi-handle")
    handle.focus()
    started = page.evaluate("() => performance.now()")
    page.keyboard.press("ArrowRight")
    wait_for_interact(page, move)
    return (page.evaluate("() => performance.now()") - started) / 1000


def wait_for_interact(page: Page, move: int) -> None:
    """Wait until a bare `interact` has drawn a move."""
    page.wait_for_function(_REDRAWN, arg=[move], timeout=_LONGEST)


def _notebook(cell: str) -> dict[str, Any]:
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    code = {
        "cell_type": "code",
        "id": "only",
        "metadata": {},
        "source": cell,
        "outputs": [],
        "execution_count": None,
    }
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": kernel},
        "cells": [code],
    }


def loaded(browser: Browser, address: str, script: str) -> Sequence[Any]:
    """Open a page in a browser that has cached nothing, and run a script in it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        page = context.new_page()
        page.goto(address)
        return page.evaluate(script)
    finally:
        context.close()
