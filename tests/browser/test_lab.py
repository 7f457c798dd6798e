"""The live Explorer in JupyterLab: dragged, overtaken, cancelled, broken, and shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from mtlkit import lessons
from mtlkit.core.runner import run_setting
from mtlkit.explore.subject import subject
from tests.browser.lab import Lab, jupyter_lab, lab_page, run_all
from tests.browser.lab_notebook import EXPLORE, PATIENCE, WRITER, Explored, with_log, write_notebook

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

LESSON = lessons.get("noisy_polynomials")

DEGREE, NOISE = "degree of the polynomials", "noise of the last task"

# A size that cannot be drawn, and one whose handler raises: the first is an error in the worker
# thread, the second in a callback of the page.
BREAKABLE = """
import attrs
from mtlkit.lessons.noisy_polynomials import views

real = views.EXPLORATIONS["polynomials"]


def panels(result, values):
    if values["degree"] == 12:
        raise ArithmeticError("broken on purpose: picture")
    return real.panels(result, values)


def applies(values):
    if values["degree"] == 1:
        raise ArithmeticError("broken on purpose: callback")
    return True


first, *others = real.knobs
knobs = (attrs.evolve(first, applies=applies), *others)
views.EXPLORATIONS = {"polynomials": attrs.evolve(real, panels=panels, knobs=knobs)}
"""

# A picture of three rows, each of which turns the knob of what is shown over the epochs.
CLICKABLE = """
import attrs
from mtlkit.explore.panels import Heatmap, Turns
from mtlkit.lessons.noisy_polynomials import views

real = views.EXPLORATIONS["polynomials"]
shown = ("uncertainty", "weight", "clean error")


def panels(result, values):
    cells = Heatmap(
        name="cells",
        title="Cells",
        alt="Cells.",
        x_label="column",
        y_label="row",
        columns=("left", "right"),
        rows=shown,
        values=[[0, 1], [1, 2], [2, 3]],
        quantity="number",
        turns=Turns("quantity", shown),
    )
    return [cells, *real.panels(result, values)]


views.EXPLORATIONS = {"polynomials": attrs.evolve(real, panels=panels)}
"""

# Nothing of this is the Explorer's: whoever adds a widget of their own is watched as well.
BARE_CALLBACK = """
import ipywidgets


def broken(change):
    raise ArithmeticError("broken on purpose: bare callback")


bare = ipywidgets.Checkbox(description="bare")
bare.observe(broken, "value")
bare
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, cache: Path, browser: Browser) -> Iterator[Lab]:
    """One server for all tests of this file (`browser`: none is needed without one)."""
    environ = {**os.environ, "MTLKIT_CACHE": str(cache), "MTLKIT_SCALE": "smoke"}
    with jupyter_lab(tmp_path_factory.mktemp("lab"), environ) as running:
        yield running


@contextmanager
def opened(browser: Browser, lab: Lab, name: str) -> Iterator[tuple[Explored, list[str]]]:
    """A notebook run from top to bottom, once its Explorer's first run has ended."""
    log = (lab.folder / name).parent / "log.json"
    with lab_page(browser) as (page, faults):
        run_all(page, lab.notebook(name))
        explored = Explored(page, log)
        explored.until("done", 1)
        yield explored, faults
        page.wait_for_timeout(0)  # let what was reported last arrive


def expected_errors(values: dict[str, str], strategy: str) -> list[float]:
    """The clean test errors that a run of these knobs must show, computed from its tables."""
    exploration = subject(LESSON).exploration
    setting = exploration.trained({k.name: k.read(values[k.name]) for k in exploration.knobs})
    result = run_setting(LESSON, setting.config, range(setting.seeds), "cpu")
    errors = result.tables["errors"]
    mine = errors[(errors["strategy"] == strategy) & (errors["split"] == "test")]
    tasks = [group for _, group in mine.groupby("task")]
    return [float(np.exp(np.log(group["clean_error"].astype(float)).mean())) for group in tasks]


def shows_its_last_run(explored: Explored) -> None:
    """The figure has the numbers of what the kernel's log says was done last."""
    last = [entry for entry in explored.log() if entry["state"] == "done"][-1]
    for strategy, name in (("learned_kendall", "learned (Kendall)"), ("equal", "equal weights")):
        shown = explored.heights("errors_by_strategy", name)
        assert shown == pytest.approx(expected_errors(last["values"], strategy), rel=1e-3)


