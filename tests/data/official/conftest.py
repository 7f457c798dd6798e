"""A server of the miniature for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .miniature import packed_files
from .serving import Server, serving


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask servers on this machine directly."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    """The miniature, served well until its manners are changed."""
    with serving(packed_files()) as one:
        yield one
