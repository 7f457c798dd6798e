"""The official sets with captions, on miniatures in their owners' layouts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from mtlkit.data.official import coco, flickr8k, iapr_tc12, mirflickr25k
from mtlkit.data.official.arrive import get, install
from mtlkit.data.official.captioned_index import CAPTIONS, PICTURES, Index, read_index
from mtlkit.data.official.captioned_pack import contents
from mtlkit.data.official.captioned_writer import rarest, split_at_random
from mtlkit.data.official.entry import Official
from mtlkit.data.official.flickr8k import FLICKR8K
from mtlkit.data.official.store import flaws
from mtlkit.errors import UsageError

from .captioned_miniature import (
    COCO_SPLITS,
    DESCRIPTIONS,
    FLICKR_NAMES,
    Files,
    coco_downloads,
    coco_files,
    coco_miniature,
    coco_path,
    flickr_downloads,
    flickr_miniature,
    flickr_photographs,
    flickr_text,
    iapr_downloads,
    iapr_files,
    iapr_labels,
    iapr_miniature,
    mir_downloads,
    mir_miniature,
    mir_photographs,
    mir_topics,
    photograph,
    write,
)
from .serving import serving

Miniature = Callable[[Files], Official]


def packed(tmp_path: Path, downloads: Files, miniature: Miniature) -> Index:
    """What is made of the downloads."""
    entry = miniature(downloads)
    install(entry, write(tmp_path / "downloads", downloads), tmp_path / "root")
    folder = tmp_path / "root" / entry.name
    assert {path.name for path in folder.iterdir()} == {CAPTIONS, PICTURES}
    assert flaws(entry, folder, read=True) == []
    return read_index(folder)


def told(tmp_path: Path, downloads: Files, miniature: Miniature) -> str:
    """What is said of downloads that are not in order; nothing is made of them."""
    with pytest.raises(UsageError) as error:
        packed(tmp_path, downloads, miniature)
    assert not (tmp_path / "root" / miniature(downloads).name).exists()
    return str(error.value)


# --- MS COCO ---


def test_coco_has_the_owners_captions_in_karpathys_split(tmp_path: Path) -> None:
    index = packed(tmp_path, coco_downloads(), coco_miniature)
    assert sorted(one.file for one in index.pictures) == sorted(map(coco_path, range(6)))
    for one, content in zip(index.pictures, contents(index, index.pictures), strict=True):
        number = int(one.file[-8:-4])
        assert content == photograph(number)
        assert one.split == COCO_SPLITS[number].replace("restval", "train")
        assert one.captions == tuple(f"No. {number}: {k}." for k in (4, 3, 2, 1, 0))
        assert one.label == -1
    assert [len(index.part(part)) for part in ("train", "validation", "test")] == [4, 1, 1]


def with_captions(files: Files, changed: dict[int, str]) -> Files:
    """Every caption of some pictures of `train2014` is another."""
    name = f"{coco.ANNOTATIONS}:annotations/captions_train2014.json"
    found = json.loads(files[name])
    for row in found["annotations"]:
        row["caption"] = changed.get(row["image_id"], row["caption"])
    return {**files, name: json.dumps(found).encode()}


def test_bad_captions_of_coco_become_lines_or_a_sentence(tmp_path: Path) -> None:
    odd = with_captions(coco_files(), {0: " two\nlines\t here \r\n", 2: "\u732b\u3068 cafe\u0301"})
    index = packed(tmp_path, coco_downloads(odd), coco_miniature)
    captions = {int(one.file[-8:-4]): one.captions for one in index.pictures}
    assert captions[0] == ("two lines here",) * 5
    assert captions[2] == ("\u732b\u3068 caf\u00e9",) * 5
    empty = with_captions(coco_files(), {4: " \n"})
    archive = tmp_path / "again" / "downloads" / coco.SPLIT
    expected = f"{archive}: {coco_path(4)} has no caption in {coco.ANNOTATIONS}."
    assert told(tmp_path / "again", coco_downloads(empty), coco_miniature) == expected


def test_missing_pictures_are_told_before_any_is_copied(tmp_path: Path) -> None:
    files = coco_files()
    for number in (1, 3):
        del files[f"val2014.zip:{coco_path(number)}"]
    archive = tmp_path / "downloads" / "val2014.zip"
    assert told(tmp_path, coco_downloads(files), coco_miniature) == (
        f"{archive}: lacks pictures that have captions: {coco_path(1)} and 1 other."
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (f"{coco.SPLIT}:dataset_coco.json", b"{", "dataset_coco.json in it is no JSON file."),
        (f"{coco.SPLIT}:dataset_coco.json", b"\xff", "in it is no text in utf-8."),
        (f"{coco.SPLIT}:dataset_coco.json", b"[]", "dataset_coco.json in it has no pictures."),
        (
            f"{coco.SPLIT}:dataset_coco.json",
            b'{"images": [{"cocoid": 3}]}',
            "a picture in it lacks its path, number or split ({'cocoid': 3}).",
        ),
        (
            f"{coco.SPLIT}:dataset_coco.json",
            b'{"images": [{"cocoid": 3, "filepath": "..", "filename": "x", "split": "val"}]}',
            "../x is in none of train2014, val2014.",
        ),
        (
            f"{coco.ANNOTATIONS}:annotations/captions_val2014.json",
            b'{"annotations": [3]}',
            "annotations/captions_val2014.json in it has no captions.",
        ),
    ],
)
def test_files_of_coco_in_another_form_are_told(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    found = told(tmp_path, coco_downloads({**coco_files(), name: content}), coco_miniature)
    assert found.startswith(f"{tmp_path / 'downloads' / name.partition(':')[0]}: ")
    assert found.endswith(words)


def test_what_is_no_jpeg_picture_or_archive_is_told(tmp_path: Path) -> None:
    name = f"train2014.zip:{coco_path(2)}"
    png = coco_downloads({**coco_files(), name: b"\x89PNG"})
    assert told(tmp_path, png, coco_miniature) == f"{coco_path(2)}: is no JPEG picture."
    cut = coco_downloads()
    cut["val2014.zip"] = cut["val2014.zip"][:-30]
    found = told(tmp_path / "cut", cut, coco_miniature)
    assert found.startswith(f"{tmp_path / 'cut' / 'downloads' / 'val2014.zip'}: cannot be unpacked")


# --- what is wrong with a folder ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return packed(tmp_path, coco_downloads(), coco_miniature).folder


def words_of(folder: Path, read: bool) -> list[tuple[str, str]]:
    found = flaws(coco_miniature(coco_downloads()), folder, read=read)
    return [(flaw.file.name, flaw.words) for flaw in found]


def test_a_spoilt_pack_is_told(folder: Path) -> None:
    pictures = folder / PICTURES
    content = bytearray(pictures.read_bytes())
    content[len(content) // 2] ^= 1
    pictures.write_bytes(content)
    assert words_of(folder, read=False) == []
    assert words_of(folder, read=True) == [
        (PICTURES, f"has other bytes than the pictures of {CAPTIONS}")
    ]
    pictures.write_bytes(b"")
    assert words_of(folder, read=False) == [(PICTURES, "has no JPEG pictures")]
    pictures.unlink()
    assert words_of(folder, read=False) == [(PICTURES, "is missing")]


def test_spoilt_captions_are_told(folder: Path) -> None:
    captions = folder / CAPTIONS
    found = json.loads(captions.read_text(encoding="utf-8"))
    os.truncate(captions, 100)
    assert words_of(folder, read=False) == [(CAPTIONS, "is cut off")]
    (_, words), (_, beside) = words_of(folder, read=True)
    assert words.startswith("cannot be read (")
    assert beside == f"has no {CAPTIONS} beside it that can be read"
    found["images"] = [row for row in found["images"] if row["split"] != "val"]
    captions.write_text(json.dumps(found), encoding="utf-8")
    assert words_of(folder, read=True)[0] == (
        CAPTIONS,
        "has 0 instead of 1 pictures in its part validation",
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (3, 'image 0 has no "file".'),
        ({"file": "a.jpg", "split": "dev", "captions": ["x"]}, "has the split dev; allowed is"),
        ({"file": "a.jpg", "split": "val", "captions": "x"}, "(a.jpg) has no list of captions."),
        ({"file": "a.jpg", "split": "val", "captions": [3]}, "(a.jpg) has no list of captions."),
        ({"file": "a.jpg", "split": "val", "captions": [" "]}, "has no caption that is not empty."),
        (
            {"file": "a.jpg", "split": "val", "captions": ["x"], "label": 2},
            "(a.jpg) has the label 2; allowed is 0 to 1.",
        ),
    ],
)
def test_a_row_in_another_form_is_told(tmp_path: Path, row: object, words: str) -> None:
    found = {"images": [row], "classes": ["one", "two"]}
    (tmp_path / CAPTIONS).write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(UsageError) as error:
        read_index(tmp_path)
    assert str(error.value).startswith(f"{tmp_path / CAPTIONS}: image 0 ")
    assert words in str(error.value)


# --- Flickr8k ---


def test_flickr8k_has_the_official_split(tmp_path: Path) -> None:
    index = packed(tmp_path, flickr_downloads(), flickr_miniature)
    splits = {FLICKR_NAMES[number]: "train" for number in range(4)}
    splits |= {FLICKR_NAMES[4]: "val", FLICKR_NAMES[5]: "test"}
    assert {one.file: one.split for one in index.pictures} == splits
    photographs = flickr_photographs()
    for one, content in zip(index.pictures, contents(index, index.pictures), strict=True):
        number = FLICKR_NAMES.index(one.file)
        assert one.captions == tuple(f"Picture {number} , told {k} ." for k in range(5))
        assert content == photographs[f"Flicker8k_Dataset/{one.file}"]


def test_flickr8k_is_fetched_by_hand(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        get(FLICKR8K, tmp_path / "root")
    assert str(error.value) == (
        "flickr8k: its owners send its addresses to those who ask for them on their page; put "
        "Flickr8k_Dataset.zip and Flickr8k_text.zip into a folder, and "
        "`python data_scripts/flickr8k.py FOLDER` arranges them."
    )
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("#3\t", " 3 "), f"line 4 of {flickr8k.TOKENS} is no caption of a picture."),
        (
            (f"{FLICKR_NAMES[1]}#", "another.jpg#"),
            f"{FLICKR_NAMES[1]}, which {flickr8k.LISTS['train']} lists, has no caption.",
        ),
    ],
)
def test_broken_captions_of_flickr8k_are_told(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    text = flickr_text()
    text[flickr8k.TOKENS] = text[flickr8k.TOKENS].decode().replace(*change).encode()
    found = told(tmp_path, flickr_downloads(text), flickr_miniature)
    assert found == f"{tmp_path / 'downloads' / flickr8k.TEXT}: {words}"


def test_a_missing_list_or_picture_of_flickr8k_is_told(tmp_path: Path) -> None:
    text = flickr_text()
    del text[flickr8k.LISTS["val"]]
    found = told(tmp_path, flickr_downloads(text), flickr_miniature)
    assert found.endswith(f": {flickr8k.LISTS['val']} in it is missing or damaged.")
    photographs = flickr_photographs()
    del photographs[f"Flicker8k_Dataset/{FLICKR_NAMES[2]}"]
    found = told(tmp_path, flickr_downloads(photographs=photographs), flickr_miniature)
    assert found.endswith(f": lacks pictures that have captions: {FLICKR_NAMES[2]}.")


# --- MIRFlickr-25K ---


def test_mirflickr_has_tags_and_the_rarest_topic(tmp_path: Path) -> None:
    index = packed(tmp_path, mir_downloads(), mir_miniature)
    expected = {
        1: ("sky", "blue sky"),
        2: ("baby", "baby smile"),
        3: ("sea", "canon meer"),
        4: ("sky", "\u7a7a sky"),
        5: ("sky", "caf\u00e9 na"),
        6: ("baby", "baby beach"),
        7: ("plant_life", "gr\u00fcn leaf"),
        9: ("sea", "a b c"),
        10: ("sky", "clouds"),
    }
    found = {
        int(one.file.removeprefix("mirflickr/im").removesuffix(".jpg")): one
        for one in index.pictures
    }
    assert index.classes == ("baby", "plant_life", "sea", "sky")
    assert {
        number: (index.classes[one.label], one.captions[0]) for number, one in found.items()
    } == expected
    assert {len(one.captions) for one in index.pictures} == {1}
    assert [len(index.part(part)) for part in ("train", "validation", "test")] == [5, 2, 2]
    for one, content in zip(index.pictures, contents(index, index.pictures), strict=True):
        assert content == mir_photographs()[one.file]


def test_broken_topics_are_told(tmp_path: Path) -> None:
    topics = {**mir_topics(), "sea.txt": b"3\nfive\n"}
    found = told(tmp_path, mir_downloads(topics=topics), mir_miniature)
    assert found == (
        f"{tmp_path / 'downloads' / mirflickr25k.TOPICS}: sea.txt in it has five where a "
        "picture's number should be."
    )
    found = told(tmp_path, mir_downloads(topics={"README.txt": b""}), mir_miniature)
    assert found.endswith(": has no topics of pictures.")


def test_missing_tags_or_pictures_of_mirflickr_are_told(tmp_path: Path) -> None:
    for name, words in (
        ("mirflickr/meta/tags/tags3.txt", "mirflickr/meta/tags/tags3.txt in it is missing"),
        ("mirflickr/im3.jpg", "lacks pictures that have captions: mirflickr/im3.jpg."),
    ):
        photographs = mir_photographs()
        del photographs[name]
        assert words in told(tmp_path, mir_downloads(photographs), mir_miniature)


def test_mirflickr_can_be_got(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    downloads = mir_downloads()
    with serving(downloads) as server:
        entry = mir_miniature(downloads)
        there = [
            attrs.evolve(one, urls=(f"{server.address}{one.file}",)) for one in entry.downloads
        ]
        entry = attrs.evolve(entry, downloads=tuple(there))
        assert get(entry, tmp_path)
        assert not get(entry, tmp_path)
        (tmp_path / "mirflickr25k" / PICTURES).unlink()
        assert get(entry, tmp_path)  # mended
    assert flaws(entry, tmp_path / "mirflickr25k", read=True) == []


# --- IAPR TC-12 ---


def test_iapr_has_descriptions_and_the_rarest_frequent_label(tmp_path: Path) -> None:
    index = packed(tmp_path, iapr_downloads(), iapr_miniature)
    found = {int(Path(one.file).stem): one for one in index.pictures}
    # 29 has no description. With it gone, 30 and 112 are on three pictures, as is 269; 7 on one.
    assert {number: index.classes[one.label] for number, one in found.items()} == {
        25: "269",
        26: "112",
        27: "269",
        28: "112",
        30: "30",
        31: "112",
    }
    assert index.classes == ("30", "112", "269")
    assert found[25].captions == (
        "a yellow building with white columns; two palm trees in front of it",
    )
    assert found[26].captions == ("Caf\u00e9 & bar in Bogot\u00e1; people",)
    files = iapr_files()
    for one, content in zip(index.pictures, contents(index, index.pictures), strict=True):
        assert content == files[one.file]
    assert [len(index.part(part)) for part in ("train", "validation", "test")] == [3, 1, 2]
    assert set(DESCRIPTIONS) - set(found) == {29}


def test_iapr_needs_the_labels_beside_the_archive(tmp_path: Path) -> None:
    downloads = iapr_downloads()
    archive = {iapr_tc12.ARCHIVE: downloads[iapr_tc12.ARCHIVE]}
    needs = f"{iapr_tc12.ARCHIVE}, the folder {iapr_tc12.SEGMENTED}."
    assert told(tmp_path, archive, iapr_miniature) == (
        f"{tmp_path / 'downloads' / iapr_tc12.SEGMENTED}: is missing; iapr_tc12 is made from "
        f"{needs}"
    )
    (tmp_path / "downloads" / iapr_tc12.SEGMENTED).mkdir()
    found = told(tmp_path, archive, iapr_miniature)
    assert found.endswith(f"{iapr_tc12.SEGMENTED}: has no labels.txt in any folder.")


def test_broken_labels_descriptions_and_archives_of_iapr_are_told(tmp_path: Path) -> None:
    name, content = next(iter(iapr_labels().items()))
    broken = {**iapr_labels(), name: content + b"25 1\n"}
    lines = len(content.splitlines()) + 1
    found = told(tmp_path / "1", iapr_downloads(labels=broken), iapr_miniature)
    assert found.endswith(f"line {lines} is not a picture, a region and a label.")
    light = {one: text for one, text in iapr_files().items() if "complete" not in one}
    found = told(tmp_path / "2", iapr_downloads(light), iapr_miniature)
    assert found.endswith(": has no English descriptions.")
    fewer = {one: text for one, text in iapr_files().items() if not one.endswith("28.jpg")}
    found = told(tmp_path / "3", iapr_downloads(fewer), iapr_miniature)
    assert found.endswith(": lacks pictures that have captions: 28.")


@pytest.mark.parametrize("left", [0.02, 0.3, 0.5, 0.7, 0.9])
def test_an_archive_of_iapr_that_is_cut_off_is_told(tmp_path: Path, left: float) -> None:
    cut = iapr_downloads()
    whole = cut[iapr_tc12.ARCHIVE]
    cut[iapr_tc12.ARCHIVE] = whole[: int(left * len(whole))]
    assert ": cannot be unpacked (" in told(tmp_path, cut, iapr_miniature)


# --- one label of several, and a split ---


def test_the_rarest_label_of_each_picture() -> None:
    labels = {"a": ["x", "y", "x"], "b": ["x"], "c": ["z", "y"], "d": [], "e": ["x", "w"]}
    assert rarest(labels) == {"a": "y", "b": "x", "c": "z", "e": "w"}
    assert rarest(labels, at_least=2) == {"a": "y", "b": "x", "c": "y", "e": "x"}


def test_a_split_is_the_same_in_any_order() -> None:
    names = [str(number) for number in range(50)]
    held_out = {"validation": 7, "test": 11}
    splits = split_at_random(names, "some_set", held_out)
    assert splits == split_at_random(names[::-1], "some_set", held_out)
    assert splits != split_at_random(names, "other_set", held_out)
    assert list(splits.values()).count("val") == 7
    assert list(splits.values()).count("test") == 11
    assert list(splits.values()).count("train") == 32
