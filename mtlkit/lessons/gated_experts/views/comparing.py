"""Who chooses experts best: ways to choose, Fig. 3.1, what sparsity saves."""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import CurveFacet, Curves, Intervals, Points, Reference, Series
from mtlkit.explore.study_figures import OVER_SEEDS, one, over_seeds
from mtlkit.explore.summaries import mean_series, paired
from mtlkit.lessons.gated_experts.views.common import (
    ACCURACY,
    POINTS,
    command,
    intervals,
    methods_in,
    one_deviation,
    told_of,
)

_NONE = Reference(0, "no difference")


def _category(strategy: str) -> str:
    """A strategy below an axis that has all of them, where there is no room for a long name."""
    return "routing" if strategy == "routed" else label(strategy)


def methods(table: pd.DataFrame) -> Intervals:
    """Test accuracy of every way to choose experts, best first."""
    means = table.groupby("strategy")["accuracy"].mean()
    ordered = sorted(methods_in(table), key=lambda name: -means[name])
    groups = [table.loc[table["strategy"] == name, "accuracy"] for name in ordered]
    return intervals(
        table,
        "methods",
        one([mean_series("accuracy", groups, label="mean over tasks")]),
        [_category(name) for name in ordered],
        title="Ways to choose experts, best first",
        said="Test accuracy by way of choosing experts",
        caption="Each way is read as it would be used: learned gates with the k(t) likeliest "
        "experts, frozen gates with every expert weighed by its probability. True families knows "
        "what the others have to find; routing chooses one expert for each task. "
        f"{over_seeds(table)}",
        x_label="way to choose experts",
        y_label=ACCURACY,
        unit=" %",
    )


def methods_paired(table: pd.DataFrame) -> Intervals:
    """Learned gates minus every other way, seed by seed."""
    gated = table[table["strategy"] == "gated"]
    gains = {
        name: paired(gated, table[table["strategy"] == name], "accuracy")
        for name in methods_in(table)
        if name != "gated"
    }
    ordered = sorted(gains, key=lambda name: gains[name].mean())
    return intervals(
        table,
        "methods",
        one(
            [
                mean_series(
                    "gated", [gains[name] for name in ordered], label="learned gates minus it"
                )
            ],
            [_NONE],
        ),
        [_category(name) for name in ordered],
        name="methods_paired",
        title="Learned gates against every other way, seed by seed",
        said="Accuracy of learned gates minus that of another way, in percentage points",
        caption="Above 0 learned gates are better. Each pair has the same pictures and, where the "
        f"networks have them alike, the same experts at the start. {over_seeds(table)}",
        x_label="the other way",
        y_label=POINTS,
        decimals=2,
    )


def methods_costs(table: pd.DataFrame) -> Curves:
    """Accuracy against multiplications a picture after training."""
    points, words = [], []
    for name in methods_in(table):
        rows = table[table["strategy"] == name]
        points.append(Points(name, rows["operations_after"] / 1000, rows["accuracy"]))
        cost, parameters = rows[["operations_after", "parameters_of_a_task"]].mean()
        words.append(
            f"{label(name)} {rows['accuracy'].mean():.1f} % for {cost:,.0f} multiplications and "
            f"{parameters:,.0f} parameters of a task"
        )
    return Curves(
        name="methods_costs",
        title="What a picture costs after training",
        alt=f"Test accuracy against multiplications a picture. Means: {'; '.join(words)}.",
        caption=told_of(
            table,
            "One point a seed. Counted are the multiplications of the experts that a task keeps; "
            "the parameters that it has to have with it go along with them. Top left is best.",
        ),
        command=command("methods"),
        x_label="thousand multiplications a picture after training",
        y_label=ACCURACY,
        facets=[CurveFacet(points=points)],
    )


_PREFERRED = 0.1
"""The source's lambda: learned gates with it look as they do everywhere."""


def _parts(table: pd.DataFrame) -> list[tuple[str, str, pd.DataFrame]]:
    """Key, label and rows of each series of Fig. 3.1."""
    gated = table[table["strategy"] == "gated"]
    found = []
    for penalty in levels_of(gated, "penalty"):
        key = "gated" if penalty == _PREFERRED else f"penalty {penalty:g}"
        rows = gated[gated["penalty"] == penalty]
        found.append((key, f"learned gates, λ = {penalty:g}", rows))
    for name in methods_in(table):
        if name != "gated":
            found.append((name, label(name), table[table["strategy"] == name]))
    return found


def figure_3_1(table: pd.DataFrame) -> Intervals:
    """Accuracy by pictures of a task, with the source's bars."""
    sizes = levels_of(table, "images")
    series = [
        one_deviation(
            key, [rows.loc[rows["images"] == size, "accuracy"] for size in sizes], label=name
        )
        for key, name, rows in _parts(table)
    ]
    return intervals(
        table,
        "figure_3_1",
        one(series),
        [str(size) for size in sizes],
        title="Fig. 3.1: accuracy by amount of data",
        said="Test accuracy by training pictures of each task",
        caption="Bars are one standard deviation over "
        f"{table['seed'].nunique()} seeds, as in the source; they say how much seeds differ, not "
        "how well the mean is known. From one category to the next there is about twice as much "
        "data. Gates frozen at the learned density take that of λ = 0.1.",
        x_label="training pictures of each task",
        y_label=ACCURACY,
        unit=" %",
    )


def figure_3_1_paired(table: pd.DataFrame) -> Intervals:
    """Fig. 3.1's runs minus the ungated mixture, seed by seed."""
    sizes = levels_of(table, "images")
    ungated = table[table["strategy"] == "ungated"]
    series: list[Series] = []
    for key, name, rows in _parts(table):
        if key == "ungated":
            continue
        groups = [
            paired(rows[rows["images"] == size], ungated[ungated["images"] == size], "accuracy")
            for size in sizes
        ]
        series.append(mean_series(key, groups, label=name))
    return intervals(
        table,
        "figure_3_1",
        one(series, [_NONE]),
        [str(size) for size in sizes],
        name="figure_3_1_paired",
        title="Fig. 3.1's runs against the ungated mixture, seed by seed",
        said="Accuracy minus that of the ungated mixture, in percentage points",
        caption="Above 0 the ungated mixture is beaten. What frozen gates gain needs no choice: "
        f"it is dropout of whole experts. {table['seed'].nunique()} seeds. {OVER_SEEDS}",
        x_label="training pictures of each task",
        y_label=POINTS,
        decimals=2,
    )
