"""Probes of data, cache and disk."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from mtlkit.core.paths import cache_root, project_root, writable_folder
from mtlkit.core.probes.finding import NOTE, OK, PROBLEM, Finding, torch_or_none
from mtlkit.errors import UsageError

_LITTLE = 2e9
"""Bytes: with less free, packages and results soon fill a disk."""


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
    if torch_or_none() is None:
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
    size = float(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))
    yield Finding(OK, "cache", f"{folder} can be written to and holds {readable(size)}")


def disk() -> Iterator[Finding]:
    """How much is free where runs are kept and where the project is."""
    for name, folder in (("cache", cache_root()), ("project", project_root())):
        while not folder.exists():
            folder = folder.parent
        free = float(shutil.disk_usage(folder).free)
        if free < _LITTLE:
            told = f"only {readable(free)} free at {folder} ({name}): make room, or move it."
            yield Finding(PROBLEM, "disk", told)
        else:
            yield Finding(OK, "disk", f"{readable(free)} free at {folder} ({name})")


def readable(size: float) -> str:
    """A number of bytes in the unit that suits it."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
