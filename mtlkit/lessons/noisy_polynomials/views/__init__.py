"""Lesson 01's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlkit.core.result import Result
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.panels import Panel
from mtlkit.lessons.noisy_polynomials.views.averages import (
    clean_error_of_all_tasks,
    epochs_until_stopping,
    figure_4_3_as_plotted,
    grid_epochs,
    learning_rate_validation,
    noisy_task_estimate,
    noisy_test_loss,
)
from mtlkit.lessons.noisy_polynomials.views.errors import (
    figure_4_2,
    figure_4_2_as_plotted,
    figure_4_3,
    frozen_heads,
)
from mtlkit.lessons.noisy_polynomials.views.estimates import (
    estimate_ratios,
    estimates_by_degree,
    estimates_by_tasks,
    table_4_1,
)
from mtlkit.lessons.noisy_polynomials.views.explorer import EXPLORATION
from mtlkit.lessons.noisy_polynomials.views.runs import (
    both_objectives,
    errors_by_strategy,
    fit_errors,
    fitted_curves,
    objectives,
    over_epochs,
)
from mtlkit.lessons.noisy_polynomials.views.training import capacity, learning_rate
from mtlkit.lessons.noisy_polynomials.views.weights import grid_cost, task_weight

EXPLORATIONS: Mapping[str, Exploration] = {"polynomials": EXPLORATION}

FIGURES: Mapping[str, Drawing] = {
    "objectives": Drawing(both_objectives, ()),
    "table_4_1": Drawing(table_4_1, ("table_4_1",)),
    "estimate_ratios": Drawing(estimate_ratios, ("table_4_1",)),
    "estimates_by_tasks": Drawing(estimates_by_tasks, ("table_4_1",)),
    "estimates_by_degree": Drawing(estimates_by_degree, ("figure_4_2",)),
    "figure_4_2_as_plotted": Drawing(figure_4_2_as_plotted, ("figure_4_2",)),
    "figure_4_2": Drawing(figure_4_2, ("figure_4_2",)),
    "clean_error_of_all_tasks": Drawing(clean_error_of_all_tasks, ("figure_4_2",)),
    "noisy_test_loss": Drawing(noisy_test_loss, ("figure_4_2",)),
    "epochs_until_stopping": Drawing(epochs_until_stopping, ("figure_4_2",)),
    "figure_4_3": Drawing(figure_4_3, ("figure_4_3",)),
    "figure_4_3_as_plotted": Drawing(figure_4_3_as_plotted, ("figure_4_3",)),
    "noisy_task_estimate": Drawing(noisy_task_estimate, ("figure_4_3",)),
    "frozen_heads": Drawing(frozen_heads, ("frozen_heads", "figure_4_2")),
    "learning_rate": Drawing(learning_rate, ("learning_rate",)),
    "learning_rate_validation": Drawing(learning_rate_validation, ("learning_rate",)),
    "capacity": Drawing(capacity, ("capacity",)),
    "task_weight": Drawing(task_weight, ("task_weight",)),
    "grid_cost": Drawing(grid_cost, ("grid_cost",)),
    "grid_epochs": Drawing(grid_epochs, ("grid_cost",)),
}

RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "uncertainty_over_epochs": lambda result: over_epochs(result, "uncertainty"),
    "weight_over_epochs": lambda result: over_epochs(result, "weight"),
    "fit_errors": lambda result: fit_errors(result, result.seeds[0]),
    "fitted_curves": lambda result: fitted_curves(result, result.seeds[0]),
    "errors_by_strategy": errors_by_strategy,
}

__all__ = [
    "EXPLORATIONS",
    "FIGURES",
    "RUN_FIGURES",
    "capacity",
    "errors_by_strategy",
    "estimate_ratios",
    "figure_4_2",
    "figure_4_2_as_plotted",
    "figure_4_3",
    "fit_errors",
    "fitted_curves",
    "frozen_heads",
    "grid_cost",
    "learning_rate",
    "objectives",
    "over_epochs",
    "table_4_1",
    "task_weight",
]
