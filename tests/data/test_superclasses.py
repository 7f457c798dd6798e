"""The door through which lessons get grouped pictures, against bytes read independently."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from pathlib import Path

import attrs
import numpy as np
import pytest
import torch
from jaxtyping import UInt8
from PIL import Image

from mtlkit.data import superclasses
from mtlkit.data.by_class import rows_of
from mtlkit.data.official import cifar100, tiny_imagenet
from mtlkit.data.official.arrive import install
from mtlkit.data.official.cifar100 import CIFAR100
from mtlkit.data.official.jpeg_pack import decode, flaw_of, read_pack
from mtlkit.data.official.tiny_imagenet import PACK, TINY_IMAGENET
from mtlkit.data.superclasses import GroupedPictures, grouped
from mtlkit.errors import UsageError

from .official.grouped_miniature import (
    SIZES,
    cifar_file,
    cifar_files,
    cifar_miniature,
    cifar_pickle,
    tiny_files,
    tiny_miniature,
    write_cifar,
    write_tiny,
)

PARTS = tuple(SIZES)


@pytest.fixture(scope="module")
def tiny_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with the pack that is made of the miniature; do not change it."""
    downloads = write_tiny(tmp_path_factory.mktemp("downloads"), tiny_files())
    root = tmp_path_factory.mktemp("root")
    install(tiny_miniature(), downloads, root)
    return root


def pack_of(root: Path) -> Path:
    return root / "tiny_imagenet100" / PACK


def reduced(jpeg: bytes) -> UInt8[np.ndarray, "32 32 3"]:
    """The mean of each four pixels, by another decoder call and numpy's arithmetic."""
    pixels = np.array(Image.open(io.BytesIO(jpeg)).convert("RGB"), np.float64)
    means = pixels.reshape(32, 2, 32, 2, 3).mean((1, 3))
    return np.floor(means + 0.5).astype(np.uint8)


def shown(part: GroupedPictures, groups: tuple[tuple[str, ...], ...]) -> list[tuple[str, bytes]]:
    """What each picture shows, with its bytes, channel by channel."""
    return [
        (groups[group][label], pixels.numpy().tobytes())
        for pixels, group, label in zip(part.pixels, part.groups, part.labels, strict=True)
    ]


# --- what is known without reading ---


