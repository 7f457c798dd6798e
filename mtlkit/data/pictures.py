"""Labelled pictures: the one door through which lessons get them, by the name of the set.

Nothing is downloaded from here; `mtlkit data get NAME` does that.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import attrs
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.core.paths import data_root
from mtlkit.core.streams import stream
from mtlkit.data.embedded import digits
from mtlkit.data.official.entry import Official
from mtlkit.data.official.mnist import FASHION_MNIST, MNIST
from mtlkit.data.official.store import require
from mtlkit.errors import UsageError


@attrs.frozen(eq=False)
class Pictures:
    """Grey pictures, row by row, and what each shows.

    `images` are from 0 (paper) to 1 (ink), `labels` from 0. All who load a part share its tensors:
    do not change them.
    """

    images: Float[Tensor, "picture pixel"]
    labels: Int64[Tensor, " picture"]


@attrs.frozen
class Shape:
    """What is known of a set without reading it.

    Parameters
    ----------
    side
        Pixels along each side of a picture.
    n_classes
        Labels are from 0 to one less.
    sizes
        Pictures in the parts `train`, `validation` and `test`.
    """

    side: int
    n_classes: int
    sizes: Mapping[str, int]

    @property
    def pixels(self) -> int:
        """Pixels of a picture."""
        return self.side**2


_IN_SCIKIT_LEARN = "digits"
_OFFICIAL = {entry.name: entry for entry in (MNIST, FASHION_MNIST)}
_LIKE_MNIST = Shape(28, 10, {"train": 55_000, "validation": 5_000, "test": 10_000})
_SHAPES: Mapping[str, Shape] = {
    _IN_SCIKIT_LEARN: Shape(8, digits.N_CLASSES, digits.SIZES),
    **dict.fromkeys(_OFFICIAL, _LIKE_MNIST),
}

NAMES = tuple(_SHAPES)
"""The sets there are; the first needs no download."""


def shape(name: str) -> Shape:
    """Size of the pictures, number of classes and of pictures.

    Raises
    ------
    UsageError
        If there is no set of that name.
    """
    if name not in _SHAPES:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(NAMES)}.")
    return _SHAPES[name]


def load(name: str, part: str) -> Pictures:
    """The `"train"`, `"validation"` or `"test"` part of a set; read once a process.

    MNIST and Fashion-MNIST: pixels / 255, the official test part, and the official 60,000 training
    pictures split once, at random, into 55,000 and 5,000; the split is the same for every seed of
    a run.

    Raises
    ------
    UsageError
        If there is no such set or part, if the set is not here, or if its files are not the
        official ones.
    """
    sizes = shape(name).sizes
    if part not in sizes:
        raise UsageError(f"part = {part}: allowed is one of {', '.join(sizes)}.")
    return _load(name, part, data_root())


@functools.cache
def _load(name: str, part: str, root: Path) -> Pictures:
    if name == _IN_SCIKIT_LEARN:
        found = digits.digits(part)
        return Pictures(found.images, found.labels)
    return like_mnist(_OFFICIAL[name], part, root)


@functools.cache
def dataset(name: str) -> Dataset:
    """The name, with a checksum of the whole set; an official set need not be here for it.

    Raises
    ------
    UsageError
        If there is no set of that name.
    """
    shape(name)
    return digits.dataset() if name == _IN_SCIKIT_LEARN else Dataset(name, _OFFICIAL[name].checksum)


def like_mnist(
    entry: Official, part: str, root: Path, sizes: Mapping[str, int] = _LIKE_MNIST.sizes
) -> Pictures:
    """A part of a data set in MNIST's format, from the folder of official data sets."""
    pixels, labels = _raw(entry, root, part != "test")
    if part != "test":
        order = torch.randperm(len(labels), generator=stream(0, f"{entry.name}/split"))
        rows = order[: sizes["train"]] if part == "train" else order[sizes["train"] :]
        pixels, labels = pixels[rows], labels[rows]
    return Pictures(pixels.flatten(1).float() / 255, labels.long())


def _raw(
    entry: Official, root: Path, train: bool
) -> tuple[UInt8[Tensor, "picture row column"], Int64[Tensor, " picture"]]:
    """Pixels from 0 to 255, and labels, as torchvision reads them."""
    from torchvision import datasets  # a second to import

    folder = require(entry, root, instead=_IN_SCIKIT_LEARN)
    reader = {MNIST.name: datasets.MNIST, FASHION_MNIST.name: datasets.FashionMNIST}[entry.name]
    found = reader(folder, train=train)
    return found.data, found.targets
