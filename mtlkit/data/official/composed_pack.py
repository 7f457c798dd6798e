"""The pictures of a folder of compositions, as networks trained on ImageNet are shown them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8
from PIL import Image, UnidentifiedImageError

from mtlkit.data.official.composed_index import PICTURES, Example, Index
from mtlkit.errors import UsageError

SIDE = 224
"""Pixels along each side."""

_SHORT = 256
"""Pixels of a picture's shorter side, of which the middle is cut out."""


def check_pictures(index: Index) -> None:
    """Make sure that the pictures are there before any is decoded.

    Raises
    ------
    UsageError
        If they are not, or not all.
    """
    file = index.folder / PICTURES
    size = index.pictures[-1].end if index.pictures else 0
    length = file.stat().st_size if file.is_file() else -1
    if length != size:
        told = f"has {length:,} of {size:,} bytes" if length >= 0 else "is missing"
        raise UsageError(f"{file}: {told}.")


def decode(index: Index, examples: Sequence[Example]) -> UInt8[np.ndarray, "example 3 224 224"]:
    """The pixels of examples.

    A whole picture is scaled so that its shorter side has 256 pixels, and its middle is cut out, as
    Nagarajan and Grauman (Attributes as operators, ECCV 2018) do before they compute features. A
    box is squashed to the same size instead, so that all that stands in it is seen. Grey pictures
    get three equal channels.

    Raises
    ------
    UsageError
        If a picture cannot be decoded.
    """
    pixels = np.empty((len(examples), 3, SIDE, SIDE), np.uint8)
    last, picture = -1, Image.new("RGB", (1, 1))
    with (index.folder / PICTURES).open("rb") as file:
        for place, one in enumerate(examples):
            if one.picture != last:  # boxes of one picture follow one another
                row, last = index.pictures[one.picture], one.picture
                file.seek(row.start)
                try:
                    picture = _decoded(file.read(row.end - row.start))
                except ValueError as error:
                    raise UsageError(
                        f"{index.folder}: {row.file} cannot be decoded ({error})."
                    ) from None
            shown = picture.crop(one.box) if one.box else None
            reduced = (
                shown.resize((SIDE, SIDE), Image.Resampling.BILINEAR) if shown else _middle(picture)
            )
            pixels[place] = np.asarray(reduced).transpose(2, 0, 1)
    return pixels


def _decoded(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.convert("RGB")
    except UnidentifiedImageError:
        raise ValueError("it is no picture") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from None


def _middle(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    short = min(width, height)
    scaled = picture.resize(
        (_SHORT * width // short, _SHORT * height // short), Image.Resampling.BILINEAR
    )
    left, top = (round((length - SIDE) / 2) for length in scaled.size)
    return scaled.crop((left, top, left + SIDE, top + SIDE))
