"""The sets of compositions in small: their owners' layouts, other pictures and words."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import torch
from PIL import Image

from mtlkit.data.official import mit_states, stanford_vrd, ut_zap50k
from mtlkit.data.official.arrive import install
from mtlkit.data.official.composed_writer import AtLeast, made_files
from mtlkit.data.official.entry import Official
from mtlkit.data.official.glove import ARCHIVE, GLOVE, VECTORS, flaw_of
from mtlkit.data.official.mit_states import MIT_STATES
from mtlkit.data.official.pair_splits import COMPOSITIONAL, NATURAL
from mtlkit.data.official.stanford_vrd import STANFORD_VRD
from mtlkit.data.official.ut_zap50k import UT_ZAP50K

from .captioned_miniature import Files, photograph, tarred, write, zipped

Pair = tuple[str, str]
Row = dict[str, str]


def small(entry: Official) -> Official:
    """An entry of the catalogue that is content with a miniature."""
    least = AtLeast((1, 1), {"train": 1, "test": 1})
    return attrs.evolve(entry, files=made_files({"natural": least, "compositional": least}, 1_000))


def installed(entry: Official, downloads: Files, folder: Path) -> Path:
    """The data root into which a miniature has been brought."""
    install(small(entry), write(folder / "downloads", downloads), folder / "root")
    return folder / "root"


# --- the splits of pairs ---

TRAIN = [("Big", "Boots.Ankle"), ("Big", "Slippers"), ("Faux.Fur", "Slippers"), ("Old", "sea")]
UNSEEN = {"val": ("Big", "sea"), "test": ("Faux.Fur", "Boots.Ankle")}
SEEN = {"val": ("Big", "Slippers"), "test": ("Old", "sea")}
"""A seen pair of which the natural split has pictures in the part."""

NATURAL_LISTS: Mapping[str, Sequence[Pair]] = {
    "train": TRAIN,
    **{part: [SEEN[part], UNSEEN[part]] for part in ("val", "test")},
}
COMPOSITIONAL_LISTS: Mapping[str, Sequence[Pair]] = {
    "train": TRAIN,
    "test": list(UNSEEN.values()),
}


def rows() -> list[Row]:
    """The pictures: two of each pair in each part that has it, and three that are left out."""
    found = []
    for part, pairs in NATURAL_LISTS.items():
        for attribute, thing in pairs:
            for number in range(2):
                found.append(_row(f"{part}{number}", attribute, thing, part))
    found.append(_row("unlabelled", "NA", "sea", "train"))
    found.append(_row("unused", "Old", "sea", "NA"))
    found.append(_row("elsewhere", "Old", "Slippers", "test"))
    return found


def _row(stem: str, attribute: str, thing: str, part: str) -> Row:
    return {
        "image": f"{attribute}_{thing}/{stem}.jpg",
        "_image": f"Shoes/{thing}/Maker Co/{attribute} {stem}.jpg",
        "attr": attribute,
        "obj": thing,
        "set": part,
    }


def content_of(row: Row) -> bytes:
    """A photograph of its own; some are grey, and one is no JPEG file."""
    seed = sum(row["image"].encode())
    if row["image"].endswith("train1.jpg") and row["attr"] == "Old":
        stream = io.BytesIO()
        Image.open(io.BytesIO(photograph(seed, (50, 70)))).save(stream, "PNG")
        return stream.getvalue()
    grey = row["image"].endswith("val0.jpg")
    return photograph(seed, (300, 240) if grey else (64, 48), "L" if grey else "RGB")


def saved(found: Any) -> bytes:
    """What torch saved in the years of these sets."""
    stream = io.BytesIO()
    torch.save(found, stream, _use_new_zipfile_serialization=False)
    return stream.getvalue()


def split_archives(
    folder: str,
    *,
    natural: Mapping[str, Sequence[Pair]] = NATURAL_LISTS,
    compositional: Mapping[str, Sequence[Pair]] = COMPOSITIONAL_LISTS,
    pictures: Sequence[Row] | None = None,
    metadata: bytes = b"",
) -> Files:
    """The two archives of splits, of one set."""
    found = rows() if pictures is None else pictures
    without = [{key: row[key] for key in ("image", "_image", "attr", "obj")} for row in found]
    own = {f"{folder}/metadata_compositional-split-natural.t7": metadata or saved(list(found))}
    other = {f"attr-ops-data/data/{folder}/metadata.t7": saved(without), "attr-ops-data/cv/a": b"?"}
    for part, pairs in natural.items():
        own[f"{folder}/compositional-split-natural/{part}_pairs.txt"] = _lines(pairs)
    for part, pairs in compositional.items():
        path = f"attr-ops-data/data/{folder}/compositional-split/{part}_pairs.txt"
        other[path] = _lines(pairs)
    return {NATURAL: tarred(own), COMPOSITIONAL: tarred(other)}


def _lines(pairs: Sequence[Pair]) -> bytes:
    return "\n".join(" ".join(pair) for pair in pairs).encode()


# --- MIT-States ---


def mit_photographs() -> Files:
    """What is in the archive; a folder has a space where the splits have `_`."""
    found = {}
    for row in rows():
        folder, _, file = row["image"].partition("/")
        found[f"release_dataset/images/{folder.replace('_', ' ', 1)}/{file}"] = content_of(row)
    return {**found, "release_dataset/meta_info/adj_ants.csv": b"big,small\n"}


def mit_downloads(photographs: Files | None = None, **splits: Any) -> Files:
    archive = zipped(mit_photographs() if photographs is None else photographs)
    return {mit_states.ARCHIVE: archive, **split_archives("mit-states", **splits)}


# --- UT-Zap50K ---


def zap_photographs() -> Files:
    """What is in the archive; the name of the maker ends with a dot, written in another way."""
    return {
        f"ut-zap50k-images/{row['_image'].replace('Maker Co', 'Maker Co%2E')}": content_of(row)
        for row in rows()
    }


def zap_downloads(photographs: Files | None = None, **splits: Any) -> Files:
    pictures = [{**row, "_image": row["_image"].replace("Co/", "Co./")} for row in rows()]
    splits = {"pictures": pictures, **splits}
    archive = zipped(zap_photographs() if photographs is None else photographs)
    return {ut_zap50k.ARCHIVE: archive, **split_archives("ut-zap50k", **splits)}


# --- StanfordVRD ---

THINGS = ["person", "street", "trash can"]
PREDICATES = ["on", "next to"]


def relationship(words: tuple[int, int, int], boxes: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Boxes have top, bottom, left and right."""
    subject, predicate, thing = words
    return {
        "predicate": predicate,
        "subject": {"category": subject, "bbox": list(boxes[0])},
        "object": {"category": thing, "bbox": list(boxes[1])},
    }


