"""StanfordVRD: photographs in which subjects, predicates and objects are marked with boxes.

C. Lu, R. Krishna, M. Bernstein and L. Fei-Fei, Visual relationship detection with language priors,
ECCV 2016: 37,993 relationships in 4,000 photographs to train and 1,000 to test with. An example is
a relationship, its picture the smallest box that has both the subject's and the object's in it.

A triplet is unseen if no photograph to train with has it. The split `compositional` tests on unseen
triplets only, as in zero-shot classification; `natural` on all relationships of the photographs to
test with. Neither holds anything out to validate with. yan2020 counts 37,000 crops to train on,
about as many as both parts have together, and 1,000 to test with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtlkit.data.official.captioned_writer import Archive, check_there, opened
from mtlkit.data.official.composed_index import PARTS, Box
from mtlkit.data.official.composed_writer import (
    AtLeast,
    Published,
    Shown,
    made_files,
    write_pack,
)
from mtlkit.data.official.entry import Download, Official
from mtlkit.errors import UsageError

PHOTOGRAPHS = "sg_dataset.zip"
ANNOTATIONS = "json_dataset.zip"

SLOTS = ("subject", "predicate", "object")

AT_LEAST: Mapping[str, AtLeast] = {
    "natural": AtLeast((6_600, 1_000), {"train": 30_000, "test": 7_000}),
    "compositional": AtLeast((6_600, 1_000), {"train": 30_000, "test": 1_000}),
}


def arrange(downloaded: Path, target: Path) -> None:
    """Make the pack of the photographs that have a relationship."""
    with (
        opened(downloaded / ANNOTATIONS) as annotations,
        opened(downloaded / PHOTOGRAPHS) as photographs,
    ):
        # A few photographs are .png or .gif files, of which the annotations say .jpg.
        places = {
            part: {
                _stem(name): name
                for name in photographs.names
                if f"/sg_{part}_images/" in f"/{name}"
            }
            for part in ("train", "test")
        }
        shown: list[Shown] = []
        rows: dict[str, list[int]] = {part: [] for part in PARTS}
        for part, own in places.items():
            found = _relationships(annotations, part)
            check_there(
                (_stem(one.file) for one in found), own, photographs.file, "of relationships"
            )
            rows[part] = list(range(len(shown), len(shown) + len(found)))
            shown += found
        write_pack(
            target,
            SLOTS,
            shown,
            _splits(shown, rows),
            lambda file: photographs.read(places[file.partition("/")[0]][_stem(file)]),
        )


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0]


def _splits(shown: Sequence[Shown], rows: Mapping[str, Sequence[int]]) -> dict[str, Published]:
    seen = {shown[row].words for row in rows["train"]}
    unseen = [row for row in rows["test"] if shown[row].words not in seen]
    splits = {}
    for name, test in (("natural", rows["test"]), ("compositional", unseen)):
        parts = {**rows, "test": test}
        listed = {part: [shown[row].words for row in own] for part, own in parts.items()}
        splits[name] = Published(listed, parts)
    return splits


def _relationships(annotations: Archive, part: str) -> list[Shown]:
    things, predicates = (_names(annotations, kind) for kind in ("objects", "predicates"))
    path = annotations.ending(f"annotations_{part}.json")
    found = annotations.json(path)
    shown = []
    try:
        for file, own in found.items():
            for row in own:
                subject, thing = row["subject"], row["object"]
                words = (
                    _word(things, subject["category"]),
                    _word(predicates, row["predicate"]),
                    _word(things, thing["category"]),
                )
                box = _union(subject["bbox"], thing["bbox"])
                shown.append(Shown(f"{part}/{file}", words, box))
    except IndexError as error:
        raise UsageError(f"{annotations.file}: {path} has {error}.") from None
    except (LookupError, TypeError, ValueError, AttributeError):
        raise UsageError(
            f"{annotations.file}: {path} does not have a subject, a predicate and an object with "
            "boxes in every relationship."
        ) from None
    return shown


def _names(annotations: Archive, kind: str) -> list[str]:
    path = annotations.ending(f"{kind}.json")
    found = annotations.json(path)
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise UsageError(f"{annotations.file}: {path} is no list of names.")
    return found


def _word(names: Sequence[str], number: Any) -> str:
    if not isinstance(number, int) or not 0 <= number < len(names):
        raise IndexError(f"the word {number}, where the list has 0 to {len(names) - 1}")
    return names[number]


def _union(*boxes: Sequence[int]) -> Box:
    """The smallest box around some, each given as top, bottom, left and right."""
    tops, bottoms, lefts, rights = zip(*boxes, strict=True)
    left, top = int(min(lefts)), int(min(tops))
    return left, top, int(max(rights)), int(max(bottoms))


STANFORD_VRD = Official(
    name="stanford_vrd",
    title="StanfordVRD",
    what="5,000 photographs with 38,000 subject-predicate-object boxes",
    licence="none stated",
    page="https://cs.stanford.edu/people/ranjaykrishna/vrd/",
    downloads=(
        Download(
            PHOTOGRAPHS,
            0,
            "",
            ("http://imagenet.stanford.edu/internal/jcjohns/scene_graphs/sg_dataset.zip",),
        ),
        Download(
            ANNOTATIONS,
            0,
            "",
            ("https://cs.stanford.edu/people/ranjaykrishna/vrd/json_dataset.zip",),
        ),
    ),
    files=made_files(AT_LEAST, 0),
    arrange=arrange,
    by_hand="its owners state no checksums",
)
