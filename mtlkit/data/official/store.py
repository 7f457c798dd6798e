"""The folder of official data sets: what of one is there, and whether it is the real thing."""

from __future__ import annotations

import hashlib
from pathlib import Path

from mtlkit.data.official.entry import DataSet
from mtlkit.errors import UsageError


def folder_of(entry: DataSet, root: Path) -> Path:
    """Where a data set is or would be."""
    return root / entry.name


def missing(entry: DataSet, root: Path) -> list[str]:
    """The files that are not there; cheap."""
    return [file for file in entry.files if not (folder_of(entry, root) / file).is_file()]


def spoilt(entry: DataSet, root: Path) -> list[str]:
    """The files that are there with other bytes than the official ones; reads them all."""
    folder = folder_of(entry, root)
    return [
        file
        for file, checksum in entry.files.items()
        if (folder / file).is_file() and not has_checksum(folder / file, checksum)
    ]


def require(entry: DataSet, root: Path, instead: str) -> Path:
    """The folder of a data set that is here, whole and official.

    Raises
    ------
    UsageError
        If it is not; it names the command that brings it, and a set that needs none.
    """
    bring = f"`mtlkit data get {entry.name}`"
    if missing(entry, root):
        raise UsageError(
            f"data = {entry.name}: not in {root}; {bring} brings it, and data={instead} needs no "
            "download."
        )
    if wrong := spoilt(entry, root):
        raise UsageError(
            f"data = {entry.name}: {folder_of(entry, root) / wrong[0]} is not the official file; "
            f"{bring} brings it anew, and data={instead} needs no download."
        )
    return folder_of(entry, root)


def has_checksum(file: Path, checksum: str) -> bool:
    """Whether a file has the checksum `KIND:DIGITS`."""
    kind, _, digits = checksum.partition(":")
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest() == digits