def test_drag_overtake_cancel_and_break(
    browser: Browser, lab: Lab, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_CACHE", str(cache))
    write_notebook(lab.folder / "explore/explore.ipynb", [BREAKABLE, EXPLORE, WRITER])
    with opened(browser, lab, "explore/explore.ipynb") as (explored, faults):
        shows_its_last_run(explored)

        # by keyboard
        explored.slider(DEGREE).press("ArrowRight")
        explored.until("done", 2)
        assert explored.log()[-1]["values"]["degree"] == "9"
        shows_its_last_run(explored)

        # two drags, the second while the first trains: only the last run ends
        explored.page.get_by_text("More knobs").click()
        slow = explored.slider("epochs, at most")
        slow.press("End")
        explored.until_log(lambda log: (3, "running") in [(e["run"], e["state"]) for e in log])
        drag(explored, NOISE, 0.9)
        slow.press("Home")
        explored.until_log(lambda log: log[-1]["state"] == "done")
        last = explored.log()[-1]
        explored.until("done", last["run"])
        assert last["values"]["epochs"] == "10"
        assert float(last["values"]["last_noise"]) > 3
        assert explored.runs("done") == [1, 2, last["run"]]
        assert 3 in explored.runs("overtaken")
        shows_its_last_run(explored)

        # cancel
        slow.press("End")
        running = last["run"] + 1
        explored.until_log(
            lambda log: (running, "running") in [(e["run"], e["state"]) for e in log]
        )
        explored.page.get_by_role("button", name="Cancel").click()
        explored.until("cancelled", running)
        again = explored.page.get_by_role("button", name="Train again")
        assert again.evaluate("button => button === document.activeElement")
        slow.press("Home")
        explored.until("done", running + 1)
        assert running not in explored.runs("done")

        # no console error, no request elsewhere, no callback that raised so far
        assert faults == []

        # on purpose: in the worker, then in a callback
        explored.slider(DEGREE).press("End")
        explored.until("failed", running + 2)
        status = explored.root.locator(".mtl-words")
        assert status.text_content() == "failed: broken on purpose: picture"
        explored.slider(DEGREE).press("Home")
        explored.page.wait_for_function(
            "() => document.querySelector('.mtl-words').textContent.includes('callback')",
            timeout=1000 * PATIENCE,
        )
        explored.slider(DEGREE).press("ArrowRight")
        explored.until_log(lambda log: log[-1]["state"] == "done")
        explored.until("done", explored.log()[-1]["run"])
        shows_its_last_run(explored)
    kernel = [fault for fault in faults if fault.startswith("kernel: ")]
    assert kernel == faults
    for where in ("picture", "callback"):
        assert any(f"ArithmeticError: broken on purpose: {where}" in fault for fault in kernel)


def drag(explored: Explored, label: str, to: float) -> None:
    """Drag a slider's handle with the mouse in steps; `to` from 0 to 1 is where it is let go."""
    box: Any = explored.slider(label).bounding_box()
    high = box["y"] + box["height"] / 2
    mouse = explored.page.mouse
    mouse.move(box["x"] + 0.55 * box["width"], high)
    mouse.down()
    mouse.move(box["x"] + to * box["width"], high, steps=8)
    mouse.up()


def test_lesson_01_runs_from_top_to_bottom(
    browser: Browser, lab: Lab, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_CACHE", str(cache))
    name = f"lesson/{LESSON.notebook}"
    with_log(NOTEBOOKS / LESSON.notebook, lab.folder / name)
    with opened(browser, lab, name) as (explored, faults):
        explored.slider(NOISE).press("ArrowRight")
        explored.until("done", 2)
        assert explored.runs("done") == [1, 2]
        shows_its_last_run(explored)
    assert faults == []


TWICE = "explorer = Explorer(lesson, scale='smoke', device='cpu')\nexplorer"


def test_two_explorers_of_a_notebook_do_not_meddle(browser: Browser, lab: Lab) -> None:
    write_notebook(lab.folder / "two/two.ipynb", [EXPLORE, TWICE, WRITER])
    with opened(browser, lab, "two/two.ipynb") as (explored, faults):
        first, second = explored.root.nth(0), explored.root.nth(1)
        for one in (first, second):
            one.locator("xpath=self::*[@data-state='done']").wait_for()
        ids = explored.page.locator(".mtl-explorer [id], .mtl-explorer").evaluate_all(
            "all => all.map(each => each.id).filter(Boolean)"
        )
        assert len(ids) == len(set(ids)) > 20
        checked = "all => all.filter(each => each.checked).map(each => each.value)"
        radios = first.locator("input[type=radio]")
        before = radios.evaluate_all(checked)
        second.get_by_label("weight", exact=True).check()
        second.locator("[data-name='weight_over_epochs']").wait_for()
        second.get_by_label(DEGREE, exact=True).press("ArrowRight")
        second.locator("xpath=self::*[@data-run='3'][@data-state='done']").wait_for()
        assert radios.evaluate_all(checked) == before
        assert first.get_by_label(DEGREE, exact=True).input_value() == "7"
        assert first.get_attribute("data-run") == "1"
        assert first.locator("[data-name='weight_over_epochs']").count() == 0
        # a label moves its own Explorer's knob
        second.get_by_text("clean error", exact=True).click()
        second.locator("[data-name='clean_error_over_epochs']").wait_for()
        assert radios.evaluate_all(checked) == before
    assert faults == []


def test_a_move_while_a_cell_runs_waits_for_the_kernel(browser: Browser, lab: Lab) -> None:
    """The kernel may hear it at once (on a subshell) or when the cell has ended; never "done"."""
    busy = "import time\n\nwhile not Path('go').exists():\n    time.sleep(0.02)"
    write_notebook(lab.folder / "busy/busy.ipynb", [EXPLORE, WRITER, busy])
    with opened(browser, lab, "busy/busy.ipynb") as (explored, faults):
        seen = explored.slider(DEGREE).evaluate(
            """input => {
              const root = input.closest(".mtl-explorer");
              input.value = 8;
              input.dispatchEvent(new Event("input", { bubbles: true }));
              return [root.dataset.state, root.querySelector(".mtl-words").textContent];
            }"""
        )
        assert seen == ["asked", "waiting for the kernel"]
        explored.page.wait_for_timeout(1000)
        run, state = (explored.root.get_attribute(f"data-{name}") for name in ("run", "state"))
        assert (run, state) in (("1", "asked"), ("2", "done"), ("2", "waiting"), ("2", "running"))
        (lab.folder / "busy/go").touch()
        explored.until("done", 2)
        assert explored.log()[-1]["values"]["degree"] == "9"
    assert faults == []


def test_a_click_on_a_row_turns_its_knob_without_training(browser: Browser, lab: Lab) -> None:
    write_notebook(lab.folder / "click/click.ipynb", [CLICKABLE, EXPLORE, WRITER])
    with opened(browser, lab, "click/click.ipynb") as (explored, faults):
        for row, name, knob in ((1, "weight", "weight"), (2, "clean_error", "clean error")):
            drag_layer = explored.root.locator("[data-name='cells'] .nsewdrag").first
            drag_layer.scroll_into_view_if_needed()
            box: Any = drag_layer.bounding_box()
            place = (box["width"] / 4, (row + 0.5) / 3 * box["height"])
            explored.page.mouse.click(box["x"] + place[0], box["y"] + place[1])
            explored.root.locator(f"[data-name='{name}_over_epochs']").wait_for()
            assert explored.root.get_by_label(knob, exact=True).is_checked()
            explored.until("done", row + 1)
            assert explored.root.locator(".mtl-words").text_content() == "done: from the cache"
    assert faults == []


def test_an_output_that_is_cleared_trains_no_more(browser: Browser, lab: Lab) -> None:
    write_notebook(lab.folder / "clear/clear.ipynb", [EXPLORE, WRITER])
    with opened(browser, lab, "clear/clear.ipynb") as (explored, faults):
        assert not explored.works()
        explored.page.get_by_text("More knobs").click()
        explored.slider("width H").press("End")
        explored.slider("epochs, at most").press("End")
        explored.until_log(lambda log: log[-1]["state"] == "running")
        assert explored.works()
        explored.page.get_by_role("menuitem", name="Edit", exact=True).click()
        explored.page.get_by_role("menuitem", name="Clear Outputs of All Cells").click()
        explored.root.wait_for(state="detached")
        explored.until_log(lambda log: log[-1]["state"] == "cancelled")
        explored.until_log(lambda log: not explored.works())
    assert faults == []


def test_a_broken_callback_fails_the_check(browser: Browser, lab: Lab) -> None:
    write_notebook(lab.folder / "broken/broken.ipynb", [EXPLORE, WRITER, BARE_CALLBACK])
    with opened(browser, lab, "broken/broken.ipynb") as (explored, faults):
        explored.page.get_by_label("bare").check()
        limit = 100
        while not faults and limit:
            explored.page.wait_for_timeout(100)
            limit -= 1
    assert any("ArithmeticError: broken on purpose: bare callback" in fault for fault in faults), (
        faults
    )
