"""Synthetic features beside real ones, and the noise that is injected."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mtlkit.explore.by_level import at_levels
from mtlkit.explore.panels import CurveFacet, Curves, IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.summaries import mean_line, mean_series
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    NONE,
    by_strategy,
    command,
    designs_in,
    intervals,
    look,
    named_set,
    over_seeds,
    sets_in,
    some_epochs,
    told_of,
)
from mtlkit.lessons.zero_shot_synthesis.views.efficiency import ends

_SIGNIFICANT = 0.05

_REAL = "truth"
_OTHER = "data"


def _designs(
    table: pd.DataFrame, sets: Sequence[str], column: str, *, geometric: bool = False
) -> list[Series]:
    found = []
    for name in designs_in(table):
        own = table[table["strategy"] == name]
        groups = at_levels(own, "compositions", sets, column)
        found.append(mean_series(look(name), groups, geometric=geometric))
    return found


def _of_real(table: pd.DataFrame, sets: Sequence[str], column: str, key: str, label: str) -> Series:
    """Of real features alone, which no design changes: each seed's once."""
    rows = table.drop_duplicates(["compositions", "seed"])
    return mean_series(key, at_levels(rows, "compositions", sets, column), label=label)


def likeness(table: pd.DataFrame) -> Intervals:
    """How far synthetic features lie from real ones, beside what real ones have."""
    sets = sets_in(table)
    series = [
        _of_real(table, sets, "mmd_real", _REAL, "real features, in two halves"),
        *_designs(table, sets, "mmd"),
        _of_real(table, sets, "mmd_other", _OTHER, "real features of another composition"),
    ]
    return intervals(
        table,
        "likeness",
        [IntervalFacet(series=series, references=[Reference(0, "no difference", "data")])],
        [named_set(name) for name in sets],
        title="Do synthetic features overlap the real ones?",
        said="Squared maximum mean discrepancy from real features of unseen compositions",
        caption="Squared maximum mean discrepancy between real and synthetic features of a "
        "composition, mean over unseen test compositions. Perfect features would lie where the "
        "two halves of the real ones do; features of the wrong composition where those of another "
        f"do. {over_seeds(table, 'mmd')}",
        x_label="set of compositions",
        y_label="squared MMD",
        decimals=3,
    )


def likeness_silhouettes(table: pd.DataFrame) -> Intervals:
    """How far compositions lie apart, real and synthetic."""
    sets = sets_in(table)
    series = [
        _of_real(table, sets, "silhouette_real", _REAL, "real features"),
        *_designs(table, sets, "silhouette_synthetic"),
    ]
    return intervals(
        table,
        "likeness",
        [IntervalFacet(series=series)],
        [named_set(name) for name in sets],
        name="likeness_silhouettes",
        title="Are clusters of synthetic features cleaner?",
        said="Mean silhouette of features by unseen composition",
        caption="1: each composition by itself and far from the others; 0: they overlap. A "
        "generator without variation would have 1 for nothing, so see `likeness_spread` as well. "
        f"{over_seeds(table, 'silhouette_synthetic')}",
        x_label="set of compositions",
        y_label="silhouette",
        decimals=2,
    )


def likeness_mantel(table: pd.DataFrame) -> Intervals:
    """Do near words make near features?"""
    sets = sets_in(table)
    words = [
        _of_real(table, sets, "mantel_real", _REAL, "real features"),
        _of_real(table, sets, "mantel_real_apart", _OTHER, "real, pairs without a shared word"),
        *_designs(table, sets, "mantel_synthetic"),
    ]
    both = _designs(table, sets, "mantel_both")
    tested = table["mantel_synthetic_p_value"].dropna()
    below = int((tested < _SIGNIFICANT).sum())
    return intervals(
        table,
        "likeness",
        [
            IntervalFacet(title="words with features", series=words, references=[NONE]),
            IntervalFacet(title="real with synthetic", series=both, references=[NONE]),
        ],
        [named_set(name) for name in sets],
        name="likeness_mantel",
        title="Are compositions that are near in words near in features?",
        said="Rank correlation of distances between unseen compositions",
        caption="Left: distances between word vectors and between mean features; right: between "
        "mean real and mean synthetic features. By permutations (Mantel's test), words and "
        f"synthetic features go together with p < {_SIGNIFICANT:g} in {below} of {len(tested)} "
        f"runs. {over_seeds(table, 'mmd')}",
        x_label="set of compositions",
        y_label="rank correlation",
        decimals=2,
    )


