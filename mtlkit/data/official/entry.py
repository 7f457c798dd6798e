"""What is known of an official data set before it is here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import attrs


@attrs.frozen
class Download:
    """A file that its owners publish.

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
class DataSet:
    """An official data set: its papers, its downloads, and what becomes of them.

    Parameters
    ----------
    name
        Its name on the command line and in provenance; its folder in the data root.
    title, what
        Its name as its owners write it, and what is in it, in a line.
    licence
        As its owners state it, in a few words; "none stated" where they do not.
    page
        Where they describe it.
    tried
        Whether and when anyone saw it arrive from its owners, or loaded the official files.
    downloads
        What is fetched.
    files
        What stands in its folder then, each with its checksum, in the order of reading.
    arrange
        Makes those files in a new folder (the second path) from the downloads in another (the
        first), all of which have passed their checksums.
    """

    name: str
    title: str
    what: str
    licence: str
    page: str
    tried: str
    downloads: tuple[Download, ...]
    files: Mapping[str, str]
    arrange: Callable[[Path, Path], None]

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(download.size for download in self.downloads)

    @property
    def checksum(self) -> str:
        """One over the checksums of all its files; known without them."""
        lines = [f"{checksum}  {file}\n" for file, checksum in self.files.items()]
        return hashlib.sha256("".join(lines).encode()).hexdigest()
