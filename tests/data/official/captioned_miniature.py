"""The sets of pictures with captions in small: their owners' layouts, other pictures and words."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import attrs
import numpy as np
from PIL import Image

from mtlkit.data.official import coco, flickr8k, iapr_tc12, mirflickr25k
from mtlkit.data.official.captioned_writer import made_files
from mtlkit.data.official.coco import COCO
from mtlkit.data.official.entry import Official
from mtlkit.data.official.flickr8k import FLICKR8K
from mtlkit.data.official.iapr_tc12 import IAPR_TC12
from mtlkit.data.official.mirflickr25k import MIRFLICKR25K

Files = dict[str, bytes]


@functools.cache
def photograph(seed: int, size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    """A JPEG file of smooth noise."""
    drawn = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(drawn).resize(size).convert(mode).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return stream.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as packed:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            packed.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def of_downloads(entry: Official, downloads: Mapping[str, bytes], **sizes: int) -> Official:
    """An entry of the catalogue, of the miniature: other checksums, sizes and counts."""
    own = [
        attrs.evolve(
            one,
            size=len(downloads[one.file]),
            checksum=f"md5:{hashlib.md5(downloads[one.file]).hexdigest()}" if one.checksum else "",
        )
        for one in entry.downloads
    ]
    return attrs.evolve(entry, downloads=tuple(own), files=made_files(sizes, 1_000))


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


# --- MS COCO ---

COCO_SPLITS = ("train", "restval", "val", "test", "train", "restval")
"""Of pictures 0 to 5; the even ones are of `train2014`, the others of `val2014`."""


def coco_path(number: int) -> str:
    part = "train2014" if number % 2 == 0 else "val2014"
    return f"{part}/COCO_{part}_{number:012d}.jpg"


def coco_files() -> Files:
    """What is in the four archives, by `ARCHIVE:FILE`."""
    files = {}
    for part, first in (("train2014", 0), ("val2014", 1)):
        rows = []
        for number in range(first, 6, 2):
            files[f"{part}.zip:{coco_path(number)}"] = photograph(number)
            # Numbers that run the other way: the order is theirs, not that of the rows.
            rows += [
                {"image_id": number, "id": 1000 - 10 * number - k, "caption": f"No. {number}: {k}."}
                for k in range(5)
            ]
        content = json.dumps({"info": {}, "annotations": rows}).encode()
        files[f"{coco.ANNOTATIONS}:annotations/captions_{part}.json"] = content
        files[f"{coco.ANNOTATIONS}:annotations/instances_{part}.json"] = b"{}"
    images = [
        {
            "filepath": coco_path(number).partition("/")[0],
            "filename": coco_path(number).partition("/")[2],
            "cocoid": number,
            "split": split,
            "sentences": [{"raw": "not these"}],
        }
        for number, split in enumerate(COCO_SPLITS)
    ]
    for name in ("coco", "flickr8k"):
        found = {"images": images if name == "coco" else [], "dataset": name}
        files[f"{coco.SPLIT}:dataset_{name}.json"] = json.dumps(found).encode()
    return files


def coco_downloads(files: Files | None = None) -> Files:
    found = files or coco_files()
    archives: dict[str, Files] = {one.file: {} for one in COCO.downloads}
    for name, content in found.items():
        archive, _, file = name.partition(":")
        archives[archive][file] = content
    return {name: zipped(inner) for name, inner in archives.items()}


def coco_miniature(downloads: Mapping[str, bytes]) -> Official:
    return of_downloads(COCO, downloads, train=4, validation=1, test=1)


# --- Flickr8k ---

FLICKR_NAMES = tuple(f"{100 + number}_abc{number}.jpg" for number in range(7))
"""Of pictures 0 to 6; the last is in no list."""


def flickr_text() -> Files:
    """The files of text."""
    lines = [
        f"{name}#{k}\tPicture {number} , told {k} ."
        for number, name in enumerate(FLICKR_NAMES)
        for k in range(5)
    ]
    lines.append("999_gone.jpg.1#0\tOf a picture that is nowhere .")
    lists = {"train": FLICKR_NAMES[:4], "val": FLICKR_NAMES[4:5], "test": FLICKR_NAMES[5:6]}
    listed = {
        flickr8k.LISTS[split]: "".join(f"{name}\n" for name in names).encode()
        for split, names in lists.items()
    }
    return {flickr8k.TOKENS: "\n".join([*lines, ""]).encode(), **listed, "readme.txt": b"..."}


def flickr_photographs() -> Files:
    modes = ["RGB", "L", "CMYK", "RGB", "RGB", "RGB", "RGB"]
    own = {
        f"Flicker8k_Dataset/{name}": photograph(200 + number, mode=modes[number])
        for number, name in enumerate(FLICKR_NAMES)
    }
    macintosh = {f"__MACOSX/Flicker8k_Dataset/._{name}": b"Mac OS X" for name in FLICKR_NAMES}
    return {**own, **macintosh}


def flickr_downloads(text: Files | None = None, photographs: Files | None = None) -> Files:
    return {
        flickr8k.PHOTOGRAPHS: zipped(photographs or flickr_photographs()),
        flickr8k.TEXT: zipped(text or flickr_text()),
    }


def flickr_miniature(downloads: Mapping[str, bytes]) -> Official:
    return of_downloads(FLICKR8K, downloads, train=4, validation=1, test=1)


# --- MIRFlickr-25K ---

TOPICS = {
    "sky": (1, 2, 3, 4, 5, 6, 9, 10),
    "baby": (2, 6),
    "sea": (3, 6, 9),
    "plant_life": (7, 8),
}
"""Pictures of each topic. Picture 8 has no tags; 11 has no topic."""

TAGS = {
    1: "blue\nsky\n",
    2: "baby\n\nsmile\n",
    3: "canon\nmeer\n",
    4: "\u7a7a\nsky\n",
    5: "caf\u00e9\n",
    6: "baby\nbeach\n",
    7: "gr\u00fcn\nleaf\n",
    8: "\n",
    9: "a\nb\nc\n",
    10: "clouds\n",
    11: "untitled\n",
}


def mir_photographs() -> Files:
    pictures = {f"mirflickr/im{number}.jpg": photograph(300 + number) for number in TAGS}
    tags = {f"mirflickr/meta/tags/tags{one}.txt": text.encode() for one, text in TAGS.items()}
    tags["mirflickr/meta/tags/tags5.txt"] = b"caf\xc3\xa9\nna\xc3"  # cut within a letter
    raw = {f"mirflickr/meta/tags_raw/tags{number}.txt": b"RAW\n" for number in TAGS}
    return {**pictures, **tags, **raw, "mirflickr/doc/README.txt": b"..."}


def mir_topics() -> Files:
    potential = {
        f"{topic}.txt": "".join(f"{number}\r\n" for number in numbers).encode()
        for topic, numbers in TOPICS.items()
    }
    return {**potential, "baby_r1.txt": b"2\r\n5\r\n", "README.txt": b"Two kinds of labels ..."}


def mir_downloads(photographs: Files | None = None, topics: Files | None = None) -> Files:
    return {
        mirflickr25k.PHOTOGRAPHS: zipped(photographs or mir_photographs()),
        mirflickr25k.TOPICS: zipped(topics or mir_topics()),
    }


def mir_miniature(downloads: Mapping[str, bytes]) -> Official:
    counts = {"train": 5, "validation": 2, "test": 2}
    entry = of_downloads(MIRFLICKR25K, downloads, **counts)
    return attrs.evolve(entry, arrange=partial(mirflickr25k.arrange, counts=counts))


# --- IAPR TC-12 ---

REGIONS = {
    25: (269, 269, 30),
    26: (30, 112),
    27: (269, 7),
    28: (112,),
    29: (269,),
    30: (30,),
    31: (269, 112),
}
"""The labels of the regions of each picture. Only picture 27 has the label 7."""

DESCRIPTIONS = {
    25: "a yellow building with white columns;\n  two palm trees in front of it;",
    26: "Caf\u00e9 &amp; bar in Bogot\u00e1; people",
    27: "a man; a dog;",
    28: "a lake;",
    29: "",
    30: "a hill;",
    31: "a house by a lake;",
}


def iapr_files() -> Files:
    files = {}
    for number, words in DESCRIPTIONS.items():
        folder = f"{number % 2:02d}"
        place = f"iaprtc12/annotations/{folder}/{number}.eng"
        head = (
            '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
            f"<DOC>\n<DOCNO>annotations/{folder}/{number}.eng</DOCNO>\n"
            f"<TITLE>No. {number}</TITLE>\n"
        )
        tail = f"<NOTES>sun & sea</NOTES>\n<IMAGE>images/{folder}/{number}.jpg</IMAGE>\n</DOC>\n"
        full = f"{head}<DESCRIPTION>{words}</DESCRIPTION>\n{tail}"
        files[f"iaprtc12/images/{folder}/{number}.jpg"] = photograph(400 + number)
        files[place] = f"{head}{tail}".encode("iso-8859-1")
        complete = place.replace("annotations", "annotations_complete_eng")
        files[complete] = full.encode("iso-8859-1")
        files[complete.replace("eng", "ger")] = b"<DESCRIPTION>Haus</DESCRIPTION>"
    return files


def iapr_labels() -> Files:
    """The files of the segmented set that matter, in its folder."""
    files: Files = {}
    for number, labels in REGIONS.items():
        name = f"{iapr_tc12.SEGMENTED}/benchmark/saiapr_tc-12/{number % 2:02d}/labels.txt"
        lines = "".join(f"{number}\t{k}\t{label}\n" for k, label in enumerate(labels, 1))
        files[name] = files.get(name, b"") + lines.encode()
    return files


def iapr_downloads(files: Files | None = None, labels: Files | None = None) -> Files:
    return {iapr_tc12.ARCHIVE: tarred(files or iapr_files()), **(labels or iapr_labels())}


def iapr_miniature(downloads: Mapping[str, bytes]) -> Official:
    counts = {"train": 3, "validation": 1, "test": 2}
    entry = of_downloads(IAPR_TC12, downloads, **counts)
    return attrs.evolve(entry, arrange=partial(iapr_tc12.arrange, counts=counts, at_least=2))
