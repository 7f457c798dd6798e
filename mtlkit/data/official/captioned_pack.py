"""The pictures of a folder with captions: are they there, and their pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from mtlkit.data.official.captioned_index import CAPTIONS, PICTURES, Index, Picture, first_of
from mtlkit.errors import UsageError


def check_pictures(index: Index, pictures: Sequence[Picture]) -> None:
    """Make sure that pictures are there before any is decoded.

    Raises
    ------
    UsageError
        If one is missing, naming it; if several are, how many.
    """
    if index.is_packed:
        file = index.folder / PICTURES
        size = index.pictures[-1].end if index.pictures else 0
        length = file.stat().st_size if file.is_file() else -1
        if length != size:
            told = f"has {length:,} of {size:,} bytes" if length >= 0 else "is missing"
            raise UsageError(f"{file}: {told}.")
        return
    missing = [one.file for one in pictures if not (index.folder / one.file).is_file()]
    if missing:
        raise UsageError(
            f"{index.folder / CAPTIONS}: has captions of pictures that are missing: "
            f"{first_of(missing)}."
        )


def contents(index: Index, pictures: Sequence[Picture]) -> Iterator[bytes]:
    """The bytes of each picture as they were published, one after the other."""
    if not index.is_packed:
        for one in pictures:
            yield (index.folder / one.file).read_bytes()
        return
    with (index.folder / PICTURES).open("rb") as file:
        for one in pictures:
            file.seek(one.start)
            yield file.read(one.end - one.start)


def decode(
    index: Index, pictures: Sequence[Picture], side: int
) -> UInt8[np.ndarray, "picture 3 side side"]:
    """Pictures squashed to `side` x `side`, whatever their proportions, without aliasing.

    Grey ones get three equal channels; those printed in four colours are converted to three.

    Raises
    ------
    UsageError
        If one is missing or cannot be decoded.
    """
    check_pictures(index, pictures)
    pixels = np.empty((len(pictures), 3, side, side), np.uint8)
    for place, (one, content) in enumerate(zip(pictures, contents(index, pictures), strict=True)):
        try:
            pixels[place] = squashed(content, side)
        except ValueError as error:
            raise UsageError(f"{index.folder}: {one.file} cannot be decoded ({error}).") from None
    return pixels


def squashed(content: bytes, side: int) -> UInt8[np.ndarray, "3 side side"]:
    """One picture as `decode` has it.

    Raises
    ------
    ValueError
        If the bytes are no picture, or only a part of one.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            # A JPEG file several times as large is decoded to fewer pixels, which is faster.
            picture.draft("RGB", (2 * side, 2 * side))
            reduced = picture.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    except UnidentifiedImageError:
        raise ValueError("it is no picture") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from None
    return np.asarray(reduced).transpose(2, 0, 1)
