"""Probes of the interpreter and of what is installed."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import mtlkit
from mtlkit.core import requirements
from mtlkit.core.probes.finding import NOTE, OK, PROBLEM, SETUP, Finding

_EXTRAS = {
    "explore": "playing in Jupyter, and plots",
    "cluster": "workers on other machines",
    "report": "rendering the report",
    "test": "running the tests",
}


def python() -> Iterator[Finding]:
    """The interpreter's version and mtlkit's."""
    yield Finding(OK, "python", f"Python {platform.python_version()} ({sys.executable})")
    yield Finding(OK, "mtlkit", f"mtlkit {mtlkit.__version__} ({Path(mtlkit.__file__).parent})")


def packages() -> Iterator[Finding]:
    """The packages that every run needs, against the versions that mtlkit asks for."""
    found = []
    for need in requirements.required():
        version = requirements.installed_version(need.name)
        if version is None:
            told = f"{need.name} is not installed: {SETUP}."
            yield Finding(PROBLEM, "packages", told)
        elif not need.allows(version):
            told = f"{need.name} {version} is not {need.range}: {SETUP}."
            yield Finding(PROBLEM, "packages", told)
        else:
            found.append(f"{need.name} {version}")
    if found:
        yield Finding(OK, "packages", ", ".join(found))


def extras() -> Iterator[Finding]:
    """The optional packages: to play, for a cluster, to render the report, to test."""
    for extra, purpose in _EXTRAS.items():
        missing = [
            need.name
            for need in requirements.required(extra)
            if requirements.installed_version(need.name) is None
        ]
        if missing:
            told = f"{purpose} needs {', '.join(missing)}: `pip install 'mtlkit[{extra}]'`."
            yield Finding(NOTE, extra, told)
        else:
            yield Finding(OK, extra, f"everything for {purpose} is installed")
