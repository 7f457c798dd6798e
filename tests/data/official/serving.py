"""A server on this machine that serves files and, when told to, misbehaves."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import attrs

_CHUNK = 4096


@attrs.define
class Asked:
    """A request as the server saw it, and how it answered."""

    path: str
    range: str | None
    if_range: str | None
    status: int = 0
    sent: int = 0


@attrs.define
class Manners:
    """How the server behaves; each may be changed between requests.

    Parameters
    ----------
    breaks_off_after, stalls_after
        So many bytes of a body are sent before the connection is closed, or nothing more is said.
    announces
        The length of the whole that it tells, where that is a lie.
    tells_no_length
        Whether it leaves the length out: the body ends where the connection does.
    encoding
        The `Content-Encoding` it tells; none if empty.
    etag
        The version it tells; none if empty.
    ignores_range, misreads_range
        Whether it sends all whatever is asked, or tells of another part than the one asked for.
    status
        What it answers, if it will not serve.
    hangs_up
        Whether it closes the connection without an answer.
    """

    breaks_off_after: int | None = None
    stalls_after: int | None = None
    announces: int | None = None
    tells_no_length: bool = False
    encoding: str = ""
    etag: str = '"one"'
    ignores_range: bool = False
    misreads_range: bool = False
    status: int = 200
    hangs_up: bool = False


@attrs.define
class Server:
    """What is served, how, and what was asked; `may_end` clear holds every body back half-way."""

    address: str
    files: dict[str, bytes]
    manners: Manners = attrs.field(factory=Manners)
    asked: list[Asked] = attrs.field(factory=list)
    may_end: threading.Event = attrs.field(factory=threading.Event)
    closing: threading.Event = attrs.field(factory=threading.Event)

    @property
    def sent(self) -> int:
        """Bytes of all bodies."""
        return sum(one.sent for one in self.asked)


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    """Serve files on a free port until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as http:
        host, port = http.server_address[:2]
        told = Server(f"http://{host}:{port}/", dict(files))
        told.may_end.set()
        http.told = told  # type: ignore[attr-defined]
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield told
        finally:
            told.closing.set()
            told.may_end.set()
            http.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        server: Server = self.server.told  # type: ignore[attr-defined]
        manners = server.manners
        asked = Asked(self.path, self.headers["Range"], self.headers["If-Range"])
        server.asked.append(asked)
        self.close_connection = True
        if manners.hangs_up:
            return
        whole = server.files.get(self.path.lstrip("/"))
        if whole is None or manners.status != 200:
            asked.status = 404 if whole is None else manners.status
            self.send_error(asked.status)
            return
        start = self._start(asked, manners, len(whole))
        if start > len(whole):
            asked.status = 416
            self.send_error(416)
            return
        asked.status = 206 if start else 200
        body = whole[start:]
        self.send_response(asked.status)
        if manners.etag:
            self.send_header("ETag", manners.etag)
        if manners.encoding:
            self.send_header("Content-Encoding", manners.encoding)
        if start:
            first = start + 1 if manners.misreads_range else start
            total = len(whole) if manners.announces is None else manners.announces
            self.send_header("Content-Range", f"bytes {first}-{len(whole) - 1}/{total}")
        if not manners.tells_no_length:
            told = len(body) if manners.announces is None else manners.announces - start
            self.send_header("Content-Length", str(told))
        self.end_headers()
        self._send(body, asked, server)

    def _start(self, asked: Asked, manners: Manners, length: int) -> int:
        """Where the answer starts."""
        if manners.ignores_range or not asked.range:
            return 0
        if asked.if_range is not None and asked.if_range != manners.etag:
            return 0
        (start,) = re.fullmatch(r"bytes=(\d+)-", asked.range).groups()  # type: ignore[union-attr]
        return int(start)

    def _send(self, body: bytes, asked: Asked, server: Server) -> None:
        manners = server.manners
        limits = (manners.breaks_off_after, manners.stalls_after, len(body))
        end = min(limit for limit in limits if limit is not None)
        try:
            for at in range(0, end, _CHUNK):
                if at >= end / 2:
                    server.may_end.wait(60)
                chunk = body[at : min(at + _CHUNK, end)]
                self.wfile.write(chunk)
                asked.sent += len(chunk)
        except OSError:  # the other side has had enough
            return
        if manners.stalls_after is not None:
            server.closing.wait(60)
