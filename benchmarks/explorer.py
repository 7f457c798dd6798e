"""The Explorer in a browser: from a slider's release to the pictures; a lesson's page."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import unquote, urlparse

import attrs
import torch
from playwright.sync_api import Browser

from benchmarks import lab_pages
from benchmarks.timing import Ratio, Spread, ratio
from mtlkit import lessons
from mtlkit.core.device import choose_device, one_thread
from mtlkit.explore.live_plots import Shown
from mtlkit.explore.subject import subject
from mtlkit.explore.trainings import Seen, Trainings
from tests.real_report import build_once

MOVES = 20
TURNS = 7
ALONE = 4
"""Runs that are timed without a browser, after one to warm up."""

CACHED = 0.2
"""Goal in seconds, on two idle cores as all of them, for a setting seen before."""


@attrs.frozen
class Case:
    """A lesson whose Explorer is measured.

    Parameters
    ----------
    lesson
        Its name.
    first, final
        Goals in seconds from a move to the first plot of its run, and to its end.
    turned
        Knobs that are turned by turns, and the values of each in their order, the start's last; so
        many that no setting comes twice.
    """

    lesson: str
    first: float
    final: float
    turned: Mapping[str, tuple[float, ...]]


POLYNOMIALS = Case(
    "noisy_polynomials",
    0.6,
    3.0,
    {
        "degree": (9, 10, 11, 12, 7, 6, 5, 4, 3, 2, 8),
        "last_noise": (4.0, 5.0, 6.0, 8.0, 2.0, 1.0, 0.5, 0.25, 0.1, 3.0),
    },
)
DIGITS = Case(
    "digit_task_weights",
    0.6,
    5.0,
    {
        "last_noise": (4.0, 6.0, 10.0, 2.0, 1.0, 0.5, 3.0),
        "noise_1": (2.0, 3.0, 4.0, 6.0, 10.0, 0.5, 1.0),
        "noise_2": (3.0, 4.0, 6.0, 10.0, 0.5, 1.0, 2.0),
    },
)
SHARING = Case(
    "sharing_architectures",
    1.0,
    20.0,
    {
        "n_train": (2000, 4000, 1000, 500, 1500),
        "width": (32, 64, 256, 128),
        "bits": (4, 6, 5),
    },
)
GATED = Case(
    "gated_experts",
    1.0,
    10.0,
    {
        "penalty": (0.03, 0.3, 0.01, 0.1),
        "images": (30, 120, 250, 15, 60),
        "gate_start": (1.0, -1.0, 0.0),
    },
)
WEIGHTED = Case(
    "retrieval_task_weights",
    0.6,
    10.0,
    {
        "noise_sentences": (2.0, 3.0, 4.0, 6.0, 0.0, 0.5, 1.0),
        "noise_tags": (3.0, 4.0, 6.0, 0.0, 0.5, 1.0, 2.0),
        "dimensions": (64, 16, 8, 4, 32),
    },
)
RETRIEVAL = Case(
    "retrieval_losses",
    0.6,
    24.0,
    {
        "temperature": (0.1, 0.2, 0.5, 1.0, 0.02, 0.05, 0.07),
        "margin": (0.5, 1.0, 0.05, 0.1, 0.2),
        "outliers": (0.1, 0.2, 0.4, 0.0),
    },
)
SYNTHESIS = Case(
    "zero_shot_synthesis",
    0.6,
    15.0,
    {
        "classification": (0.1, 1.0, 10.0, 0.001, 0.01),
        "clustering": (100.0, 1.0, 0.1, 0.01, 0.0, 10.0),
        "noise_scale": (0.5, 2.0, 0.0, 1.0),
    },
)
CASES = {
    "explorer": POLYNOMIALS,
    "explorer_digits": DIGITS,
    "explorer_sharing": SHARING,
    "explorer_gated": GATED,
    "explorer_retrieval": RETRIEVAL,
    "explorer_weighted_retrieval": WEIGHTED,
    "explorer_synthesis": SYNTHESIS,
}
"""By the name that `python -m benchmarks` knows."""

_EXPLORER = """
from mtlkit import lessons
from mtlkit.explore.explorer import Explorer

