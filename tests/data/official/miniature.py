"""MNIST in small: the official format, other bytes, checksums of its own."""

from __future__ import annotations

import gzip
import hashlib
import struct
from functools import partial
from pathlib import Path

import attrs
import numpy as np
from jaxtyping import UInt8

from mtlkit.data.official.entry import Official
from mtlkit.data.official.mnist import FILES, MNIST, arrange, fetched, kept

COUNTS = {"train": 600, "t10k": 100}


def pixels_and_labels(
    part: str,
) -> tuple[UInt8[np.ndarray, "picture 28 28"], UInt8[np.ndarray, " picture"]]:
    """The pictures of an official part (`train` or `t10k`): noise, so that gzip stays long."""
    drawn = np.random.default_rng(len(part))
    count = COUNTS[part]
    pixels = drawn.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return pixels, drawn.integers(0, 10, count, dtype=np.uint8)


def idx(array: np.ndarray) -> bytes:
    """An array of bytes in the idx format, as the page of MNIST describes it."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return head + array.tobytes()


def raw_files() -> dict[str, bytes]:
    """The four files, unpacked, by their official names."""
    found = {}
    for part in COUNTS:
        pixels, labels = pixels_and_labels(part)
        found[f"{part}-images-idx3-ubyte"] = idx(pixels)
        found[f"{part}-labels-idx1-ubyte"] = idx(labels)
    return {file: found[file] for file in FILES}


def packed_files() -> dict[str, bytes]:
    """The four downloads."""
    return {f"{file}.gz": gzip.compress(raw, mtime=0) for file, raw in raw_files().items()}


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


def miniature(*mirrors: str, like: Official = MNIST, folder: str = "MNIST") -> Official:
    """MNIST's entry in the catalogue, of the miniature at these addresses."""
    packed, raw = packed_files().values(), raw_files().values()
    sizes = tuple(map(len, packed))
    return attrs.evolve(
        like,
        downloads=fetched(mirrors, sizes, tuple(map(md5, packed))),
        files=kept(folder, tuple(map(md5, raw)), tuple(map(len, raw))),
        arrange=partial(arrange, folder),
    )


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files into a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
