"""The doors through which lessons get pictures with captions."""

from __future__ import annotations

import io
import json
from pathlib import Path

import attrs
import numpy as np
import pytest
import torch
from PIL import Image

from mtlkit.core.lesson import Dataset
from mtlkit.data import captioned, labelled_captions
from mtlkit.data.captioned import in_order, pixels_of
from mtlkit.data.generated.scenes import COLOURS, SHAPES, SIZES, class_of, draw_scenes
from mtlkit.data.official.arrive import install
from mtlkit.data.official.captioned_index import CAPTIONS, read_index
from mtlkit.data.official.captioned_pack import decode, squashed
from mtlkit.errors import UsageError

from .official.captioned_miniature import (
    FLICKR_NAMES,
    coco_downloads,
    coco_miniature,
    flickr_downloads,
    flickr_miniature,
    flickr_photographs,
    iapr_downloads,
    iapr_miniature,
    mir_downloads,
    mir_miniature,
    photograph,
    write,
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with the four miniatures; do not change it."""
    root = tmp_path_factory.mktemp("root")
    for downloads, miniature in (
        (coco_downloads(), coco_miniature),
        (flickr_downloads(), flickr_miniature),
        (mir_downloads(), mir_miniature),
        (iapr_downloads(), iapr_miniature),
    ):
        folder = write(tmp_path_factory.mktemp("downloads"), downloads)
        install(miniature(downloads), folder, root)
    return root


@pytest.fixture
def here(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTLKIT_DATA", str(root))
    return root


def folder_of_files(root: Path, splits: dict[str, str]) -> Path:
    """A copy of photographs that are files of their own, with their captions."""
    rows = [
        {"file": f"images/{name}.jpg", "split": split, "captions": [f"this is {name}"]}
        for name, split in splits.items()
    ]
    pictures = {f"images/{name}.jpg": photograph(700 + k) for k, name in enumerate(splits)}
    index = json.dumps({"images": rows}).encode()
    return write(root / "flickr8k_800", {CAPTIONS: index, **pictures})


# --- scenes ---


def test_scenes_are_drawn_for_each_seed_and_part() -> None:
    first = captioned.load("scenes", "train", seed=3, size=40)
    assert first is captioned.load("scenes", "train", seed=3, size=40)  # kept in memory
    assert first.images.shape == (40, 3, 32, 32)
    assert {len(those) for those in first.captions} == {5}
    for other in (
        captioned.load("scenes", "train", seed=4, size=40),
        captioned.load("scenes", "test", seed=3, size=40),
    ):
        assert not torch.equal(first.images, other.images)
    fewer = captioned.load("scenes", "train", seed=3, size=12)
    assert torch.equal(fewer.images, first.images[:12])
    assert fewer.captions == first.captions[:12]
    assert captioned.dataset("scenes") == Dataset("scenes")


def test_scenes_with_classes_are_named_by_their_shape_and_colour_or_size() -> None:
    sentences = labelled_captions.load("scene_sentences", "train", seed=0, size=300)
    tags = labelled_captions.load("scene_tags", "train", seed=0, size=300)
    assert (sentences.classes, tags.classes) == (36, 12)
    drawn = draw_scenes(0, "scene_sentences/train", 300, objects=1)
    assert torch.equal(sentences.labels, class_of(drawn, "shape_colour"))
    assert torch.equal(sentences.images, drawn.images)
    for caption, those in zip(sentences.captions, drawn.captions, strict=True):
        assert caption in those
    shape, colour = drawn.objects[:, 0, 0], drawn.objects[:, 0, 1]
    assert torch.equal(sentences.labels, shape * len(COLOURS) + colour)
    assert tags.classes == len(SHAPES) * len(SIZES)
    assert len(set(tags.labels.tolist())) == 12
    # Each of five wordings is told now and then.
    told = zip(sentences.captions, drawn.captions, strict=True)
    places = {those.index(one) for one, those in told}
    assert places == set(range(5))


def test_misspellings_and_stray_tags_are_as_asked_for() -> None:
    def words(**asked: float) -> int:
        found = labelled_captions.load("scene_tags", "train", seed=1, size=400, **asked)
        return sum(len(one.split()) for one in found.captions)

    plain = words(stray=0.0)
    assert words() - plain == pytest.approx(400, rel=0.2)  # by default one each
    assert words(stray=2.5) - plain == pytest.approx(1000, rel=0.2)
    exact = labelled_captions.load("scene_tags", "train", seed=1, size=400, misspelt=0.0)
    told = labelled_captions.load("scene_tags", "train", seed=1, size=400)
    assert len({word for one in told.captions for word in one.split()}) > len(
        {word for one in exact.captions for word in one.split()}
    )
    assert torch.equal(exact.images, told.images)
    assert torch.equal(exact.labels, told.labels)


# --- photographs ---


def test_photographs_are_the_same_for_every_seed_in_a_fixed_order(here: Path) -> None:
    found = captioned.load("flickr8k", "train", seed=0, size=4, side=16)
    again = captioned.load("flickr8k", "train", seed=1, size=4, side=16)
    assert torch.equal(found.images, again.images)
    assert found.captions == again.captions
    fewer = captioned.load("flickr8k", "train", seed=0, size=3, side=16)
    assert torch.equal(fewer.images, found.images[:3])
    assert fewer.captions == found.captions[:3]
    photographs = flickr_photographs()
    numbers = [int(those[0].split()[1]) for those in found.captions]
    assert sorted(numbers) == [0, 1, 2, 3]
    for number, pixels in zip(numbers, found.images, strict=True):
        content = photographs[f"Flicker8k_Dataset/{FLICKR_NAMES[number]}"]
        own = Image.open(io.BytesIO(content)).convert("RGB").resize((16, 16), Image.Resampling.BOX)
        distance = np.abs(np.asarray(own).transpose(2, 0, 1).astype(int) - pixels.numpy()).mean()
        assert distance < 3  # another filter, the same picture


def test_photographs_with_classes(here: Path) -> None:
    tags = labelled_captions.load("mirflickr25k", "train", seed=0, size=5)
    assert tags.images.shape == (5, 3, 32, 32)
    assert tags.classes == 4
    index = read_index(here / "mirflickr25k")
    rows = in_order(index, "mirflickr25k", "train", 5)
    assert tags.captions == tuple(one.captions[0] for one in rows)
    assert tags.labels.tolist() == [one.label for one in rows]
    sentences = labelled_captions.load("iapr_tc12", "test", seed=0, size=2)
    assert (len(sentences.captions), sentences.classes) == (2, 3)


def test_the_checksum_is_that_of_the_copy(here: Path, tmp_path: Path) -> None:
    names = ("coco", "flickr8k")
    found = [captioned.dataset(name) for name in names]
    found += [labelled_captions.dataset(name) for name in ("iapr_tc12", "mirflickr25k")]
    assert len({one.checksum for one in found}) == 4
    assert {len(one.checksum) for one in found} == {64}
    assert [one.name for one in found] == ["coco", "flickr8k", "iapr_tc12", "mirflickr25k"]


def test_decoded_pictures_are_kept_and_no_more_decoded_than_asked_for(
    here: Path, isolated_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = read_index(here / "flickr8k")
    monkeypatch.setattr(captioned, "BLOCK", 2)
    decoded = []

    def counting(*arguments: object) -> object:
        decoded.append(arguments)
        return decode(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(captioned, "decode", counting)
    two = pixels_of(index, "flickr8k", "train", 2, 16)
    assert len(decoded) == 1
    three = pixels_of(index, "flickr8k", "train", 3, 16)
    assert len(decoded) == 2
    four = pixels_of(index, "flickr8k", "train", 4, 16)
    assert len(decoded) == 2
    assert torch.equal(four[:2], two)
    assert torch.equal(four[:3], three)
    whole = decode(index, in_order(index, "flickr8k", "train", 4), 16)
    assert torch.equal(four, torch.from_numpy(whole))
    pixels_of(index, "flickr8k", "train", 4, 24)
    assert len(decoded) == 4  # another side
    assert len(list((isolated_cache / "pictures").iterdir())) == 4


def test_missing_and_spoilt_pictures_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    splits = dict.fromkeys("abcd", "train")
    folder = folder_of_files(tmp_path, splits)
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    assert captioned.load("flickr8k_800", "train", seed=0, size=4).images.shape[0] == 4
    spoilt = folder / "images" / "c.jpg"
    spoilt.write_bytes(spoilt.read_bytes()[:300])
    with pytest.raises(UsageError, match=r"images/c\.jpg cannot be decoded \("):
        captioned.load("flickr8k_800", "train", seed=0, size=4, side=16)
    (folder / "images" / "b.jpg").unlink()
    spoilt.unlink()
    with pytest.raises(UsageError) as error:
        captioned.load("flickr8k_800", "train", seed=0, size=4, side=24)
    assert str(error.value) == (
        f"{folder / CAPTIONS}: has captions of pictures that are missing: images/b.jpg and 1 other."
    )
    with pytest.raises(UsageError, match="has 0 pictures in the part test, where 1 are needed"):
        captioned.load("flickr8k_800", "test", seed=0, size=1)


def test_a_pack_of_another_length_is_told(root: Path) -> None:
    index = read_index(root / "coco")
    longer = attrs.evolve(index.pictures[-1], end=index.pictures[-1].end + 1)
    other = attrs.evolve(index, pictures=(*index.pictures[:-1], longer))
    with pytest.raises(UsageError, match=r"pictures\.jpeg: has [\d,]+ of [\d,]+ bytes\."):
        decode(other, other.pictures, 16)


# --- what cannot be had ---


@pytest.mark.parametrize(
    ("name", "part", "asked", "words"),
    [
        ("photos", "train", {}, "data = photos: allowed is one of scenes, flickr8k_800, "),
        ("scenes", "dev", {}, "part = dev: allowed is one of train, validation, test."),
        ("scenes", "test", {"size": 0}, "size = 0: allowed is 1 to 5,000, the pictures of the"),
        ("coco", "test", {"size": 5001}, "size = 5001: allowed is 1 to 5,000"),
        ("scenes", "test", {"side": 64}, "side = 64: scenes have 32 pixels along each side."),
        ("coco", "test", {"side": 4}, "side = 4: allowed is 8 to 224 for coco."),
        ("flickr8k_800", "test", {"side": 129}, "side = 129: allowed is 8 to 128 for flickr8k_800"),
    ],
)
def test_what_there_is_not_is_told(name: str, part: str, asked: dict[str, int], words: str) -> None:
    with pytest.raises(UsageError) as error:
        captioned.load(name, part, seed=0, **asked)
    assert str(error.value).startswith(words)


def test_sets_that_are_not_here_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    told = []
    for door, name in ((captioned, "coco"), (captioned, "flickr8k_800")):
        with pytest.raises(UsageError) as error:
            door.load(name, "test", seed=0)
        told.append(str(error.value))
    with pytest.raises(UsageError) as error:
        labelled_captions.dataset("mirflickr25k")
    assert [*told, str(error.value)] == [
        f"data = coco: not in {tmp_path}; `mtlkit data get coco` brings it, and data=scenes needs "
        "no download.",
        f"data = flickr8k_800: not in {tmp_path}; it is a choice of Flickr8k that is not "
        "published, and data=scenes needs no download.",
        f"data = mirflickr25k: not in {tmp_path}; `mtlkit data get mirflickr25k` brings it, and "
        "data=scene_sentences needs no download.",
    ]


def test_only_scenes_are_misspelt() -> None:
    for asked, words in (({"misspelt": 0.1}, "misspelt = 0.1"), ({"stray": 1.0}, "stray = 1")):
        with pytest.raises(UsageError, match=f"^{words}: only scenes can be drawn with it"):
            labelled_captions.load("mirflickr25k", "test", seed=0, size=1, **asked)
    with pytest.raises(UsageError, match=r"^misspelt = 2"):
        labelled_captions.load("scene_tags", "test", seed=0, size=1, misspelt=2.0)
    with pytest.raises(UsageError, match=r"^data = scenes: allowed is one of scene_sentences"):
        labelled_captions.load("scenes", "test", seed=0, size=1)


def test_most_pictures_and_sides_are_known_without_reading() -> None:
    for name in captioned.NAMES:
        assert set(captioned.sizes(name)) == {"train", "validation", "test"}
        assert captioned.side(name) >= 32
    for name in labelled_captions.NAMES:
        assert set(labelled_captions.sizes(name)) == {"train", "validation", "test"}


# --- squashing ---


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()


def test_a_picture_is_squashed_whatever_its_proportions() -> None:
    pixels = np.zeros((60, 120, 3), np.uint8)
    pixels[:, :60, 0] = 200  # the left half is red
    found = squashed(encoded(pixels), 8)
    assert (found[0, :, :3] > 195).all()
    assert (found[0, :, 5:] < 5).all()
    assert (found[1:] == 0).all()


def test_what_is_too_fine_to_see_becomes_its_mean() -> None:
    rows, columns = np.indices((128, 128))
    board = np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[..., None], 3, 2)
    assert np.abs(squashed(encoded(board), 16).astype(int) - 127.5).max() < 1


def test_grey_and_four_coloured_pictures_have_three_channels() -> None:
    grey = squashed(photograph(1, mode="L"), 16)
    assert (grey[0] == grey[1]).all()
    assert (grey[0] == grey[2]).all()
    colour = squashed(photograph(2), 16).astype(int)
    assert np.abs(squashed(photograph(2, mode="CMYK"), 16) - colour).mean() < 4
    palette = Image.fromarray(np.arange(256, dtype=np.uint8).reshape(16, 16)).convert("P")
    stream = io.BytesIO()
    palette.save(stream, "PNG")
    assert squashed(stream.getvalue(), 8).shape == (3, 8, 8)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is no picture"),
        (b"<html>", "it is no picture"),
        (photograph(3)[:-40], "truncated"),
        (photograph(3)[:400], "Truncated"),
        (photograph(3)[:20], "."),
    ],
)
def test_what_is_no_whole_picture_is_told(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        squashed(content, 16)


# --- the developer copy of Flickr8k ---


def test_the_800_photographs(mtlkit_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = mtlkit_data / "flickr8k_800"
    if not folder.is_dir():
        pytest.skip("no flickr8k_800 in MTLKIT_DATA")
    monkeypatch.setenv("MTLKIT_DATA", str(mtlkit_data))
    rows = json.loads((folder / "captions.json").read_text(encoding="utf-8"))["images"]
    of_caption = {row["captions"][0]: row for row in rows}
    seen = []
    parts = {"train": ("train", 600), "validation": ("val", 100), "test": ("test", 100)}
    for part, (split, size) in parts.items():
        found = captioned.load("flickr8k_800", part, seed=0)
        assert len(found.images) == len(found.captions) == captioned.sizes("flickr8k_800")[part]
        assert len(found.captions) == size
        for place in range(0, size, 17):
            row = of_caption[found.captions[place][0]]
            assert row["split"] == split
            assert found.captions[place] == tuple(row["captions"])
            own = Image.open(folder / row["file"]).convert("RGB")
            whole = own.resize((32, 32), Image.Resampling.LANCZOS)
            expected = np.asarray(whole).transpose(2, 0, 1).astype(int)
            assert np.abs(expected - found.images[place].numpy()).mean() < 6
        seen += [those[0] for those in found.captions]
    assert len(seen) == len({of_caption[one]["file"] for one in seen}) == 800
