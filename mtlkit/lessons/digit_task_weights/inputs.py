"""What the networks of lesson 02 see: pictures, perhaps reduced, and each task's labels."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.data import pictures
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.noise import flip_labels

PARTS = ("train", "validation", "test")
NOISY = ("train", "validation")
"""Parts whose labels are flipped; that test labels are clean is our reading of the source."""


def images(config: DigitConfig) -> Mapping[str, Float[Tensor, "picture input"]]:
    """Each part's pictures as pixels, or as their first principal components."""
    found = {part: _cut(config, part).images for part in PARTS}
    if config.components == pictures.shape(config.data).pixels:
        return found
    mean, axes = _principal_axes(config.data, config.n_train)
    return {part: (seen - mean) @ axes[: config.components].T for part, seen in found.items()}


def clean_labels(config: DigitConfig, part: str) -> Int64[Tensor, " picture"]:
    """What the pictures of one part show."""
    return _cut(config, part).labels


def noisy_labels(config: DigitConfig, seed: int, part: str) -> Int64[Tensor, "task picture"]:
    """Each task's labels of one part, flipped by streams of that seed, part and task."""
    labels = clean_labels(config, part)
    n_classes = pictures.shape(config.data).n_classes
    return torch.stack(
        [
            flip_labels(
                labels, level, n_classes, stream(seed, f"flips/{part}", task), config.noise_kind
            )[0]
            for task, level in enumerate(config.noise)
        ]
    )


def _cut(config: DigitConfig, part: str) -> pictures.Pictures:
    """The pictures of one part; of the training part, the first so many (their order is random)."""
    found = pictures.load(config.data, part)
    if part != "train":
        return found
    return pictures.Pictures(found.images[: config.n_train], found.labels[: config.n_train])


@functools.lru_cache(maxsize=4)
def _principal_axes(
    data: str, n_train: int
) -> tuple[Float[Tensor, " pixel"], Float[Tensor, "axis pixel"]]:
    """The mean training picture and the directions in which they vary most, in that order.

    An axis' sign is free; it is chosen such that its largest entry is positive, so that another
    machine finds the same inputs.
    """
    seen = pictures.load(data, "train").images[:n_train].double()
    mean = seen.mean(0)
    centred = seen - mean
    _, vectors = torch.linalg.eigh(centred.T @ centred)
    axes = vectors.T.flip(0)
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    return mean.float(), (axes * largest.sign()).float()
