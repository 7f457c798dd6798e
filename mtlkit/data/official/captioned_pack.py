"""Pictures with captions in one folder: which pictures there are, and the bytes of each.

`captions.json` is `{"images": [{"file", "split", "captions"}, ...]}`, with `split` one of `train`,
`val` and `test`. The pictures are files of their own, or stand end to end in `pictures.jpeg`: then
each has `bytes`, its length, and the whole has `sha256`, that of `pictures.jpeg`. Sets with classes
have `classes`, their names, and the `label` of each picture.
"""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import attrs
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from mtlkit.errors import UsageError

CAPTIONS = "captions.json"
PICTURES = "pictures.jpeg"

SPLITS: Mapping[str, str] = {"train": "train", "validation": "val", "test": "test"}
"""A part's name in the file."""


@attrs.frozen
class Picture:
    """What is known of a picture without decoding it.

    Parameters
    ----------
    file
        Its name; where there is no `pictures.jpeg`, its path in the folder.
    split
        `"train"`, `"val"` or `"test"`.
    captions
        At least one; each a line that is not empty.
    label
        Its class, from 0; -1 where the set has none.
    start, end
        Where it stands in `pictures.jpeg`; both 0 where it is a file of its own.
    """

    file: str
    split: str
    captions: tuple[str, ...]
    label: int = -1
    start: int = 0
    end: int = 0


@attrs.frozen
class Index:
    """What stands in a folder.

    Parameters
    ----------
    folder
        Where it is.
    pictures
        In the order of the file.
    classes
        Their names; empty where the set has none.
    sha256
        That of `pictures.jpeg`; empty where there is none.
    """

    folder: Path
    pictures: tuple[Picture, ...]
    classes: tuple[str, ...] = ()
    sha256: str = ""

    @property
    def is_packed(self) -> bool:
        """Whether the pictures stand end to end in one file."""
        return bool(self.sha256)

    def part(self, name: str) -> tuple[Picture, ...]:
        """The pictures to train, validate or test with."""
        return tuple(one for one in self.pictures if one.split == SPLITS[name])


def clean_captions(captions: Sequence[str]) -> tuple[str, ...]:
    """Captions as they are kept: each one line, its characters composed, empty ones left out.

    Letters of other alphabets stay as they are.
    """
    lines = [" ".join(unicodedata.normalize("NFC", caption).split()) for caption in captions]
    return tuple(line for line in lines if line)


def read_index(folder: Path) -> Index:
    """Read `captions.json` of a folder.

    Captions are cleaned as by `clean_captions`.

    Raises
    ------
    UsageError
        If it is missing or not of that form, or if a picture has no caption.
    """
    file = folder / CAPTIONS
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{file}: is missing.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read ({error}).") from None
    try:
        rows = list(found["images"])
        sha256, classes = str(found.get("sha256", "")), tuple(map(str, found.get("classes", ())))
    except (TypeError, KeyError, AttributeError):
        raise UsageError(f'{file}: has no list of "images".') from None
    ends = list(accumulate(_length(row) for row in rows)) if sha256 else [0] * len(rows)
    pictures = []
    for place, (row, end) in enumerate(zip(rows, ends, strict=True)):
        try:
            pictures.append(_picture(row, end - _length(row) if sha256 else 0, end, len(classes)))
        except ValueError as error:
            raise UsageError(f"{file}: image {place} {error}.") from None
    return Index(folder, tuple(pictures), classes, sha256)


def _length(row: Any) -> int:
    """Bytes of a picture; 0 if the row does not say."""
    length = row.get("bytes", 0) if isinstance(row, dict) else 0
    return length if isinstance(length, int) else 0


def _picture(row: Any, start: int, end: int, n_classes: int) -> Picture:
    """A row of the file; what is wrong with it is told after its number."""
    if not isinstance(row, dict) or not isinstance(row.get("file"), str):
        raise ValueError('has no "file"')
    name, split, captions = row["file"], row.get("split"), row.get("captions")
    if split not in SPLITS.values():
        raise ValueError(f"({name}) has the split {split}; allowed is train, val or test")
    if not isinstance(captions, list) or not all(isinstance(one, str) for one in captions):
        raise ValueError(f"({name}) has no list of captions")
    if not (cleaned := clean_captions(captions)):
        raise ValueError(f"({name}) has no caption that is not empty")
    label = row.get("label", -1)
    if not isinstance(label, int) or not (0 <= label < n_classes or (not n_classes and label < 0)):
        raise ValueError(f"({name}) has the label {label}; allowed is 0 to {n_classes - 1}")
    return Picture(name, split, cleaned, label, start, end)


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
        more = f" and {len(missing) - 1:,} others" if len(missing) > 1 else ""
        raise UsageError(
            f"{index.folder / CAPTIONS}: has captions of pictures that are missing: {missing[0]}"
            f"{more}."
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
    except Image.UnidentifiedImageError:
        raise ValueError("it is no picture") from None
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(str(error)) from None
    return np.asarray(reduced).transpose(2, 0, 1)
