"""MNIST, and Fashion-MNIST, which was made to take its place: the same four files."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from mtlkit.data.official.entry import Download, Kept, Official
from mtlkit.data.official.unpack import gunzip

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""Without `.gz`; `t10k` are the 10,000 to test with."""

_SIZES = (47_040_016, 60_008, 7_840_016, 10_008)
"""Bytes of the files: a header of 16 or 8, then one a pixel or label."""


def fetched(
    mirrors: tuple[str, ...], sizes: tuple[int, ...], checksums: tuple[str, ...]
) -> tuple[Download, ...]:
    """The four files as their owners publish them, gzipped; the same at all mirrors."""
    return tuple(
        Download(f"{file}.gz", size, checksum, tuple(f"{mirror}{file}.gz" for mirror in mirrors))
        for file, size, checksum in zip(FILES, sizes, checksums, strict=True)
    )


def kept(
    folder: str, checksums: tuple[str, ...], sizes: tuple[int, ...] = _SIZES
) -> tuple[Kept, ...]:
    """The four files where torchvision's class of the name `folder` looks for them.

    The owners publish checksums of the gzipped files alone; those of the unpacked ones are as the
    users of the official files have them.
    """
    return tuple(
        Kept(f"{folder}/raw/{file}", size, checksum)
        for file, size, checksum in zip(FILES, sizes, checksums, strict=True)
    )


def arrange(folder: str, downloaded: Path, target: Path) -> None:
    """Unpack the four files to where torchvision's class of the name `folder` looks for them."""
    for file in FILES:
        gunzip(downloaded / f"{file}.gz", target / folder / "raw" / file)


MNIST = Official(
    name="mnist",
    title="MNIST",
    what="70,000 handwritten digits, 28 x 28 grey pixels",
    licence="none stated",
    page="http://yann.lecun.com/exdb/mnist/",
    loaded="2026-11",
    downloads=fetched(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "http://yann.lecun.com/exdb/mnist/",
        ),
        (9_912_422, 28_881, 1_648_877, 4_542),
        (
            "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "md5:d53e105ee54ea40749a09fcbcd1e9432",
            "md5:9fb629c4189551a2d022fa330f9573f3",
            "md5:ec29112dd5afa0611ce80d1b7f02629c",
        ),
    ),
    files=kept(
        "MNIST",
        (
            "md5:6bbc9ace898e44ae57da46a324031adb",
            "md5:a25bea736e30d166cdddb491f175f624",
            "md5:2646ac647ad5339dbf082846283269ea",
            "md5:27ae3e4e09519cfbb04c329615203637",
        ),
    ),
    arrange=partial(arrange, "MNIST"),
)

FASHION_MNIST = Official(
    name="fashion_mnist",
    title="Fashion-MNIST",
    what="70,000 pictures of clothes, 28 x 28 grey pixels",
    licence="MIT",
    page="https://github.com/zalandoresearch/fashion-mnist",
    downloads=fetched(
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ),
        (26_421_880, 29_515, 4_422_102, 5_148),
        (
            "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "md5:25c81989df183df01b3e8a0aad5dffbe",
            "md5:bef4ecab320f06d8554ea6380940ec79",
            "md5:bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
    files=kept(
        "FashionMNIST",
        (
            "md5:f4a8712d7a061bf5bd6d2ca38dc4d50a",
            "md5:9018921c3c673c538a1fc5bad174d6f9",
            "md5:8181f5470baa50b63fa0f6fddb340f0a",
            "md5:15d484375f8d13e6eb1aabb0c3f46965",
        ),
    ),
    arrange=partial(arrange, "FashionMNIST"),
)
