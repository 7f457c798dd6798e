"""What stitches learn, and whether their start decides."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.panels import IntervalFacet, Intervals, Series
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_series, told
from mtlkit.lessons.sharing_architectures.views.common import (
    ACCURACY,
    MAJORITY_CLASS,
    capped,
    command,
    counted,
    of_runs,
    overlaps_of,
)

_TWO = 2

_QUANTITIES = {
    "own_weight": ("own", "weight of a task's own backbone"),
    "other_weight": ("other", "mean weight of the others"),
    "unlike": ("unlike", "unlikeness of the tasks' stitches"),
    "accuracy": ("cross_stitch", "test accuracy, as a share"),
}
"""By column: the look and the name of what is drawn."""

_STARTS = (
    "The first settings have two backbones, and are named by the weight of a task's own one before "
    "training. “×3” has three backbones, and so on; these start at 0.9."
)

_SETTING = "start (two backbones), or number of backbones"


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


def _short(settings: dict[tuple[int, float], str]) -> list[str]:
    """The settings' names as ticks that fit side by side in half a picture."""
    return [f"{start:g}" if columns == _TWO else f"×{columns}" for columns, start in settings]


def _series(rows: pd.DataFrame, settings: dict[tuple[int, float], str], column: str) -> Series:
    key, label = _QUANTITIES[column]
    runs = of_runs(rows, ("columns", "stitch_start"), column)
    groups = [
        runs.loc[(runs["columns"] == columns) & (runs["stitch_start"] == start), column]
        for columns, start in settings
    ]
    return mean_series(key, groups, label=label)


def stitches(table: pd.DataFrame) -> Intervals:
    """Weights of own and other backbones, how unlike tasks' are, and the accuracy, by start."""
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
        alt=f"Learned weights of the stitches, how unlike they are, and the accuracy. {words}.",
        caption=f"{_STARTS} Unlikeness: 1 less the size of the cosine between two tasks' weights; "
        "0 where both mix the backbones alike, 1 where they have none in common. Read at the step "
        "with the fewest wrong validation answers. With one backbone, own is the first task's. "
        f"{counted(table['seed'].nunique())}. {OVER_SEEDS}",
        command=command("stitches"),
        x_label=_SETTING,
        y_label="weight, unlikeness, accuracy",
        categories=_short(settings),
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
        x_label=_SETTING,
        y_label=ACCURACY,
        categories=_short(settings),
        facets=[IntervalFacet(series=capped(series), references=[MAJORITY_CLASS])],
    )