def likeness_spread(table: pd.DataFrame) -> Intervals:
    """Variation within a composition, synthetic over real."""
    sets = sets_in(table)
    rows = table.assign(spread=table["spread"].where(table["spread"] > 0))
    return intervals(
        table,
        "likeness",
        [
            IntervalFacet(
                series=_designs(rows, sets, "spread", geometric=True),
                references=[Reference(1, "as real features")],
            )
        ],
        [named_set(name) for name in sets],
        name="likeness_spread",
        title="Do synthetic features vary as real ones do?",
        said="Variance of synthetic features within a composition over that of real ones",
        caption="1: a composition's synthetic features vary as much as its real ones; 0 would be "
        "one prototype without variation. Geometric means; the axis is logarithmic. "
        f"{over_seeds(table, 'spread')}",
        x_label="set of compositions",
        y_label="variance, synthetic over real",
        decimals=3,
        log_y=True,
    )


def _injected(
    table: pd.DataFrame, name: str, column: str, *, line: Reference, **words: str
) -> Curves:
    """A quantity of the noise injected last by epoch."""
    rows = some_epochs(table, 4)
    facets = []
    for each in sets_in(rows):
        own = rows[rows["compositions"] == each]
        lines = [
            mean_line(look(design), own[own["strategy"] == design], column)
            for design in designs_in(own)
        ]
        facets.append(CurveFacet(title=named_set(each), lines=lines, references=[line]))
    return Curves(
        name=name,
        title=words["title"],
        alt=f"{words['said']}, against the epoch. At the end: {ends(facets, 2)}.",
        caption=told_of(table, f"{words['caption']} {over_seeds(table)}"),
        command=command("noise"),
        x_label="epoch",
        y_label=words["y_label"],
        facets=facets,
    )


def noise(table: pd.DataFrame) -> Curves:
    """Does the noise injected last cluster by composition?"""
    return _injected(
        table,
        "noise",
        "noise_silhouette",
        line=Reference(0, "no clusters", "data"),
        title="Figure 5.7 in numbers: does injected noise cluster by composition?",
        said="Mean silhouette of the noise injected last, by unseen composition",
        caption="Silhouette of what is added to the last hidden layer, by the unseen composition "
        "whose description scaled it, after every fourth epoch. UDS adds noise that knows of no "
        "composition: that it does not cluster is so by construction. The control adds its noise "
        "to another composition's feature: nothing rewards it for being of its task.",
        y_label="silhouette of the noise",
    )


def noise_within(table: pd.DataFrame) -> Intervals:
    """How much of what is injected varies within a composition: is it noise at all?"""
    last = int(table["epoch"].max())
    rows = table[table["epoch"].isin([0, last])]
    return intervals(
        table,
        "noise",
        [
            IntervalFacet(
                title=named_set(name),
                series=by_strategy(own, "epoch", [0, last], "noise_within"),
                references=[Reference(1, "all of it", "data")],
            )
            for name in sets_in(rows)
            for own in [rows[rows["compositions"] == name]]
        ],
        ["before", "after"],
        name="noise_within",
        title="How much of the injected noise is noise?",
        said="Share of the variance of the noise injected last that lies within compositions, "
        "before and after training",
        caption="Share of the variance of what is added to the last hidden layer that lies within "
        "unseen compositions. At 0 what is called noise would be a constant shift of each "
        f"composition. {over_seeds(table)}",
        x_label="training",
        y_label="share of variance within",
        decimals=2,
    )
