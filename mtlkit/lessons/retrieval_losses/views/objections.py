"""The source's four objections to the max loss, each put to every loss."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import Intervals, Reference, Series
from mtlkit.explore.study_figures import one, over_seeds
from mtlkit.explore.summaries import mean_series, paired
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.views.common import (
    BOTH,
    NONE,
    POINTS,
    STANDARDISED,
    as_read,
    by_strategy,
    intervals,
    over_both,
    recalls,
    strategies_in,
)

_SQUEEZED = (
    "Of a picture with any gradient: 1 over the sum of its negatives' squared shares of the "
    "gradient, so 1 if one negative has it all, and n if n share it evenly."
)


def _of_losses(table: pd.DataFrame, column: str) -> tuple[list[str], list[Series]]:
    """The networks, by what trained them, and a series for each loss looked at there."""
    trained = strategies_in(table)
    series = []
    for loss in strategies_in(table, "loss"):
        rows = table[table["loss"] == loss]
        groups = [rows.loc[rows["strategy"] == name, column] for name in trained]
        series.append(mean_series(loss, groups, geometric=column == "effective"))
    return [label(name) for name in trained], series


def negatives(table: pd.DataFrame) -> Intervals:
    """How many negatives share a picture's gradient, by loss, at every trained network."""
    networks, series = _of_losses(table, "effective")
    return intervals(
        table,
        "negatives",
        one(series),
        networks,
        title="How many negatives a picture listens to",
        said="Effective number of negatives of each loss, by what trained the network",
        caption=f"{_SQUEEZED} Each loss is asked at each trained network, whatever trained it, on "
        f"a batch of validation pictures. {over_seeds(table)}",
        x_label="network trained with",
        y_label="effective number of negatives",
        log_y=True,
    )


def negatives_active(table: pd.DataFrame) -> Intervals:
    """The share of pictures that have any gradient, by loss, at every trained network."""
    percent = table.assign(active=100 * table["active"])
    percent.attrs = table.attrs
    networks, series = _of_losses(percent, "active")
    return intervals(
        percent,
        "negatives",
        one(series, [Reference(0, "no picture")]),
        networks,
        name="negatives_active",
        title="How many pictures still learn something",
        said="Pictures whose negatives have any gradient, by loss and by what trained the network",
        caption="A hinge is silent where every negative is further away than the margin; SimCLR "
        f"never is. On a batch of validation pictures. {over_seeds(table)}",
        x_label="network trained with",
        y_label="pictures with a gradient (%)",
        decimals=0,
        unit=" %",
    )


def _bias(table: pd.DataFrame, barlow: bool) -> tuple[list[str], list[Series]]:
    rows = table[table["strategy"] == "simclr"]
    sizes = levels_of(rows, "batch")
    series = []
    for loss in strategies_in(rows, "loss"):
        if (loss == "barlow_twins") == barlow:
            own = rows[rows["loss"] == loss]
            groups = [100 * own.loc[own["batch"] == size, "bias"] for size in sizes]
            series.append(mean_series(loss, groups))
    return [str(size) for size in sizes], series


_EXPECTED = (
    "Mean loss over random batches less that of all training pictures at once, in percent of the "
    "latter, at the network that SimCLR trained."
)


def batches(table: pd.DataFrame) -> Intervals:
    """The bias of a batch's loss by the batch's size, of the losses that look at negatives."""
    sizes, series = _bias(table, barlow=False)
    return intervals(
        table,
        "batches",
        one(series, [Reference(0, "no bias")]),
        sizes,
        title="Is the loss of a batch that of the gallery?",
        said="Bias of the loss in percent of the gallery's, by batch size",
        caption=f"{_EXPECTED} Sums over negatives are scaled up to the gallery's number of them, "
        f"so that a batch is not biased merely for being small. {over_seeds(table)}",
        x_label="pairs of a batch",
        y_label="bias (% of the gallery's loss)",
        unit=" %",
    )


def batches_barlow(table: pd.DataFrame) -> Intervals:
    """The same of Barlow Twins, whose correlations are those of a batch."""
    sizes, series = _bias(table, barlow=True)
    return intervals(
        table,
        "batches",
        one(series, [Reference(0, "no bias")]),
        sizes,
        name="batches_barlow",
        title="Barlow Twins has a bias of its own",
        said="Bias of Barlow Twins' loss in percent of the gallery's, by batch size",
        caption=f"{_EXPECTED} Correlations of few pairs are large by chance, and their squares "
        f"add up. {over_seeds(table)}",
        x_label="pairs of a batch",
        y_label="bias (% of the gallery's loss)",
        decimals=0,
        unit=" %",
    )


