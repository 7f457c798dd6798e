"""Where things are kept: the cache of runs, official data sets, and the published packs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

from mtlkit.errors import UsageError


def cache_root() -> Path:
    """The cache of runs: `MTLKIT_CACHE`, else the platform's cache folder for users."""
    return _named("MTLKIT_CACHE") or Path(platformdirs.user_cache_dir("mtlkit"))


def shared_cache_root() -> Path | None:
    """A cache that is read and never written: `MTLKIT_SHARED_CACHE`, or none.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    folder = _named("MTLKIT_SHARED_CACHE")
    if folder is not None and not folder.is_dir():
        raise UsageError(
            f"MTLKIT_SHARED_CACHE = {folder}: there is none; allowed is a folder that another "
            "`mtlkit` filled as its MTLKIT_CACHE."
        )
    return folder


def data_root() -> Path:
    """The official data sets: `MTLKIT_DATA`, else the platform's data folder for users."""
    return _named("MTLKIT_DATA") or Path(platformdirs.user_data_dir("mtlkit"))


def _named(variable: str) -> Path | None:
    """The folder that a variable names; `~`, which a shell may have left, is the user's."""
    named = os.environ.get(variable)
    # Not `Path.expanduser`, which raises where it knows no such user.
    return Path(os.path.expanduser(named)) if named else None


def project_root() -> Path:
    """The checkout this package stands in, else the folder one works in."""
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / "notebooks").is_dir() else Path.cwd()


def results_root() -> Path:
    """The published packs: `results/` of the project."""
    return project_root() / "results"


def writable_folder(folder: Path, name: str = "out") -> Path:
    """Make a folder, and make sure before any work starts that files can be written to it.

    Parameters
    ----------
    folder
        The folder; those above it are made too.
    name
        What the user knows it as.

    Raises
    ------
    UsageError
        If it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"{name} = {folder}: cannot be written to ({error.strerror}); "
            "allowed is a folder that you may create files in."
        ) from None
    return folder
