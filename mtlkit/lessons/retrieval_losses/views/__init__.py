"""Lesson 07's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mtlkit.core.result import Result
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.panels import Panel
from mtlkit.lessons.retrieval_losses.views.ablations import (
    barlow,
    captions,
    encoders,
    hyperparameters,
    schedules,
    trained,
)
from mtlkit.lessons.retrieval_losses.views.explorer import RETRIEVAL, SEARCH
from mtlkit.lessons.retrieval_losses.views.finding import (
    found_captions,
    found_pictures,
    query_picture,
)
from mtlkit.lessons.retrieval_losses.views.illustrations import examples, losses_as_functions
from mtlkit.lessons.retrieval_losses.views.objections import (
    batches,
    batches_barlow,
    collapse,
    negatives,
    negatives_active,
    outliers,
    outliers_lost,
    rates,
    rates_epochs,
)
from mtlkit.lessons.retrieval_losses.views.results import (
    curves,
    curves_others,
    extensions,
    extensions_parameter,
    losses,
    losses_mean_rank,
    losses_median_rank,
    losses_table,
)
from mtlkit.lessons.retrieval_losses.views.runs import (
    joint_points,
    joint_space,
    negative_weights,
    over_epochs,
    similarity,
    test_recall,
)

EXPLORATIONS: Mapping[str, Exploration] = {"retrieval": RETRIEVAL, "search": SEARCH}

FIGURES: Mapping[str, Drawing] = {
    "examples": Drawing(examples, ()),
    "losses_as_functions": Drawing(losses_as_functions, ()),
    "losses": Drawing(losses, ("losses",)),
    "losses_mean_rank": Drawing(losses_mean_rank, ("losses",)),
    "losses_median_rank": Drawing(losses_median_rank, ("losses",)),
    "losses_table": Drawing(losses_table, ("losses",)),
    "curves": Drawing(curves, ("curves",)),
    "curves_others": Drawing(curves_others, ("curves",)),
    "negatives": Drawing(negatives, ("negatives",)),
    "negatives_active": Drawing(negatives_active, ("negatives",)),
    "batches": Drawing(batches, ("batches",)),
    "batches_barlow": Drawing(batches_barlow, ("batches",)),
    "rates": Drawing(rates, ("rates",)),
    "rates_epochs": Drawing(rates_epochs, ("rates",)),
    "collapse": Drawing(collapse, ("collapse",)),
    "outliers": Drawing(outliers, ("outliers",)),
    "outliers_lost": Drawing(outliers_lost, ("outliers",)),
    "barlow": Drawing(barlow, ("barlow",)),
    "trained": Drawing(trained, ("trained",)),
    "schedules": Drawing(schedules, ("schedules",)),
    "captions": Drawing(captions, ("captions",)),
    "hyperparameters": Drawing(hyperparameters, ("hyperparameters",)),
    "extensions": Drawing(extensions, ("extensions",)),
    "extensions_parameter": Drawing(extensions_parameter, ("extensions",)),
    "encoders": Drawing(encoders, ("encoders",)),
}

RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "similarity": similarity,
    "negative_weights": negative_weights,
    "over_epochs": over_epochs,
    "test_recall": test_recall,
    "joint_space": joint_space,
}

__all__ = [
    "EXPLORATIONS",
    "FIGURES",
    "RUN_FIGURES",
    "found_captions",
    "found_pictures",
    "joint_points",
    "joint_space",
    "negative_weights",
    "over_epochs",
    "query_picture",
    "similarity",
    "test_recall",
    *FIGURES,
]
