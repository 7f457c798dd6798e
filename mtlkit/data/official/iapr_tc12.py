"""IAPR TC-12: holiday photographs from around the world, described by one who took them.

The official archive has pictures and descriptions, and no classes. The 255 classes that papers on
retrieval by class speak of are the labels of regions in the segmented set of Escalante et al. (The
segmented and annotated IAPR TC-12 benchmark, Computer Vision and Image Understanding 114, 2010),
whose archives are in a format (RAR) that Python cannot read: unpack them by hand. A picture has
several regions; **our reading** of "the class of a picture" is the rarest label among them, of
those that at least 20 pictures have, so that fewer than 255 classes are left. Pictures without a
description or such a label are left out. There is no official split; ours was drawn once.
"""

from __future__ import annotations

import html
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from mtlkit.data.official.captioned_index import Picture, clean_captions
from mtlkit.data.official.captioned_writer import (
    check_there,
    made_files,
    rarest,
    split_at_random,
    write_pack,
)
from mtlkit.data.official.entry import Download, Official
from mtlkit.errors import UsageError

ARCHIVE = "iaprtc12.tgz"
SEGMENTED = "saiaprtc12ok"
"""What the archives of the segmented set unpack to."""

LABELS = "labels.txt"
"""In each folder of the segmented set: a line for each region, picture, region and label."""

COUNTS: Mapping[str, int] = {"train": 16_000, "validation": 1_000, "test": 2_000}
"""Pictures of the parts, at least."""

AT_LEAST = 20
"""Pictures that a label must have to be a class."""

_ENCODING = "iso-8859-1"
_DESCRIPTION = re.compile(r"<DESCRIPTION>(.*?)</DESCRIPTION>", re.DOTALL | re.IGNORECASE)
"""The files look like XML, and some are not well-formed."""


def arrange(
    downloaded: Path,
    target: Path,
    counts: Mapping[str, int] = COUNTS,
    at_least: int = AT_LEAST,
) -> None:
    """Make the pack of the pictures that have a description and a class."""
    archive = downloaded / ARCHIVE
    captions, there = _descriptions(archive)
    labels = _labels(downloaded / SEGMENTED)
    both = {number: labels[number] for number in labels if captions.get(number)}
    label = rarest(both, at_least)
    check_there(sorted(label, key=int), there, archive)
    classes = sorted(set(label.values()), key=int)
    splits = split_at_random(list(label), "iapr_tc12", counts)

    def contents() -> Iterator[tuple[Picture, bytes]]:
        for name, content in _files(archive):
            number = Path(name).stem
            if _is_picture(name) and number in label:
                index = classes.index(label[number])
                yield Picture(name, splits[number], captions[number], index), content

    write_pack(target, contents(), classes)


def _is_picture(name: str) -> bool:
    return "/images/" in f"/{name}" and name.endswith(".jpg")


def _descriptions(archive: Path) -> tuple[dict[str, tuple[str, ...]], set[str]]:
    """The English description of each picture, as one caption; and the pictures that there are.

    Both by the pictures' numbers, which no two folders share.
    """
    captions: dict[str, tuple[str, ...]] = {}
    there = set()
    for name, content in _files(archive):
        number = Path(name).stem
        if _is_picture(name):
            there.add(number)
        elif name.endswith(".eng"):
            # Files of the same name in another folder are shorter: they have no description.
            found = _DESCRIPTION.search(content.decode(_ENCODING))
            if found:
                text = " ".join(html.unescape(found[1]).split()).rstrip("; ")
                captions[number] = clean_captions([text])
    if not captions:
        raise UsageError(f"{archive}: has no English descriptions.")
    return captions, there


def _files(archive: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the archive one after the other, as they can be had."""
    try:
        with tarfile.open(archive) as packed:
            for member in packed:
                if member.isfile() and (content := packed.extractfile(member)):
                    yield member.name, content.read()
    except (OSError, tarfile.TarError, EOFError, zlib.error) as error:
        raise UsageError(f"{archive}: cannot be unpacked ({error}).") from None


def _labels(folder: Path) -> dict[str, list[str]]:
    """The labels of each picture's regions, numbers as they stand in the files."""
    labels: dict[str, list[str]] = {}
    for file in sorted(folder.rglob(LABELS)):
        for number, line in enumerate(file.read_text(encoding=_ENCODING).splitlines(), 1):
            if not (words := line.split()):
                continue
            if len(words) < 3 or not all(word.isdecimal() for word in words[:3]):
                raise UsageError(f"{file}: line {number} is not a picture, a region and a label.")
            labels.setdefault(words[0], []).append(words[2])
    if not labels:
        raise UsageError(f"{folder}: has no {LABELS} in any folder.")
    return labels


IAPR_TC12 = Official(
    name="iapr_tc12",
    title="IAPR TC-12",
    what="20,000 photographs with English descriptions, in classes",
    licence="no restrictions",
    page="https://www.imageclef.org/photodata",
    downloads=(Download(ARCHIVE, 1_900_000_000, "", ()),),
    files=made_files(COUNTS, 1_600_000_000),
    arrange=arrange,
    by_hand="its classes come in RAR archives (https://www.imageclef.org/SIAPRdata), to be unpacked"
    " by hand",
    beside=SEGMENTED,
)
