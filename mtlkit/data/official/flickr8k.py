"""Flickr8k: photographs of people and dogs in action, with five sentences each.

Its owners send the addresses of its two archives to those who ask for them, and state no checksums;
what is looked at is that all pictures of the official split are there, with captions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mtlkit.data.official.captioned_index import Picture, clean_captions
from mtlkit.data.official.captioned_writer import (
    Archive,
    check_there,
    made_files,
    opened,
    write_pack,
)
from mtlkit.data.official.entry import Download, Official
from mtlkit.errors import UsageError

PHOTOGRAPHS = "Flickr8k_Dataset.zip"
TEXT = "Flickr8k_text.zip"
TOKENS = "Flickr8k.token.txt"
"""A line for each caption: file, `#`, its number, a tab, and the caption."""

LISTS = {
    "train": "Flickr_8k.trainImages.txt",
    "val": "Flickr_8k.devImages.txt",
    "test": "Flickr_8k.testImages.txt",
}
"""The official split: a line for each picture."""

COUNTS: Mapping[str, int] = {"train": 6_000, "validation": 1_000, "test": 1_000}


def arrange(downloaded: Path, target: Path) -> None:
    """Make the pack of the 8,000 pictures of the official split; 91 others are in no list."""
    with opened(downloaded / TEXT) as text, opened(downloaded / PHOTOGRAPHS) as photographs:
        pictures = _pictures(text)
        places = {name.rpartition("/")[2]: name for name in photographs.names}
        check_there([one.file for one in pictures], places, photographs.file)

        def contents() -> Iterator[tuple[Picture, bytes]]:
            for one in pictures:
                yield one, photographs.read(places[one.file])

        write_pack(target, contents())


def _pictures(text: Archive) -> list[Picture]:
    """The listed pictures with their captions, by split, then in the order of the lists."""
    captions: dict[str, list[str]] = {}
    tokens = text.text(text.ending(TOKENS))
    # Not splitlines: captions may have other characters that end lines.
    for number, line in enumerate(tokens.split("\n"), 1):
        if not line.strip():
            continue
        name, tab, caption = line.partition("\t")
        if not tab or "#" not in name:
            raise UsageError(f"{text.file}: line {number} of {TOKENS} is no caption of a picture.")
        captions.setdefault(name.rpartition("#")[0], []).append(caption)
    pictures = []
    for split, file in LISTS.items():
        for name in text.text(text.ending(file)).split():
            cleaned = clean_captions(captions.get(name, []))
            if not cleaned:
                raise UsageError(f"{text.file}: {name}, which {file} lists, has no caption.")
            pictures.append(Picture(name, split, cleaned))
    return pictures


FLICKR8K = Official(
    name="flickr8k",
    title="Flickr8k",
    what="8,000 photographs with five English sentences each",
    licence="non-commercial",
    page="https://hockenmaier.cs.illinois.edu/8k-pictures.html",
    downloads=(
        Download(PHOTOGRAPHS, 1_100_000_000, "", ()),
        Download(TEXT, 2_300_000, "", ()),
    ),
    files=made_files(COUNTS, 1_100_000_000),
    arrange=arrange,
    by_hand="its owners send its addresses to those who ask for them on their page",
)
