"""The command line, called in this process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mtlkit.cli import main

from .calling import Command, Ended


@pytest.fixture
def mtlkit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `mtlkit ARGUMENTS` in this process."""

    def run(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["mtlkit", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Ended(code, *capsys.readouterr())

    return run