Explorer(lessons.get("LESSON"))
"""

_INTERACT = """
import io
import ipywidgets
from IPython.display import Image, display
from mtlkit import lessons
from mtlkit.core.device import choose_device, one_thread
from mtlkit.core.runner import Runner, merged
from mtlkit.explore import draw_matplotlib
from mtlkit.explore.subject import subject

lesson = lessons.get("LESSON")
exploration = subject(lesson).exploration
runner = Runner(lesson, choose_device("cpu"))
settings = SETTINGS

@ipywidgets.interact(move=ipywidgets.IntSlider(0, 0, len(settings) - 1, continuous_update=False))
def show(move):
    values = settings[move]
    setting = exploration.setting(values)
    *_, results = runner.run(setting.config, range(setting.seeds))
    for panel in exploration.panels(merged(lesson, setting.config, results), values):
        file = io.BytesIO()
        draw_matplotlib.figure(panel).savefig(file, format="png")
        display(Image(file.getvalue()))
    print("move", move, "is drawn")
"""

_LOAD = """
async () => {
  const [page] = performance.getEntriesByType("navigation");
  // Asked anew each time, as an Explorer replaces its pictures; what is folded has no width.
  const plots = () => Array.from(document.querySelectorAll(".mtl-plot"));
  const waiting = (plot) => plot.offsetWidth && !plot.querySelector(".main-svg");
  while (plots().some(waiting)) await new Promise(requestAnimationFrame);
  const drawn = performance.now() / 1000;
  // Browsers do not list what a page from disk has loaded.
  const tags = Array.from(document.querySelectorAll("script[src], link[rel=stylesheet]"));
  const parts = tags.map((tag) => tag.src || tag.href).filter((address) => address);
  return [page.loadEventEnd / 1000, drawn, [location.href, ...parts]];
}
"""


@attrs.frozen
class Moves:
    """Seconds of each move in the browser.

    Parameters
    ----------
    first, final
        Of the Explorer, to settings that it has to train.
    cached
        Of the Explorer, to settings seen before.
    bare
        Of `interact`, to the same settings as `first` and `final`.
    """

    first: list[float] = attrs.field(factory=list)
    final: list[float] = attrs.field(factory=list)
    cached: list[float] = attrs.field(factory=list)
    bare: list[float] = attrs.field(factory=list)


def measure(case: Case) -> Iterator[Spread | Ratio]:
    """The worker alone, the live default in JupyterLab, a page of the report."""
    yield drawing_share(case)
    yield from trainings_alone(case)
    with tempfile.TemporaryDirectory() as folder, lab_pages.chromium() as browser:
        moves = in_browser(case, browser, Path(folder))
        yield Spread("Explorer: move to first plot", moves.first, case.first)
        yield Spread("Explorer: move to final", moves.final, case.final)
        yield Spread("Explorer: move to final, from the cache", moves.cached, CACHED)
        yield Spread("bare interact: move to final", moves.bare)
        yield ratio("first plot against interact's only one", moves.bare, moves.first)
        yield ratio("final against interact's", moves.bare, moves.final)
        yield from report_page(case, browser, build_once(Path(folder, "report")))


def settings(case: Case) -> list[dict[str, Any]]:
    """The knobs at the start and after each move; neighbours differ in one knob, no two agree."""
    cycles = {name: itertools.cycle(values) for name, values in case.turned.items()}
    found = [subject(lessons.get(case.lesson)).exploration.start("lesson")]
    for name in itertools.islice(itertools.cycle(cycles), MOVES):
        found.append({**found[-1], name: next(cycles[name])})
    return found


def drawing_share(case: Case) -> Spread:
    """How much of a run's time the worker spends on pictures, without a browser."""
    lesson = lessons.get(case.lesson)
    exploration = subject(lesson).exploration
    shares = []
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, MTLKIT_CACHE=folder):
        trainings = Trainings(lesson, exploration, choose_device("cpu"))
        shown = Shown(exploration)
        for values in settings(case)[: ALONE + 1]:
            began, drawing, key = time.perf_counter(), 0.0, trainings.key(values)
            shown.begin(None)
            for look in trainings.run(values):
                if look.result is not None:
                    started = time.perf_counter()
                    seen = Seen(values, key, look.result, whole=look.snapshot is None)
                    (shown.end if seen.whole else shown.look)(seen)
                    shown.pictures(values)
                    drawing += time.perf_counter() - started
            shares.append(100 * drawing / (time.perf_counter() - began))
    return Spread("worker: share of a run that drawing takes", shares[1:], unit="%")


