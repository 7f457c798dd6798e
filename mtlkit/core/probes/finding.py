"""What a probe found, and words for it."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

import attrs

OK, NOTE, PROBLEM = "ok", "note", "problem"

SETUP = "`make setup` installs the locked versions"


@attrs.frozen
class Finding:
    """One line of an examination: `ok`, `note` or `problem`, about what, and what to do."""

    state: str
    about: str
    text: str


Probe = Callable[[], Iterable[Finding]]


def torch_or_none() -> Any:
    """Torch, or None where it cannot be imported (`torch_pair` says why)."""
    try:
        return importlib.import_module("torch")
    except Exception:  # whatever a broken installation raises
        return None


def reason(error: Exception) -> str:
    """An error in a few words."""
    text = " ".join(str(error).split()).rstrip(".")
    return f"{type(error).__name__}: {text[:160]}" if text else type(error).__name__
