"""The official sets of compositions, on miniatures in their owners' layouts."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from torchvision.transforms import v2

from mtlkit.data.official.composed_index import INDEX, PARTS, PICTURES, Index, read_index
from mtlkit.data.official.composed_pack import check_pictures, decode
from mtlkit.data.official.entry import Official
from mtlkit.data.official.mit_states import ARCHIVE, MIT_STATES
from mtlkit.data.official.pair_splits import COMPOSITIONAL, NATURAL, by_place
from mtlkit.data.official.stanford_vrd import STANFORD_VRD
from mtlkit.data.official.store import flaws
from mtlkit.data.official.ut_zap50k import UT_ZAP50K
from mtlkit.errors import UsageError

from .captioned_miniature import Files, photograph
from .composed_miniature import (
    COMPOSITIONAL_LISTS,
    NATURAL_LISTS,
    SETS,
    TRAIN,
    UNSEEN,
    content_of,
    installed,
    mit_downloads,
    mit_photographs,
    relationship,
    rows,
    saved,
    small,
    vrd_annotations,
    vrd_downloads,
    vrd_photographs,
    zap_downloads,
)


def packed(tmp_path: Path, entry: Official, downloads: Files) -> Index:
    """What is made of the downloads."""
    folder = installed(entry, downloads, tmp_path) / entry.name
    assert {path.name for path in folder.iterdir()} == {INDEX, PICTURES}
    assert flaws(small(entry), folder, read=True) == []
    return read_index(folder)


def told(tmp_path: Path, entry: Official, downloads: Files) -> str:
    """What is said of downloads that are not in order; nothing is made of them."""
    with pytest.raises(UsageError) as error:
        installed(entry, downloads, tmp_path)
    assert not (tmp_path / "root" / entry.name).exists()
    words = str(error.value)
    assert "\n" not in words
    assert words.endswith(".")
    return words


def shown(index: Index, split: str, part: str) -> list[tuple[str, str]]:
    """The picture of each example of a part, and the words it shows, sorted."""
    found = []
    for row in index.splits[split].parts[part]:
        one = index.examples[row]
        words = zip(index.words, index.compositions[one.composition], strict=True)
        found.append((index.pictures[one.picture].file, " ".join(own[at] for own, at in words)))
    return sorted(found)


def in_group(index: Index, split: str, number: int) -> set[tuple[str, ...]]:
    return {
        tuple(own[at] for own, at in zip(index.words, row, strict=True))
        for row, group in zip(index.compositions, index.splits[split].group, strict=True)
        if group == number
    }


def content(index: Index, place: int) -> bytes:
    one = index.pictures[place]
    return (index.folder / PICTURES).read_bytes()[one.start : one.end]


# --- pairs ---


def test_mit_states_has_both_published_splits(tmp_path: Path) -> None:
    index = packed(tmp_path, MIT_STATES, mit_downloads())
    assert index.slots == ("attribute", "object")
    kept = [row for row in rows() if row["attr"] != "NA"]
    for part, short in zip(PARTS, ("train", "val", "test"), strict=True):
        expected = sorted(
            (row["image"], f"{row['attr']} {row['obj']}")
            for row in kept
            if row["set"] == short and (row["attr"], row["obj"]) in NATURAL_LISTS[short]
        )
        assert shown(index, "natural", part) == expected
    for part in ("train", "test"):
        expected = sorted(
            (row["image"], f"{row['attr']} {row['obj']}")
            for row in kept
            if (row["attr"], row["obj"]) in COMPOSITIONAL_LISTS[part]
        )
        assert shown(index, "compositional", part) == expected
    assert shown(index, "compositional", "validation") == []
    for split, groups in (
        ("natural", (TRAIN, [UNSEEN["val"]], [UNSEEN["test"]])),
        ("compositional", (TRAIN, [], [*UNSEEN.values()])),
    ):
        for number, pairs in enumerate(groups):
            assert in_group(index, split, number) == set(pairs)
    by_name = {row["image"]: row for row in rows()}
    for place, one in enumerate(index.pictures):
        assert content(index, place) == content_of(by_name[one.file])


def test_ut_zap50k_names_materials_and_shoes_in_words(tmp_path: Path) -> None:
    index = packed(tmp_path, UT_ZAP50K, zap_downloads())
    assert index.words == (("big", "faux fur", "old"), ("ankle boots", "sea", "slippers"))
    assert in_group(index, "natural", 2) == {("faux fur", "ankle boots")}
    by_name = {row["_image"].replace("Co/", "Co./"): row for row in rows()}
    for place, one in enumerate(index.pictures):
        assert content(index, place) == content_of(by_name[one.file])


def test_names_in_archives_that_do_not_say_how_they_are_written_are_found() -> None:
    misread = "images/big sea/B\u00f8.jpg".encode().decode("cp437")
    names = [misread, "images/big sea/\u7a7a.jpg", "images/big sea/a.jpg"]
    found = by_place(names, lambda name: name.partition("/")[2])
    assert found["big sea/B\u00f8.jpg"] == misread
    assert {found[f"big sea/{own}.jpg"] for own in ("\u7a7a", "a")} == set(names[1:])


PAIR_FLAWS: dict[str, tuple[dict[str, Any], str]] = {
    "a pair without pictures": (
        {"natural": {**NATURAL_LISTS, "train": [*TRAIN, ("Old", "Boots.Ankle")]}},
        "split = natural: has no picture of Old Boots.Ankle.",
    ),
    "an attribute that no pair to train on has": (
        {"compositional": {**COMPOSITIONAL_LISTS, "test": [("Dry", "sea")]}},
        "the pair Dry sea of the part test has the attribute Dry, which no pair to train on has.",
    ),
    "an object that no pair to train on has": (
        {"natural": {**NATURAL_LISTS, "val": [("Big", "lake")]}},
        "the pair Big lake of the part validation has the object lake, which no pair to train on",
    ),
    "a pair to train on and to test with": (
        {"compositional": {**COMPOSITIONAL_LISTS, "test": [*UNSEEN.values(), TRAIN[1]]}},
        "the compositional split has Big Slippers to train on and to test with.",
    ),
    "a pair unseen twice": (
        {"natural": {**NATURAL_LISTS, "test": [*NATURAL_LISTS["test"], UNSEEN["val"]]}},
        "split = natural: Big sea must not be unseen in validation and in test.",
    ),
    "a picture to train on of an unseen pair": (
        {
            "pictures": [
                {**row, "set": "train"} if row["image"].endswith("sea/val0.jpg") else row
                for row in rows()
            ]
        },
        "split = natural: Big_sea/val0.jpg, of the part train, shows Big sea, which that part must",
    ),
    "a line of one word": (
        {"natural": {**NATURAL_LISTS, "train": [*TRAIN, ("sunny",)]}},
        f"{NATURAL}: line 5 of mit-states/compositional-split-natural/train_pairs.txt is no attri",
    ),
    "no list of pictures": (
        {"metadata": b"<html>"},
        "mit-states/metadata_compositional-split-natural.t7 in it is no list of pictures, each",
    ),
    "other things in the list of pictures": (
        {"metadata": saved([{"file": "1.jpg"}])},
        "natural.t7 in it is no list of pictures, each with image, attr, obj and set.",
    ),
    "no list of pairs": (
        {"compositional": {"train": TRAIN}},
        f"{COMPOSITIONAL}: mit-states/compositional-split/test_pairs.txt in it is missing.",
    ),
}


@pytest.mark.parametrize("case", PAIR_FLAWS)
def test_what_is_wrong_with_the_splits_is_told(tmp_path: Path, case: str) -> None:
    splits, words = PAIR_FLAWS[case]
    assert words in told(tmp_path, MIT_STATES, mit_downloads(**splits))


def test_a_list_of_pictures_runs_nothing(tmp_path: Path) -> None:
    class Intruder:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.mkdir, (str(tmp_path / "intruded"),)

    words = told(tmp_path, MIT_STATES, mit_downloads(metadata=saved([Intruder()])))
    assert "is no list of pictures" in words
    assert not (tmp_path / "intruded").exists()


def test_pictures_that_are_not_there_are_told(tmp_path: Path) -> None:
    photographs = mit_photographs()
    gone = [name for name in photographs if "Old sea/train" in name]
    for name in gone:
        del photographs[name]
    words = told(tmp_path, MIT_STATES, mit_downloads(photographs))
    missing = "lacks pictures that the splits name: Old_sea/train0.jpg and 1 other."
    assert words == f"{tmp_path / 'downloads' / ARCHIVE}: {missing}"


def test_a_page_in_place_of_a_picture_is_told(tmp_path: Path) -> None:
    photographs = mit_photographs()
    photographs["release_dataset/images/Old sea/train0.jpg"] = b"<html>404</html>"
    words = told(tmp_path, MIT_STATES, mit_downloads(photographs))
    assert words == "Old_sea/train0.jpg: is no picture."


# --- triplets ---


def test_stanford_vrds_unseen_triplets_are_those_of_test_alone(tmp_path: Path) -> None:
    index = packed(tmp_path, STANFORD_VRD, vrd_downloads())
    assert index.slots == ("subject", "predicate", "object")
    seen = {("person", "on", "street"), ("trash can", "next to", "person")}
    seen |= {("person", "next to", "trash can")}
    for split in ("natural", "compositional"):
        assert in_group(index, split, 0) == seen
        assert in_group(index, split, 1) == set()
        assert in_group(index, split, 2) == {("trash can", "on", "street")}
        assert len(index.splits[split].parts["train"]) == 3
        assert shown(index, split, "validation") == []
    unseen = ("test/1.jpg", "trash can on street")
    assert shown(index, "natural", "test") == [("test/1.jpg", "person on street"), unseen]
    assert shown(index, "compositional", "test") == [unseen]
    assert {one.file for one in index.pictures} == {"train/1.jpg", "train/3.jpg", "test/1.jpg"}


def test_a_crop_has_both_boxes_and_nothing_else(tmp_path: Path) -> None:
    index = packed(tmp_path, STANFORD_VRD, vrd_downloads())
    boxes = {
        (index.pictures[one.picture].file, index.compositions[one.composition]): one.box
        for one in index.examples
    }
    number = [{word: at for at, word in enumerate(own)} for own in index.words]

    def box(file: str, *words: str) -> object:
        return boxes[file, tuple(own[word] for own, word in zip(number, words, strict=True))]

    assert box("train/1.jpg", "person", "on", "street") == (2, 4, 30, 28)
    assert box("train/1.jpg", "trash can", "next to", "person") == (0, 0, 40, 30)
    assert box("train/3.jpg", "person", "next to", "trash can") == (10, 4, 30, 20)
    pixels = decode(index, index.examples)
    for one, found in zip(index.examples, pixels, strict=True):
        picture = Image.open(io.BytesIO(content(index, one.picture))).convert("RGB")
        left, top, right, bottom = one.box or (0, 0, 0, 0)
        expected = np.asarray(picture)[top:bottom, left:right].mean((0, 1))
        assert np.abs(found.mean((1, 2)) - expected).max() < 4


@pytest.mark.parametrize(
    ("file", "given", "words"),
    [
        (
            "annotations_test.json",
            {"1.jpg": [relationship((0, 7, 1), ([0, 9, 0, 9], [0, 9, 0, 9]))]},
            "json_dataset/annotations_test.json has the word 7, where the list has 0 to 1.",
        ),
        (
            "annotations_train.json",
            {"1.jpg": [{"predicate": 1}]},
            "does not have a subject, a predicate and an object with boxes in every relationship.",
        ),
        (
            "annotations_test.json",
            {"1.jpg": [relationship((0, 0, 1), ([0, 9, 50, 60], [0, 9, 50, 60]))]},
            "test/1.jpg: has a box from (50, 0) to (60, 9), of which nothing is in the picture of "
            "40 x 30.",
        ),
        (
            "annotations_train.json",
            {"8.jpg": [relationship((0, 0, 1), ([0, 9, 0, 9], [0, 9, 0, 9]))]},
            "lacks pictures of relationships: 8.",
        ),
        ("objects.json", {"0": "person"}, "json_dataset/objects.json is no list of names."),
    ],
)
def test_what_is_wrong_with_the_relationships_is_told(
    tmp_path: Path, file: str, given: Any, words: str
) -> None:
    annotations = {**vrd_annotations(), file: given}
    assert words in told(tmp_path, STANFORD_VRD, vrd_downloads(annotations=annotations))


# --- pixels ---


def test_whole_pictures_are_what_torchvision_shows_its_networks(tmp_path: Path) -> None:
    index = packed(tmp_path, MIT_STATES, mit_downloads())
    standard = v2.Compose([v2.Resize(256), v2.CenterCrop(224), v2.PILToTensor()])
    pixels = decode(index, index.examples)
    grey = 0
    for one, found in zip(index.examples, pixels, strict=True):
        picture = Image.open(io.BytesIO(content(index, one.picture)))
        grey += picture.mode == "L"
        assert np.array_equal(found, standard(picture.convert("RGB")).numpy())
    assert grey


def test_a_picture_that_is_cut_off_is_told(tmp_path: Path) -> None:
    photographs = {**vrd_photographs(), "sg_dataset/sg_train_images/1.jpg": photograph(31)[:-200]}
    index = packed(tmp_path, STANFORD_VRD, vrd_downloads(photographs))
    with pytest.raises(UsageError, match=r"stanford_vrd: train/1\.jpg cannot be decoded \(.*\)\.$"):
        decode(index, index.examples)


# --- a copy ---


def _truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 9)


def _change(file: Path) -> None:
    found = bytearray(file.read_bytes())
    found[-9] ^= 1
    file.write_bytes(found)


def _strangers(file: Path) -> None:
    text = file.read_text()
    file.write_text(text.replace('"bytes":', '"Bytes":'))


@pytest.mark.parametrize(
    ("file", "spoil", "quick", "slow"),
    [
        (INDEX, _truncate, ["is cut off", "has no compositions.json"], ["cannot be read"]),
        (INDEX, _strangers, ["has no compositions.json"], ["is not of the form"]),
        (PICTURES, _truncate, ["bytes"], ["bytes"]),
        (PICTURES, _change, [], ["has other bytes than the pictures of compositions.json"]),
    ],
)
def test_what_is_wrong_with_a_copy_is_told(
    tmp_path: Path, file: str, spoil: Any, quick: Sequence[str], slow: Sequence[str]
) -> None:
    folder = installed(STANFORD_VRD, vrd_downloads(), tmp_path) / "stanford_vrd"
    spoil(folder / file)
    for read, expected in ((False, quick), (True, slow)):
        found = [one.words for one in flaws(small(STANFORD_VRD), folder, read=read)]
        assert len(found) >= len(expected)
        assert all(any(words in one for one in found) for words in expected)
    if file == PICTURES and spoil is _truncate:
        with pytest.raises(UsageError, match=r"pictures\.bin: has [\d,]+ of [\d,]+ bytes\.$"):
            check_pictures(read_index(folder))


@pytest.mark.parametrize("name", SETS)
def test_a_miniature_is_not_taken_for_the_set(tmp_path: Path, name: str) -> None:
    entry, downloads = SETS[name]
    folder = installed(entry, downloads(), tmp_path) / name
    found = [one.words for one in flaws(entry, folder, read=True)]
    count = "6,600" if name == "stanford_vrd" else "83" if name == "ut_zap50k" else "1,262"
    assert len(found) == 1
    assert f" instead of {count} seen compositions in its split natural" in found[0]