@pytest.mark.parametrize(
    ("name", "per_class"), [("tiny_imagenet", (250, 50, 50)), ("cifar100", (450, 50, 100))]
)
def test_the_shape_is_known_without_reading(
    name: str, per_class: tuple[int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    shape = superclasses.shape(name)
    assert (shape.side, shape.channels, len(shape.groups)) == (32, 3, 20)
    assert tuple(shape.sizes[part] for part in PARTS) == per_class
    assert {len(classes) for classes in shape.classes} == {5}
    assert len({one for classes in shape.classes for one in classes}) == 100
    assert name in superclasses.NAMES


def test_cifars_classes_have_the_official_numbers() -> None:
    """Fine and coarse labels are numbered by the alphabet of their names, `_` for a space."""
    groups = cifar100.GROUPS
    assert list(groups.names) == sorted(groups.names)
    named = {
        int(key): name.replace(" ", "_")
        for members in groups.members
        for key, name in members.items()
    }
    assert [named[label] for label in range(100)] == sorted(named.values())


# --- CIFAR-100 in small ---


def test_cifar_is_read_as_it_was_written_each_picture_in_one_part(tmp_path: Path) -> None:
    files = cifar_files()
    write_cifar(tmp_path, files)
    entry = cifar_miniature(files)
    parts = {part: grouped(entry, part, tmp_path, SIZES) for part in PARTS}
    named = {int(key): name for members in cifar100.GROUPS.members for key, name in members.items()}
    for part, found in parts.items():
        assert found.pixels.shape == (100 * SIZES[part], 3, 32, 32)
        assert_in_class_order(found, SIZES[part])
    classes = cifar100.GROUPS.classes
    for official, ours in (("train", ("train", "validation")), ("test", ("test",))):
        written = cifar_file(official)
        expected = [
            (named[label], pixels.tobytes())
            for label, pixels in zip(written.fine.tolist(), written.data, strict=True)
        ]
        read = [one for part in ours for one in shown(parts[part], classes)]
        assert sorted(read) == sorted(expected)


def test_torchvision_reads_the_same_cifar(tmp_path: Path) -> None:
    from torchvision import datasets

    files = cifar_files()
    write_cifar(tmp_path, files)
    digests = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}

    class Miniature(datasets.CIFAR100):
        train_list = [["train", digests["train"]]]  # noqa: RUF012
        test_list = [["test", digests["test"]]]  # noqa: RUF012
        meta = {**datasets.CIFAR100.meta, "md5": digests["meta"]}  # noqa: RUF012

    theirs = Miniature(str(tmp_path / "cifar100"), train=False)
    ours = grouped(cifar_miniature(files), "test", tmp_path, SIZES)
    pictures = theirs.data.transpose(0, 3, 1, 2)
    expected = [
        (theirs.classes[label].replace("_", " "), pixels.tobytes())
        for pixels, label in zip(pictures, theirs.targets, strict=True)
    ]
    assert sorted(shown(ours, cifar100.GROUPS.classes)) == sorted(expected)


def assert_in_class_order(found: GroupedPictures, size: int) -> None:
    """The pictures of a class stand together, class after class, group after group."""
    number = 5 * found.groups + found.labels
    assert number.tolist() == [index for index in range(100) for _ in range(size)]
    assert found.labels.unflatten(0, (20, 5, size))[3, 2].tolist() == [2] * size


def test_images_are_pixels_from_0_to_1(tmp_path: Path) -> None:
    files = cifar_files()
    write_cifar(tmp_path, files)
    found = grouped(cifar_miniature(files), "test", tmp_path, SIZES)
    assert found.images.dtype == torch.float32
    assert (found.images.min(), found.images.max()) == (0, 1)
    assert torch.equal((255 * found.images).round().byte(), found.pixels)


def cifar_with(fine_to: dict[int, int], coarse_to: dict[int, int]) -> bytes:
    """Another `train`, with some labels in place of others."""
    found = cifar_file("train")
    fine = np.array([fine_to.get(label, label) for label in found.fine.tolist()])
    coarse = np.array([coarse_to.get(label, label) for label in found.coarse.tolist()])
    return cifar_pickle(attrs.evolve(found, fine=fine, coarse=coarse))


LAMP, CLOCK = 40, 22  # both in the group 5
CHAIR = 20  # in the group 6


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            cifar_with({LAMP: CLOCK}, {}),
            "has 4 classes in the group household electrical devices, where 5 are needed",
        ),
        (cifar_with({LAMP: CHAIR, CHAIR: LAMP}, {}), "has the class 20 in the group household "),
        (cifar_with({}, {5: 6}), "has 0 classes in the group household electrical devices"),
        (cifar_with({LAMP: CHAIR}, {}), "has a class in two groups; allowed is one for each"),
    ],
)
def test_cifar_files_with_other_groups_are_told(tmp_path: Path, content: bytes, words: str) -> None:
    files = {**cifar_files(), "train": content}
    folder = write_cifar(tmp_path, files)
    with pytest.raises(UsageError) as told:
        grouped(cifar_miniature(files), "validation", tmp_path, SIZES)
    assert str(told.value).startswith(f"{folder / 'train'}: {words}")


def test_cifar_files_with_other_counts_are_told(tmp_path: Path) -> None:
    files = cifar_files()
    folder = write_cifar(tmp_path, files)
    with pytest.raises(UsageError) as told:
        grouped(cifar_miniature(files), "train", tmp_path, {**SIZES, "validation": 2})
    assert str(told.value) == (f"{folder / 'train'}: has 4 instead of 5 pictures of the class 4.")


