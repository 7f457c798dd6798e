"""Checksums of a result's files, so that a bit that flipped on a disk cannot become a number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEAD = "result.json"


def with_checksums(head: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """What `result.json` is to say: `head`, the SHA-256 of every file in the folder, and its own.

    Parameters
    ----------
    head
        What can be written as JSON.
    folder
        Holds all files of the result but `result.json`.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = {path.relative_to(folder).as_posix(): _of_file(path) for path in files}
    full = {**head, "files": sums}
    return {**full, "checksum": _of_head(full)}


def damaged_file(head: Mapping[str, Any], folder: Path) -> str | None:
    """The first file of a result that is not what was written, or None; missing ones are damaged.

    A result of before there were checksums has none to compare.
    """
    if "checksum" not in head:
        # Either older than checksums, or a key that was damaged: then the files stand there still.
        return HEAD if "files" in head else None
    if head["checksum"] != _of_head({key: head[key] for key in head if key != "checksum"}):
        return HEAD
    for name, told in head["files"].items():
        path = folder / name
        if not path.is_file() or _of_file(path) != told:
            return str(name)
    return None


def _of_head(head: Mapping[str, Any]) -> str:
    as_read = json.loads(json.dumps(head))  # where every key is a word
    text = json.dumps(as_read, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _of_file(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
