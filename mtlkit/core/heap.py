"""Memory that a training step frees is kept for the next one.

The C library of most Linux systems returns an array of more than 32 MiB to the system as soon as it
is freed, and the system hands it out again page by page, each filled with zeros. A step of a large
stack of networks makes and frees a dozen of these: that may take as long as its arithmetic.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from torch import nn

LARGE = 2**25
"""Bytes: no setting makes glibc keep a single array that is larger, but to map none at all."""

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX = -1, -3, -4
_USUAL_MAPS = 65536

_lock = threading.Lock()
_inside = 0


@contextmanager
def freed_memory_kept(module: nn.Module) -> Iterator[None]:
    """Until the end, what is freed stays with the process; then what is not used is returned.

    Only for a module on the CPU whose parameters take more than 32 MiB, where arrays of this size
    come and go, and only with glibc; otherwise nothing happens. Numbers are not affected.
    """
    libc = _glibc() if _is_large(module) else None
    if libc is None:
        yield
        return
    _enter(libc)
    try:
        yield
    finally:
        _leave(libc)


def _is_large(module: nn.Module) -> bool:
    return sum(p.nbytes for p in module.parameters() if p.device.type == "cpu") > LARGE


@cache
def _glibc() -> ctypes.CDLL | None:
    try:
        libc = ctypes.CDLL(None)
    except (OSError, TypeError):  # no such call on this system
        return None
    return libc if hasattr(libc, "gnu_get_libc_version") else None


def _enter(libc: ctypes.CDLL) -> None:
    global _inside
    with _lock:
        _inside += 1
        if _inside == 1:
            libc.mallopt(_MMAP_MAX, 0)
            libc.mallopt(_TRIM_THRESHOLD, -1)


def _leave(libc: ctypes.CDLL) -> None:
    """Several threads may train: the last one gives back."""
    global _inside
    with _lock:
        _inside -= 1
        if _inside == 0:
            libc.mallopt(_MMAP_MAX, _USUAL_MAPS)
            # What glibc comes to by itself once large arrays were freed.
            libc.mallopt(_MMAP_THRESHOLD, LARGE)
            libc.mallopt(_TRIM_THRESHOLD, 2 * LARGE)
            libc.malloc_trim(0)
