"""Barlow Twins' two scorings, and what the source found on its way: parts, schedules, captions."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.explore.study_figures import one
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.retrieval_losses.config import SCHEDULES
from mtlkit.lessons.retrieval_losses.views.common import (
    BOTH,
    STANDARDISED,
    as_read,
    both_ways,
    by_strategy,
    intervals,
    over_both,
    recalls,
    strategies_in,
)
from mtlkit.nn.encoders import TEXT_ENCODERS


def barlow(table: pd.DataFrame) -> Intervals:
    """Recall at 10 of Barlow Twins by lambda, with and without a projector, scored two ways."""
    rows = both_ways(table, ["redundancy", "projector", "scoring"])
    values = levels_of(rows, "redundancy")
    looks = {"cosine": ("task 2", "by the cosine"), "standardised": ("task 1", "standardised")}
    facets = []
    for units in levels_of(rows, "projector"):
        own = rows[rows["projector"] == units]
        series = [
            mean_series(
                key,
                [
                    own.loc[(own["scoring"] == scoring) & (own["redundancy"] == value), "recall"]
                    for value in values
                ],
                label=words,
            )
            for scoring, (key, words) in looks.items()
        ]
        title = f"projector of {units} units" if units else "no projector"
        facets.append(IntervalFacet(title=title, series=series))
    return intervals(
        table,
        "barlow",
        facets,
        [f"λ = {value:g}" for value in values],
        title="Barlow Twins, the same networks scored two ways",
        said="Recall at 10 of Barlow Twins by λ",
        caption="Standardised: each number of an embedding less its mean, over its deviation on "
        "training pictures, which is how the loss sees it; then the cosine. The source prints no "
        f"λ. {over_both(table)}",
        x_label="weight of the second sum",
        y_label=BOTH,
        unit=" %",
    )


def trained(table: pd.DataFrame) -> Intervals:
    """Recall at 10 by which parts of pretrained encoders learn."""
    rows = recalls(table, "trained")
    named = {
        "whole": "everything",
        "projections": "projections alone",
        "image": "image branch",
        "text": "text branch",
    }
    parts = [part for part in named if part in set(rows["trained"])]
    return intervals(
        table,
        "trained",
        one(by_strategy(rows, "trained", parts)),
        [named[part] for part in parts],
        title="Which parts should learn?",
        said="Recall at 10 by which parts of pretrained encoders learn",
        caption="Encoders begin as networks that name shape, colour, size and background of other "
        f"scenes; both projections always learn. {over_both(table)}",
        x_label="what learns",
        y_label=BOTH,
        unit=" %",
    )


def schedules(table: pd.DataFrame) -> Intervals:
    """Recall at 10 by schedule, at each learning rate, a facet a loss."""
    rows = both_ways(as_read(table), ["schedule", "learning_rate", "strategy"])
    named = {
        "multistep": "multi-step",
        "cosine": "cosine",
        "warmup": "warm-up",
        "constant": "constant",
    }
    kinds = [kind for kind in SCHEDULES if kind in set(rows["schedule"])]
    facets = []
    for strategy in strategies_in(rows):
        series = []
        for rate in levels_of(rows, "learning_rate"):
            own = rows[(rows["strategy"] == strategy) & (rows["learning_rate"] == rate)]
            groups = [own.loc[own["schedule"] == kind, "recall"] for kind in kinds]
            series.append(mean_series(f"rate {rate:g}", groups, label=f"from {rate:g}"))
        facets.append(IntervalFacet(title=label(strategy), series=series))
    return intervals(
        table,
        "schedules",
        facets,
        [named[kind] for kind in kinds],
        title="Schedules of the learning rate",
        said="Recall at 10 by schedule and rate",
        caption="Multi-step (MultiStepLR) halves the rate after epochs 1, 4 and 10, as printed, so "
        "that it ends at an eighth; compare schedules each at its better rate. The warm-up rises "
        f"for a fifth of the epochs and stays. {over_both(table)}",
        x_label="schedule",
        y_label=BOTH,
        unit=" %",
    )


def captions(table: pd.DataFrame) -> Intervals:
    """Recall at 10 on test and on training pictures by which captions are shown."""
    rows = both_ways(as_read(table), ["captions", "strategy", "split"])
    named = {"random": "one of five, drawn", "first": "always the first", "all": "all five"}
    kinds = [kind for kind in named if kind in set(rows["captions"])]
    looks = {"test": ("task 1", "test pictures"), "train": ("task 2", "training pictures")}
    facets = []
    for strategy in strategies_in(rows):
        own = rows[rows["strategy"] == strategy]
        series = [
            mean_series(
                key,
                [
                    own.loc[(own["split"] == split) & (own["captions"] == kind), "recall"]
                    for kind in kinds
                ],
                label=words,
            )
            for split, (key, words) in looks.items()
        ]
        facets.append(IntervalFacet(title=label(strategy), series=series))
    return intervals(
        table,
        "captions",
        facets,
        [named[kind] for kind in kinds],
        title="Does drawing one caption of five keep from overfitting?",
        said="Recall at 10 on test and on training pictures, by which captions are shown",
        caption="Overfitting is the gap between the two. As many training pictures are searched "
        "as there are test pictures, and all five captions of each are queries. An epoch has as "
        f"many steps whichever way. {over_both(table)}",
        x_label="captions shown in training",
        y_label=BOTH,
        unit=" %",
    )


def hyperparameters(table: pd.DataFrame) -> Intervals:
    """Recall at 10 by temperature and margin."""
    rows = recalls(table, "value")
    values = levels_of(rows, "value")
    return intervals(
        table,
        "hyperparameters",
        one(by_strategy(rows, "value", values)),
        [f"{value:g}" for value in values],
        title="How much hangs on margin and temperature?",
        said="Recall at 10 by temperature (SimCLR) and by margin (triplets)",
        caption="The source has a temperature of 0.07 and a margin of 0.2; each loss was trained "
        f"at some of the values. {over_both(table)}",
        x_label="temperature of SimCLR, margin of the triplets",
        y_label=BOTH,
        unit=" %",
    )


def encoders(table: pd.DataFrame) -> Intervals:
    """Recall at 10 by text encoder and loss."""
    rows = recalls(table, "text_encoder")
    kinds = [kind for kind in TEXT_ENCODERS if kind in set(rows["text_encoder"])]
    return intervals(
        table,
        "encoders",
        one(by_strategy(rows, "text_encoder", kinds)),
        [TEXT_ENCODERS[kind] for kind in kinds],
        title="Does a better encoder want another loss?",
        said="Recall at 10 by text encoder",
        caption=f"All from scratch, at one learning rate. {STANDARDISED} {over_both(table)}",
        x_label="text encoder",
        y_label=BOTH,
        unit=" %",
    )
