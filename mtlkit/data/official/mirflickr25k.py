"""MIRFlickr-25K: photographs with the tags of those who published them, and topics that people saw.

A picture's caption is its tags, as the owners simplified them. It may have several of the 24
topics that annotators found at least a trace of (the `potential` labels); **our reading** of "the
class of a picture" is the rarest of them. Pictures without a tag or a topic are left out. The
owners publish no split; ours was drawn once.
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
    rarest,
    split_at_random,
    write_pack,
)
from mtlkit.data.official.entry import Download, Official
from mtlkit.errors import UsageError

PHOTOGRAPHS = "mirflickr25k.zip"
TOPICS = "mirflickr25k_annotations_v080.zip"

COUNTS: Mapping[str, int] = {"train": 15_000, "validation": 1_000, "test": 2_000}
"""Pictures of the parts; those that are over are in none."""


def arrange(downloaded: Path, target: Path, counts: Mapping[str, int] = COUNTS) -> None:
    """Make the pack of the pictures that have a tag and a topic."""
    with opened(downloaded / TOPICS) as topics, opened(downloaded / PHOTOGRAPHS) as photographs:
        labels = _topics(topics)
        captions = {number: caption for number in labels if (caption := _tags(photographs, number))}
        label = rarest({number: labels[number] for number in captions})
        classes = sorted(set(label.values()))
        splits = split_at_random(list(label), "mirflickr25k", counts)
        check_there([_file(number) for number in label], photographs.names, photographs.file)

        def contents() -> Iterator[tuple[Picture, bytes]]:
            for number in sorted(label, key=int):
                index = classes.index(label[number])
                one = Picture(_file(number), splits[number], captions[number], index)
                yield one, photographs.read(_file(number))

        write_pack(target, contents(), classes)


def _file(number: str) -> str:
    return f"mirflickr/im{number}.jpg"


def _topics(archive: Archive) -> dict[str, list[str]]:
    """The topics of each picture, by its number; `_r1` files repeat those that are plain to see."""
    labels: dict[str, list[str]] = {}
    for name in archive.names:
        topic, dot, kind = name.rpartition("/")[2].rpartition(".")
        if not dot or kind != "txt" or topic.endswith("_r1") or topic == "README":
            continue
        for number in archive.text(name).split():
            if not number.isdecimal():
                raise UsageError(
                    f"{archive.file}: {name} in it has {number[:20]} where a picture's number "
                    "should be."
                )
            labels.setdefault(number, []).append(topic)
    if not labels:
        raise UsageError(f"{archive.file}: has no topics of pictures.")
    return labels


def _tags(archive: Archive, number: str) -> tuple[str, ...]:
    """The tags of a picture as one caption; nothing if it has none."""
    name = f"mirflickr/meta/tags/tags{number}.txt"
    content = archive.read(name)
    try:
        text = content.decode()
    except UnicodeDecodeError:  # a few were cut in the middle of a letter
        text = content.decode(errors="ignore")
    return clean_captions([text])


MIRFLICKR25K = Official(
    name="mirflickr25k",
    title="MIRFlickr-25K",
    what="25,000 photographs with their users' tags and 24 topics",
    licence="CC, various",
    page="https://press.liacs.nl/mirflickr/mirdownload.html",
    downloads=(
        Download(
            PHOTOGRAPHS,
            3_069_184_257,
            "md5:a23d0a8564ee84cda5622a6c2f947785",
            (f"https://press.liacs.nl/mirflickr/mirflickr25k.v3b/{PHOTOGRAPHS}",),
        ),
        # Its owners state no checksum of it; this is the one that its users have.
        Download(
            TOPICS,
            207_220,
            "md5:aa0138c79892b1b670184d142380948f",
            (f"https://press.liacs.nl/mirflickr/mirflickr25k.v3b/{TOPICS}",),
        ),
    ),
    files=made_files(COUNTS, 2_500_000_000),
    arrange=arrange,
)
