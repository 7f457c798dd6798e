"""Probes of data, cache and disk."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Iterator

from mtlkit.core.paths import cache_root, data_root, project_root, writable_folder
from mtlkit.core.probes.finding import NOTE, OK, PROBLEM, Finding, torch_or_none
from mtlkit.data.catalogue import OFFICIAL
from mtlkit.data.official.store import flaws, folder_of, is_absent
from mtlkit.errors import UsageError

_LITTLE = 2e9
"""Bytes: with less free, packages and results soon fill a disk."""


def data() -> Iterator[Finding]:
    """The official data sets that are there, and whether the embedded ones can be read."""
    yield from _official()
    if torch_or_none() is None:
        yield Finding(NOTE, "embedded data", "not read, since torch cannot be imported.")
        return
    digits = importlib.import_module("mtlkit.data.embedded.digits").digits("train")
    yield Finding(OK, "embedded data", f"digits: {len(digits.labels):,} pictures to train on")


def _official() -> Iterator[Finding]:
    """Where they are kept, which are there, and which of them are not whole."""
    root = data_root()
    if os.environ.get("MTLKIT_DATA") and not root.is_dir():
        told = f"MTLKIT_DATA is {root}, which is no folder: set it to one with the data sets."
        yield Finding(PROBLEM, "data", told)
        return
    there = [entry for entry in OFFICIAL.values() if not is_absent(entry, root)]
    broken = {entry.name: flaws(entry, folder_of(entry, root), read=False) for entry in there}
    for name, (flaw, *_) in ((name, found) for name, found in broken.items() if found):
        told = f"{name}: {flaw.file} {flaw.words}: `mtlkit data get {name}` mends it."
        yield Finding(PROBLEM, "data", told)
    if whole := [name for name, found in broken.items() if not found]:
        yield Finding(OK, "data", f"{root} has {', '.join(whole)}")
    elif not broken:
        told = f"no official set in {root}; only scale paper reads them: `mtlkit data list`."
        yield Finding(NOTE, "data", told)


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


def readable(size: int | float) -> str:
    """A number of bytes in the unit that suits it."""
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
