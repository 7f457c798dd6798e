"""What is known of a data set before it is here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import attrs


@attrs.frozen
class Download:
    """A file that the owners of a data set publish.

    Parameters
    ----------
    file
        Its name.
    size
        Its length in bytes.
    checksum
        The official one, with its kind before it: `md5:...` or `sha256:...`.
    urls
        Where it is to be had, in the order in which they are tried.
    """

    file: str
    size: int
    checksum: str
    urls: tuple[str, ...]


@attrs.frozen
class Kept:
    """A file that stands in the folder of a data set: path in it, length in bytes, checksum."""

    path: str
    size: int
    checksum: str


@attrs.frozen
class Embedded:
    """A data set that comes with a library that is installed anyway."""

    name: str
    what: str
    licence: str
    library: str


@attrs.frozen
class Official:
    """An official data set: what it is, its downloads, and what becomes of them.

    Parameters
    ----------
    name
        Its name on the command line and in provenance; its folder in the data root.
    title, what
        Its name as its owners write it, and what is in it, in at most 60 letters.
    licence
        As its owners state it, in at most 15 letters; "none stated" where they do not.
    page
        Where they describe it.
    downloads
        What is fetched.
    files
        What stands in its folder then, or enough of it to tell that all is there.
    arrange
        Makes those files in a new folder (the second path) from the downloads in another (the
        first), each of which has its official checksum.
    arrived
        Year and month in which someone saw it arrive from its owners and load; empty if nobody has.
    loaded
        Year and month in which the official files, had from elsewhere, were seen to load.
    """

    name: str
    title: str
    what: str
    licence: str
    page: str
    downloads: tuple[Download, ...]
    files: tuple[Kept, ...]
    arrange: Callable[[Path, Path], None]
    arrived: str = ""
    loaded: str = ""

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(download.size for download in self.downloads)

    @property
    def checksum(self) -> str:
        """One over the checksums of its files; known without them."""
        lines = [f"{file.checksum}  {file.path}\n" for file in self.files]
        return hashlib.sha256("".join(lines).encode()).hexdigest()
