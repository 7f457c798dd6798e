"""Figure 5.4: against other methods, whatever makes the features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.explore.summaries import mean_series, paired
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    CLOSED,
    EXTRACTORS,
    NONE,
    SPLITS,
    baselines_in,
    by_strategy,
    chance_of,
    intervals,
    look,
    named_set,
    over_seeds,
    percent,
    sets_in,
)


def extractors_in(rows: pd.DataFrame) -> list[str]:
    """The extractors of a table, those taught before those that are not."""
    found = set(rows["extractor"])
    return [name for name in EXTRACTORS if name in found]


def named(extractors: Sequence[str]) -> list[str]:
    """What figures call them."""
    return [EXTRACTORS[name] for name in extractors]


TAUGHT: Mapping[str, str] = {
    "cnn": "CNN: a small network taught the seen compositions as so many classes",
    "cnn_slots": "CNN by word: taught their words one by one",
    "pca": "PCA: of the pixels",
    "random_convolutions": "random conv.: a network as it starts",
    "resnet18": "ResNet: taught ImageNet",
}
"""What an extractor is, in words."""


def features_told(rows: pd.DataFrame) -> str:
    """A sentence on the extractors of a table."""
    return "; ".join(TAUGHT[name] for name in extractors_in(rows) if name in TAUGHT) + "."


_NOT_RUN = (
    "The source's bars are not printed as numbers, and its baseline TAFE-Net is not re-run; the "
    "others are ours, from their papers' equations, each at the learning rate that is best for "
    "it on validation."
)


def figure_5_4(table: pd.DataFrame) -> Intervals:
    """Accuracy of TDS and of the baselines, by extractor and set."""
    rows = percent(table, "closed")
    extractors = extractors_in(rows)
    facets = []
    for name in sets_in(rows):
        own = rows[rows["compositions"] == name]
        series = by_strategy(own, "extractor", extractors, "closed")
        facets.append(
            IntervalFacet(title=named_set(name), series=series, references=[chance_of(own)])
        )
    return intervals(
        table,
        "figure_5_4",
        facets,
        named(extractors),
        title="Figure 5.4: feature synthesis against other methods",
        said="Top-1 accuracy among unseen test compositions by feature extractor",
        caption=f"Top-1 among unseen compositions only, at the last epoch. {features_told(rows)} "
        f"{_NOT_RUN} {SPLITS} {over_seeds(rows, 'closed')}",
        x_label="what makes the features",
        y_label=CLOSED,
        unit=" %",
    )


def figure_5_4_differences(table: pd.DataFrame) -> Intervals:
    """TDS less each baseline, seed by seed."""
    rows = percent(table, "closed")
    extractors = extractors_in(rows)
    facets = []
    for name in sets_in(rows):
        own = rows[rows["compositions"] == name]
        series = []
        for baseline in baselines_in(own):
            groups = []
            for extractor in extractors:
                part = own[own["extractor"] == extractor]
                tds, other = (part[part["strategy"] == one] for one in ("tds", baseline))
                groups.append(paired(tds, other, "closed"))
            series.append(mean_series(look(baseline), groups))
        facets.append(IntervalFacet(title=named_set(name), series=series, references=[NONE]))
    return intervals(
        table,
        "figure_5_4",
        facets,
        named(extractors),
        name="figure_5_4_differences",
        title="TDS less each baseline, seed by seed",
        said="Top-1 accuracy of TDS minus that of a baseline, in points, by feature extractor",
        caption="Above 0 TDS is better than the baseline of that mark. Seed by seed: the same "
        f"split, pictures and features. {features_told(rows)} {over_seeds(rows, 'closed')}",
        x_label="what makes the features",
        y_label="TDS minus baseline (points)",
        decimals=2,
    )
