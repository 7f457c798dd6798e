"""Making a folder of pictures of compositions from the official files of a data set."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import attrs
from PIL import Image

from mtlkit.data.official.captioned_index import first_of
from mtlkit.data.official.composed_index import ABSENT, INDEX, PARTS, PICTURES, Box, read_index
from mtlkit.data.official.entry import Made
from mtlkit.data.official.store import sha256
from mtlkit.errors import UsageError

Words = tuple[str, ...]
"""A composition: one word a slot, which may be of several ("faux fur")."""


@attrs.frozen
class Shown:
    """A picture, or a box in it, and the composition that it shows."""

    file: str
    words: Words
    box: Box | None = None


@attrs.frozen
class Published:
    """A split as its authors publish it.

    Parameters
    ----------
    listed
        The compositions of each part.
    parts
        The examples of each part, by number.
    """

    listed: Mapping[str, Sequence[Words]]
    parts: Mapping[str, Sequence[int]]


@attrs.frozen
class AtLeast:
    """The fewest compositions and examples of a split: what a copy that is cut off lacks.

    Parameters
    ----------
    compositions
        Seen, and unseen: both those to validate with and those to test with.
    examples
        Of the parts.
    """

    compositions: tuple[int, int]
    examples: Mapping[str, int]


def write_pack(
    target: Path,
    slots: Sequence[str],
    shown: Sequence[Shown],
    splits: Mapping[str, Published],
    contents: Callable[[str], bytes],
) -> None:
    """Write `compositions.json` and `pictures.bin`.

    Parameters
    ----------
    target
        A folder that is there.
    slots
        What the words of a composition are.
    shown
        The examples.
    splits
        By their names.
    contents
        The bytes of a picture, by its name.

    Raises
    ------
    UsageError
        If a split is not in order, if a file is no picture, or if a box has nothing of its picture.
    """
    groups = {name: groups_of(name, split, shown) for name, split in splits.items()}
    compositions = sorted({words for group in groups.values() for words in group})
    words = [sorted(set(own)) for own in zip(*compositions, strict=True)]
    numbers = [{word: number for number, word in enumerate(own)} for own in words]
    place = {one: number for number, one in enumerate(compositions)}
    kept = sorted({row for split in splits.values() for part in PARTS for row in split.parts[part]})
    new = {row: number for number, row in enumerate(kept)}
    sizes: dict[str, tuple[int, int]] = {}
    images, digest = [], hashlib.sha256()
    with (target / PICTURES).open("wb") as out:
        for file in dict.fromkeys(shown[row].file for row in kept):
            content = contents(file)
            sizes[file] = _size(file, content)
            out.write(content)
            digest.update(content)
            images.append({"file": file, "bytes": len(content)})
    order = {file: number for number, file in enumerate(sizes)}
    found = {
        "sha256": digest.hexdigest(),
        "slots": list(slots),
        "words": words,
        "compositions": [
            [own[word] for own, word in zip(numbers, one, strict=True)] for one in compositions
        ],
        "splits": {
            name: {
                "group": [groups[name].get(one, ABSENT) for one in compositions],
                **{part: [new[row] for row in split.parts[part]] for part in PARTS},
            }
            for name, split in splits.items()
        },
        "images": images,
        "examples": [
            [order[one.file], place[one.words], *([_clipped(one, sizes)] if one.box else [])]
            for one in (shown[row] for row in kept)
        ],
    }
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    (target / INDEX).write_text(f"{text}\n", encoding="utf-8")


def groups_of(name: str, split: Published, shown: Sequence[Shown]) -> dict[Words, int]:
    """The group of each composition of a split: 0 if training shows it, else 1 or 2.

    Raises
    ------
    UsageError
        If one is unseen both in validation and in test, if a picture of a part shows a composition
        that its part must not, or if a composition has no picture in the part that it is met in.
    """
    group = dict.fromkeys(split.listed["train"], 0)
    for number, part in enumerate(PARTS[1:], 1):
        own = [one for one in dict.fromkeys(split.listed[part]) if group.get(one) != 0]
        if both := [_named(one) for one in own if one in group]:
            raise UsageError(
                f"split = {name}: {first_of(both)} must not be unseen in validation and in test."
            )
        group.update(dict.fromkeys(own, number))
    met = set()
    for number, part in enumerate(PARTS):
        for row in split.parts[part]:
            one = shown[row]
            if group.get(one.words, ABSENT) not in (0, number):
                raise UsageError(
                    f"split = {name}: {one.file}, of the part {part}, shows {_named(one.words)}, "
                    "which that part must not have."
                )
            met.add((one.words, number))
    if without := [_named(one) for one, number in group.items() if (one, number) not in met]:
        raise UsageError(f"split = {name}: has no picture of {first_of(without)}.")
    return group


def _named(words: Words) -> str:
    return " ".join(words)


def _size(file: str, content: bytes) -> tuple[int, int]:
    """Width and height, from how a picture begins; its pixels are decoded for features only."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            return picture.size
    except (OSError, SyntaxError, Image.DecompressionBombError):
        raise UsageError(f"{file}: is no picture.") from None


def _clipped(one: Shown, sizes: Mapping[str, tuple[int, int]]) -> Box:
    """What of a box is in its picture; some published ones go beyond by a pixel."""
    assert one.box
    left, top, right, bottom = one.box
    width, height = sizes[one.file]
    box = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if box[0] >= box[2] or box[1] >= box[3]:
        raise UsageError(
            f"{one.file}: has a box from ({left}, {top}) to ({right}, {bottom}), of which nothing "
            f"is in the picture of {width} x {height}."
        )
    return box


def made_files(at_least: Mapping[str, AtLeast], size: int) -> tuple[Made, Made]:
    """The two files of a pack, for the catalogue.

    Parameters
    ----------
    at_least
        Of each split, by its name.
    size
        About how many bytes the pictures have; 0 where nobody states it.
    """

    def index_flaw(path: Path, read: bool) -> str:
        return _flaw_of_index(path, read, at_least)

    return Made(INDEX, 0, index_flaw), Made(PICTURES, size, _flaw_of_pictures)


def _flaw_of_index(path: Path, read: bool, at_least: Mapping[str, AtLeast]) -> str:
    if not read:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 3))
            return "" if file.read() == b"]}\n" else "is cut off"
    try:
        index = read_index(path.parent)
    except UsageError as error:
        return str(error).removeprefix(f"{path}: ").removesuffix(".")
    for name, least in at_least.items():
        if name not in index.splits:
            return f"has no split {name}"
        split = index.splits[name]
        seen = split.group.count(0)
        unseen = split.group.count(1) + split.group.count(2)
        for words, found, count in zip(
            ("seen", "unseen"), (seen, unseen), least.compositions, strict=True
        ):
            if found < count:
                return (
                    f"has {found:,} instead of {count:,} {words} compositions in its split {name}"
                )
        for part, count in least.examples.items():
            if len(split.parts[part]) < count:
                return (
                    f"has {len(split.parts[part]):,} instead of {count:,} pictures in the part "
                    f"{part} of its split {name}"
                )
    return ""


def _flaw_of_pictures(path: Path, read: bool) -> str:
    try:
        index = read_index(path.parent)
    except UsageError:
        return f"has no {INDEX} beside it that can be read"
    size = index.pictures[-1].end if index.pictures else 0
    if path.stat().st_size != size:
        return f"has {path.stat().st_size:,} of {size:,} bytes"
    same = not read or index.sha256 == sha256(path)
    return "" if same else f"has other bytes than the pictures of {INDEX}"
