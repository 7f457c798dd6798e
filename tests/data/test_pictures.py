"""The door through which lessons get labelled pictures, against bytes read independently."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import UInt8
from sklearn.datasets import load_digits

from mtlkit.data import pictures
from mtlkit.data.embedded.digits import dataset as digits_dataset
from mtlkit.errors import UsageError


def test_digits_are_those_of_scikit_learn_and_go_by_the_same_checksum() -> None:
    parts = [pictures.load("digits", part) for part in ("train", "validation", "test")]
    rows = torch.cat([torch.cat([16 * one.images, one.labels[:, None]], 1) for one in parts])
    bunch = load_digits()
    expected = np.c_[bunch.data, bunch.target]
    assert sorted(map(tuple, rows.tolist())) == sorted(map(tuple, expected.tolist()))
    assert pictures.dataset("digits") == digits_dataset()


@pytest.mark.parametrize("name", pictures.NAMES)
def test_a_set_is_named_without_being_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    assert pictures.dataset(name).name == name
    assert len(pictures.dataset(name).checksum) == 64
    assert pictures.dataset(name) is pictures.dataset(name)
    shape = pictures.shape(name)
    assert (shape.pixels, shape.n_classes) == (shape.side**2, 10)


def test_what_is_not_here_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    with pytest.raises(UsageError) as told:
        pictures.load("mnist", "train")
    assert str(told.value) == (
        f"data = mnist: not in {tmp_path}; `mtlkit data get mnist` brings it, and data=digits "
        "needs no download."
    )
    assert list(tmp_path.iterdir()) == []


def test_names_and_parts_that_do_not_exist_are_told() -> None:
    with pytest.raises(UsageError, match=r"^data = zebra: allowed is one of digits, mnist, "):
        pictures.load("zebra", "train")
    with pytest.raises(UsageError, match=r"^data = zebra: allowed is one of digits, mnist, "):
        pictures.dataset("zebra")
    with pytest.raises(UsageError, match=r"^part = dev: allowed is one of train, validation, test"):
        pictures.load("mnist", "dev")


def raw(folder: Path, part: str) -> tuple[UInt8[np.ndarray, "n 784"], UInt8[np.ndarray, " n"]]:
    """The official bytes: 16 and 8 of a header, then pixels and labels."""
    images = np.fromfile(folder / f"{part}-images-idx3-ubyte", np.uint8)[16:].reshape(-1, 784)
    return images, np.fromfile(folder / f"{part}-labels-idx1-ubyte", np.uint8)[8:]


def labelled(images: np.ndarray, labels: np.ndarray) -> list[bytes]:
    return [pixels.tobytes() + bytes([label]) for pixels, label in zip(images, labels, strict=True)]


def as_bytes(part: pictures.Pictures) -> list[bytes]:
    images = (255 * part.images).round().to(torch.uint8).numpy()
    return labelled(images, part.labels.to(torch.uint8).numpy())


def test_mnist_is_the_official_one_each_picture_in_one_part(mtlkit_data: Path) -> None:
    folder = mtlkit_data / "mnist" / "MNIST" / "raw"
    train, validation, test = (
        as_bytes(pictures.load("mnist", part)) for part in ("train", "validation", "test")
    )
    assert (len(train), len(validation), len(test)) == (55_000, 5_000, 10_000)
    assert test == labelled(*raw(folder, "t10k"))
    official = labelled(*raw(folder, "train"))
    assert sorted(train + validation) == sorted(official)
    assert train != official[:55_000]
    assert train[:5] == as_bytes(pictures.load("mnist", "train"))[:5]


def test_mnist_has_pixels_over_255_and_all_classes(mtlkit_data: Path) -> None:
    for part, size in pictures.shape("mnist").sizes.items():
        found = pictures.load("mnist", part)
        assert found.images.shape == (size, 784)
        assert found.images.dtype == torch.float32
        assert (found.images.min(), found.images.max()) == (0, 1)
        # In each part the classes are as frequent as in the whole, to 5 standard errors.
        share = torch.bincount(found.labels, minlength=10) / size
        assert ((share - 0.1).abs() < 0.015 + 5 * (0.09 / size) ** 0.5).all()
        assert pictures.load("mnist", part) is found


def test_the_official_files_are_read_only_if_they_are_official(
    mtlkit_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    official = mtlkit_data / "mnist" / "MNIST" / "raw"
    folder = tmp_path / "mnist" / "MNIST" / "raw"
    folder.mkdir(parents=True)
    for file in official.iterdir():
        (folder / file.name).symlink_to(file)
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    assert len(pictures.load("mnist", "test").labels) == 10_000
    labels = folder / "t10k-labels-idx1-ubyte"
    content = bytearray(labels.read_bytes())
    content[8] ^= 1
    labels.unlink()
    labels.write_bytes(content)
    with pytest.raises(UsageError, match=r"t10k-labels-idx1-ubyte is not the official file; "):
        pictures.load("mnist", "validation")
