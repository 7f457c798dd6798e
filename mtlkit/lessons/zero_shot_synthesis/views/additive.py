"""How far features are sums of words, which is what simple baselines need."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import at_levels
from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    CLOSED,
    by_set,
    chance_of,
    intervals,
    look,
    named_set,
    over_seeds,
    percent,
    sets_in,
    strategies_in,
)
from mtlkit.lessons.zero_shot_synthesis.views.comparing import extractors_in, features_told, named

_QUANTITIES = {
    "explained": "fitted to all compositions",
    "predicted": "fitted to seen, tested on unseen",
}

_PROTOTYPES = {
    "oracle": ("task 3", "nearest true mean (at most)"),
    "additive": ("task 4", "nearest sum of words"),
}


def linearity(table: pd.DataFrame) -> Intervals:
    """Share of the variance of mean features that a sum of one vector a word explains."""
    rows = percent(table, *_QUANTITIES)
    extractors = extractors_in(rows)
    facets = [
        IntervalFacet(title=words, series=by_set(rows, "extractor", extractors, column))
        for column, words in _QUANTITIES.items()
    ]
    return intervals(
        table,
        "linearity",
        facets,
        named(extractors),
        title="How far are mean features sums over words?",
        said="Share of the variance of compositions' mean features that sums of words explain",
        caption="A vector for each word; the mean feature of a composition is their sum. Left the "
        "share of the variance that this explains in all compositions, adjusted for the number of "
        "vectors; right how well sums fitted to seen ones predict those first met in test (R²; "
        "below 0 worse than their mean). "
        f"{features_told(rows)} {over_seeds(rows)}",
        x_label="what makes the features",
        y_label="variance explained (%)",
        unit=" %",
    )


def linearity_accuracy(table: pd.DataFrame, compared: pd.DataFrame) -> Intervals:
    """Sums of words and true means as prototypes, beside ridge prototypes and TDS.

    Parameters
    ----------
    table, compared
        The studies `linearity` and `figure_5_4`.
    """
    rows = percent(table, *_PROTOTYPES)
    others = percent(compared, "closed")
    extractors = extractors_in(rows)
    facets = []
    for name in sets_in(rows):
        own = rows[rows["compositions"] == name]
        series = [
            mean_series(key, at_levels(own, "extractor", extractors, column), label=words)
            for column, (key, words) in _PROTOTYPES.items()
        ]
        trained = others[others["compositions"] == name]
        for strategy in strategies_in(trained, ("ridge", "tds")):
            part = trained[trained["strategy"] == strategy]
            groups = at_levels(part, "extractor", extractors, "closed")
            series.append(mean_series(look(strategy), groups))
        lines = [chance_of(trained)] if len(trained) else []
        facets.append(IntervalFacet(title=named_set(name), series=series, references=lines))
    return intervals(
        table,
        "linearity",
        facets,
        named(extractors),
        name="linearity_accuracy",
        title="Are sums of words enough?",
        said="Top-1 accuracy among unseen test compositions by feature extractor",
        caption="Each picture goes to the nearest prototype of an unseen composition. The true "
        "mean of its pictures (each picture's own left out) is the most that one prototype a "
        "composition can have; the sum of words is fitted to seen compositions. Beside them ridge "
        f"prototypes, made from word vectors, and TDS (study `figure_5_4`). {over_seeds(rows)}",
        x_label="what makes the features",
        y_label=CLOSED,
        unit=" %",
    )
