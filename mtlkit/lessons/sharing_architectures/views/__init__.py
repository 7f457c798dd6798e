"""Lesson 03's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlkit.core.result import Result
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.exploration import Exploration
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
from mtlkit.lessons.sharing_architectures.views.coefficients import coefficients
from mtlkit.lessons.sharing_architectures.views.explore_bits import EXPLORATION as BITS
from mtlkit.lessons.sharing_architectures.views.explore_linear import EXPLORATION as LINEAR
from mtlkit.lessons.sharing_architectures.views.explore_shrinkage import EXPLORATION as SHRINKAGE
from mtlkit.lessons.sharing_architectures.views.paths import (
    error_along_path,
    error_by_method,
    what_was_found,
)
from mtlkit.lessons.sharing_architectures.views.reading import (
    learned_stitches,
    what_backbones_read,
)
from mtlkit.lessons.sharing_architectures.views.regressions import (
    linear_overlap,
    linear_size,
    linear_spread,
    linear_tasks,
)
from mtlkit.lessons.sharing_architectures.views.shrinkage import one_dimensional, shrinkage
from mtlkit.lessons.sharing_architectures.views.stitching import stitches, stitches_accuracy
from mtlkit.lessons.sharing_architectures.views.training import (
    accuracy_by_task,
    accuracy_over_steps,
)

EXPLORATIONS: Mapping[str, Exploration] = {
    "bits": BITS,
    "linear": LINEAR,
    "shrinkage": SHRINKAGE,
}

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

RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "accuracy_over_steps": accuracy_over_steps,
    "accuracy_by_task": accuracy_by_task,
    "what_backbones_read": what_backbones_read,
    "learned_stitches": learned_stitches,
}

__all__ = [
    "EXPLORATIONS",
    "FIGURES",
    "RUN_FIGURES",
    "accuracy_by_task",
    "accuracy_over_steps",
    "bits",
    "coefficients",
    "error_along_path",
    "error_by_method",
    "figure_1_1",
    "figure_1_1_paired",
    "learnability",
    "learned_stitches",
    "linear_overlap",
    "linear_size",
    "linear_spread",
    "linear_tasks",
    "nine_bits",
    "one_dimensional",
    "parameters",
    "partial_overlap",
    "shrinkage",
    "soft_strength",
    "steps",
    "stitches",
    "stitches_accuracy",
    "strings",
    "task_counts",
    "what_backbones_read",
    "what_was_found",
    "width",
]