def trainings_alone(case: Case) -> Iterator[Spread]:
    """The same trainings without an Explorer, on each device that there is."""
    lesson = lessons.get(case.lesson)
    for name in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        device, seconds = choose_device(name), []
        for values in settings(case)[: ALONE + 1]:
            setting = subject(lesson).exploration.setting(values)
            began = time.perf_counter()
            with one_thread():
                for _ in lesson.experiment.train(setting.config, range(setting.seeds), device):
                    pass
            seconds.append(time.perf_counter() - began)
        yield Spread(f"the training alone, on {name}", seconds[1:])


def in_browser(case: Case, browser: Browser, folder: Path) -> Moves:
    """Each move in the Explorer and in a bare `interact` in turn; then the Explorer's way back."""
    moves, way = Moves(), settings(case)
    explorer = _EXPLORER.replace("LESSON", case.lesson)
    with (
        lab_pages.notebook(browser, folder / "interact", _bare(case)) as bare,
        lab_pages.notebook(browser, folder / "explorer", explorer) as page,
    ):
        lab_pages.wait_for_interact(bare, 0)
        lab_pages.wait_for_explorer(page)
        for move, step in enumerate(itertools.pairwise(way), start=1):
            first, final = lab_pages.move_explorer(page, *_turned(case, *step))
            moves.first.append(first)
            moves.final.append(final)
            moves.bare.append(lab_pages.move_interact(bare, move))
        for step in itertools.pairwise(way[::-1]):
            _, final = lab_pages.move_explorer(page, *_turned(case, *step))
            moves.cached.append(final)
    return moves


def _bare(case: Case) -> str:
    """The cell of a bare `interact`, which trains the same and draws it by matplotlib."""
    return _INTERACT.replace("LESSON", case.lesson).replace("SETTINGS", repr(settings(case)))


def _turned(case: Case, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, int]:
    """The knob in which two settings differ, and the place of its new value."""
    (knob,) = (
        knob
        for knob in subject(lessons.get(case.lesson)).exploration.knobs
        if before[knob.name] != after[knob.name]
    )
    return knob.name, knob.values.index(after[knob.name])


def report_page(case: Case, browser: Browser, report: Path) -> Iterator[Spread]:
    """A lesson's page, opened from disk: its size, and how long it takes to load and to draw."""
    full_name = lessons.get(case.lesson).full_name
    address = (report / "html" / "lessons" / f"{full_name}.html").as_uri()
    turns = [lab_pages.loaded(browser, address, _LOAD) for _ in range(TURNS)]
    sizes = [_megabytes(name) for name in dict.fromkeys(turns[0][2])]
    yield Spread("report: the lesson's page", [sizes[0]], unit="MB")
    yield Spread("report: it, its scripts and its styles", [sum(sizes)], unit="MB")
    yield Spread("report: opened until loaded", [turn[0] for turn in turns])
    yield Spread("report: opened until all figures are drawn", [turn[1] for turn in turns])


def _megabytes(address: str) -> float:
    return Path(unquote(urlparse(address).path)).stat().st_size / 1e6