def test_cifar_files_that_are_not_official_are_not_read(tmp_path: Path) -> None:
    files = cifar_files()
    folder = write_cifar(tmp_path, {**files, "test": files["test"][:-1] + b"?"})
    with pytest.raises(UsageError) as told:
        grouped(cifar_miniature(files), "train", tmp_path, SIZES)
    assert str(told.value) == (
        f"data = cifar100: {folder / 'test'} is not the official file; `mtlkit data get cifar100` "
        "mends it, and data=digit_families needs no download."
    )


# --- Tiny ImageNet in small ---


def test_tiny_imagenet_is_what_its_owners_files_show(tiny_root: Path) -> None:
    files = tiny_files()
    entry = tiny_miniature()
    parts = {part: grouped(entry, part, tiny_root, SIZES) for part in PARTS}
    for part, found in parts.items():
        assert_in_class_order(found, SIZES[part])
    names = {
        wnid: name for members in tiny_imagenet.GROUPS.members for wnid, name in members.items()
    }

    def official(wnid: str, name: str) -> tuple[str, bytes]:
        return names[wnid], reduced(files[name]).transpose(2, 0, 1).tobytes()

    lines = files["val/val_annotations.txt"].decode().splitlines()
    rows = [line.split("\t")[:2] for line in lines]
    test = [official(wnid, f"val/images/{name}") for name, wnid in rows if wnid in names]
    classes = tiny_imagenet.GROUPS.classes
    assert sorted(shown(parts["test"], classes)) == sorted(test)
    owners = [
        official(name.split("/")[1], name)
        for name in files
        if name.startswith("train/") and name.endswith(".JPEG") and name.split("/")[1] in names
    ]
    chosen = shown(parts["train"], classes) + shown(parts["validation"], classes)
    assert len(set(chosen)) == len(chosen) == 400
    assert set(chosen) < set(owners)
    assert {count for _, count in Counter(name for name, _ in chosen).items()} == {4}


def test_the_decoded_pictures_are_kept_and_made_anew_if_damaged(
    tiny_root: Path, isolated_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = grouped(tiny_miniature(), "test", tiny_root, SIZES)
    (file,) = (isolated_cache / "pictures").iterdir()
    assert hashlib.sha256(pack_of(tiny_root).read_bytes()).hexdigest()[:24] in file.name
    content = file.read_bytes()
    with monkeypatch.context() as patch:  # it is read, not made
        patch.setattr("mtlkit.data.by_class.decode", None)
        again = grouped(tiny_miniature(), "test", tiny_root, SIZES)
        assert torch.equal(again.pixels, first.pixels)
    place = content.index(first.pixels.numpy().tobytes())
    changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    for damaged in (content[:5000], changed, b""):
        file.write_bytes(damaged)
        found = grouped(tiny_miniature(), "test", tiny_root, SIZES)
        assert torch.equal(found.pixels, first.pixels)
        assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_results_of_two_packs_never_mix(
    tiny_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = attrs.evolve(superclasses._SETS["tiny_imagenet"], entry=tiny_miniature())
    monkeypatch.setitem(superclasses._SETS, "tiny_imagenet", entry)
    monkeypatch.setenv("MTLKIT_DATA", str(tiny_root))
    first = superclasses.dataset("tiny_imagenet")
    assert first.name == "tiny_imagenet"
    assert first.checksum == hashlib.sha256(pack_of(tiny_root).read_bytes()).hexdigest()
    files = tiny_files()
    files["train/n02085620/images/n02085620_0.JPEG"] = files["val/images/val_0.JPEG"]
    files["train/n02085620/images/n02085620_1.JPEG"] = files["val/images/val_1.JPEG"]
    files["train/n02085620/images/n02085620_2.JPEG"] = files["val/images/val_2.JPEG"]
    install(tiny_miniature(), write_tiny(tmp_path / "downloads", files), tmp_path / "root")
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path / "root"))
    assert superclasses.dataset("tiny_imagenet").checksum != first.checksum


# --- what cannot be had ---


