"""Table 5.2: five generator designs and the control, beside what the source prints."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pandas as pd

from mtlkit.data.printed import printed_table
from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals, Series
from mtlkit.explore.summaries import mean_series, paired
from mtlkit.lessons.zero_shot_synthesis.config import CONTROL, DESIGNS
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    CLOSED,
    NONE,
    POINTS,
    PRINTED_SETS,
    SETS,
    SPLITS,
    by_set,
    by_strategy,
    chance_of,
    chances_by_set,
    designs_in,
    intervals,
    label,
    named_set,
    over_seeds,
    percent,
    sets_in,
)

_ORDER = "Designs stand in the printed order, worst first."

_CONTROL = (
    "The control is TDS whose noise is scaled by the description of another composition; the "
    "source has none."
)


_SHORT = {CONTROL: "control"}


def _of(table: pd.DataFrame, part: str) -> pd.DataFrame:
    return percent(table[table["part"] == part], "closed")


def printed_accuracy(name: str, strategies: Sequence[str]) -> list[float]:
    """What Table 5.2 has of a set, in percent; NaN of what it has not."""
    printed = printed_table("yan2020_table_5_2").set_index("sampling")[name].to_dict()
    return [float(printed.get(label(strategy), math.nan)) for strategy in strategies]


def table_5_2(table: pd.DataFrame) -> Intervals:
    """Accuracy on unseen test compositions, for each design and set."""
    rows = _of(table, "test")
    designs = designs_in(rows)
    return intervals(
        table,
        "table_5_2",
        [
            IntervalFacet(
                series=by_set(rows, "strategy", designs, "closed"),
                references=chances_by_set(rows),
            )
        ],
        [label(name) for name in designs],
        title="Table 5.2: which generator teaches the best classifier?",
        said="Top-1 accuracy among unseen test compositions by generator design, recomputed",
        caption=f"Top-1 among unseen compositions only, at the last epoch. {_ORDER} {_CONTROL} "
        f"Chance is drawn for each set in its colour. {SPLITS} {over_seeds(rows, 'closed')}",
        x_label="generator design",
        y_label=CLOSED,
        unit=" %",
    )


def freed(table: pd.DataFrame) -> Intervals:
    """The designs where the clustering loss weighs less, a facet a set."""
    rows = percent(table, "closed")
    weights = levels_of(rows, "clustering")
    return intervals(
        table,
        "freed",
        [
            IntervalFacet(
                title=named_set(name),
                series=by_strategy(own, "clustering", weights, "closed", designs_in(own)),
                references=[chance_of(own)],
            )
            for name in sets_in(rows)
            for own in [rows[rows["compositions"] == name]]
        ],
        [f"{weight:g}" for weight in weights],
        title="The designs with a smaller clustering loss",
        said="Top-1 accuracy among unseen test compositions by generator design, at small μ",
        caption="As Table 5.2, which has μ = 10: there the clustering loss holds every design's "
        f"features at their compositions' means. {_ORDER} {_CONTROL} {SPLITS} "
        f"{over_seeds(rows, 'closed')}",
        x_label="μ of the clustering loss",
        y_label=CLOSED,
        unit=" %",
    )


def table_5_2_beside(table: pd.DataFrame) -> Intervals:
    """The printed columns, and ours: other data, so only the order can be compared."""
    rows = _of(table, "test")
    designs = [name for name in designs_in(rows) if name != CONTROL]
    printed = [
        Series(key=SETS[name][0], values=printed_accuracy(name, designs), label=named_set(name))
        for name in PRINTED_SETS
    ]
    return intervals(
        table,
        "table_5_2",
        [
            IntervalFacet(title="as printed in the source", series=printed),
            IntervalFacet(title="ours", series=by_set(rows, "strategy", designs, "closed")),
        ],
        [label(name) for name in designs],
        name="table_5_2_beside",
        title="Table 5.2 as printed, and ours",
        said="Top-1 accuracy among unseen test compositions by generator design",
        caption="Left what the source prints, one number each and no interval, of other data than "
        "ours where the sets have other names: heights cannot be compared, only whether the marks "
        f"rise from left to right. {over_seeds(rows, 'closed')}",
        x_label="generator design",
        y_label=CLOSED,
        unit=" %",
    )


def _differences(
    table: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    name: str,
    *,
    title: str,
    caption: str,
) -> Intervals:
    """The first of each pair less the second, seed by seed."""
    rows = _of(table, "test")
    there = set(designs_in(rows))
    shown = [pair for pair in pairs if there.issuperset(pair)]
    series = []
    for each in sets_in(rows):
        own = rows[rows["compositions"] == each]
        runs = {strategy: own[own["strategy"] == strategy] for strategy in there}
        groups = [paired(runs[first], runs[second], "closed") for first, second in shown]
        series.append(mean_series(SETS[each][0], groups, label=named_set(each)))
    return intervals(
        table,
        "table_5_2",
        [IntervalFacet(series=series, references=[NONE])],
        [" − ".join(_SHORT.get(one, label(one)) for one in pair) for pair in shown],
        name=name,
        title=title,
        said="Differences in top-1 accuracy among unseen test compositions, seed by seed",
        caption=f"{caption} Seed by seed: the same split, the same pictures, the same order of "
        f"batches. {_CONTROL} {over_seeds(rows, 'closed')}",
        x_label="two designs",
        y_label=POINTS,
        decimals=2,
    )


def table_5_2_differences(table: pd.DataFrame) -> Intervals:
    """Each design less the one that the source prints below it, and what else its text compares."""
    neighbours = [(better, worse) for worse, better in itertools.pairwise(DESIGNS)]
    others = [("ss_mtc_add", "ss"), ("ss_mtc_affine", "ss"), ("tds", CONTROL)]
    return _differences(
        table,
        [*neighbours, *others],
        "table_5_2_differences",
        title="Is each design better than the one that is printed as worse?",
        caption="Above 0 the first of the two is better. The first four are neighbours in the "
        "printed order, the next two are compared in the source's text.",
    )


def table_5_2_tds(table: pd.DataFrame) -> Intervals:
    """TDS less each other design and the control."""
    return _differences(
        table,
        [("tds", other) for other in (*DESIGNS, CONTROL) if other != "tds"],
        "table_5_2_tds",
        title="TDS less each other design",
        caption="Above 0 TDS is better.",
    )
