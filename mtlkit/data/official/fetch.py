"""Getting one file over HTTP: each address in turn, going on where a try broke off.

pooch has the file's checksum looked at and moves it to its place; how the bytes get here is ours,
since pooch cannot go on in the middle of a file.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import pooch
import requests
import urllib3

from mtlkit.data.official.entry import Download

PATIENCE = 30.0
"""Seconds without a byte after which a server is given up."""

_TRIES = 3
"""So often in a row an address is asked for the rest of a file, while it gives some of it."""

_CHUNK = 1 << 16

pooch.get_logger().setLevel(logging.WARNING)  # our own progress says what is fetched


class NotFetched(Exception):
    """No address gave the file: each one's reason, in words."""


class _Refused(Exception):
    """An address will not give the file: why, in words."""


class _BrokeOff(_Refused):
    """An address gave a part of the file, or seemed about to."""


def fetch(
    download: Download,
    folder: Path,
    *,
    report: Callable[[int], None] = lambda done: None,
    patience: float = PATIENCE,
) -> Path:
    """Get a file whose every byte is official; its path.

    What has come of it when a try fails is kept beside it, and gone on with by the next.

    Parameters
    ----------
    folder
        Where it goes.
    report
        Is told how many of its bytes are there.
    patience
        Seconds without a byte after which a server is given up.

    Raises
    ------
    NotFetched
        If no address gives it.
    OSError
        If it cannot be written.
    """
    reasons = []
    for url in download.urls:
        part = _Part.of(download, url, folder)
        resumable = _Resumable(download, part, report, patience)
        name, checksum = download.file, download.checksum
        try:
            got = pooch.retrieve(url, checksum, fname=name, path=folder, downloader=resumable)
        except _Refused as refused:
            reasons.append(f"{urlsplit(url).netloc} {refused}")
        except ValueError:  # pooch found another checksum
            part.remove()
            reasons.append(f"{urlsplit(url).netloc} sent other bytes than the official ones")
        else:
            part.remove()
            return Path(got)
    raise NotFetched("; ".join(reasons))


@attrs.frozen
class _Resumable:
    """A downloader for pooch that keeps what has come, one part for each address."""

    download: Download
    part: _Part
    report: Callable[[int], None]
    patience: float

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        """Let `output_file` be all that `url` has."""
        for left in reversed(range(_TRIES)):
            before = self.part.length
            try:
                self._go_on(url, self.part)
                break
            except _BrokeOff:
                if not left or self.part.length <= before:
                    raise
        self.part.lend(output_file)

    def _go_on(self, url: str, part: _Part) -> None:
        """Add to a part what it lacks."""
        have, size = part.length, self.download.size
        self.report(have)
        if have == size:
            return
        with _answer(url, part.request(), self.patience) as response:
            if have and response.status_code == requests.codes.requested_range_not_satisfiable:
                part.begin("")
                self._go_on(url, part)
                return
            start, offered = _offer(response)
            if offered not in (None, size):
                raise _Refused(f"offers {offered:,} bytes where the official file has {size:,}")
            if start not in (0, have):
                raise _Refused("answered with another part than the one asked for")
            if not start:
                part.begin(_validator(response))
            with part.path.open("ab") as file:
                for chunk in _chunks(response, self.patience):
                    if file.tell() + len(chunk) > size:
                        file.truncate(0)
                        raise _Refused(f"sent more bytes than the {size:,} of the official file")
                    file.write(chunk)
                    self.report(file.tell())
        if part.length < size:
            raise _BrokeOff(f"broke off after {part.length:,} of {size:,} bytes")


@attrs.frozen
class _Part:
    """What has come of a file from one address; beside it, which version of the file it is."""

    path: Path

    @classmethod
    def of(cls, download: Download, url: str, folder: Path) -> _Part:
        """The part from one address; each has its own, since they may have other versions."""
        address = hashlib.sha256(url.encode()).hexdigest()[:8]
        return cls(folder / f"{download.file}.{address}.part")

    @property
    def length(self) -> int:
        """Bytes that have come."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def _version(self) -> Path:
        return self.path.with_suffix(".version")

    def request(self) -> dict[str, str]:
        """Headers that ask for the rest, or for all if the file is another by now."""
        headers = {"Accept-Encoding": "identity"}
        if self.length:
            headers["Range"] = f"bytes={self.length}-"
            version = self._version.read_text(encoding="utf-8") if self._version.exists() else ""
            if version:
                headers["If-Range"] = version
        return headers

    def begin(self, version: str) -> None:
        """Throw away what has come; what will come is of this version."""
        self.path.write_bytes(b"")
        self._version.write_text(version, encoding="utf-8")

    def lend(self, target: str) -> None:
        """Let `target` be this file too, so that it is not lost if its checksum is interrupted."""
        os.unlink(target)
        try:
            os.link(self.path, target)
        except OSError:  # a file system on which a file has but one name
            os.replace(self.path, target)

    def remove(self) -> None:
        """Leave nothing of it."""
        self.path.unlink(missing_ok=True)
        self._version.unlink(missing_ok=True)


def _answer(url: str, headers: dict[str, str], patience: float) -> requests.Response:
    """What a server answers, its body not yet read."""
    try:
        return requests.get(url, headers=headers, stream=True, timeout=patience)
    except requests.exceptions.SSLError:
        raise _Refused("has no certificate that can be trusted") from None
    except requests.exceptions.Timeout:
        raise _Refused(f"did not answer for {patience:g} seconds") from None
    except requests.exceptions.RequestException as error:
        raise _Refused(_words(error)) from None


def _words(error: BaseException) -> str:
    """Why there is no answer."""
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, ConnectionRefusedError):
            return "refused the connection"
        if isinstance(cause, socket.gaierror):
            return "cannot be found (is there a network?)"
        if isinstance(cause, ConnectionResetError):  # RemoteDisconnected is one
            return "broke off before it answered"
        cause = cause.__cause__ or cause.__context__
    return f"cannot be reached ({type(error).__name__})"


def _offer(response: requests.Response) -> tuple[int, int | None]:
    """Where the bytes of an answer start, and how many the whole file has, if that is told."""
    if response.status_code == requests.codes.ok:
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isdigit() else None
    if response.status_code == requests.codes.partial_content:
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if told:
            return int(told[1]), None if told[2] == "*" else int(told[2])
    raise _Refused(f"answered {response.status_code} {response.reason}".rstrip())


def _validator(response: requests.Response) -> str:
    """What names the version of a file: its entity tag, or else its date; empty if neither."""
    tag = response.headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified", "")


def _chunks(response: requests.Response, patience: float) -> Iterator[bytes]:
    """The bytes as they come, as they were sent: a .gz file is not unpacked on the way."""
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=False):
            yield chunk
    except urllib3.exceptions.ReadTimeoutError:
        raise _BrokeOff(f"fell silent for {patience:g} seconds") from None
    except (urllib3.exceptions.HTTPError, OSError):
        return  # the length tells
