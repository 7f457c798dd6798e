"""Is everything here that the course needs? Findings, each with what to do about it.

Nothing beyond the standard library is imported before it is looked for, so that a broken
installation is told and not met.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

import mtlkit
from mtlkit.core import requirements
from mtlkit.core.lesson import Lesson
from mtlkit.core.paths import cache_root, project_root, writable_folder
from mtlkit.errors import UsageError

OK, NOTE, PROBLEM = "ok", "note", "problem"

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""Names under which a browser for the tests may stand on the path."""

_SETUP = "`make setup` installs the locked versions"
_LITTLE = 2e9
"""Bytes: with less free, packages and results soon fill a disk."""


@attrs.frozen
class Finding:
    """One line of the examination: `ok`, `note` or `problem`, about what, and what to do."""

    state: str
    about: str
    text: str


Probe = Callable[[], Iterable[Finding]]


def examine(lessons: Sequence[Lesson]) -> Iterator[Finding]:
    """Look at everything in turn; a probe that breaks is a problem and does not stop the others."""
    yield from run_probes(
        {
            "python": python,
            "packages": packages,
            "torch pair": torch_pair,
            "gpu": gpu,
            "threads": threads,
            "extras": extras,
            "data": data,
            "cache": cache,
            "disk": disk,
            "browser": browser,
            **{f"results {one.name}": _bound(results, one) for one in lessons},
        }
    )


def run_probes(probes: dict[str, Probe]) -> Iterator[Finding]:
    """The findings of probes, by what they are about."""
    for about, probe in probes.items():
        try:
            yield from probe()
        except Exception as error:  # a broken library may raise anything
            yield Finding(PROBLEM, about, f"could not be looked at: {_reason(error)}.")


def python() -> Iterator[Finding]:
    """The interpreter's version and mtlkit's."""
    yield Finding(OK, "python", f"Python {platform.python_version()} ({sys.executable})")
    yield Finding(OK, "mtlkit", f"mtlkit {mtlkit.__version__} ({Path(mtlkit.__file__).parent})")


def packages() -> Iterator[Finding]:
    """The packages that every run needs, against the versions that mtlkit asks for."""
    found = []
    for need in requirements.required():
        version = requirements.installed_version(need.name)
        if version is None:
            told = f"{need.name} is not installed: {_SETUP}."
            yield Finding(PROBLEM, "packages", told)
        elif not need.allows(version):
            told = f"{need.name} {version} is not {need.range}: {_SETUP}."
            yield Finding(PROBLEM, "packages", told)
        else:
            found.append(f"{need.name} {version}")
    yield Finding(OK, "packages", ", ".join(found))


def torch_pair() -> Iterator[Finding]:
    """Whether torch and torchvision were built for each other: one of its operators is called."""
    versions = [f"{name} {requirements.installed_version(name)}" for name in _PAIR]
    try:
        torch = importlib.import_module("torch")
        nms = importlib.import_module("torchvision.ops").nms
        boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 2.0, 1.9], [5.0, 5.0, 6.0, 6.0]])
        kept = nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist()
    except Exception as error:  # libraries that do not match raise what they please
        yield Finding(
            PROBLEM,
            "torch pair",
            f"{' and '.join(versions)} do not work together ({_reason(error)}): install both from "
            f"one source; {_SETUP}.",
        )
        return
    if kept != [0, 2]:
        told = f"{' and '.join(versions)}: nms gives {kept}, not [0, 2]; {_SETUP}."
        yield Finding(PROBLEM, "torch pair", told)
    else:
        yield Finding(OK, "torch pair", f"{' and '.join(versions)} work together")


_PAIR = ("torch", "torchvision")


def gpu() -> Iterator[Finding]:
    """Whether a GPU can be used, which one, and whether it multiplies."""
    torch = _torch()
    if torch is None:
        yield Finding(NOTE, "gpu", "not looked at, since torch cannot be imported.")
        return
    if not torch.cuda.is_available():
        yield Finding(
            NOTE,
            "gpu",
            "none can be used; scales smoke and lesson are made for a processor, paper wants one.",
        )
        return
    properties = torch.cuda.get_device_properties(0)
    told = f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    try:
        ones = torch.ones(8, 8, device="cuda")
        product = float((ones @ ones).sum())
    except Exception as error:  # a driver's failures have many types
        product, told = 0.0, f"{told}: a product fails ({_reason(error)})"
    if product == 512:
        yield Finding(OK, "gpu", told)
    else:
        advice = "update the GPU's driver, or use --device cpu"
        yield Finding(PROBLEM, "gpu", f"{told}; {advice}.")


