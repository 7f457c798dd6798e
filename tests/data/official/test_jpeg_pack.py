"""Packs that are not in order are told in words; what is made of the owners' files is in order."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtlkit.data.official.jpeg_pack import decode, flaw_of, pack_tiny_imagenet, read_pack
from mtlkit.data.official.tiny_imagenet import ARCHIVE, GROUPS, PACK, UNPACKED
from mtlkit.errors import UsageError

from .grouped_miniature import jpeg, tiny_archive, tiny_files, write_tiny

COUNTS = {"train": 4, "test": 2}
Arrays = dict[str, np.ndarray]


def made(source: Path, target: Path) -> bytes:
    pack_tiny_imagenet(source, target, GROUPS, COUNTS)
    return target.read_bytes()


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Arrays:
    """What is in the pack of the miniature."""
    folder = tmp_path_factory.mktemp("pack")
    made(write_tiny(folder, tiny_files()) / UNPACKED, folder / PACK)
    assert flaw_of(folder / PACK, GROUPS, COUNTS, read=True) == ""
    with np.load(folder / PACK) as file:
        return {key: file[key] for key in file.files}


def written(path: Path, arrays: Arrays) -> Path:
    np.savez(path, **arrays)  # type: ignore[arg-type]
    return path


def test_an_archive_and_its_folder_make_the_same_pack_each_time(tmp_path: Path) -> None:
    files = tiny_files()
    write_tiny(tmp_path, files)
    (tmp_path / ARCHIVE).write_bytes(tiny_archive(files))
    first = made(tmp_path / UNPACKED, tmp_path / "first.npz")
    assert made(tmp_path / ARCHIVE, tmp_path / "second.npz") == first
    shuffled = dict(sorted(files.items(), key=lambda item: item[0][::-1]))
    (tmp_path / ARCHIVE).write_bytes(tiny_archive(shuffled))
    assert made(tmp_path / ARCHIVE, tmp_path / "third.npz") == first


def test_the_choice_differs_between_classes(arrays: Arrays) -> None:
    """Not the first four of each, and not the same four; in the order of their numbers."""
    files = tiny_files()
    chosen = []
    for index, wnid in enumerate(arrays["fine_wnids"]):
        names = [f"train/{wnid}/images/{wnid}_{number}.JPEG" for number in range(6)]
        rows = np.flatnonzero(arrays["train_fine"] == index)
        starts, ends = arrays["train_offsets"][rows], arrays["train_offsets"][rows + 1]
        content = [
            arrays["train_jpeg"][start:end].tobytes()
            for start, end in zip(starts, ends, strict=True)
        ]
        chosen.append(tuple([files[name] for name in names].index(one) for one in content))
    assert all(list(numbers) == sorted(set(numbers)) for numbers in chosen)
    assert len(set(chosen)) > 10  # of the 15 there can be


def test_a_truncated_pack_is_told_at_once(tmp_path: Path, arrays: Arrays) -> None:
    path = written(tmp_path / PACK, arrays)
    content = path.read_bytes()
    for read in (False, True):
        path.write_bytes(content)
        assert flaw_of(path, GROUPS, COUNTS, read) == ""
        for cut in (b"", content[:100], content[:-100]):
            path.write_bytes(cut)
            assert flaw_of(path, GROUPS, COUNTS, read) == "is cut off, or no .npz file"
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    assert flaw_of(path, GROUPS, COUNTS, read=True) == "is damaged"


def without(key: str) -> Callable[[Arrays], Arrays]:
    return lambda arrays: {name: array for name, array in arrays.items() if name != key}


def with_(key: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Arrays], Arrays]:
    return lambda arrays: {**arrays, key: change(arrays[key])}


def put(place: int, value: object) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        changed = array.copy()
        changed[place] = value
        return changed

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("test_jpeg"), "is damaged"),
        (without("coarse_names"), "is damaged"),
        (with_("fine_names", lambda names: names.astype(object)), ""),  # not looked at
        (with_("fine_wnids", lambda names: names.astype(object)), "is damaged"),
        (with_("fine_to_coarse", put(0, 99)), "is damaged"),
        (with_("fine_to_coarse", put(0, 1)), "has 4 classes in the group dogs, where 5 are needed"),
        (
            with_("coarse_names", put(3, "birds")),
            "has 0 classes in the group ungulates, where 5 are needed",
        ),
        (
            with_("fine_wnids", put(2, "n00000001")),
            "has the class n00000001 in the group dogs, where it belongs in no group",
        ),
        (
            with_("train_fine", put(0, 1)),
            "has 3 instead of 4 pictures of n02085620 in its part train",
        ),
        (
            with_("test_fine", put(-1, 500)),
            "has 1 instead of 2 pictures of n04023962 in its part test",
        ),
        (
            with_("train_offsets", lambda offsets: offsets[:-1]),
            "has boundaries that do not fit its pictures in its part train",
        ),
        (
            with_("train_offsets", put(5, 10)),
            "has boundaries that do not fit its pictures in its part train",
        ),
        (
            with_("train_offsets", lambda offsets: offsets[:0]),
            "has boundaries that do not fit its pictures in its part train",
        ),
        (
            with_("test_jpeg", lambda content: content[:-1]),
            "has boundaries that do not fit its pictures in its part test",
        ),
        (with_("test_jpeg", put(0, 0)), "has no JPEG pictures in its part test"),
    ],
)
def test_a_pack_that_is_not_in_order_is_told(
    tmp_path: Path, arrays: Arrays, change: Callable[[Arrays], Arrays], words: str
) -> None:
    path = written(tmp_path / PACK, change(arrays))
    assert flaw_of(path, GROUPS, COUNTS, read=True) == words


def test_grey_pictures_get_three_equal_channels(tmp_path: Path, arrays: Arrays) -> None:
    part = read_pack(written(tmp_path / PACK, arrays)).parts["train"]
    modes = [
        Image.open(io.BytesIO(part.jpeg[start:].tobytes())).mode for start in part.offsets[:-1]
    ]
    assert set(modes) == {"L", "RGB"}
    grey = [row for row, mode in enumerate(modes) if mode == "L"]
    found = decode(part, grey, 32)
    assert (found[:, 0] == found[:, 1]).all()
    assert (found[:, 0] == found[:, 2]).all()
    assert not (decode(part, [grey[0] + 1], 32)[0, 0] == found[0, 0]).all()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (jpeg(1, side=60), r"^picture 0 is 60 x 60; allowed is 64 x 64\.$"),
        (jpeg(1)[:200], r"^picture 0 cannot be decoded \("),
        (b"\xff\xd8nothing", r"^picture 0 cannot be decoded \("),
    ],
)
def test_a_picture_that_cannot_be_used_is_told(
    tmp_path: Path, arrays: Arrays, content: bytes, words: str
) -> None:
    offsets = np.append(0, arrays["train_offsets"][1:] + len(content) - arrays["train_offsets"][1])
    rest = arrays["train_jpeg"][arrays["train_offsets"][1] :]
    all_of_it = np.append(np.frombuffer(content, np.uint8), rest)
    changed = {**arrays, "train_jpeg": all_of_it, "train_offsets": offsets}
    part = read_pack(written(tmp_path / PACK, changed)).parts["train"]
    with pytest.raises(UsageError, match=words):
        decode(part, [0], 32)
    assert decode(part, [1], 32).shape == (1, 3, 32, 32)


def test_sources_with_too_little_are_told(tmp_path: Path) -> None:
    files = tiny_files()
    wnid = "n02085620"
    few = {
        name: content
        for name, content in files.items()
        if not name.endswith(("_1.JPEG", "_2.JPEG", "_3.JPEG")) or wnid not in name
    }
    source = write_tiny(tmp_path / "few", few) / UNPACKED
    with pytest.raises(UsageError) as told:
        made(source, tmp_path / PACK)
    assert str(told.value) == (
        f"{source}: has 3 of the 4 pictures of {wnid} that the part train needs."
    )
    (tmp_path / ARCHIVE).write_bytes(tiny_archive({"train/none.txt": b""}))
    with pytest.raises(UsageError) as told:
        made(tmp_path / ARCHIVE, tmp_path / PACK)
    assert str(told.value) == (
        f"{tmp_path / ARCHIVE}: val/val_annotations.txt in it is missing or damaged."
    )
    (tmp_path / ARCHIVE).write_bytes(b"<html>Please sign in</html>")
    with pytest.raises(UsageError, match=r"tiny-imagenet-200\.zip: cannot be unpacked \("):
        made(tmp_path / ARCHIVE, tmp_path / PACK)
    assert not (tmp_path / PACK).exists()
