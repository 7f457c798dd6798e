"""The pickled files of CIFAR-100, read so that nothing in them can be run."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from jaxtyping import Int64, UInt8

from mtlkit.errors import UsageError

SIDE = 32
"""Pixels along each side of a picture."""

_MAKE_ARRAY = np.empty(0).__reduce__()[0]
_ALLOWED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    # By the names of older and newer numpy:
    ("numpy.core.multiarray", "_reconstruct"): _MAKE_ARRAY,
    ("numpy._core.multiarray", "_reconstruct"): _MAKE_ARRAY,
}
"""All that the official files name: an array of bytes. The rest are lists, numbers, strings."""


@attrs.frozen(eq=False)
class Labelled:
    """The pictures of a file, channel by channel, and their fine and coarse labels."""

    pixels: UInt8[np.ndarray, "picture 3 32 32"]
    fine: Int64[np.ndarray, " picture"]
    coarse: Int64[np.ndarray, " picture"]


class _Reader(pickle.Unpickler):
    """An unpickler that knows arrays and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} in it is not data")
        return _ALLOWED[module, name]


def read_labelled(file: Path) -> Labelled:
    """Pictures and labels of `train` or `test`.

    Raises
    ------
    UsageError
        If it is no such file, or has anything in it but arrays, lists, numbers and strings.
    """
    try:
        with file.open("rb") as stream:
            found = _Reader(stream, encoding="latin1").load()  # as Python 2 wrote it
        pixels = np.asarray(found["data"]).reshape(-1, 3, SIDE, SIDE)
        fine, coarse = (np.array(found[f"{kind}_labels"], np.int64) for kind in ("fine", "coarse"))
        if pixels.dtype != np.uint8 or not len(pixels) == len(fine) == len(coarse):
            raise ValueError("it does not have a fine and a coarse label for each picture")
    except _UNREADABLE as error:
        raise UsageError(f"{file}: is no file of CIFAR-100 ({error}).") from None
    return Labelled(pixels, fine, coarse)


_UNREADABLE = (
    pickle.UnpicklingError,
    EOFError,
    KeyError,
    TypeError,
    ValueError,
    IndexError,
    AttributeError,
    ImportError,
    MemoryError,
)
"""What an unpickler raises on bytes that are none of its own."""
