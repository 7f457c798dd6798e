"""What the networks of lesson 04 see: pictures of every task, in tensors alike for all data."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.core.streams import stream
from mtlkit.data import superclasses
from mtlkit.data.embedded import digits
from mtlkit.data.generated.digit_families import CLASSES, family_of_task, task_pictures
from mtlkit.lessons.gated_experts.config import FAMILIES, GatedConfig

PARTS = ("train", "validation", "test")
N_CLASSES = CLASSES
"""Of every task: a fifth of the answers are right by chance."""


@attrs.frozen(eq=False)
class TaskImages:
    """Pictures of every task of some seeds, and their classes from 0.

    `pixels` are grey values from 0 to 1, or bytes of colour pictures.
    """

    pixels: Float[Tensor, "replica task image 64"] | UInt8[Tensor, "replica task image 3 32 32"]
    labels: Int64[Tensor, "replica task image"]


def dataset(config: GatedConfig) -> Dataset:
    """The named set; families of digits carry the digits' checksum."""
    if config.data == FAMILIES:
        return Dataset(FAMILIES, digits.dataset().checksum)
    return superclasses.dataset(config.data)


def task_images(config: GatedConfig, seeds: Sequence[int], part: str) -> TaskImages:
    """One part's pictures for each seed; of the training part, `images_per_task` of each task.

    Raises
    ------
    UsageError
        If the set is not here.
    """
    most = config.images_per_task if part == "train" else None
    if config.data == FAMILIES:
        found = [task_pictures(seed, part, config.tasks, config.families, most) for seed in seeds]
        return TaskImages(
            torch.stack([one.images for one in found]), torch.stack([one.labels for one in found])
        )
    return _of_groups(config, seeds, part, most)


def families(config: GatedConfig) -> Int64[Tensor, " task"] | None:
    """The true family of each task; None where nobody knows."""
    if config.data != FAMILIES:
        return None
    return family_of_task(config.tasks, config.families)


def network_inputs(
    pixels: Float[Tensor, "*batch 64"] | UInt8[Tensor, "*batch 3 32 32"],
) -> Float[Tensor, "*batch ..."]:
    """What experts read: grey values as they are; colour bytes brought to -1..1."""
    return pixels if pixels.is_floating_point() else pixels.float() / 127.5 - 1.0


def _of_groups(
    config: GatedConfig, seeds: Sequence[int], part: str, most: int | None
) -> TaskImages:
    """A group is a task, its pictures in random order; each seed draws its own `most` of them."""
    found = superclasses.load(config.data, part)
    groups = len(superclasses.shape(config.data).groups)
    pixels = found.pixels.view(groups, -1, *found.pixels.shape[1:])[: config.tasks]
    labels = found.labels.view(groups, -1)[: config.tasks]
    size = labels.shape[1]
    # They come class after class, and the first of them have to be a fair sample.
    order = torch.randperm(size, generator=stream(0, f"order/{part}"))
    pixels, labels = pixels[:, order], labels[:, order]
    if most is None or most == size:
        shape = (len(seeds), *(-1,) * pixels.ndim)
        return TaskImages(
            pixels.unsqueeze(0).expand(shape), labels.unsqueeze(0).expand(len(seeds), -1, -1)
        )
    rows = torch.stack(
        [
            torch.stack(
                [
                    torch.randperm(size, generator=stream(seed, f"images/{part}", task))[:most]
                    for task in range(config.tasks)
                ]
            )
            for seed in seeds
        ]
    )
    task = torch.arange(config.tasks).unsqueeze(1)
    return TaskImages(pixels[task, rows], labels[task, rows])
