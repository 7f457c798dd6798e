"""Lesson 04's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlkit.core.result import Result
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.panels import Panel
from mtlkit.lessons.gated_experts.views.comparing import (
    figure_3_1,
    figure_3_1_paired,
    methods,
    methods_costs,
    methods_paired,
)
from mtlkit.lessons.gated_experts.views.explorer import GATES, PRINTED
from mtlkit.lessons.gated_experts.views.families import families
from mtlkit.lessons.gated_experts.views.finding import (
    diversity,
    diversity_k,
    estimators,
    estimators_accuracy,
    gradient_noise,
    printed_settings,
    printed_settings_accuracy,
    printed_settings_k,
    structure,
    structure_correlation,
    two_layers,
    two_layers_structure,
)
from mtlkit.lessons.gated_experts.views.gates import (
    figure_3_3,
    figure_3_3_correlation,
    figure_3_3_correlation_small,
    figure_3_3_small,
)
from mtlkit.lessons.gated_experts.views.runs import (
    accuracy_by_family,
    correlation_map,
    embedded_outputs,
    expert_outputs,
    experts_by_task,
    gate_map,
    gates_of_task,
    over_steps,
)
from mtlkit.lessons.gated_experts.views.selecting import (
    figure_3_2,
    figure_3_2_paired,
    shift,
    shift_accuracy,
    ungated_by_m,
)

EXPLORATIONS: Mapping[str, Exploration] = {"gates": GATES, "printed": PRINTED}

FIGURES: Mapping[str, Drawing] = {
    "families": Drawing(families, ()),
    "methods": Drawing(methods, ("methods",)),
    "methods_paired": Drawing(methods_paired, ("methods",)),
    "methods_costs": Drawing(methods_costs, ("methods",)),
    "figure_3_1": Drawing(figure_3_1, ("figure_3_1",)),
    "figure_3_1_paired": Drawing(figure_3_1_paired, ("figure_3_1",)),
    "figure_3_2": Drawing(figure_3_2, ("figure_3_2",)),
    "figure_3_2_paired": Drawing(figure_3_2_paired, ("figure_3_2",)),
    "ungated_by_m": Drawing(ungated_by_m, ("figure_3_2",)),
    "shift": Drawing(shift, ("figure_3_2",)),
    "shift_accuracy": Drawing(shift_accuracy, ("figure_3_2",)),
    "figure_3_3": Drawing(figure_3_3, ("figure_3_3",)),
    "figure_3_3_small": Drawing(figure_3_3_small, ("figure_3_3",)),
    "figure_3_3_correlation": Drawing(figure_3_3_correlation, ("figure_3_3",)),
    "figure_3_3_correlation_small": Drawing(figure_3_3_correlation_small, ("figure_3_3",)),
    "structure": Drawing(structure, ("structure",)),
    "structure_correlation": Drawing(structure_correlation, ("structure",)),
    "gradient_noise": Drawing(gradient_noise, ("gradient_noise",)),
    "estimators": Drawing(estimators, ("estimators",)),
    "estimators_accuracy": Drawing(estimators_accuracy, ("estimators",)),
    "printed_settings": Drawing(printed_settings, ("printed_settings",)),
    "printed_settings_accuracy": Drawing(printed_settings_accuracy, ("printed_settings",)),
    "printed_settings_k": Drawing(printed_settings_k, ("printed_settings",)),
    "diversity": Drawing(diversity, ("diversity",)),
    "diversity_k": Drawing(diversity_k, ("diversity",)),
    "two_layers": Drawing(two_layers, ("two_layers",)),
    "two_layers_structure": Drawing(two_layers_structure, ("two_layers",)),
}

RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "gates": gate_map,
    "correlation": correlation_map,
    "gates_of_task": gates_of_task,
    "experts_by_task": experts_by_task,
    "over_steps": over_steps,
    "accuracy_by_family": accuracy_by_family,
    "outputs": embedded_outputs,
}

__all__ = [
    "EXPLORATIONS",
    "FIGURES",
    "RUN_FIGURES",
    "accuracy_by_family",
    "correlation_map",
    "embedded_outputs",
    "expert_outputs",
    "experts_by_task",
    "gate_map",
    "gates_of_task",
    "over_steps",
    *FIGURES,
]
