"""Slow pictures of points, kept on disk by all that they depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from mtlkit.core.paths import cache_root
from mtlkit.core.result import write_file

_LIBRARIES = ("numpy", "scikit-learn", "umap-learn")

Places = Float[np.ndarray, "point 2"]


def kept(
    settings: Mapping[str, Any],
    arrays: Sequence[Float[np.ndarray, "_ _"]],
    compute: Callable[[], Places],
) -> Places:
    """What was computed from these settings and arrays before, else what `compute` gives now.

    It lies in `embeddings/` of the cache, under a checksum of the settings, the arrays and the
    versions of the libraries. A file that cannot be read is computed again.
    """
    before = found(settings, arrays)
    if before is not None:
        return before
    places = compute()
    write_file(_file(settings, arrays), lambda path: _write(path, places))
    return places


def found(settings: Mapping[str, Any], arrays: Sequence[Float[np.ndarray, "_ _"]]) -> Places | None:
    """What was computed from these before; None where nothing was, or it cannot be read."""
    return _read(_file(settings, arrays), len(arrays[0]))


def _file(settings: Mapping[str, Any], arrays: Sequence[np.ndarray]) -> Path:
    return cache_root() / "embeddings" / f"{_checksum(settings, arrays)}.npy"


def _checksum(settings: Mapping[str, Any], arrays: Sequence[np.ndarray]) -> str:
    versions = {name: _version(name) for name in _LIBRARIES}
    shapes = [(array.shape, array.dtype.str) for array in arrays]
    told = json.dumps([settings, versions, shapes], sort_keys=True)
    checksum = hashlib.sha256(told.encode())
    for array in arrays:
        checksum.update(np.ascontiguousarray(array).tobytes())
    return checksum.hexdigest()[:32]


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""


def _read(file: Path, points: int) -> Places | None:
    try:
        found = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    fits = isinstance(found, np.ndarray) and found.shape == (points, 2)
    return found if fits and np.isfinite(found).all() else None


def _write(path: Path, places: Places) -> None:
    with path.open("wb") as file:
        np.save(file, places, allow_pickle=False)
