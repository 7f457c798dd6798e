"""The 1,797 handwritten digits that come with scikit-learn."""

from __future__ import annotations

import functools
import hashlib

import attrs
import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.core.streams import stream

N_CLASSES = 10
PIXELS = 64
SIZES = {"train": 1257, "validation": 180, "test": 360}
"""Pictures in each part."""


@attrs.frozen(eq=False)
class Digits:
    """One part of the digits: 8 x 8 grey pictures, row by row, and what each shows.

    `images` are from 0 (paper) to 1 (ink), `labels` from 0 to 9.
    """

    images: Float[Tensor, "picture 64"]
    labels: Int64[Tensor, " picture"]


def digits(part: str) -> Digits:
    """The `"train"`, `"validation"` or `"test"` part.

    The pictures are split once, at random, the same for every seed of a run; the classes are not
    stratified (each is about a tenth anyway). All 13 writers stand in all three parts, so that
    accuracies are higher than on the hands of strangers.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits (UCI, 1998), its
    test set as `sklearn.datasets.load_digits` has it.
    """
    pixels, labels = _raw()
    order = torch.randperm(len(labels), generator=stream(0, "digits/split")).numpy()
    start = {"train": 0, "validation": SIZES["train"], "test": len(labels) - SIZES["test"]}[part]
    rows = order[start : start + SIZES[part]]
    images = torch.from_numpy(pixels[rows]).float() / 16
    return Digits(images, torch.from_numpy(labels[rows]).long())


def dataset() -> Dataset:
    """The name, with a checksum over all pixels and labels as they were read."""
    digest = hashlib.sha256()
    for array in _raw():
        digest.update(array.tobytes())
    return Dataset("digits", digest.hexdigest())


@functools.cache
def _raw() -> tuple[UInt8[np.ndarray, "picture 64"], UInt8[np.ndarray, " picture"]]:
    """Pixels from 0 to 16, one row a picture, and labels; as bytes, so that they hash alike."""
    from sklearn.datasets import load_digits  # a second to import

    bunch = load_digits()
    return bunch.data.astype(np.uint8), bunch.target.astype(np.uint8)
