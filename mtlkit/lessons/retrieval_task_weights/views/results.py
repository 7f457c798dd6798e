"""Table 6.1 of the source beside ours: MAP by label noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

import attrs
import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.data.printed import printed_table
from mtlkit.explore.by_level import at_levels, levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import (
    ColumnGroup,
    IntervalFacet,
    Intervals,
    Reference,
    Series,
    Table,
)
from mtlkit.explore.study_figures import over_seeds
from mtlkit.explore.summaries import mean_series, paired
from mtlkit.lessons.retrieval_task_weights.views.common import (
    COLLECTIONS,
    DIRECTIONS,
    MAP,
    NONE,
    OWN_NOISE,
    both_ways,
    command,
    in_percent,
    intervals,
    over_both,
    own_noise,
    strategies_in,
    told_of,
)

_PRINTED = {1: "iapr_tc12", 2: "mirflickr25k"}
"""What the source has for each of our collections."""

_SOURCE = (
    "Hollow marks: the source's, of IAPR TC-12 (sentences) and MIRFlickr-25K (tags). It had other "
    "pictures, and its formula for average precision is another one as printed: what can be "
    "compared is how MAP falls."
)

_LEARNED = "learned_kendall"


def _learned(table: pd.DataFrame) -> pd.DataFrame:
    return in_percent(table[table["strategy"] == _LEARNED])


def _ways() -> Iterator[tuple[int, str, str]]:
    """Task, direction, and both in words."""
    for task, collection in COLLECTIONS.items():
        for direction, words in DIRECTIONS.items():
            yield task, direction, f"{collection}: {words}"


def printed_map(task: int, direction: str, d: int, noises: Sequence[float]) -> list[float]:
    """What the source prints, in percent; NaN of what it has not."""
    table = printed_table("nahm2020_table_6_1")
    found = (table["dataset"] == _PRINTED[task]) & (table["direction"] == direction)
    rows = table[found & (table["d"] == d)]
    names = [f"sigma2_{noise:g}" for noise in noises]
    return [
        100 * float(rows[name].iloc[0]) if len(rows) and name in rows else math.nan
        for name in names
    ]


def table_6_1(table: pd.DataFrame) -> Intervals:
    """MAP by a collection's noise, both directions and every d, with what is printed."""
    rows = _learned(table)
    noises = levels_of(own_noise(rows, 1), "noise")
    facets = []
    for task, direction, words in _ways():
        own = own_noise(rows, task)
        own = own[own["direction"] == direction]
        series = [
            attrs.evolve(
                mean_series(f"d = {d}", at_levels(own[own["d"] == d], "noise", noises, "percent")),
                printed=printed_map(task, direction, d, noises),
            )
            for d in levels_of(own, "d")
        ]
        chance = Reference(100 * own["chance"].mean(), "chance", "data")
        facets.append(IntervalFacet(title=words, series=series, references=[chance]))
    return intervals(
        table,
        "table_6_1",
        facets,
        [f"{noise:g}" for noise in noises],
        title="Table 6.1: MAP by label noise",
        said="MAP by label noise, learned weights, recomputed",
        caption=f"Learned weights (Kendall). {_SOURCE} {over_seeds(rows)}",
        x_label=OWN_NOISE,
        y_label=MAP,
        unit=" %",
    )


def _compared(
    table: pd.DataFrame,
    name: str,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    *,
    title: str,
    said: str,
    caption: str,
    y_label: str,
    unit: str,
    start: Reference,
) -> Intervals:
    """The mean over d, compared with its value without noise: the source's, and ours.

    `change` is given rows of seeds or d by columns of noises.
    """
    rows = _learned(table)
    noises = levels_of(own_noise(rows, 1), "noise")
    printed, ours = [], []
    for task, direction, words in _ways():
        dimensions = levels_of(rows, "d")
        prints = pd.DataFrame([printed_map(task, direction, d, noises) for d in dimensions])
        mean = change(prints.mean().to_frame().T).iloc[0]
        printed.append(Series(key=words, values=mean[1:]))
        own = own_noise(rows, task)
        own = own[own["direction"] == direction]
        wide = own.groupby(["seed", "noise"])["percent"].mean().unstack()
        ours.append(mean_series(words, [change(wide)[noise] for noise in noises[1:]]))
    facets = [
        IntervalFacet(title="ours, generated scenes", series=ours, references=[start]),
    ]
    if not all(math.isnan(value) for series in printed for value in series.values):
        source = IntervalFacet(title="as printed, photographs", series=printed, references=[start])
        facets.insert(0, source)
    return intervals(
        table,
        "table_6_1",
        facets,
        [f"{noise:g}" for noise in noises[1:]],
        name=name,
        title=title,
        said=said,
        caption=f"{caption} Mean over d. {over_seeds(rows)}",
        x_label=OWN_NOISE,
        y_label=y_label,
        unit=unit,
    )


