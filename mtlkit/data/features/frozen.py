"""Features that a trained network gives, computed once and kept in the cache.

A file of them goes by the checksums of the data, of the weights and of how they are used, so that
features of other data or weights are never taken for them. It is written block by block beside its
place and moved there when it is whole; what a break leaves is gone on with.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import numpy as np
from filelock import FileLock
from jaxtyping import Float, UInt8
from torch import Tensor

from mtlkit.core.paths import cache_root, writable_folder
from mtlkit.errors import UsageError

_FORMAT = 1
"""Raise it when features shall be computed or kept in another way than the kept ones."""

Examples = UInt8[Tensor, "example 3 row column"] | Sequence[str]
"""Pictures, or captions."""


@attrs.frozen(eq=False)
class Source:
    """What features are of: pictures, or captions.

    Parameters
    ----------
    name
        Of letters, digits, `-` and `_`: it begins the file's.
    checksum
        Of the examples and their order.
    count
        How many there are.
    block
        The examples from one up to, without, another.
    """

    name: str
    checksum: str
    count: int
    block: Callable[[int, int], Examples]


@attrs.frozen(eq=False)
class Encoder:
    """A network that is not trained any more.

    Parameters
    ----------
    name
        Of letters, digits, `-` and `_`: it ends the file's.
    checksum
        Of the weights and of all else that the features depend on.
    features
        Numbers of an example.
    at_once
        Examples of a block.
    encode
        The features of some examples; the weights may be read at the first call.
    """

    name: str
    checksum: str
    features: int
    at_once: int
    encode: Callable[[Examples], Float[Tensor, "example feature"]]


Report = Callable[[int, int], None]


def place_of(source: Source, encoder: Encoder) -> Path:
    """Where the features are or would be."""
    of = [_FORMAT, source.checksum, source.count, encoder.checksum, encoder.features]
    digest = hashlib.sha256(json.dumps(of).encode()).hexdigest()[:24]
    return cache_root() / "features" / f"{source.name}-{encoder.name}-{digest}.npy"


def frozen_features(
    source: Source, encoder: Encoder, *, report: Report = lambda done, count: None
) -> Float[np.ndarray, "example feature"]:
    """The features of all examples, in single precision, mapped from the file that keeps them.

    They are computed if they are not kept. Two processes that want the same do not both: one waits.
    The array cannot be written to.

    Parameters
    ----------
    report
        Is told how many examples are done, of how many, after each block.

    Raises
    ------
    UsageError
        If the cache cannot be written to, or as the source and the encoder do.
    """
    file = place_of(source, encoder)
    shape = (source.count, encoder.features)
    if (found := _mapped(file, shape)) is not None:
        return found
    writable_folder(file.parent, "MTLKIT_CACHE")
    with FileLock(file.with_suffix(".lock")):
        if (found := _mapped(file, shape)) is None:
            _compute(file, source, encoder, report)
            found = _mapped(file, shape)
    if found is None:
        raise UsageError(f"{file}: was damaged while it was written.")
    return found


def _mapped(file: Path, shape: tuple[int, int]) -> Float[np.ndarray, "example feature"] | None:
    """The features in a whole file, or None."""
    try:
        found = np.load(file, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return found if found.shape == shape and found.dtype == np.float32 else None


def _compute(file: Path, source: Source, encoder: Encoder, report: Report) -> None:
    """Write what lacks, and move the whole to its place."""
    part = file.with_suffix(".part")
    head = _header(source.count, encoder.features)
    with part.open("ab") as rows:
        done = _rows_done(part, head, encoder)
        rows.truncate(len(head) + done * 4 * encoder.features if done else 0)
        if not done:
            rows.write(head)
        while done < source.count:
            until = min(done + encoder.at_once, source.count)
            found = encoder.encode(source.block(done, until)).float().cpu().numpy()
            if found.shape != (until - done, encoder.features) or not np.isfinite(found).all():
                raise UsageError(
                    f"{encoder.name}: gave {found.shape} for {until - done} examples of "
                    f"{source.name}, or numbers that are not finite; allowed are "
                    f"{encoder.features} finite numbers each."
                )
            rows.write(np.ascontiguousarray(found, "<f4").tobytes())
            rows.flush()
            os.fsync(rows.fileno())
            done = until
            report(done, source.count)
    os.replace(part, file)


def _rows_done(part: Path, head: bytes, encoder: Encoder) -> int:
    """Whole rows of whole blocks that a break left; 0 if it left something else."""
    with part.open("rb") as file:
        if file.read(len(head)) != head:
            return 0
    rows = (part.stat().st_size - len(head)) // (4 * encoder.features)
    return rows - rows % encoder.at_once


def _header(count: int, features: int) -> bytes:
    """How an array of this shape begins in numpy's format."""
    stream = io.BytesIO()
    shape = {"descr": "<f4", "fortran_order": False, "shape": (count, features)}
    np.lib.format.write_array_header_1_0(stream, shape)
    return stream.getvalue()
