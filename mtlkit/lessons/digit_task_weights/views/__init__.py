"""Lesson 02's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlkit.core.result import Result
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.panels import Panel
from mtlkit.lessons.digit_task_weights.views.accuracies import (
    figure_5_2,
    figure_5_2_paired,
    figure_5_3,
    figure_5_3_paired,
    flip_kinds,
    granularity,
    longer_training,
)
from mtlkit.lessons.digit_task_weights.views.digits import digits_of, noisy_digits
from mtlkit.lessons.digit_task_weights.views.explorer import EXPLORATION
from mtlkit.lessons.digit_task_weights.views.flips import flip_rates
from mtlkit.lessons.digit_task_weights.views.following import (
    learning_curves,
    over_epochs,
    uncertainty_over_epochs,
)
from mtlkit.lessons.digit_task_weights.views.learning import epochs_needed, figure_5_4
from mtlkit.lessons.digit_task_weights.views.noisier import four_uncertainties, rate_by_noise
from mtlkit.lessons.digit_task_weights.views.runs import (
    confusion,
    error_by_strategy,
    shared_features,
    shared_layer,
)
from mtlkit.lessons.digit_task_weights.views.sizes import (
    components,
    components_uncertainty,
    width,
    width_uncertainty,
)
from mtlkit.lessons.digit_task_weights.views.training import (
    grid_cost,
    grid_epochs,
    optimisers,
    optimisers_error,
    step_size,
    step_size_error,
)
from mtlkit.lessons.digit_task_weights.views.uncertainties import (
    learned_weights,
    uncertainty_order,
)

EXPLORATIONS: Mapping[str, Exploration] = {"digits": EXPLORATION}

FIGURES: Mapping[str, Drawing] = {
    "flip_rates": Drawing(flip_rates, ()),
    "uncertainty_order": Drawing(uncertainty_order, ("uncertainty_order",)),
    "four_uncertainties": Drawing(four_uncertainties, ("four_uncertainties",)),
    "learned_weights": Drawing(learned_weights, ("uncertainty_order",)),
    "figure_5_2": Drawing(figure_5_2, ("figure_5_2",)),
    "figure_5_2_paired": Drawing(figure_5_2_paired, ("figure_5_2",)),
    "figure_5_3": Drawing(figure_5_3, ("figure_5_3",)),
    "figure_5_3_paired": Drawing(figure_5_3_paired, ("figure_5_3",)),
    "figure_5_4": Drawing(figure_5_4, ("figure_5_4",)),
    "epochs_needed": Drawing(epochs_needed, ("figure_5_3",)),
    "longer_training": Drawing(longer_training, ("longer_training",)),
    "granularity": Drawing(granularity, ("granularity",)),
    "flip_kinds": Drawing(flip_kinds, ("flip_kinds",)),
    "optimisers": Drawing(optimisers, ("optimisers",)),
    "optimisers_error": Drawing(optimisers_error, ("optimisers",)),
    "rate_by_noise": Drawing(rate_by_noise, ("rate_by_noise",)),
    "step_size": Drawing(step_size, ("step_size",)),
    "step_size_error": Drawing(step_size_error, ("step_size",)),
    "grid_cost": Drawing(grid_cost, ("grid_cost",)),
    "grid_epochs": Drawing(grid_epochs, ("grid_cost",)),
    "width": Drawing(width, ("width",)),
    "width_uncertainty": Drawing(width_uncertainty, ("width",)),
    "components": Drawing(components, ("components",)),
    "components_uncertainty": Drawing(components_uncertainty, ("components",)),
}

RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "noisy_digits": digits_of,
    "uncertainty_over_epochs": uncertainty_over_epochs,
    "weight_over_epochs": lambda result: over_epochs(result, "weight"),
    "learning_curves": learning_curves,
    "error_by_strategy": error_by_strategy,
    "confusion": confusion,
    "shared_layer": shared_layer,
}

__all__ = [
    "EXPLORATIONS",
    "FIGURES",
    "RUN_FIGURES",
    "components",
    "components_uncertainty",
    "confusion",
    "digits_of",
    "epochs_needed",
    "error_by_strategy",
    "figure_5_2",
    "figure_5_2_paired",
    "figure_5_3",
    "figure_5_3_paired",
    "figure_5_4",
    "flip_kinds",
    "flip_rates",
    "granularity",
    "grid_cost",
    "grid_epochs",
    "learned_weights",
    "learning_curves",
    "longer_training",
    "noisy_digits",
    "optimisers",
    "optimisers_error",
    "over_epochs",
    "shared_features",
    "shared_layer",
    "step_size",
    "step_size_error",
    "uncertainty_order",
    "uncertainty_over_epochs",
    "width",
    "width_uncertainty",
]
