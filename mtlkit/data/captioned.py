"""Pictures with captions: the one door through which lessons get them, by the name of the set.

Nothing is downloaded from here; `mtlkit data get NAME` does that.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path

import attrs
import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.core.paths import cache_root, data_root
from mtlkit.core.streams import stream
from mtlkit.data.catalogue import OFFICIAL
from mtlkit.data.decoded import kept
from mtlkit.data.generated.scenes import draw_scenes
from mtlkit.data.official.captioned_index import CAPTIONS, Index, Picture, read_index
from mtlkit.data.official.captioned_pack import check_pictures, contents, decode
from mtlkit.data.official.store import sha256
from mtlkit.errors import UsageError

NEEDS_NO_DOWNLOAD = "scenes"
"""The set that a message names to those who do not have theirs."""

_DECODING = 1
"""Raise it when pictures shall be decoded or ordered in another way than the kept ones."""

BLOCK = 4096
"""Pictures that are decoded and kept together: of a large set no more than are asked for."""


@attrs.frozen(eq=False)
class Captioned:
    """Colour pictures from 0 to 255, and the captions of each, at least one.

    All who load a part share its tensor: do not change it.
    """

    images: UInt8[Tensor, "picture 3 row column"]
    captions: tuple[tuple[str, ...], ...]


@attrs.frozen
class _Shape:
    """The greatest side that pictures can be had with, and the most pictures of each part."""

    side: int
    sizes: Mapping[str, int]


_SHAPES: Mapping[str, _Shape] = {
    "scenes": _Shape(32, {"train": 50_000, "validation": 2_000, "test": 5_000}),
    "flickr8k_800": _Shape(128, {"train": 600, "validation": 100, "test": 100}),
    "flickr8k": _Shape(224, {"train": 6_000, "validation": 1_000, "test": 1_000}),
    "coco": _Shape(224, {"train": 113_287, "validation": 5_000, "test": 5_000}),
}

NAMES = tuple(_SHAPES)
"""The sets there are; the first needs no download."""

DEFAULT_SIDE = 32
"""Pixels along each side, unless others are asked for; scenes are drawn with as many."""


def sizes(name: str) -> Mapping[str, int]:
    """The most pictures of the parts `train`, `validation` and `test`.

    Raises
    ------
    UsageError
        If there is no set of that name.
    """
    return _find(name).sizes


def side(name: str) -> int:
    """The greatest side, in pixels, that pictures of a set can be had with.

    For scenes, 32, the only one; photographs can be had with any from 8 to it.

    Raises
    ------
    UsageError
        If there is no set of that name.
    """
    return _find(name).side


def load(
    name: str, part: str, *, seed: int, size: int | None = None, side: int = DEFAULT_SIDE
) -> Captioned:
    """Pictures of the `"train"`, `"validation"` or `"test"` part of a set, and their captions.

    Scenes are drawn, each seed its own: two objects each, five sentences. Photographs are the same
    for every seed: the first ones of the part in an order that was drawn once, squashed to a
    square, and kept in the cache after they were first decoded.

    Parameters
    ----------
    seed
        Of the scenes.
    size
        How many pictures; None: all of the part.
    side
        Pixels along each side of the pictures.

    Raises
    ------
    UsageError
        If there is no such set, part, size or side, if the set is not here or not in order, or if
        the cache cannot be written to.
    """
    shape = _find(name)
    wanted = checked_size(part, size, shape.sizes)
    if name == NEEDS_NO_DOWNLOAD:
        if side != shape.side:
            raise UsageError(f"side = {side}: scenes have {shape.side} pixels along each side.")
        return _scenes(seed, part, wanted)
    if not 8 <= side <= shape.side:
        raise UsageError(f"side = {side}: allowed is 8 to {shape.side} for {name}.")
    return _photographs(name, part, wanted, side, data_root())


def checked_size(part: str, size: int | None, most: Mapping[str, int]) -> int:
    """How many pictures are asked for.

    Raises
    ------
    UsageError
        If there is no such part, or if it has not so many.
    """
    if part not in most:
        raise UsageError(f"part = {part}: allowed is one of {', '.join(most)}.")
    wanted = most[part] if size is None else size
    if not 1 <= wanted <= most[part]:
        raise UsageError(
            f"size = {wanted}: allowed is 1 to {most[part]:,}, the pictures of the part {part}."
        )
    return wanted


# Three parts of five seeds, which a lesson goes through in turn for each of its losses, fit in.
@functools.lru_cache(maxsize=18)
def _scenes(seed: int, part: str, size: int) -> Captioned:
    drawn = draw_scenes(seed, part, size, objects=2, kind="sentences")
    return Captioned(drawn.images, drawn.captions)


@functools.lru_cache(maxsize=12)
def _photographs(name: str, part: str, size: int, side: int, root: Path) -> Captioned:
    index = folder_index(name, root)
    rows = in_order(index, name, part, size)
    pixels = pixels_of(index, name, part, size, side)
    return Captioned(pixels, tuple(one.captions for one in rows))


def folder_index(name: str, root: Path, instead: str = NEEDS_NO_DOWNLOAD) -> Index:
    """What stands in the folder of a set of photographs; a message names `instead`.

    Raises
    ------
    UsageError
        If it is not here or not in order.
    """
    folder = root / name
    if not (folder / CAPTIONS).is_file():
        bring = (
            f"`mtlkit data get {name}` brings it"
            if name in OFFICIAL
            else "it is a choice of Flickr8k that is not published"
        )
        raise UsageError(
            f"data = {name}: not in {root}; {bring}, and data={instead} needs no download."
        )
    return read_index(folder)


def in_order(index: Index, name: str, part: str, size: int) -> tuple[Picture, ...]:
    """The first pictures of a part in its fixed order: a random choice of each size.

    Raises
    ------
    UsageError
        If the part has not so many.
    """
    found = index.part(part)
    if size > len(found):
        raise UsageError(
            f"{index.folder / CAPTIONS}: has {len(found):,} pictures in the part {part}, where "
            f"{size:,} are needed."
        )
    order = torch.randperm(len(found), generator=stream(0, f"{name}/{part}"))
    return tuple(found[row] for row in order[:size].tolist())


def pixels_of(
    index: Index, name: str, part: str, size: int, side: int
) -> UInt8[Tensor, "picture 3 side side"]:
    """The first pictures of a part in its fixed order, decoded block by block, and kept.

    Raises
    ------
    UsageError
        If one is missing or cannot be decoded, or if the cache cannot be written to.
    """
    rows = in_order(index, name, part, len(index.part(part)))
    checksum = checksum_of(index)[:24]
    blocks = []
    for number in range(-(-size // BLOCK)):
        some = rows[number * BLOCK : (number + 1) * BLOCK]
        file = f"{name}-{checksum}-{side}-{_DECODING}-{part}-{number}.safetensors"

        def make(some: tuple[Picture, ...] = some) -> Mapping[str, np.ndarray]:
            return {"pixels": decode(index, some, side)}

        blocks.append(kept(cache_root() / "pictures" / file, "pixels", make))
    return torch.from_numpy(np.concatenate(blocks)[:size])


def dataset(name: str) -> Dataset:
    """The name, with a checksum of the copy that is here; scenes have none, since they are drawn.

    Raises
    ------
    UsageError
        If there is no set of that name, or if it is not here.
    """
    _find(name)
    return Dataset(name) if name == NEEDS_NO_DOWNLOAD else _dataset(name, data_root())


@functools.cache
def _dataset(name: str, root: Path) -> Dataset:
    return Dataset(name, checksum_of(folder_index(name, root)))


def checksum_of(index: Index) -> str:
    """What names a copy: the SHA-256 of its captions, which hold that of packed pictures.

    Of pictures that are files of their own, every byte counts too.

    Raises
    ------
    UsageError
        If one is missing.
    """
    digest = sha256(index.folder / CAPTIONS)
    if index.is_packed:
        return digest
    check_pictures(index, index.pictures)
    whole = hashlib.sha256(digest.encode())
    for content in contents(index, index.pictures):
        whole.update(content)
    return whole.hexdigest()


def _find(name: str) -> _Shape:
    if name not in _SHAPES:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(NAMES)}.")
    return _SHAPES[name]