@pytest.mark.parametrize(
    ("name", "folder"), [("cifar100", "cifar100"), ("tiny_imagenet", "tiny_imagenet100")]
)
def test_what_is_not_here_is_told_with_what_to_do(
    name: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    sentence = (
        f"data = {name}: not in {tmp_path}; `mtlkit data get {name}` brings it, and "
        "data=digit_families needs no download."
    )
    with pytest.raises(UsageError) as told:
        superclasses.load(name, "train")
    assert str(told.value) == sentence
    assert list(tmp_path.iterdir()) == []
    if name == "cifar100":
        assert superclasses.dataset(name).checksum == CIFAR100.checksum
        return
    with pytest.raises(UsageError) as told:
        superclasses.dataset(name)
    assert str(told.value) == sentence


@pytest.mark.parametrize("function", [superclasses.shape, superclasses.dataset])
def test_names_that_do_not_exist_are_told(function: object) -> None:
    with pytest.raises(UsageError) as told:
        function("zebra")  # type: ignore[operator]
    assert str(told.value) == "data = zebra: allowed is one of tiny_imagenet, cifar100."


def test_parts_that_do_not_exist_are_told() -> None:
    with pytest.raises(UsageError, match=r"^data = zebra: allowed is one of tiny_imagenet, "):
        superclasses.load("zebra", "train")
    with pytest.raises(UsageError, match=r"^part = dev: allowed is one of train, validation, test"):
        superclasses.load("cifar100", "dev")


def test_a_class_with_another_number_of_pictures_is_told() -> None:
    labels = np.repeat(np.arange(3), 4)
    rows = rows_of(labels, [2, 0], "toys", "train", SIZES)
    assert labels[rows].tolist() == [2, 2, 2, 0, 0, 0]
    with pytest.raises(UsageError, match=r"^has 3 instead of 4 pictures of the class 2\.$"):
        rows_of(labels[:-1], [0, 1, 2], "toys", "train", SIZES)


# --- the real one ---


def test_tiny_imagenet_as_it_is_here(mtlkit_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = mtlkit_data / TINY_IMAGENET.folder / PACK
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    counts = {"train": 300, "test": 50}
    assert flaw_of(path, tiny_imagenet.GROUPS, counts, read=True) == ""
    file = np.load(path)
    raw = {key: file[key] for key in file.files}
    pack = read_pack(path)
    shape = superclasses.shape("tiny_imagenet")
    names = {str(name): index for index, name in enumerate(raw["fine_names"])}
    wanted = [names[name] for classes in shape.classes for name in classes]
    groups = [raw["fine_to_coarse"][index] for index in wanted]
    assert groups == [group for group in range(20) for _ in range(5)]
    coarse = tuple(str(name).replace("_", " ") for name in raw["coarse_names"])
    assert shape.groups == coarse
    rows = {}
    for part, size in shape.sizes.items():
        official = "test" if part == "test" else "train"
        rows[part] = rows_of(
            pack.parts[official].classes, wanted, "tiny_imagenet", part, shape.sizes
        )
        fine = raw[f"{official}_fine"][rows[part]]
        assert fine.tolist() == [index for index in wanted for _ in range(size)]
        per_group = np.bincount(raw[f"{official}_coarse"][rows[part]])
        assert per_group.tolist() == [5 * size] * 20
    both = np.concatenate([rows["train"], rows["validation"]])
    assert sorted(both.tolist()) == list(range(30_000))
    assert sorted(rows["test"].tolist()) == list(range(5_000))
    for part, official in (("train", "train"), ("test", "test")):
        sample = rows[part][:: len(rows[part]) // 40]
        found = decode(pack.parts[official], sample, 32)
        for row, pixels in zip(sample, found, strict=True):
            start, end = raw[f"{official}_offsets"][row : row + 2]
            expected = reduced(raw[f"{official}_jpeg"][start:end].tobytes())
            assert (pixels.transpose(1, 2, 0) == expected).all()
    monkeypatch.setenv("MTLKIT_DATA", str(mtlkit_data))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert superclasses.dataset("tiny_imagenet").checksum == digest
