"""Lesson 08's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlkit.core.result import Result
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.panels import Panel
from mtlkit.lessons.retrieval_task_weights.views.explorer import EXPLORATION
from mtlkit.lessons.retrieval_task_weights.views.illustrations import collections
from mtlkit.lessons.retrieval_task_weights.views.results import (
    table_6_1,
    table_6_1_paired,
    table_6_1_points,
    table_6_1_share,
    table_6_1_table,
    uncertainties,
    undivided,
    weights_direction,
)
from mtlkit.lessons.retrieval_task_weights.views.runs import (
    joint_space,
    map_by_direction,
    map_over_epochs,
    over_epochs,
)
from mtlkit.lessons.retrieval_task_weights.views.text import (
    raw_text,
    raw_text_share,
    reduction,
    reduction_share,
)
from mtlkit.lessons.retrieval_task_weights.views.training import (
    rates,
    rates_uncertainty,
    weights,
    weights_difficulty,
    weights_uncertainty,
)
from mtlkit.lessons.retrieval_task_weights.views.weighting import (
    alone,
    alone_paired,
    tuned,
    tuned_paired,
)

EXPLORATIONS: Mapping[str, Exploration] = {"retrieval": EXPLORATION}

FIGURES: Mapping[str, Drawing] = {
    "collections": Drawing(collections, ()),
    "table_6_1": Drawing(table_6_1, ("table_6_1",)),
    "table_6_1_share": Drawing(table_6_1_share, ("table_6_1",)),
    "table_6_1_points": Drawing(table_6_1_points, ("table_6_1",)),
    "table_6_1_paired": Drawing(table_6_1_paired, ("table_6_1",)),
    "table_6_1_table": Drawing(table_6_1_table, ("table_6_1",)),
    "undivided": Drawing(undivided, ("table_6_1",)),
    "uncertainties": Drawing(uncertainties, ("table_6_1",)),
    "weights_direction": Drawing(weights_direction, ("table_6_1",)),
    "tuned": Drawing(tuned, ("tuned",)),
    "tuned_paired": Drawing(tuned_paired, ("tuned",)),
    "alone": Drawing(alone, ("alone",)),
    "alone_paired": Drawing(alone_paired, ("alone",)),
    "raw_text": Drawing(raw_text, ("raw_text",)),
    "raw_text_share": Drawing(raw_text_share, ("raw_text",)),
    "reduction": Drawing(reduction, ("reduction",)),
    "reduction_share": Drawing(reduction_share, ("reduction",)),
    "rates": Drawing(rates, ("rates",)),
    "rates_uncertainty": Drawing(rates_uncertainty, ("rates",)),
    "weights": Drawing(weights, ("weights",)),
    "weights_uncertainty": Drawing(weights_uncertainty, ("weights",)),
    "weights_difficulty": Drawing(weights_difficulty, ("weights",)),
}

RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "map_by_direction": map_by_direction,
    "map_over_epochs": map_over_epochs,
    "weight_over_epochs": over_epochs,
    "uncertainty_over_epochs": lambda result: over_epochs(result, "uncertainty"),
    "joint_space": joint_space,
}

__all__ = [
    "EXPLORATIONS",
    "FIGURES",
    "RUN_FIGURES",
    "joint_space",
    "map_by_direction",
    "map_over_epochs",
    "over_epochs",
    *FIGURES,
]
