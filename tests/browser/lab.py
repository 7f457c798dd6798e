"""JupyterLab for the tests: a server of its own, and a page on it whose every fault is kept."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import attrs
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, WebError, WebSocket

ROOT = Path(__file__).parents[2]

_STARTS_WITHIN = 60
_ENDS_WITHIN = 15

# What a kernel says of a callback that raised: nothing of it is seen on the page.
_KERNEL_FAULT = re.compile(rb'"msg_type": ?"error"|Traceback \(most recent call last\)')


@attrs.frozen
class Lab:
    """A running server: its address, its token, and the folder whose notebooks it opens."""

    address: str
    token: str
    folder: Path

    def notebook(self, name: str) -> str:
        """The address of a notebook, in a workspace without anything else."""
        return f"{self.address}/lab/tree/{name}?reset&token={self.token}"


@contextmanager
def jupyter_lab(folder: Path, environ: Mapping[str, str]) -> Iterator[Lab]:
    """JupyterLab on 127.0.0.1 with settings of its own; ended, with its kernels, at the end."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    token = secrets.token_hex(16)
    _ask_for_no_news(folder / "settings")
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={work}"]
    command += ["--LabApp.extension_manager=readonly"]
    if os.name == "posix" and os.geteuid() == 0:
        command.append("--allow-root")
    log = folder / "server.log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            command,
            cwd=work,
            env={
                **environ,
                **{name: str(folder / place) for name, place in own.items()},
                "JUPYTER_TOKEN": token,
                "PYTHONPATH": os.pathsep.join((str(ROOT), environ.get("PYTHONPATH", ""))),
                "OMP_NUM_THREADS": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=os.name == "posix",
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api?token={token}", server, log)
        yield Lab(address, token, work)
    finally:
        _end(server)


def _ask_for_no_news(settings: Path) -> None:
    """JupyterLab would ask whether it may look for news elsewhere, and look for updates."""
    file = settings / "@jupyterlab" / "apputils-extension" / "notification.jupyterlab-settings"
    file.parent.mkdir(parents=True)
    file.write_text('{"fetchNews": "false", "checkForUpdates": false}', encoding="utf-8")


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except (URLError, OSError):
            if server.poll() is not None or time.monotonic() > limit:
                raise RuntimeError(log.read_text(errors="replace")) from None
            time.sleep(0.1)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, which ends its kernels; then see to its group."""
    server.terminate()
    try:
        server.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if os.name == "posix":
        try:
            os.killpg(server.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


@contextmanager
def lab_page(browser: Browser, **options: Any) -> Iterator[tuple[Page, list[str]]]:
    """A page that reaches 127.0.0.1 alone, and its faults so far, a line each.

    Faults are requests to elsewhere (they are refused), errors on the console, exceptions that
    no script caught, and what a kernel tells of a callback or a thread that raised.
    """
    faults: list[str] = []

    def refuse(route: Route) -> None:
        faults.append(f"request leaves the machine: {route.request.url}")
        route.abort()

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"console error: {message.text}")

    def uncaught(error: WebError) -> None:
        faults.append(f"uncaught: {error.error}")

    def received(payload: str | bytes) -> None:
        text = payload.encode() if isinstance(payload, str) else payload
        if _KERNEL_FAULT.search(text):
            faults.append(f"kernel: {_readable(text)}")

    def socket_opened(socket: WebSocket) -> None:
        socket.on("framereceived", received)

    context = browser.new_context(viewport={"width": 1280, "height": 1000}, **options)
    try:
        context.route(re.compile(r"^https?://(?!127\.0\.0\.1[:/])"), refuse)
        context.on("console", console)
        context.on("weberror", uncaught)
        page = context.new_page()
        page.on("websocket", socket_opened)
        yield page, faults
    finally:
        context.close()


def _readable(frame: bytes) -> str:
    """The end of what a frame says, without what is no text."""
    text = frame.decode(errors="replace").replace("\\n", "\n")
    text = re.sub(r"\\u001b\[[\d;]*m", "", text)  # colours
    lines = [line for line in text.splitlines() if re.search(r"\w*(Error|Exception)\b", line)]
    return lines[-1][-300:] if lines else text[-300:]


def run_all(page: Page, address: str) -> None:
    """Open a notebook and run all its cells; returns as soon as that is asked for."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    # Cells that are run before the session has its kernel open a dialog that asks for one.
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Run All Cells$")).click()