def table_6_1_share(table: pd.DataFrame) -> Intervals:
    """What is left of the MAP without noise, in percent of it: printed, and ours."""
    return _compared(
        table,
        "table_6_1_share",
        lambda rows: 100 * rows.div(rows.iloc[:, 0], axis=0),
        title="Table 6.1 in percent of the start",
        said="MAP in percent of that without noise",
        caption="Each collection and direction against itself without label noise, seed by seed.",
        y_label="MAP (% of that at σ² = 0)",
        unit=" %",
        start=Reference(100, "without noise"),
    )


def table_6_1_points(table: pd.DataFrame) -> Intervals:
    """What is lost of the MAP without noise, in points: printed, and ours."""
    return _compared(
        table,
        "table_6_1_points",
        lambda rows: rows.sub(rows.iloc[:, 0], axis=0),
        title="Table 6.1 in points below the start",
        said="MAP minus that without noise, in points",
        caption="Each collection and direction minus itself without label noise, seed by seed; a "
        "point is one percent of MAP.",
        y_label="MAP minus that at σ² = 0 (points)",
        unit="",
        start=Reference(0, "without noise"),
    )


def table_6_1_paired(table: pd.DataFrame) -> Intervals:
    """Learned minus equal weights, seed by seed, for every d."""
    noises = levels_of(own_noise(table, 1), "noise")
    facets = []
    for task, collection in COLLECTIONS.items():
        rows = both_ways(own_noise(table, task), ["strategy", "d", "noise"])
        learned, equal = (rows[rows["strategy"] == name] for name in (_LEARNED, "equal"))
        series = [
            mean_series(
                f"d = {d}",
                [
                    paired(
                        learned[(learned["d"] == d) & (learned["noise"] == noise)],
                        equal[(equal["d"] == d) & (equal["noise"] == noise)],
                        "percent",
                    )
                    for noise in noises
                ],
            )
            for d in levels_of(rows, "d")
        ]
        facets.append(IntervalFacet(title=collection, series=series, references=[NONE]))
    return intervals(
        table,
        "table_6_1",
        facets,
        [f"{noise:g}" for noise in noises],
        name="table_6_1_paired",
        title="Table 6.1: learned against equal weights, seed by seed",
        said="MAP with learned weights minus that with equal ones, in points",
        caption="Above 0 learned weights (Kendall) are better. Both start from the same network "
        f"and see the same flips and triplets. {over_both(table)}",
        x_label=OWN_NOISE,
        y_label="learned minus equal (points of MAP)",
        decimals=2,
    )


def undivided(table: pd.DataFrame) -> Intervals:
    """What the printed formula gives, and what the standard one."""
    rows = _learned(table)
    noises = levels_of(own_noise(rows, 1), "noise")
    most = max(levels_of(rows, "d"))
    facets = []
    for task, direction, words in _ways():
        own = own_noise(rows, task)
        own = own[(own["direction"] == direction) & (own["d"] == most)]
        series = [
            mean_series(key, at_levels(own, "noise", noises, column), label=name)
            for key, column, name in (
                ("undivided", "undivided", "as printed: a sum"),
                ("divided", "map", "standard: divided by their number"),
            )
        ]
        most_of_mean = Reference(1, "the most of a mean")
        facets.append(IntervalFacet(title=words, series=series, references=[most_of_mean]))
    return intervals(
        table,
        "table_6_1",
        facets,
        [f"{noise:g}" for noise in noises],
        name="undivided",
        title="What the printed formula gives",
        said="Mean over queries of the sum of precisions, undivided and divided",
        caption="A mean of precisions cannot exceed 1. The printed formula sums them over the "
        f"relevant items and does not divide; the axis is logarithmic. d = {most}, learned "
        f"weights. {over_seeds(rows)}",
        x_label=OWN_NOISE,
        y_label="average precision (a pure number)",
        decimals=2,
        log_y=True,
    )


