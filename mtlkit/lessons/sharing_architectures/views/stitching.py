"""What stitches learn, and whether their start decides."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.panels import IntervalFacet, Intervals, Series
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.sharing_architectures.views.common import (
    ACCURACY,
    MAJORITY_CLASS,
    OVER_SEEDS,
    command,
    counted,
    of_runs,
    overlaps_of,
    told,
)

_TWO = 2

_QUANTITIES = {
    "own_weight": ("own", "weight of a task's own backbone"),
    "other_weight": ("other", "mean weight of the others"),
    "accuracy": ("cross_stitch", "test accuracy, as a share"),
}
"""By column: the look and the name of what is drawn."""

_STARTS = (
    "“start”: the weight of a task's own backbone before training, with two backbones. The last "
    "three have other numbers of backbones and start at 0.9."
)


def _settings(table: pd.DataFrame) -> dict[tuple[int, float], str]:
    """Backbones and start of each setting with its name: two backbones first."""
    pairs = {
        (int(c), float(s)) for c, s in zip(table["columns"], table["stitch_start"], strict=True)
    }
    ordered = sorted(pairs, key=lambda pair: (pair[0] != _TWO, pair))
    return {
        (columns, start): f"start {start:g}"
        if columns == _TWO
        else f"{columns} backbone{'s' * (columns > 1)}"
        for columns, start in ordered
    }


def _series(rows: pd.DataFrame, settings: dict[tuple[int, float], str], column: str) -> Series:
    key, label = _QUANTITIES[column]
    runs = of_runs(rows, ("columns", "stitch_start"), column)
    groups = [
        runs.loc[(runs["columns"] == columns) & (runs["stitch_start"] == start), column]
        for columns, start in settings
    ]
    return mean_series(key, groups, label=label)


def stitches(table: pd.DataFrame) -> Intervals:
    """The learned weights of own and other backbones, and the accuracy, by start and number."""
    settings = _settings(table)
    facets = [
        IntervalFacet(
            title=words, series=[_series(rows, settings, column) for column in _QUANTITIES]
        )
        for words, rows in overlaps_of(table)
    ]
    categories = list(settings.values())
    words = ". ".join(f"With {f.title}: {told(f.series, categories, 2)}" for f in facets)
    return Intervals(
        name="stitches",
        title="Do stitches learn whether to share?",
        alt=f"Learned weights of the stitches, and the accuracy. {words}.",
        caption=f"{_STARTS} Read at the step with the fewest wrong validation answers. "
        f"{counted(table['seed'].nunique())}. {OVER_SEEDS}",
        command=command("stitches"),
        x_label="where the stitches start, or how many backbones",
        y_label="weight; accuracy",
        categories=categories,
        facets=facets,
    )


def stitches_accuracy(table: pd.DataFrame) -> Intervals:
    """The accuracy alone, on an axis on which differences can be seen."""
    settings = _settings(table)
    shares = table.assign(accuracy=100 * table["accuracy"])
    series = []
    for words, rows in overlaps_of(shares):
        one = _series(rows, settings, "accuracy")
        series.append(Series(key=words, values=one.values, low=one.low, high=one.high))
    categories = list(settings.values())
    return Intervals(
        name="stitches_accuracy",
        title="Cross-stitch networks by start and number of backbones",
        alt=f"Test accuracy: {told(series, categories, unit=' %')}.",
        caption=f"{_STARTS} Mean over tasks. {counted(table['seed'].nunique())}. {OVER_SEEDS}",
        command=command("stitches"),
        x_label="where the stitches start, or how many backbones",
        y_label=ACCURACY,
        categories=categories,
        facets=[IntervalFacet(series=series, references=[MAJORITY_CLASS])],
    )
