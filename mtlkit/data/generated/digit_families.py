"""Families of tasks on handwritten digits, whose structure is known.

All tasks of a family see the digits with their pixels moved by one and the same permutation, and
put them into the same classes, each class of several digits; tasks of a family differ by the order
in which the classes are numbered. So tasks of a family can share everything but their heads, and
tasks of different families have nothing in common but the pictures' origin.
"""

from __future__ import annotations

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.data.embedded.digits import N_CLASSES, PIXELS, digits
from mtlkit.errors import UsageError

CLASSES = 5
"""Of a task, as in the source: each of two digits."""


@attrs.frozen(eq=False)
class Family:
    """What a family makes of the digits.

    Parameters
    ----------
    order
        Of each place in its pictures, the pixel that stands there.
    classes
        Of each digit, its class, before a task renumbers them.
    """

    order: Int64[Tensor, " pixel"]
    classes: Int64[Tensor, " digit"]


def family(number: int) -> Family:
    """A family, the same for every seed of a run; families count from 0.

    The first leaves the pixels where they are.
    """
    random = stream(0, "digit_families/family", number)
    order = torch.randperm(PIXELS, generator=random)
    classes = torch.randperm(N_CLASSES, generator=random) % CLASSES
    return Family(torch.arange(PIXELS) if number == 0 else order, classes)


def family_of_task(tasks: int, families: int) -> Int64[Tensor, " task"]:
    """The family of each task: the first ones belong to family 0, and so on, as evenly as can be.

    Raises
    ------
    UsageError
        If there are more families than tasks.
    """
    if not 1 <= families <= tasks:
        raise UsageError(
            f"families = {families}: allowed is at most {tasks}, one for each of the tasks."
        )
    return torch.arange(tasks) * families // tasks


@attrs.frozen(eq=False)
class TaskPictures:
    """Pictures of every task, each task its own, and their classes from 0."""

    images: Float[Tensor, "task image 64"]
    labels: Int64[Tensor, "task image"]


def task_pictures(
    seed: int, part: str, tasks: int, families: int, images_per_task: int | None = None
) -> TaskPictures:
    """The pictures of each task in a part of the digits.

    Parameters
    ----------
    seed
        Which digits a task sees, where it sees some of them only, and how it numbers its classes.
    part
        `"train"`, `"validation"` or `"test"`.
    tasks, families
        How many; see `family_of_task`.
    images_per_task
        Different digits for each task, drawn from the part; None: all of them.

    Raises
    ------
    UsageError
        If there are more families than tasks, or not so many digits.
    """
    found = digits(part)
    if images_per_task is not None and not 1 <= images_per_task <= len(found.labels):
        raise UsageError(
            f"images_per_task = {images_per_task}: allowed is 1 to {len(found.labels):,}, the "
            f"{part} digits."
        )
    images, labels = [], []
    for task, number in enumerate(family_of_task(tasks, families).tolist()):
        rows = torch.randperm(
            len(found.labels), generator=stream(seed, f"digit_families/{part}", task)
        )
        rows = torch.arange(len(rows)) if images_per_task is None else rows[:images_per_task]
        own = family(number)
        numbering = torch.randperm(CLASSES, generator=stream(seed, "digit_families/names", task))
        images.append(found.images[rows][:, own.order])
        labels.append(numbering[own.classes[found.labels[rows]]])
    return TaskPictures(torch.stack(images), torch.stack(labels))
