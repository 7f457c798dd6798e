"""Learning rates, and weights over the epochs."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import at_levels, levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import CurveFacet, Curves, IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.study_figures import over_seeds
from mtlkit.explore.summaries import mean_line, mean_series
from mtlkit.lessons.retrieval_task_weights.views.common import (
    BOTH,
    COLLECTIONS,
    both_ways,
    command,
    intervals,
    over_both,
    strategies_in,
    told_of,
)

_PRINTED_RATE = 0.00001


def _ways(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The rows by what the loss of a batch is, and by whose rate log-variances have."""
    own = table["log_variance_rate"] != table["learning_rate"]
    only = levels_of(table[own], "log_variance_rate")
    # Where both rates are the same there is one setting for two series.
    rates = {"one rate for all": ~own}
    rates |= {f"{rate:g} for log s": table["log_variance_rate"] == rate for rate in only}
    return {
        f"{words}, {told}": table[rows & (table["summed"] == summed)]
        for summed, words in ((False, "mean"), (True, "sum, as printed"))
        for told, rows in rates.items()
    }


def _rates(table: pd.DataFrame) -> list[str]:
    return [
        f"{rate:f}".rstrip("0") + (" (printed)" if rate == _PRINTED_RATE else "")
        for rate in levels_of(table, "learning_rate")
    ]


_HOW = (
    "Loss of a batch: its mean over the anchors, or their sum. log s has the network's learning "
    "rate, or one of its own. Noise 1 | 2."
)


def rates(table: pd.DataFrame) -> Intervals:
    """MAP by learning rate, beside that of a random order."""
    levels = levels_of(table, "learning_rate")
    facets = []
    for task, collection in COLLECTIONS.items():
        series = [
            mean_series(
                name,
                at_levels(
                    both_ways(rows[rows["task"] == task], ["learning_rate"]),
                    "learning_rate",
                    levels,
                    "percent",
                ),
            )
            for name, rows in _ways(table).items()
        ]
        random = 100 * table.loc[table["task"] == task, "chance"].mean()
        facets.append(
            IntervalFacet(
                title=collection, series=series, references=[Reference(random, "chance", "data")]
            )
        )
    return intervals(
        table,
        "rates",
        facets,
        _rates(table),
        title="The printed learning rate, and others",
        said="MAP by learning rate, the loss a mean or a sum",
        caption=f"Learned weights. {_HOW} Chance: what a random order has. {over_both(table)}",
        x_label="learning rate of Adam",
        y_label=BOTH,
        unit=" %",
    )


def rates_uncertainty(table: pd.DataFrame) -> Intervals:
    """What the learned s has become, by learning rate."""
    levels = levels_of(table, "learning_rate")
    facets = []
    for task, collection in COLLECTIONS.items():
        series: list[Series] = []
        for name, rows in _ways(table).items():
            own = rows[rows["task"] == task].drop_duplicates(["learning_rate", "seed"])
            groups = at_levels(own, "learning_rate", levels, "uncertainty")
            series.append(mean_series(name, groups, geometric=True))
        start = Reference(1, "start")
        facets.append(IntervalFacet(title=collection, series=series, references=[start]))
    return intervals(
        table,
        "rates",
        facets,
        _rates(table),
        name="rates_uncertainty",
        title="Does the uncertainty move at all?",
        said="Learned uncertainty by learning rate",
        caption=f"s starts at 1. {_HOW} Geometric mean of {table['seed'].nunique()} seeds, at the "
        "epoch with the lowest noisy validation loss; the axis is logarithmic. Intervals: 95 % "
        "over seeds.",
        x_label="learning rate of Adam",
        y_label="uncertainty s",
        decimals=2,
        log_y=True,
    )


_QUANTITIES = {
    "weight": "task weight",
    "uncertainty": "uncertainty s",
}


def _over_epochs(table: pd.DataFrame, name: str, strategy: str, column: str) -> Curves:
    trained = strategies_in(table)
    shown = strategy if strategy in trained else trained[0]
    rows = table[table["strategy"] == shown]
    facets = []
    for (sentences, tags), part in rows.groupby(["noise_sentences", "noise_tags"]):
        lines = [
            mean_line(
                f"task {task}", part[part["task"] == task], column, label=collection, least=0.0
            )
            for task, collection in COLLECTIONS.items()
        ]
        facets.append(CurveFacet(title=f"σ² = {sentences:g} | {tags:g}", lines=lines))
    words = ". ".join(
        f"{facet.title}: " + ", ".join(f"{line.label} {line.y[-1]:.2f}" for line in facet.lines)
        for facet in facets
    )
    quantity = _QUANTITIES[column]
    return Curves(
        name=name,
        title=f"The {quantity} of each collection over the epochs, {label(shown)}",
        alt=f"The {quantity} of each collection against the epoch, one picture for each pair of "
        f"noises. At the end: {words}.",
        caption=told_of(
            table, f"Noises are those of sentences | tags. s starts at 1. {over_seeds(rows)}"
        ),
        command=command("weights"),
        x_label="epoch",
        y_label=quantity,
        facets=facets,
    )


def weights(table: pd.DataFrame) -> Curves:
    """The weights of both collections over the epochs."""
    return _over_epochs(table, "weights", "learned_kendall", "weight")


def weights_uncertainty(table: pd.DataFrame) -> Curves:
    """Their uncertainties over the epochs."""
    return _over_epochs(table, "weights_uncertainty", "learned_kendall", "uncertainty")


def weights_difficulty(table: pd.DataFrame) -> Curves:
    """The weights over the epochs, where difficulty has a say."""
    return _over_epochs(table, "weights_difficulty", "difficulty", "weight")
