"""How a data set gets into the data root: whole or not at all, one process at a time.

What is under way stands in `ROOT/.incoming`, on the same file system: downloads and parts of them,
which the next try goes on with, and the folder that is being built, which is moved at last.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import attrs
from filelock import FileLock, Timeout

from mtlkit.core.paths import writable_folder
from mtlkit.core.probes.places import readable
from mtlkit.data.official.entry import Official
from mtlkit.data.official.fetch import PATIENCE, NotFetched, fetch
from mtlkit.data.official.store import flaws, folder_of, has_checksum
from mtlkit.errors import UsageError


@attrs.frozen
class Transfer:
    """How far a download is: bytes of all its files that are there, and that there will be."""

    done: int
    total: int


Report = Callable[[Transfer], None]


def get(
    entry: Official,
    root: Path,
    *,
    report: Report = lambda transfer: None,
    waiting: Callable[[], None] = lambda: None,
    patience: float = PATIENCE,
) -> bool:
    """Bring a data set into the root; False if it was there, whole and official, already.

    A set of which files are missing or spoilt is mended; other files in its folder stay.

    Parameters
    ----------
    report
        Is told how far the download is.
    waiting
        Is called once if another process is getting the set; its copy is taken then.
    patience
        Seconds without a byte after which a server is given up.

    Raises
    ------
    UsageError
        If it cannot be had or written. The root is as it was, but for what has come in
        `.incoming`: the same call goes on there.
    """
    if not flaws(entry, folder_of(entry, root), read=True):
        return False
    if entry.by_hand:
        raise UsageError(
            f"{entry.name}: {entry.by_hand}; put {_ingredients(entry, ' and ')} into a folder, and "
            f"`python data_scripts/{entry.name}.py FOLDER` arranges them."
        )
    writable_folder(root, "MTLKIT_DATA")
    with _alone(entry, root, waiting) as incoming:
        if not flaws(entry, folder_of(entry, root), read=True):
            return False
        downloads = incoming / "downloads"
        downloads.mkdir(parents=True, exist_ok=True)
        _check_space(entry, root, downloads)
        done = 0
        for download in entry.downloads:

            def tell(of_this: int, before: int = done) -> None:
                report(Transfer(before + of_this, entry.size))

            try:
                fetch(download, downloads, report=tell, patience=patience)
            except NotFetched as reasons:
                raise UsageError(
                    f"{entry.name}: {download.file} did not arrive: {reasons}; "
                    f"`mtlkit data get {entry.name}` {_next(downloads)}."
                ) from None
            done += download.size
        _install(entry, downloads, root, incoming)
        shutil.rmtree(downloads)
    return True


def install(entry: Official, downloads: Path, root: Path) -> None:
    """Bring a data set into the root from its official downloads, which stay as they are.

    Where the folder that they unpack to is there and serves as well, they are not asked for.

    Raises
    ------
    UsageError
        If one is missing or not the official file, or if the root cannot be written to.
    """
    unpacked = bool(entry.unpacked) and (downloads / entry.unpacked).is_dir()
    for download in () if unpacked else entry.downloads:
        file = downloads / download.file
        if not file.is_file():
            folder = f" or the folder {entry.unpacked}" if entry.unpacked else ""
            needs = f"{_ingredients(entry)}{folder}"
            raise UsageError(f"{file}: is missing; {entry.name} is made from {needs}.")
        if download.checksum and not has_checksum(file, download.checksum):
            raise UsageError(
                f"{file}: is not the official file, whose checksum is {download.checksum}."
            )
    if entry.beside and not (downloads / entry.beside).is_dir():
        raise UsageError(
            f"{downloads / entry.beside}: is missing; {entry.name} is made from "
            f"{_ingredients(entry)}."
        )
    writable_folder(root, "MTLKIT_DATA")
    with _alone(entry, root, lambda: None) as incoming:
        _install(entry, downloads, root, incoming)


@contextmanager
def _alone(entry: Official, root: Path, waiting: Callable[[], None]) -> Iterator[Path]:
    """The folder of what is under way, for this process alone; errors of the disk in words."""
    incoming = root / ".incoming" / entry.name
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        lock = FileLock(incoming / "lock")
        try:
            held = lock.acquire(timeout=0)
        except Timeout:
            waiting()
            held = lock.acquire()
        with held:
            yield incoming
    except OSError as error:
        raise UsageError(
            f"{root}: cannot be written to ({error.strerror or error}); what has come of "
            f"{entry.name} is kept."
        ) from None


def _install(entry: Official, downloads: Path, root: Path, incoming: Path) -> None:
    """Build the folder aside, look at every byte of it, and move it to its place."""
    built = incoming / "built"
    shutil.rmtree(built, ignore_errors=True)  # what a process that was killed left
    built.mkdir()
    entry.arrange(downloads, built)
    if found := flaws(entry, built, read=True):
        name = found[0].file.relative_to(built)
        shutil.rmtree(built)
        raise UsageError(
            f"{entry.name}: the downloads are official, and yet {name} {found[0].words}."
        )
    folder = folder_of(entry, root)
    if not folder.exists():
        os.replace(built, folder)
        return
    for flaw in flaws(entry, folder, read=True):
        flaw.file.parent.mkdir(parents=True, exist_ok=True)
        os.replace(built / flaw.file.relative_to(folder), flaw.file)
    shutil.rmtree(built)


def _check_space(entry: Official, root: Path, downloads: Path) -> None:
    # An archive unpacks to more than its size: where that is not known, each file counts as much.
    files = sum(entry.size if file.size is None else file.size for file in entry.files)
    needed = entry.size - _bytes_in(downloads) + files
    free = shutil.disk_usage(root).free
    if free < needed:
        raise UsageError(
            f"{root}: too full for {entry.name}, which needs {readable(needed)}, where "
            f"{readable(free)} are free."
        )


def _ingredients(entry: Official, between: str = ", ") -> str:
    """The files that a set is made from, and the folder beside them."""
    beside = [f"the folder {entry.beside}"] if entry.beside else []
    return between.join([*(one.file for one in entry.downloads), *beside])


def _next(downloads: Path) -> str:
    """What the next try does."""
    there = _bytes_in(downloads)
    return f"goes on from the {readable(there)} that are here" if there else "tries again"


def _bytes_in(downloads: Path) -> int:
    """Of files and parts of files."""
    files = [file for file in downloads.iterdir() if file.suffix != ".version"]
    return sum(file.stat().st_size for file in files)
