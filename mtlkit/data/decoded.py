"""Decoded pictures kept in the cache, since decoding takes longer than reading."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from mtlkit.core.paths import writable_folder

Pixels = UInt8[np.ndarray, "picture channel row column"]
Decoded = Mapping[str, Pixels]
"""Pictures of each part."""


def kept(file: Path, part: str, make: Callable[[], Decoded]) -> Pixels:
    """A part of the pictures in a file of the cache, which is made if it is not there or damaged.

    Raises
    ------
    UsageError
        If the folder of the file cannot be written to, or as `make` does.
    """
    if (found := _read(file, part)) is not None:
        return found
    writable_folder(file.parent, "MTLKIT_CACHE")
    decoded = make()
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".part")
    os.close(handle)
    try:
        save_file(
            dict(decoded), temporary, {name: _digest(pixels) for name, pixels in decoded.items()}
        )
        os.replace(temporary, file)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return decoded[part]


def _read(file: Path, part: str) -> Pixels | None:
    """A part whose every byte is as it was written, or None."""
    try:
        with safe_open(file, framework="numpy") as tensors:
            digests, pixels = tensors.metadata() or {}, tensors.get_tensor(part)
    except (OSError, SafetensorError):
        return None
    return pixels if _digest(pixels) == digests.get(part) else None


def _digest(pixels: Pixels) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).data).hexdigest()
