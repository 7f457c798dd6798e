"""Pictures of grouped sets, class after class: which are in which part, and their pixels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8

from mtlkit.core.paths import cache_root
from mtlkit.core.streams import stream
from mtlkit.data.decoded import Decoded, kept
from mtlkit.data.official.cifar_pickle import read_labelled
from mtlkit.data.official.groups import Groups
from mtlkit.data.official.jpeg_pack import decode, read_pack
from mtlkit.data.official.store import sha256
from mtlkit.errors import UsageError

SIDE = 32
"""Pixels along each side of a picture, in every set of the course."""

_DECODING = 1
"""Raise it when packs shall be decoded, split or ordered in another way than the kept ones."""

Pixels = UInt8[np.ndarray, "picture 3 32 32"]


def cifar_pixels(folder: Path, part: str, groups: Groups, sizes: Mapping[str, int]) -> Pixels:
    """A part of CIFAR-100, from the folder with its official files.

    Raises
    ------
    UsageError
        If a file is not what it should be.
    """
    file = folder / official_part(part)
    found = read_labelled(file)
    names = dict(enumerate(groups.names))
    pairs = set(zip(found.fine.tolist(), found.coarse.tolist(), strict=True))
    if len(pairs) != len({fine for fine, _ in pairs}):
        raise UsageError(f"{file}: has a class in two groups; allowed is one for each.")
    members = {str(fine): names.get(coarse, str(coarse)) for fine, coarse in pairs}
    if words := groups.flaw(members):
        raise UsageError(f"{file}: {words}.")
    classes = [int(key) for key in groups.keys]
    try:
        rows = rows_of(found.fine, classes, "cifar100", part, sizes)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
    return np.take(found.pixels, rows, axis=0)


def pack_pixels(pack: Path, part: str, groups: Groups, sizes: Mapping[str, int]) -> Pixels:
    """A part of a pack of JPEG pictures that is in order.

    All parts are decoded the first time, and kept in the cache by the pack's checksum.

    Raises
    ------
    UsageError
        If a picture cannot be decoded, or if the cache cannot be written to.
    """
    name = f"{sha256(pack)[:24]}-{SIDE}-{_DECODING}-{'-'.join(map(str, sizes.values()))}"
    file = cache_root() / "pictures" / f"{name}.safetensors"

    def make() -> Decoded:
        found = read_pack(pack)
        classes = [found.wnids.index(key) for key in groups.keys]
        decoded = {}
        for one in sizes:
            source = found.parts[official_part(one)]
            rows = rows_of(source.classes, classes, "tiny_imagenet", one, sizes)
            try:
                decoded[one] = decode(source, rows, SIDE)
            except UsageError as error:
                raise UsageError(f"{pack}: {official_part(one)} {error}") from None
        return decoded

    return kept(file, part, make)


def official_part(part: str) -> str:
    """The file in which a part is: that to validate with is split off the training pictures."""
    return "test" if part == "test" else "train"


def rows_of(
    labels: Int64[np.ndarray, " picture"],
    classes: list[int],
    name: str,
    part: str,
    sizes: Mapping[str, int],
) -> Int64[np.ndarray, " row"]:
    """Where the pictures of a part are, class after class, those of a class in random order.

    Parameters
    ----------
    labels
        The class of each picture of the official part.
    classes
        The classes in the order wanted.
    name
        Of the set: each has its own streams.
    sizes
        Pictures of a class in each part.

    Raises
    ------
    UsageError
        If a class has another number of pictures.
    """
    official = official_part(part)
    needed = sum(size for one, size in sizes.items() if official_part(one) == official)
    chosen = []
    for index, label in enumerate(classes):
        found = np.flatnonzero(labels == label)
        if len(found) != needed:
            raise UsageError(f"has {len(found)} instead of {needed} pictures of the class {label}.")
        order = torch.randperm(needed, generator=stream(0, f"{name}/{official}", index)).numpy()
        start = sizes["train"] if part == "validation" else 0
        chosen.append(found[order[start : start + sizes[part]]])
    return np.concatenate(chosen)
