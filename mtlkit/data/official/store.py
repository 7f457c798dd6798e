"""The folder of official data sets: what of one is there, and whether it is the real thing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import attrs

from mtlkit.data.official.entry import Kept, Made, Official
from mtlkit.errors import UsageError


@attrs.frozen
class Flaw:
    """What is wrong with a file of a data set: it `is missing`, `ends after 5 of 9 bytes`, ..."""

    file: Path
    words: str


def folder_of(entry: Official, root: Path) -> Path:
    """Where a data set is or would be."""
    return root / (entry.folder or entry.name)


def is_absent(entry: Official, root: Path) -> bool:
    """Whether nothing of it is there."""
    return not any((folder_of(entry, root) / file.path).is_file() for file in entry.files)


def flaws(entry: Official, folder: Path, *, read: bool) -> list[Flaw]:
    """What keeps a folder from being the whole data set.

    Lengths are looked at, and where `read`, every byte.
    """
    found = [(folder / file.path, _flaw(folder / file.path, file, read)) for file in entry.files]
    return [Flaw(path, words) for path, words in found if words]


def _flaw(path: Path, file: Kept | Made, read: bool) -> str:
    if not path.is_file():
        return "is missing"
    if isinstance(file, Made):
        return file.flaw(path, read)
    return _length_flaw(path, file.size) or (
        "" if not read or has_checksum(path, file.checksum) else "is not the official file"
    )


def _length_flaw(path: Path, size: int | None) -> str:
    length = path.stat().st_size
    if size is None or length == size:
        return ""
    if length < size:
        return f"ends after {length:,} of {size:,} bytes"
    return f"has {length:,} bytes where the official file has {size:,}"


def require(entry: Official, root: Path, instead: str) -> Path:
    """The folder of a data set that is here and in order; every byte is read.

    Raises
    ------
    UsageError
        If it is not; it names the command that brings it, and `instead`, a set that needs none.
    """
    command = f"`mtlkit data get {entry.name}`"
    if is_absent(entry, root):
        raise UsageError(
            f"data = {entry.name}: not in {root}; {command} brings it, and data={instead} needs "
            "no download."
        )
    if found := flaws(entry, folder_of(entry, root), read=True):
        raise UsageError(
            f"data = {entry.name}: {found[0].file} {found[0].words}; {command} mends it, and "
            f"data={instead} needs no download."
        )
    return folder_of(entry, root)


def has_checksum(file: Path, checksum: str) -> bool:
    """Whether a file has the checksum `KIND:DIGITS`."""
    kind, _, digits = checksum.partition(":")
    return _digits(file, kind) == digits


def sha256(file: Path) -> str:
    """The SHA-256 of a file: what names a copy that has no official checksum."""
    return _digits(file, "sha256")


def _digits(file: Path, kind: str) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, kind).hexdigest()
