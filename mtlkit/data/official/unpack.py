"""Unpacking what was downloaded; nothing lands outside the folder that is meant.

An archive that tries to is refused before any of it is written.
"""

from __future__ import annotations

import gzip
import shutil
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath, PureWindowsPath

from mtlkit.errors import UsageError

_UNREADABLE_ZIP = (
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    RuntimeError,  # encrypted; it includes NotImplementedError: a way of packing not known here
)


def gunzip(archive: Path, target: Path) -> None:
    """Unpack one file compressed with gzip; the name that stands in it is not looked at.

    Raises
    ------
    UsageError
        If it is not gzip, or only a part of it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with gzip.open(archive) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UsageError(f"{archive}: cannot be unpacked ({error}).") from None


def unzip(archive: Path, folder: Path) -> None:
    """Unpack a zip archive into a folder.

    Raises
    ------
    UsageError
        If it is none or damaged, if it is encrypted or packed in a way that is not known here, if
        a path in it is absolute or has `..` in it, or if it has a link.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                _check_name(archive, info.filename)
                if stat.S_ISLNK(info.external_attr >> 16):
                    raise UsageError(f"{archive}: refused, since {info.filename} in it is a link.")
            packed.extractall(folder)
    except _UNREADABLE_ZIP as error:
        raise UsageError(f"{archive}: cannot be unpacked ({error}).") from None


def unzip_one(archive: Path, name: str, target: Path) -> None:
    """Unpack one file of a zip archive, in whatever folder it stands there.

    Raises
    ------
    UsageError
        If the archive is none or damaged, or has no such file.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            found = [one for one in packed.namelist() if f"/{one}".endswith(f"/{name}")]
            if not found:
                raise UsageError(f"{archive}: {name} in it is missing.")
            with packed.open(found[0]) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
    except _UNREADABLE_ZIP as error:
        raise UsageError(f"{archive}: cannot be unpacked ({error}).") from None


def untar(archive: Path, folder: Path) -> None:
    """Unpack a tar archive, compressed or not, into a folder.

    Raises
    ------
    UsageError
        If it is none, if a path in it is absolute or has `..` in it, if a link leads out of the
        folder, or if it has something that is neither file, folder nor link.
    """
    try:
        with tarfile.open(archive) as packed:
            for member in packed:
                _check_name(archive, member.name)
                tarfile.data_filter(member, str(folder))
            packed.extractall(folder, filter="data")
    except tarfile.FilterError as error:
        raise UsageError(f"{archive}: refused, since {error}.") from None
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UsageError(f"{archive}: cannot be unpacked ({error}).") from None


def _check_name(archive: Path, name: str) -> None:
    """Refuse a path that is absolute or climbs, on any system."""
    windows = PureWindowsPath(name)  # it takes / and \\ for separators, and knows drives
    if PurePosixPath(name).is_absolute() or windows.anchor or ".." in windows.parts:
        raise UsageError(f"{archive}: refused, since {name} in it leads out of the folder.")
