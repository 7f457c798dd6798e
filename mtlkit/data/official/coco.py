"""MS COCO: photographs of everyday scenes, with five sentences each.

The pictures and captions of 2014, in the split of Andrej Karpathy and Li Fei-Fei (Deep
Visual-Semantic Alignments for Generating Image Descriptions, CVPR 2015), which papers on retrieval
use; what it calls `restval` is trained on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

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

_YEAR = 2014
YEAR_PARTS = (f"train{_YEAR}", f"val{_YEAR}")
"""The archives of pictures; each has a folder of its own name."""

ANNOTATIONS = "annotations_trainval2014.zip"
SPLIT = "caption_datasets.zip"
SPLIT_FILE = "dataset_coco.json"

COUNTS: Mapping[str, int] = {"train": 113_287, "validation": 5_000, "test": 5_000}

_SPLITS = {"train": "train", "restval": "train", "val": "val", "test": "test"}


def arrange(downloaded: Path, target: Path) -> None:
    """Make the pack of all pictures of the split, in the order of their paths."""
    with ExitStack() as stack:
        annotations = stack.enter_context(opened(downloaded / ANNOTATIONS))
        split = stack.enter_context(opened(downloaded / SPLIT))
        pictures = sorted(_pictures(annotations, split), key=lambda one: one.file)
        archives = {
            part: stack.enter_context(opened(downloaded / f"{part}.zip")) for part in YEAR_PARTS
        }
        for part, archive in archives.items():
            names = [one.file for one in pictures if one.file.startswith(f"{part}/")]
            check_there(names, archive.names, archive.file)

        def contents() -> Iterator[tuple[Picture, bytes]]:
            for one in pictures:
                yield one, archives[one.file.partition("/")[0]].read(one.file)

        write_pack(target, contents())


def _pictures(annotations: Archive, split: Archive) -> list[Picture]:
    """The pictures of the split, with the captions that the owners publish."""
    captions: dict[int, list[str]] = {}
    for part in YEAR_PARTS:
        name = annotations.ending(f"captions_{part}.json")
        found = annotations.json(name)
        try:
            for row in sorted(found["annotations"], key=lambda row: row["id"]):
                captions.setdefault(row["image_id"], []).append(row["caption"])
        except (TypeError, KeyError):
            raise UsageError(f"{annotations.file}: {name} in it has no captions.") from None
    name = split.ending(SPLIT_FILE)
    try:
        rows = list(split.json(name)["images"])
    except (TypeError, KeyError):
        raise UsageError(f"{split.file}: {name} in it has no pictures.") from None
    return [_picture(row, captions, split.file) for row in rows]


def _picture(row: Any, captions: Mapping[int, list[str]], file: Path) -> Picture:
    try:
        path, number = f"{row['filepath']}/{row['filename']}", row["cocoid"]
        split = _SPLITS[row["split"]]
    except (TypeError, KeyError):
        raise UsageError(
            f"{file}: a picture in it lacks its path, number or split ({str(row)[:60]})."
        ) from None
    if path.partition("/")[0] not in YEAR_PARTS:
        raise UsageError(f"{file}: {path} is in none of {', '.join(YEAR_PARTS)}.")
    if not (cleaned := clean_captions(captions.get(number, []))):
        raise UsageError(f"{file}: {path} has no caption in {ANNOTATIONS}.")
    return Picture(path, split, cleaned)


def _download(file: str, folder: str, size: int, md5: str) -> Download:
    return Download(file, size, f"md5:{md5}", (f"http://images.cocodataset.org/{folder}/{file}",))


# The owners publish no checksums in words; the MD5 sums are those that their server gives with the
# files, as the users of the official files have them too. So it is with the sum of the split.
COCO = Official(
    name="coco",
    title="MS COCO",
    what="123,287 photographs with five English sentences each",
    licence="CC BY / Flickr",
    page="https://cocodataset.org/#download",
    downloads=(
        _download(f"train{_YEAR}.zip", "zips", 13_510_573_713, "0da8c0bd3d6becc4dcb32757491aca88"),
        _download(f"val{_YEAR}.zip", "zips", 6_645_013_297, "a3d79f5ed8d289b7a7554ce06a5782b3"),
        _download(ANNOTATIONS, "annotations", 252_872_794, "0a379cfc70b0e71301e0f377548639bd"),
        Download(
            SPLIT,
            36_745_453,
            "sha256:4cfd70132527b80933105e5829dc9034eaab9573482e2e680abbab6130244817",
            (f"https://cs.stanford.edu/people/karpathy/deepimagesent/{SPLIT}",),
        ),
    ),
    files=made_files(COUNTS, 20_200_000_000),
    arrange=arrange,
)
