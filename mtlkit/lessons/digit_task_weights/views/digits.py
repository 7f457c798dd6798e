"""Pictures with the labels that tasks are given."""

from __future__ import annotations

import math

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.result import Result
from mtlkit.data import pictures
from mtlkit.explore.panels import GridImage, ImageGrid
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.inputs import noisy_labels
from mtlkit.lessons.digit_task_weights.views.common import told_of
from mtlkit.lessons.digit_task_weights.views.following import run_command

_SHOWN = 24


def noisy_digits(
    images: Float[Tensor, "picture pixel"],
    clean: Int64[Tensor, " picture"],
    noisy: Int64[Tensor, "task picture"],
    command: str = "",
) -> ImageGrid:
    """Square pictures with the label that each task has for them; marked where one is flipped.

    Parameters
    ----------
    images
        From 0 (paper) to 1 (ink), row by row.
    clean, noisy
        What they show, and what each task is told.
    command
        What made them.
    """
    side = math.isqrt(images.shape[1])
    grey = (255 * (1 - images)).round().to(torch.uint8).reshape(-1, side, side).numpy()
    wrong = noisy != clean
    shares = ", ".join(
        f"{int(task.sum())} for task {number}" for number, task in enumerate(wrong, start=1)
    )
    return ImageGrid(
        name="noisy_digits",
        title="The same digits with the labels that each task is given",
        alt=f"{len(clean)} handwritten digits, each with one label a task. Of these labels so many "
        f"are wrong: {shares}.",
        caption="Under each picture: the true digit, then the label that each task is given; "
        "marked where one of these is flipped.",
        command=command,
        mark="flipped",
        images=[
            GridImage(
                pixels,
                f"a {right}: " + ", ".join(str(label) for label in labels.tolist()),
                marked=bool((labels != right).any()),
            )
            for pixels, right, labels in zip(grey, clean.tolist(), noisy.T, strict=True)
        ],
    )


def digits_of(result: Result) -> ImageGrid:
    """The first training pictures of a run, with the labels of its first seed."""
    config = DigitConfig(**result.config)
    found = pictures.load(config.data, "train")
    shown = min(_SHOWN, config.n_train)
    labels = noisy_labels(config, result.seeds[0], "train")
    grid = noisy_digits(
        found.images[:shown], found.labels[:shown], labels[:, :shown], run_command(result)
    )
    return attrs.evolve(grid, caption=told_of(config.data, grid.caption))
