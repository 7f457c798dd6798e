"""Pictures of compositions of words in one folder: which there are, and how they are split.

`compositions.json` has the words of each slot, the compositions made of them, the pictures and the
examples (a picture, or a box in it, and the composition it shows), and of each published split the
group of each composition and the examples of each part. The pictures stand end to end in
`pictures.bin`, as they were published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import attrs

from mtlkit.errors import UsageError

INDEX = "compositions.json"
PICTURES = "pictures.bin"

PARTS = ("train", "validation", "test")

ABSENT = -1
"""The group of a composition that a split does not have."""

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels; the last two are without."""


@attrs.frozen
class Picture:
    """A picture: its name, and where it stands in `pictures.bin`."""

    file: str
    start: int
    end: int


@attrs.frozen
class Example:
    """What one feature vector is of: a picture or a box in it, and the composition it shows."""

    picture: int
    composition: int
    box: Box | None


@attrs.frozen
class Split:
    """A published split.

    Parameters
    ----------
    group
        Of each composition, 0 if training shows it, 1 or 2 if validation or test alone do; `ABSENT`
        if the split does not have it.
    parts
        The examples of `PARTS`, by number.
    """

    group: tuple[int, ...]
    parts: Mapping[str, tuple[int, ...]]


@attrs.frozen
class Index:
    """What stands in a folder.

    Parameters
    ----------
    folder
        Where it is.
    slots
        What the words of a composition are: attribute and object, or subject, predicate and object.
    words
        Those of each slot.
    compositions
        Of each, its words by number.
    pictures, examples
        In the order of the file.
    splits
        By their names.
    sha256
        That of `pictures.bin`.
    """

    folder: Path
    slots: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    compositions: tuple[tuple[int, ...], ...]
    pictures: tuple[Picture, ...]
    examples: tuple[Example, ...]
    splits: Mapping[str, Split]
    sha256: str


def read_index(folder: Path) -> Index:
    """Read `compositions.json` of a folder.

    Raises
    ------
    UsageError
        If it is missing or not of that form.
    """
    file = folder / INDEX
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"{file}: is missing.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read ({error}).") from None
    try:
        return _index(folder, found)
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UsageError(f"{file}: is not of the form that its script gives it.") from None


def _index(folder: Path, found: Any) -> Index:
    words = tuple(tuple(map(str, own)) for own in found["words"])
    slots = tuple(map(str, found["slots"]))
    compositions = tuple(tuple(map(int, row)) for row in found["compositions"])
    lengths = [int(row["bytes"]) for row in found["images"]]
    pictures = tuple(
        Picture(str(row["file"]), end - length, end)
        for row, length, end in zip(found["images"], lengths, accumulate(lengths), strict=True)
    )
    examples = tuple(_example(row) for row in found["examples"])
    splits = {
        str(name): Split(
            tuple(map(int, row["group"])), {part: tuple(map(int, row[part])) for part in PARTS}
        )
        for name, row in found["splits"].items()
    }
    for place, own in enumerate(words):
        _within([row[place] for row in compositions], len(own))
    _within([one.picture for one in examples], len(pictures))
    _within([one.composition for one in examples], len(compositions))
    for split in splits.values():
        for part in PARTS:
            _within(split.parts[part], len(examples))
        if len(split.group) != len(compositions):
            raise ValueError
    if any(len(row) != len(slots) for row in (words, *compositions)):
        raise ValueError
    return Index(
        folder, slots, words, compositions, pictures, examples, splits, str(found["sha256"])
    )


def _example(row: Any) -> Example:
    picture, composition, *rest = row
    if not rest:
        return Example(int(picture), int(composition), None)
    ((left, top, right, bottom),) = rest
    return Example(int(picture), int(composition), (int(left), int(top), int(right), int(bottom)))


def _within(numbers: Sequence[int], count: int) -> None:
    if numbers and not 0 <= min(numbers) <= max(numbers) < count:
        raise ValueError
