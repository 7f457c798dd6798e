"""MNIST, and Fashion-MNIST, which was made to take its place: the same four files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mtlkit.data.official.entry import DataSet, Download
from mtlkit.data.official.unpack import gunzip

IMAGES = {"train": "train-images-idx3-ubyte", "test": "t10k-images-idx3-ubyte"}
LABELS = {"train": "train-labels-idx1-ubyte", "test": "t10k-labels-idx1-ubyte"}
"""The files of the two official parts, without `.gz`."""


def downloads(
    mirrors: tuple[str, ...], files: Mapping[str, tuple[int, str]]
) -> tuple[Download, ...]:
    """The gzipped files at all mirrors; `files` has each one's length in bytes and MD5."""
    return tuple(
        Download(file, size, f"md5:{md5}", tuple(mirror + file for mirror in mirrors))
        for file, (size, md5) in files.items()
    )


def unpacked(folder: str, files: Mapping[str, str]) -> dict[str, str]:
    """Paths of the idx files where torchvision's class `folder` looks for them, with checksums."""
    return {f"{folder}/raw/{file}": f"md5:{md5}" for file, md5 in files.items()}


def arrange(downloaded: Path, target: Path, folder: str) -> None:
    """Unpack the four files where torchvision's class `folder` looks for them."""
    for file in (*IMAGES.values(), *LABELS.values()):
        gunzip(downloaded / f"{file}.gz", target / folder / "raw" / file)


MNIST = DataSet(
    name="mnist",
    title="MNIST",
    what="70,000 handwritten digits, 28 x 28 grey",
    licence="none stated by its authors",
    page="http://yann.lecun.com/exdb/mnist/",
    tried="download not tried yet; loads from the official files (November 2026)",
    downloads=downloads(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        {
            "train-images-idx3-ubyte.gz": (9_912_422, "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            "train-labels-idx1-ubyte.gz": (28_881, "d53e105ee54ea40749a09fcbcd1e9432"),
            "t10k-images-idx3-ubyte.gz": (1_648_877, "9fb629c4189551a2d022fa330f9573f3"),
            "t10k-labels-idx1-ubyte.gz": (4_542, "ec29112dd5afa0611ce80d1b7f02629c"),
        },
    ),
    files=unpacked(
        "MNIST",
        {
            "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
            "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
            "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
            "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
        },
    ),
    arrange=lambda downloaded, target: arrange(downloaded, target, "MNIST"),
)

FASHION_MNIST = DataSet(
    name="fashion_mnist",
    title="Fashion-MNIST",
    what="70,000 pictures of clothes, 28 x 28 grey",
    licence="MIT",
    page="https://github.com/zalandoresearch/fashion-mnist",
    tried="not tried yet",
    downloads=downloads(
        ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        {
            "train-images-idx3-ubyte.gz": (26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            "train-labels-idx1-ubyte.gz": (29_515, "25c81989df183df01b3e8a0aad5dffbe"),
            "t10k-images-idx3-ubyte.gz": (4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
            "t10k-labels-idx1-ubyte.gz": (5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
        },
    ),
    files=unpacked(
        "FashionMNIST",
        {
            "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
            "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
            "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
        },
    ),
    arrange=lambda downloaded, target: arrange(downloaded, target, "FashionMNIST"),
)
