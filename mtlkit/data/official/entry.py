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
        Its length in bytes; about, where there is no checksum; 0 where its owners state none, which
        a set that is fetched by hand may have.
    checksum
        The official one, with its kind before it: `md5:...` or `sha256:...`; empty where its owners
        state none, which a set that is fetched by hand may have.
    urls
        Where it is to be had, in the order in which they are tried.
    """

    file: str
    size: int
    checksum: str
    urls: tuple[str, ...]


@attrs.frozen
class Kept:
    """An official file that stands in the folder of a data set.

    Parameters
    ----------
    path
        Where it stands in the folder.
    size
        Its length in bytes; None where only the checksum is known.
    checksum
        The official one, with its kind before it.
    """

    path: str
    size: int | None
    checksum: str


@attrs.frozen
class Made:
    """A file that is made here from official ones by a choice, so that no checksum is official.

    Parameters
    ----------
    path
        Where it stands in the folder of its data set.
    size
        About how many bytes it has.
    flaw
        What is wrong with the file at a path, in words, empty if nothing; `True` for a look at
        every byte, `False` for a quick one.
    """

    path: str
    size: int
    flaw: Callable[[Path, bool], str]


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
        Its name on the command line and in provenance.
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
    folder
        Its folder in the data root; empty if that has its name.
    unpacked
        The folder that the download unpacks to, where `arrange` takes it in the download's place.
    by_hand
        Why `mtlkit data get` cannot fetch it, as the beginning of a sentence; empty if it can.
    beside
        A folder that `arrange` needs beside the downloads, unpacked by hand; empty if none.
    """

    name: str
    title: str
    what: str
    licence: str
    page: str
    downloads: tuple[Download, ...]
    files: tuple[Kept | Made, ...]
    arrange: Callable[[Path, Path], None]
    arrived: str = ""
    loaded: str = ""
    folder: str = ""
    unpacked: str = ""
    by_hand: str = ""
    beside: str = ""

    @property
    def size(self) -> int:
        """Bytes to download; 0 if that is stated of no file, or of some only."""
        sizes = [download.size for download in self.downloads]
        return sum(sizes) if all(sizes) else 0

    @property
    def checksum(self) -> str:
        """One over the checksums of its official files; known without them.

        Of a set with a file that is made here it cannot tell one copy from another: that file's
        own checksum does.
        """
        kept = [file for file in self.files if isinstance(file, Kept)]
        lines = [f"{file.checksum}  {file.path}\n" for file in kept]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def is_made(self) -> bool:
        """Whether a choice made here is in its files, so that copies of it may differ."""
        return any(isinstance(file, Made) for file in self.files)

    @property
    def state(self) -> str:
        """What can be said of a copy in which every byte is as it should be."""
        return "whole" if self.is_made else "whole and official"
