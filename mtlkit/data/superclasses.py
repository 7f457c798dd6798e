"""Pictures whose classes come in groups: one task a group, which tells its classes apart.

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
from mtlkit.data.by_class import SIDE, cifar_pixels, pack_pixels
from mtlkit.data.official import cifar100, tiny_imagenet
from mtlkit.data.official.cifar100 import CIFAR100
from mtlkit.data.official.entry import Official
from mtlkit.data.official.groups import CLASSES_PER_GROUP, Groups
from mtlkit.data.official.store import require, sha256
from mtlkit.data.official.tiny_imagenet import TINY_IMAGENET
from mtlkit.errors import UsageError

NEEDS_NO_DOWNLOAD = "digit_families"
"""The grouped set that a message names to those who do not have theirs."""


@attrs.frozen(eq=False)
class GroupedPictures:
    """Colour pictures, what each shows, and in which group its class is.

    The pictures of a class stand together, in random order (the first n of each are a random
    choice), class after class, group after group: `pixels.unflatten(0, (G, 5, -1))` has one axis
    each for group, class and picture. All who load a part share its tensors: do not change them.

    Parameters
    ----------
    pixels
        From 0 to 255, as the files have them; a quarter of the memory of `images`.
    groups
        Superclass of each picture, from 0.
    labels
        Class within its superclass, from 0 to 4.
    """

    pixels: UInt8[Tensor, "picture 3 side side"]
    groups: Int64[Tensor, " picture"]
    labels: Int64[Tensor, " picture"]

    @property
    def images(self) -> Float[Tensor, "picture 3 side side"]:
        """Pixels from 0 to 1, made anew at each look: of a large part convert batches instead."""
        return self.pixels.float() / 255


@attrs.frozen
class GroupedShape:
    """What is known of a set without reading it.

    Parameters
    ----------
    side, channels
        Pixels along each side of a picture, and numbers of a pixel.
    groups
        Names of the superclasses.
    classes
        Names of the classes of each, five in each.
    sizes
        Pictures of a class in the parts `train`, `validation` and `test`.
    """

    side: int
    channels: int
    groups: tuple[str, ...]
    classes: tuple[tuple[str, ...], ...]
    sizes: Mapping[str, int]


@attrs.frozen
class _Set:
    """An entry of the catalogue, its groups, and pictures of a class in the parts."""

    entry: Official
    groups: Groups
    sizes: Mapping[str, int]


_SETS: Mapping[str, _Set] = {
    "tiny_imagenet": _Set(
        TINY_IMAGENET, tiny_imagenet.GROUPS, {"train": 250, "validation": 50, "test": 50}
    ),
    "cifar100": _Set(CIFAR100, cifar100.GROUPS, {"train": 450, "validation": 50, "test": 100}),
}

NAMES = tuple(_SETS)
"""The sets there are."""


def shape(name: str) -> GroupedShape:
    """Size of the pictures, names of groups and classes, and pictures of a class.

    Raises
    ------
    UsageError
        If there is no set of that name.
    """
    found = _find(name)
    return GroupedShape(SIDE, 3, found.groups.names, found.groups.classes, found.sizes)


def load(name: str, part: str) -> GroupedPictures:
    """The `"train"`, `"validation"` or `"test"` part of a set; read once a process.

    The training pictures of a class are split once, at random, into those to train on and those to
    validate with; the split is the same for every seed of a run. Tiny ImageNet's 64 x 64 pixels are
    reduced to 32 x 32, each the mean of four; this takes seconds the first time, and is then kept
    in the cache.

    Raises
    ------
    UsageError
        If there is no such set or part, if the set is not here, or if its files are not in order.
    """
    sizes = _find(name).sizes
    if part not in sizes:
        raise UsageError(f"part = {part}: allowed is one of {', '.join(sizes)}.")
    return _load(name, part, data_root())


@functools.cache
def _load(name: str, part: str, root: Path) -> GroupedPictures:
    found = _SETS[name]
    return grouped(found.entry, part, root, found.sizes)


def dataset(name: str) -> Dataset:
    """The name, with a checksum of the whole set.

    That of CIFAR-100 is known without it. Of Tiny ImageNet it is the SHA-256 of the copy that is
    here, since copies differ in which pictures they chose: results of two never mix.

    Raises
    ------
    UsageError
        If there is no set of that name, or if Tiny ImageNet is not here.
    """
    return _dataset(_find(name).entry, data_root())


@functools.cache
def _dataset(entry: Official, root: Path) -> Dataset:
    if not entry.is_made:
        return Dataset(entry.name, entry.checksum)
    folder = require(entry, root, instead=NEEDS_NO_DOWNLOAD)
    return Dataset(entry.name, sha256(folder / tiny_imagenet.PACK))


def _find(name: str) -> _Set:
    if name not in _SETS:
        raise UsageError(f"data = {name}: allowed is one of {', '.join(NAMES)}.")
    return _SETS[name]


def grouped(entry: Official, part: str, root: Path, sizes: Mapping[str, int]) -> GroupedPictures:
    """A part of a set in the layout of an entry, from the folder of official data sets."""
    folder = require(entry, root, instead=NEEDS_NO_DOWNLOAD)
    groups = _SETS[entry.name].groups
    if entry.is_made:
        pixels = pack_pixels(folder / tiny_imagenet.PACK, part, groups, sizes)
    else:
        pixels = cifar_pixels(folder / cifar100.FOLDER, part, groups, sizes)
    names = torch.arange(len(groups.names)), torch.arange(CLASSES_PER_GROUP)
    group, label = torch.cartesian_prod(*names).repeat_interleave(sizes[part], 0).T.contiguous()
    return GroupedPictures(torch.from_numpy(pixels), group, label)