def table_6_1_table(table: pd.DataFrame) -> Table:
    """Table 6.1, and ours below each of its rows."""
    rows = _learned(table)
    noises = levels_of(own_noise(rows, 1), "noise")
    lines = []
    for task, direction, words in _ways():
        own = own_noise(rows, task)
        own = own[own["direction"] == direction]
        for d in levels_of(own, "d"):
            prints = printed_map(task, direction, d, noises)
            found = at_levels(own[own["d"] == d], "noise", noises, "percent")
            lines.append(
                [
                    f"{words}, d = {d}",
                    *("–" if math.isnan(value) else f"{value:.1f}" for value in prints),
                    *map(_mean_and_half, found),
                ]
            )
    heads = [f"σ² = {noise:g}" for noise in noises]
    return Table(
        name="table_6_1_table",
        title="Table 6.1, printed and recomputed",
        alt="MAP in percent by label noise of the collection, for both collections, both "
        f"directions and d = {', '.join(map(str, levels_of(rows, 'd')))}: the source's on the "
        "left, ours on the right.",
        caption=told_of(
            table,
            f"MAP in percent with learned weights (Kendall); ours are means of "
            f"{rows['seed'].nunique()} seeds with the half-width of the 95 % interval. The source "
            "prints one number a cell. Its sentences are those of IAPR TC-12, its tags those of "
            "MIRFlickr-25K.",
        ),
        command=command("table_6_1"),
        columns=["", *heads, *heads],
        groups=[
            ColumnGroup("", 1),
            ColumnGroup("printed", len(heads)),
            ColumnGroup("ours", len(heads)),
        ],
        rows=lines,
    )


def _mean_and_half(values: pd.Series[float]) -> str:
    found = values.dropna().tolist()
    if not found:
        return "–"
    interval = mean_interval(found)
    return f"{interval.mean:.1f} ± {interval.high - interval.mean:.1f}"


def uncertainties(table: pd.DataFrame) -> Intervals:
    """The learned s of each collection by its own noise, for both forms."""
    rows = table[table["uncertainty"].notna()].drop_duplicates(
        ["strategy", "d", "noise_sentences", "noise_tags", "seed", "task"]
    )
    noises = levels_of(own_noise(rows, 1), "noise")
    shown = _middle(levels_of(rows, "d"))
    facets = []
    for strategy in strategies_in(rows):
        part = rows[(rows["strategy"] == strategy) & (rows["d"] == shown)]
        series = [
            mean_series(
                f"task {task}",
                at_levels(own_noise(part, task), "noise", noises, "uncertainty"),
                label=collection,
            )
            for task, collection in COLLECTIONS.items()
        ]
        facets.append(IntervalFacet(title=label(strategy), series=series))
    return intervals(
        table,
        "table_6_1",
        facets,
        [f"{noise:g}" for noise in noises],
        name="uncertainties",
        title="The learned uncertainty of each collection",
        said="Learned uncertainty s by the collection's label noise",
        caption=f"d = {shown}, at the epoch with the lowest noisy validation loss. s runs after "
        "the task's training loss (half of it in the printed form) and cannot be compared between "
        "collections: one has 36 classes, the other 12. "
        f"{over_seeds(rows)}",
        x_label=OWN_NOISE,
        y_label="uncertainty s",
        decimals=2,
    )


def _middle(values: Sequence[int]) -> int:
    return values[len(values) // 2]


def weights_direction(table: pd.DataFrame) -> Intervals:
    """Which share of the weight the sentences get, for each pair of noises."""
    columns = ["strategy", "d", "noise_sentences", "noise_tags", "seed"]
    rows = table.drop_duplicates([*columns, "task"])
    weights = rows.set_index([*columns, "task"])["weight"].unstack()
    shares = (100 * weights[1] / weights.sum(axis=1)).rename("share").reset_index()
    learned = shares[shares["strategy"] != "equal"]
    facets = []
    noises = levels_of(own_noise(rows, 1), "noise")
    for task, collection in COLLECTIONS.items():
        own = learned[learned[f"noise_{COLLECTIONS[3 - task]}"] == 1]
        series = [
            mean_series(
                strategy,
                [
                    part[part[f"noise_{collection}"] == noise].groupby("seed")["share"].mean()
                    for noise in noises
                ],
            )
            for strategy in strategies_in(own)
            if len(part := own[own["strategy"] == strategy])
        ]
        equal = Reference(50, "equal weights", "equal")
        facets.append(
            IntervalFacet(title=f"noise of the {collection}", series=series, references=[equal])
        )
    return intervals(
        table,
        "table_6_1",
        facets,
        [f"{noise:g}" for noise in noises],
        name="weights_direction",
        title="Which way do the weights go?",
        said="Share of the weight that the sentences get, in percent",
        caption="Above the line sentences count more. If the weights favour the cleaner "
        "collection, the marks fall on the left and rise on the right. Mean over d, at the epoch "
        f"with the lowest noisy validation loss. {over_seeds(rows)}",
        x_label="label noise σ² of that collection (the other's is 1)",
        y_label="weight of the sentences (% of both)",
        unit=" %",
    )
