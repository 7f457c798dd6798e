"""Choosing the device, and the number of threads that training is fastest with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from mtlkit.errors import UsageError

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name; `auto` is the GPU where there is one.

    Raises
    ------
    UsageError
        If the name is unknown, or no GPU can be used and `cuda` was asked for.
    """
    if name not in DEVICES:
        raise UsageError(f"device = {name}: allowed is one of {', '.join(DEVICES)}.")
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("device = cuda: no GPU can be used here; allowed is auto or cpu.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


@contextmanager
def one_thread() -> Iterator[None]:
    """Train with one thread: for small products a second one on busy cores is far slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
