"""Pictures with captions in one folder: which pictures there are, and the bytes of each.

`captions.json` is `{"images": [{"file", "split", "captions"}, ...]}`, with `split` one of `train`,
`val` and `test`. The pictures are files of their own, or stand end to end in `pictures.jpeg`, as
they were published: then each has `bytes`, its length, and the whole has `sha256`, that of
`pictures.jpeg`. Sets with classes have `classes`, their names, and the `label` of each picture.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import attrs

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


def first_of(names: Sequence[str]) -> str:
    """The first of some names, and how many others there are."""
    others = len(names) - 1
    more = f" and {others:,} other{'s' if others > 1 else ''}" if others else ""
    return f"{names[0]}{more}"


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
    if not isinstance(split, str) or split not in SPLITS.values():
        raise ValueError(f"({name}) has the split {split}; allowed is train, val or test")
    if not isinstance(captions, list) or not all(isinstance(one, str) for one in captions):
        raise ValueError(f"({name}) has no list of captions")
    if not (cleaned := clean_captions(captions)):
        raise ValueError(f"({name}) has no caption that is not empty")
    label = row.get("label", -1)
    if not isinstance(label, int) or not (0 <= label < n_classes or (not n_classes and label < 0)):
        raise ValueError(f"({name}) has the label {label}; allowed is 0 to {n_classes - 1}")
    return Picture(name, split, cleaned, label, start, end)
