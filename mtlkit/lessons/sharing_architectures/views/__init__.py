"""Lesson 03's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlkit.core.result import Result
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.panels import Panel
from mtlkit.lessons.sharing_architectures.views.accuracies import (
    bits,
    figure_1_1,
    figure_1_1_paired,
    learnability,
    nine_bits,
    parameters,
    partial_overlap,
    soft_strength,
    steps,
    strings,
    task_counts,
    width,
)
from mtlkit.lessons.sharing_architectures.views.regressions import (
    linear_overlap,
    linear_size,
    linear_spread,
    linear_tasks,
)
from mtlkit.lessons.sharing_architectures.views.stitching import stitches, stitches_accuracy

FIGURES: Mapping[str, Drawing] = {
    "figure_1_1": Drawing(figure_1_1, ("figure_1_1", "learnability")),
    "figure_1_1_paired": Drawing(figure_1_1_paired, ("figure_1_1",)),
    "nine_bits": Drawing(nine_bits, ("nine_bits", "learnability")),
    "learnability": Drawing(learnability, ("learnability",)),
    "strings": Drawing(strings, ("strings",)),
    "bits": Drawing(bits, ("bits",)),
    "width": Drawing(width, ("width",)),
    "steps": Drawing(steps, ("steps",)),
    "partial_overlap": Drawing(partial_overlap, ("partial_overlap",)),
    "task_counts": Drawing(task_counts, ("task_counts",)),
    "parameters": Drawing(parameters, ("task_counts",)),
    "stitches": Drawing(stitches, ("stitches",)),
    "stitches_accuracy": Drawing(stitches_accuracy, ("stitches",)),
    "soft_strength": Drawing(soft_strength, ("soft_strength", "figure_1_1")),
    "linear_overlap": Drawing(linear_overlap, ("linear_overlap",)),
    "linear_size": Drawing(linear_size, ("linear_size",)),
    "linear_tasks": Drawing(linear_tasks, ("linear_tasks",)),
    "linear_spread": Drawing(linear_spread, ("linear_spread",)),
}

RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {}

__all__ = [
    "FIGURES",
    "RUN_FIGURES",
    "bits",
    "figure_1_1",
    "figure_1_1_paired",
    "learnability",
    "linear_overlap",
    "linear_size",
    "linear_spread",
    "linear_tasks",
    "nine_bits",
    "parameters",
    "partial_overlap",
    "soft_strength",
    "steps",
    "stitches",
    "stitches_accuracy",
    "strings",
    "task_counts",
    "width",
]
