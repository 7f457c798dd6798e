"""Learned weights against others, and two collections against one."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.explore.summaries import mean_series, paired
from mtlkit.lessons.retrieval_task_weights.config import ALONE
from mtlkit.lessons.retrieval_task_weights.views.common import (
    BOTH,
    COLLECTIONS,
    NONE,
    OWN_NOISE,
    POINTS,
    both_ways,
    by_strategy,
    intervals,
    over_both,
    own_noise,
    strategies_in,
)


def _told(noises: list[float]) -> list[str]:
    return [f"{noise:g}" for noise in noises]


def _over_noise(table: pd.DataFrame, task: int) -> pd.DataFrame:
    return both_ways(own_noise(table, task), ["strategy", "noise"])


def tuned(table: pd.DataFrame) -> Intervals:
    """MAP of every way to weight, by the collection's own noise."""
    noises = levels_of(own_noise(table, 1), "noise")
    return intervals(
        table,
        "tuned",
        [
            IntervalFacet(
                title=collection, series=by_strategy(_over_noise(table, task), "noise", noises)
            )
            for task, collection in COLLECTIONS.items()
        ],
        _told(noises),
        title="Learned weights beside others",
        said="MAP by the collection's noise, for each way to weight",
        caption="The hand-tuned vector is the one of the grid with the lowest noisy validation "
        f"loss. {over_both(table)}",
        x_label=OWN_NOISE,
        y_label=BOTH,
        unit=" %",
    )


def tuned_paired(table: pd.DataFrame) -> Intervals:
    """Every way to weight minus equal weights, seed by seed, for all pairs of noises."""
    names = ["noise_sentences", "noise_tags"]
    runs = both_ways(table, ["strategy", "task", *names])
    pairs = sorted(runs[names].drop_duplicates().itertuples(index=False, name=None))
    facets = []
    for task, collection in COLLECTIONS.items():
        own = runs[runs["task"] == task].set_index(names).sort_index()
        equal = own[own["strategy"] == "equal"]
        series = [
            mean_series(
                strategy,
                [
                    paired(
                        part.loc[[pair]],
                        equal.loc[[pair]],
                        "percent",
                    )
                    for pair in pairs
                ],
            )
            for strategy in strategies_in(own)
            if strategy != "equal" and len(part := own[own["strategy"] == strategy])
        ]
        facets.append(IntervalFacet(title=collection, series=series, references=[NONE]))
    return intervals(
        table,
        "tuned",
        facets,
        [f"{sentences:g} | {tags:g}" for sentences, tags in pairs],
        name="tuned_paired",
        title="Each way to weight against equal weights, seed by seed",
        said="MAP minus that of equal weights, in points, by the noises of sentences and of tags",
        caption="Above 0 it is better than equal weights. Seed by seed: the same network at the "
        f"start, the same flips, the same triplets. {over_both(table)}",
        x_label="label noise σ² of sentences | of tags",
        y_label=POINTS,
        decimals=2,
    )


def alone(table: pd.DataFrame) -> Intervals:
    """MAP of a collection trained by itself and with the other."""
    noises = levels_of(own_noise(table, 1), "noise")
    return intervals(
        table,
        "alone",
        [
            IntervalFacet(
                title=collection, series=by_strategy(_over_noise(table, task), "noise", noises)
            )
            for task, collection in COLLECTIONS.items()
        ],
        _told(noises),
        title="One collection or two",
        said="MAP by the collection's noise, alone and with the other collection",
        caption="Alone: the same network with one collection's heads and batches. "
        f"{over_both(table)}",
        x_label=OWN_NOISE,
        y_label=BOTH,
        unit=" %",
    )


def alone_paired(table: pd.DataFrame) -> Intervals:
    """What the second collection adds to the first, seed by seed."""
    noises = levels_of(own_noise(table, 1), "noise")
    facets = []
    for task, collection in COLLECTIONS.items():
        rows = _over_noise(table, task)
        single = rows[rows["strategy"].isin(ALONE)].set_index("noise")
        series = [
            mean_series(
                strategy,
                [paired(part.loc[[noise]], single.loc[[noise]], "percent") for noise in noises],
                label=f"both collections, {label(strategy)}",
            )
            for strategy in strategies_in(rows)
            if strategy not in ALONE
            and len(part := rows[rows["strategy"] == strategy].set_index("noise"))
        ]
        facets.append(IntervalFacet(title=collection, series=series, references=[NONE]))
    return intervals(
        table,
        "alone",
        facets,
        _told(noises),
        name="alone_paired",
        title="What the second collection adds, seed by seed",
        said="MAP with both collections minus that of one alone, in points",
        caption=f"Above 0 the second collection helps. {over_both(table)}",
        x_label=OWN_NOISE,
        y_label=POINTS,
        decimals=2,
    )