def threads() -> Iterator[Finding]:
    """How many cores this process may use, and how many threads are set."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    torch = _torch()
    used = "" if torch is None else f", torch uses {torch.get_num_threads()} threads"
    set_to = os.environ.get("OMP_NUM_THREADS", "not set")
    told = f"{cores} cores for this process{used}; OMP_NUM_THREADS is {set_to}"
    yield Finding(OK, "threads", f"{told}; training takes one thread whatever is set")


def extras() -> Iterator[Finding]:
    """The optional packages: to play, to render the report, to test."""
    for extra, purpose in _EXTRAS.items():
        missing = [
            need.name
            for need in requirements.required(extra)
            if requirements.installed_version(need.name) is None
        ]
        if missing:
            told = f"{purpose} needs {', '.join(missing)}: `pip install 'mtlkit[{extra}]'`."
            yield Finding(NOTE, extra, told)
        else:
            yield Finding(OK, extra, f"everything for {purpose} is installed")


_EXTRAS = {
    "explore": "playing in Jupyter, and plots",
    "report": "rendering the report",
    "test": "running the tests",
}


def data() -> Iterator[Finding]:
    """The official data sets that are there, and whether the embedded ones can be read."""
    named = os.environ.get("MTLKIT_DATA")
    if not named:
        told = "MTLKIT_DATA is not set; only scale paper reads official data sets."
        yield Finding(NOTE, "data", told)
    elif not Path(named).is_dir():
        told = f"MTLKIT_DATA is {named}, which is no folder: set it to one with the data sets."
        yield Finding(PROBLEM, "data", told)
    else:
        found = sorted(path.name for path in Path(named).iterdir() if path.is_dir())
        told = f"{named} has {', '.join(found) or 'no data set'}"
        yield Finding(OK if found else NOTE, "data", told)
    if _torch() is None:
        yield Finding(NOTE, "embedded data", "not read, since torch cannot be imported.")
        return
    digits = importlib.import_module("mtlkit.data.embedded.digits").digits("train")
    yield Finding(OK, "embedded data", f"digits: {len(digits.labels):,} pictures to train on")


def cache() -> Iterator[Finding]:
    """Whether runs can be kept, and how much the kept ones take."""
    folder = cache_root()
    try:
        writable_folder(folder, "MTLKIT_CACHE")
    except UsageError as error:
        yield Finding(PROBLEM, "cache", str(error))
        return
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    yield Finding(OK, "cache", f"{folder} can be written to and holds {_bytes(size)}")


def disk() -> Iterator[Finding]:
    """How much is free where runs are kept and where the project is."""
    for name, folder in (("cache", cache_root()), ("project", project_root())):
        while not folder.exists():
            folder = folder.parent
        free = shutil.disk_usage(folder).free
        if free < _LITTLE:
            told = f"only {_bytes(free)} free at {folder} ({name}): make room, or move it."
            yield Finding(PROBLEM, "disk", told)
        else:
            yield Finding(OK, "disk", f"{_bytes(free)} free at {folder} ({name})")


def browser() -> Iterator[Finding]:
    """A browser on the path, for the tests of pages."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found:
        yield Finding(OK, "browser", found)
    else:
        told = "no Chromium on the path: tests of pages need one (`playwright install chromium`)."
        yield Finding(NOTE, "browser", told)


def results(lesson: Lesson) -> Iterator[Finding]:
    """Whether a lesson's published studies are complete, and made by the code as it stands."""
    about = f"results {lesson.name}"
    if _torch() is None:
        yield Finding(NOTE, about, "not looked at, since torch cannot be imported.")
        return
    from mtlkit.core.provenance import numerics_version
    from mtlkit.core.study import published

    today = numerics_version(lesson.numerics_files)
    found = published(lesson.name)
    stale = [item.study for item in found if item.provenance.get("numerics") != today]
    missing = [name for name in lesson.studies if name not in {item.study for item in found}]
    for name in stale:
        told = f"{name} is older than the lesson's code: `mtlkit reproduce {lesson.name} {name}`."
        yield Finding(PROBLEM, about, told)
    for name in missing:
        told = f"{name} is not published: `mtlkit reproduce {lesson.name} {name}` makes it."
        yield Finding(NOTE, about, told)
    if not stale:
        yield Finding(OK, about, f"{len(found)} published studies, all by the code as it stands")


def _bound(probe: Callable[[Lesson], Iterator[Finding]], lesson: Lesson) -> Probe:
    return lambda: probe(lesson)


def _torch() -> Any:
    """Torch, or None where it cannot be imported (`torch_pair` says why)."""
    try:
        return importlib.import_module("torch")
    except Exception:  # whatever a broken installation raises
        return None


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return f"{type(error).__name__}: {text[:160]}" if text else type(error).__name__


def _bytes(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