def vrd_annotations() -> dict[str, Any]:
    """What is in the JSON files, by their names."""
    low, high = [4, 20, 10, 30], [10, 28, 2, 25]
    return {
        "objects.json": THINGS,
        "predicates.json": PREDICATES,
        "annotations_train.json": {
            "1.jpg": [
                relationship((0, 0, 1), (low, high)),
                relationship((2, 1, 0), (high, [0, 31, 0, 41])),
            ],
            "2.jpg": [],
            "3.jpg": [relationship((0, 1, 2), (low, low))],
        },
        "annotations_test.json": {
            "1.jpg": [
                relationship((0, 0, 1), (low, high)),
                relationship((2, 0, 1), (high, low)),
            ],
        },
    }


def vrd_photographs() -> Files:
    """40 x 30 pixels each; one is a PNG file, of which the annotations say .jpg."""
    stream = io.BytesIO()
    Image.open(io.BytesIO(photograph(33))).save(stream, "PNG")
    return {
        "sg_dataset/sg_train_images/1.jpg": photograph(31),
        "sg_dataset/sg_train_images/2.jpg": photograph(32),
        "sg_dataset/sg_train_images/3.png": stream.getvalue(),
        "sg_dataset/sg_test_images/1.jpg": photograph(34),
        "sg_dataset/sg_test_annotations.json": b"[]",
    }


def vrd_downloads(
    photographs: Files | None = None, annotations: Mapping[str, Any] | None = None
) -> Files:
    found = vrd_annotations() if annotations is None else annotations
    texts = {f"json_dataset/{name}": json.dumps(one).encode() for name, one in found.items()}
    return {
        stanford_vrd.PHOTOGRAPHS: zipped(vrd_photographs() if photographs is None else photographs),
        stanford_vrd.ANNOTATIONS: zipped(texts),
    }


# --- GloVe ---

VOCABULARY = ("the", ",", "fur", "faux", "boots", "ankle", "mid", "calf", "leather", "knee-high")


def vector_of(word: str) -> list[float]:
    place = VOCABULARY.index(word)
    return [round(0.01 * (place + 1) * (number % 7 - 3), 5) for number in range(300)]


def glove_text(words: Sequence[str] = VOCABULARY) -> bytes:
    lines = [" ".join([word, *map(str, vector_of(word))]) for word in words]
    return "".join(f"{line}\n" for line in lines).encode()


def glove_downloads(text: bytes | None = None) -> Files:
    return {ARCHIVE: zipped({"glove.6B.50d.txt": b"the 0\n", VECTORS: text or glove_text()})}


def small_glove() -> Official:
    (own,) = GLOVE.files
    return attrs.evolve(
        GLOVE,
        files=(attrs.evolve(own, flaw=lambda path, read: flaw_of(path, read, len(VOCABULARY))),),
    )


SETS = {
    "mit_states": (MIT_STATES, mit_downloads),
    "ut_zap50k": (UT_ZAP50K, zap_downloads),
    "stanford_vrd": (STANFORD_VRD, vrd_downloads),
}
