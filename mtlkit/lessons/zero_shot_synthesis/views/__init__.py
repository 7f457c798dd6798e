"""Lesson 09's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Mapping

from mtlkit.explore.drawing import Drawing
from mtlkit.lessons.zero_shot_synthesis.views.additive import linearity, linearity_accuracy
from mtlkit.lessons.zero_shot_synthesis.views.collections import collections
from mtlkit.lessons.zero_shot_synthesis.views.comparing import figure_5_4, figure_5_4_differences
from mtlkit.lessons.zero_shot_synthesis.views.designs import (
    freed,
    table_5_2,
    table_5_2_beside,
    table_5_2_differences,
    table_5_2_tds,
)
from mtlkit.lessons.zero_shot_synthesis.views.diagrams import designs
from mtlkit.lessons.zero_shot_synthesis.views.efficiency import curves, curves_epochs, images
from mtlkit.lessons.zero_shot_synthesis.views.explorer import (
    EXPLORATIONS,
    RUN_FIGURES,
    by_composition,
    features,
    features_of,
    injected_noise,
    losses,
    noise_of,
    over_epochs,
    pulls,
    seen_unseen,
)
from mtlkit.lessons.zero_shot_synthesis.views.generalised import (
    open_world,
    table_5_1,
    table_5_1_ratio,
    table_5_1_table,
)
from mtlkit.lessons.zero_shot_synthesis.views.likeness import (
    likeness,
    likeness_mantel,
    likeness_silhouettes,
    likeness_spread,
    noise,
    noise_within,
)
from mtlkit.lessons.zero_shot_synthesis.views.settings import rates, rates_test, vectors
from mtlkit.lessons.zero_shot_synthesis.views.weighing import (
    weights_lambda,
    weights_mu,
    weights_parts,
    weights_pulls,
    weights_spread,
)

FIGURES: Mapping[str, Drawing] = {
    "collections": Drawing(collections, ()),
    "designs": Drawing(designs, ()),
    "table_5_2": Drawing(table_5_2, ("table_5_2",)),
    "table_5_2_beside": Drawing(table_5_2_beside, ("table_5_2",)),
    "table_5_2_differences": Drawing(table_5_2_differences, ("table_5_2",)),
    "table_5_2_tds": Drawing(table_5_2_tds, ("table_5_2",)),
    "table_5_1": Drawing(table_5_1, ("table_5_1",)),
    "table_5_1_table": Drawing(table_5_1_table, ("table_5_1",)),
    "table_5_1_ratio": Drawing(table_5_1_ratio, ("table_5_1",)),
    "open_world": Drawing(open_world, ("table_5_1",)),
    "figure_5_4": Drawing(figure_5_4, ("figure_5_4",)),
    "figure_5_4_differences": Drawing(figure_5_4_differences, ("figure_5_4",)),
    "curves": Drawing(curves, ("curves",)),
    "curves_epochs": Drawing(curves_epochs, ("curves",)),
    "images": Drawing(images, ("images",)),
    "weights_lambda": Drawing(weights_lambda, ("weights",)),
    "weights_mu": Drawing(weights_mu, ("weights",)),
    "weights_pulls": Drawing(weights_pulls, ("weights",)),
    "weights_parts": Drawing(weights_parts, ("weights",)),
    "weights_spread": Drawing(weights_spread, ("weights",)),
    "freed": Drawing(freed, ("freed",)),
    "rates": Drawing(rates, ("rates",)),
    "rates_test": Drawing(rates_test, ("rates",)),
    "vectors": Drawing(vectors, ("vectors",)),
    "likeness": Drawing(likeness, ("likeness",)),
    "likeness_silhouettes": Drawing(likeness_silhouettes, ("likeness",)),
    "likeness_mantel": Drawing(likeness_mantel, ("likeness",)),
    "likeness_spread": Drawing(likeness_spread, ("likeness",)),
    "noise": Drawing(noise, ("noise",)),
    "noise_within": Drawing(noise_within, ("noise",)),
    "linearity": Drawing(linearity, ("linearity",)),
    "linearity_accuracy": Drawing(linearity_accuracy, ("linearity", "figure_5_4")),
}

__all__ = [
    "EXPLORATIONS",
    "FIGURES",
    "RUN_FIGURES",
    "by_composition",
    "features",
    "features_of",
    "injected_noise",
    "losses",
    "noise_of",
    "over_epochs",
    "pulls",
    "seen_unseen",
    *FIGURES,
]