def rates(table: pd.DataFrame) -> Intervals:
    """Recall at 10 by learning rate."""
    rows = recalls(table, "learning_rate")
    levels = levels_of(rows, "learning_rate")
    return intervals(
        table,
        "rates",
        one(by_strategy(rows, "learning_rate", levels)),
        [f"{level:g}" for level in levels],
        title="At how many learning rates does a loss work?",
        said="Recall at 10 by learning rate",
        caption=f"The rate of Adam at the start. {STANDARDISED} {over_both(table)}",
        x_label="learning rate",
        y_label=BOTH,
        unit=" %",
    )


def rates_epochs(table: pd.DataFrame) -> Intervals:
    """Epochs until half of the queries find their answer among ten, by learning rate."""
    rows = as_read(table).groupby(["learning_rate", "strategy", "seed"], sort=False)
    epochs = rows["epochs_to_half"].first().reset_index()
    levels = levels_of(epochs, "learning_rate")
    # The mean of those seeds that got there would flatter a loss; so the claims count, too.
    most = RetrievalConfig().epochs
    counted = epochs.fillna({"epochs_to_half": most + 1})
    return intervals(
        table,
        "rates",
        one(
            by_strategy(counted, "learning_rate", levels, "epochs_to_half"),
            [Reference(most + 1, f"not in {most} epochs")],
        ),
        [f"{level:g}" for level in levels],
        name="rates_epochs",
        title="How soon is recall@10 at one half?",
        said="Epochs until recall at 10, the mean of both directions, is one half on validation "
        "pictures",
        caption=f"A seed that never got there counts as {most + 1}, one epoch more than the "
        f"training has. On validation pictures. {STANDARDISED} {over_both(table)}",
        x_label="learning rate",
        y_label="epochs to recall@10 = 50 %",
    )


def collapse(table: pd.DataFrame) -> Intervals:
    """Recall at 10 of the max loss from several starts, beside the other losses."""
    rows = recalls(table, "start")
    named = {"random": "encoders at random", "pretrained": "pretrained encoders"}
    starts = [start for start in named if start in set(rows["start"])]
    return intervals(
        table,
        "collapse",
        one(by_strategy(rows, "start", starts)),
        [named[start] for start in starts],
        title="What keeps the max loss from collapsing?",
        said="Recall at 10 by how the encoders start",
        caption="Max after sum trains with the sum for a third of the epochs, then with the max. "
        "Pretrained encoders have learned to name shape, colour, size and background of other "
        f"scenes. {over_both(table)}",
        x_label="start",
        y_label=BOTH,
        unit=" %",
    )


def outliers(table: pd.DataFrame) -> Intervals:
    """Recall at 10 by the share of training pictures with captions of another."""
    rows = recalls(table, "outliers")
    shares = levels_of(rows, "outliers")
    return intervals(
        table,
        "outliers",
        one(by_strategy(rows, "outliers", shares)),
        [f"{100 * share:g} %" for share in shares],
        title="Captions that belong to other pictures",
        said="Recall at 10 by the share of training pictures whose captions are another's",
        caption=f"Test pictures have their own captions. {STANDARDISED} {over_both(table)}",
        x_label="mismatched training pictures",
        y_label=BOTH,
        unit=" %",
    )


def outliers_lost(table: pd.DataFrame) -> Intervals:
    """What each loss loses by mismatched captions, seed by seed."""
    rows = recalls(table, "outliers")
    shares = levels_of(rows, "outliers")
    series = []
    for name in strategies_in(rows):
        own = rows[rows["strategy"] == name]
        clean = own[own["outliers"] == shares[0]]
        groups = [paired(own[own["outliers"] == one], clean, "recall") for one in shares[1:]]
        series.append(mean_series(name, groups))
    return intervals(
        table,
        "outliers",
        one(series, [NONE]),
        [f"{100 * share:g} %" for share in shares[1:]],
        name="outliers_lost",
        title="What mismatched captions cost, seed by seed",
        said="Change of recall at 10, in percentage points, by the share of mismatched pictures",
        caption="Recall at 10 with mismatched captions less that without, of the same seed. A loss "
        f"that retrieves nothing has nothing to lose. {STANDARDISED} {over_both(table)}",
        x_label="mismatched training pictures",
        y_label=POINTS,
    )
