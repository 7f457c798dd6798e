"""Lesson 02's pictures: from study tables, histories and labels to panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.result import Result
from mtlkit.data.embedded.digits import N_CLASSES
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.palette import task_key
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    GridImage,
    ImageGrid,
    IntervalFacet,
    Intervals,
    Panel,
    Series,
)
from mtlkit.explore.summaries import mean_line, mean_series
from mtlkit.noise import least_cross_entropy

_SIDE = 8


def uncertainty_order(table: pd.DataFrame) -> Intervals:
    """The learned uncertainty of each task, beside the value it rests at.

    Parameters
    ----------
    table
        The study `uncertainty_order`.
    """
    learned = table[table["strategy"] == "learned_kendall"]
    tasks = [learned[learned["task"] == task] for task in sorted(learned["task"].unique())]
    found = [rows["uncertainty"].mean() for rows in tasks]
    rest = [2 * rows["training_loss"] for rows in tasks]
    noise = [float(rows["noise"].iloc[0]) for rows in tasks]
    levels = [f"{level:g}" for level in noise]
    floor = [2 * least_cross_entropy(level, N_CLASSES) for level in noise]
    told = ", ".join(f"{mean:.2f} at {level}" for mean, level in zip(found, levels, strict=True))
    return Intervals(
        name="uncertainty_order",
        title="The learned uncertainty of tasks with flipped labels",
        alt=f"Learned uncertainty by the variance of the draws that flip labels: {told}. Beside "
        "each stand twice the training cross-entropy and twice the least one the flips allow.",
        caption=f"Mean of {learned['seed'].nunique()} seeds and its 95 % interval, at the epoch "
        "with the lowest validation loss. At rest s is twice the cross-entropy (CE), not σ². "
        "Crosses: twice the least CE that these flips allow on labels not learned by heart.",
        command="mtlkit reproduce digit_task_weights uncertainty_order",
        x_label="variance of the draws that flip labels",
        y_label="uncertainty s",
        categories=[f"σ² = {level}" for level in levels],
        facets=[
            IntervalFacet(
                series=[
                    mean_series(
                        "learned_kendall",
                        [rows["uncertainty"] for rows in tasks],
                        label="learned s (Kendall)",
                    ),
                    mean_series("rest", rest, label="2 × cross-entropy on the training labels"),
                    Series(key="truth", label="2 × cross-entropy of the flips alone", values=floor),
                ]
            )
        ],
    )


FIGURES: Mapping[str, Drawing] = {
    "uncertainty_order": Drawing(uncertainty_order, ("uncertainty_order",))
}


def uncertainty_over_epochs(history: pd.DataFrame) -> Curves:
    """The learned uncertainty of each task while training, and twice its cross-entropy.

    Parameters
    ----------
    history
        A run's table `history`, of which the strategy `learned_kendall` is shown.
    """
    learned = history[history["strategy"] == "learned_kendall"]
    learned = learned.assign(rest=2 * learned["noisy_train"])
    facets = []
    for task in sorted(learned["task"].unique()):
        rows = learned[learned["task"] == task]
        facets.append(
            CurveFacet(
                title=task_key(int(task)),
                lines=[
                    mean_line("learned_kendall", rows, "uncertainty", label="learned s (Kendall)"),
                    mean_line(
                        "rest", rows, "rest", label="2 × cross-entropy on the training labels"
                    ),
                ],
            )
        )
    return Curves(
        name="uncertainty_over_epochs",
        title="The uncertainty of each task while training",
        alt="Learned uncertainty and twice the training cross-entropy against the epoch, one "
        "picture a task.",
        caption=f"Mean of {learned['seed'].nunique()} seeds with its 95 % interval. s starts at "
        "1 and runs after twice the cross-entropy (CE).",
        x_label="epoch",
        y_label="uncertainty s",
        facets=facets,
    )


def noisy_digits(
    images: Float[Tensor, "picture 64"],
    clean: Int64[Tensor, " picture"],
    noisy: Int64[Tensor, "task picture"],
) -> ImageGrid:
    """Digits with the label that each task has for them; marked where one is flipped."""
    grey = (255 * (1 - images)).round().to(torch.uint8).reshape(-1, _SIDE, _SIDE).numpy()
    return ImageGrid(
        name="noisy_digits",
        title="The same digits with the labels that each task is given",
        alt=f"{len(clean)} handwritten digits, each with one label a task.",
        caption="Under each picture: the true digit, then the label that each task is given.",
        mark="a label is flipped",
        images=[
            GridImage(
                pixels,
                f"a {right}: " + ", ".join(str(label) for label in labels.tolist()),
                marked=bool((labels != right).any()),
            )
            for pixels, right, labels in zip(grey, clean.tolist(), noisy.T, strict=True)
        ],
    )


RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "uncertainty_over_epochs": lambda result: uncertainty_over_epochs(result.tables["history"])
}
