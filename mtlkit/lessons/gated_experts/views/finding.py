"""Who finds the families, and what helps: data, gradients, settings, experts, layers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.study_figures import OVER_SEEDS, one, over_seeds
from mtlkit.explore.summaries import mean_series, told
from mtlkit.lessons.gated_experts.views.common import (
    ACCURACY,
    by_strategy,
    command,
    intervals,
    told_of,
)

RAND = "adjusted Rand index"
_INDEX = (
    "Adjusted Rand index: 1 if the clusters of the gates' correlations are the families, about 0 "
    "by chance."
)
_CHANCE = Reference(0, "by chance", "data")


def structure(table: pd.DataFrame) -> Intervals:
    """Adjusted Rand index by pictures of a task, for every way whose gates learn."""
    sizes = levels_of(table, "images")
    return intervals(
        table,
        "structure",
        one(by_strategy(table, "rand_index", "images", sizes), [_CHANCE]),
        [str(size) for size in sizes],
        title="Who finds the families, with how much data",
        said="Adjusted Rand index against the true families by pictures of each task",
        caption=f"{_INDEX} {over_seeds(table)}",
        x_label="training pictures of each task",
        y_label=RAND,
        decimals=2,
    )


def structure_correlation(table: pd.DataFrame) -> Intervals:
    """Correlation within families minus that between them, by pictures of a task."""
    sizes = levels_of(table, "images")
    return intervals(
        table,
        "structure",
        one(by_strategy(table, "within_minus_between", "images", sizes), [_CHANCE]),
        [str(size) for size in sizes],
        name="structure_correlation",
        title="Do tasks of a family choose alike?",
        said="Mean correlation of gates within families minus that between them, by pictures of "
        "each task",
        caption=f"Pearson's correlation of the gates' probabilities. {over_seeds(table)}",
        x_label="training pictures of each task",
        y_label="correlation within minus between",
        decimals=2,
    )


_BASELINES = {"none": "none", "task_mean": "task", "leave_one_out": "LOO"}

_BASELINES_TOLD = (
    "Task: the baseline is the mean loss of the task's other pictures; LOO n: of n draws the mean "
    "loss of the others (leave one out)."
)


def _estimate(kind: str, samples: int) -> str:
    return _BASELINES[kind] if samples == 1 else f"{_BASELINES[kind]} {samples}"


def noise_intervals(
    table: pd.DataFrame, *, name: str, caption: str, command: str, over: str = ""
) -> Intervals:
    """Signal over noise of the gates' gradient, by baseline, at each time it was measured.

    Parameters
    ----------
    table
        As `leaves.tables` leaves it in `gradients`.
    over
        A column of which every value gets a series; empty: one series.
    """
    steps = levels_of(table, "epoch")
    estimates = list(dict.fromkeys(zip(table["baseline"], table["samples"], strict=True)))
    estimates.sort(key=lambda one: (list(_BASELINES).index(one[0]), one[1]))
    categories = [_estimate(*one) for one in estimates]
    parts = {"gated": table}
    if over:
        parts = {f"{size} {over}": table[table[over] == size] for size in levels_of(table, over)}
    facets = []
    for step in steps:
        series = []
        for key, rows in parts.items():
            at = rows[rows["epoch"] == step]
            groups = [
                at.loc[(at["baseline"] == kind) & (at["samples"] == samples), "ratio"]
                for kind, samples in estimates
            ]
            series.append(mean_series(key, groups, geometric=True))
        facets.append(IntervalFacet(title=f"step {step}", series=series))
    words = ". ".join(
        f"{facet.title}: {told(facet.series, categories, decimals=2)}" for facet in facets
    )
    return Intervals(
        name=name,
        title="Signal to noise of the gates' gradient, by baseline",
        alt=f"Length of the gradient over the deviation of one estimate of it, by baseline and "
        f"number of draws. {words}.",
        caption="At the start, in the middle and at the end. Signal: the length of the gradient; "
        f"noise: the root of the summed variances of one estimate. {_BASELINES_TOLD} {caption}",
        command=command,
        x_label="baseline",
        y_label="signal / noise",
        log_y=True,
        categories=categories,
        facets=facets,
    )


def gradient_noise(table: pd.DataFrame) -> Intervals:
    """Signal over noise of the gates' gradient by baseline, for little and for much data."""
    return noise_intervals(
        table,
        name="gradient_noise",
        caption=told_of(
            table,
            "Every draw is a pass through the experts; averaging n draws without a baseline would "
            "lift the first by √n. Series: training pictures of each task. Geometric mean of "
            f"{table['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command("gradient_noise"),
        over="images",
    )


_ESTIMATORS = {"gumbel_softmax": "Gumbel softmax", "straight_through": "straight through"}


def _with_way(table: pd.DataFrame) -> pd.DataFrame:
    """The estimator of the gates' gradient in words, in the column `way`."""
    ways = [
        _ESTIMATORS.get(estimator) or f"score, {_estimate(kind, samples)}"
        for estimator, kind, samples in zip(
            table["estimator"], table["baseline"], table["gate_samples"], strict=True
        )
    ]
    return table.assign(way=ways)


def _cases(rows: pd.DataFrame, column: str, over: str, cases: Sequence[str]) -> list[Series]:
    groups = [rows.loc[rows[over] == case, column] for case in cases]
    return [mean_series("gated", groups)]


def _ways_in_order(rows: pd.DataFrame) -> list[str]:
    """As the study lists them, whatever the order of the rows."""
    known = [f"score, {_estimate(*one)}" for one in _TRIED] + list(_ESTIMATORS.values())
    found = set(rows["way"])
    return [way for way in known if way in found]


_TRIED = (("none", 1), ("task_mean", 1), ("leave_one_out", 2), ("leave_one_out", 4))


def estimators(table: pd.DataFrame) -> Intervals:
    """Which estimator of the gates' gradient finds the families."""
    rows = _with_way(table)
    ways = _ways_in_order(rows)
    return intervals(
        table,
        "estimators",
        one(_cases(rows, "rand_index", "way", ways), [_CHANCE]),
        ways,
        title="Does less noise in the gradient find the families?",
        said="Adjusted Rand index by estimator of the gates' gradient",
        caption=f"{_INDEX} {_BASELINES_TOLD} {over_seeds(table)}",
        x_label="estimator, and baseline of the score",
        y_label=RAND,
        decimals=2,
    )


def estimators_accuracy(table: pd.DataFrame) -> Intervals:
    """Which estimator of the gates' gradient reads digits best."""
    rows = _with_way(table)
    ways = _ways_in_order(rows)
    return intervals(
        table,
        "estimators",
        one(_cases(rows, "accuracy", "way", ways)),
        ways,
        name="estimators_accuracy",
        title="Does less noise in the gradient make better readers?",
        said="Test accuracy by estimator of the gates' gradient",
        caption=f"Read with the k(t) likeliest experts. {_BASELINES_TOLD} {over_seeds(table)}",
        x_label="estimator, and baseline of the score",
        y_label=ACCURACY,
        unit=" %",
    )


_SETTINGS = {
    "what works": "what works",
    "mixture weights": "only: mixture weights normal",
    "one rate": "only: one rate for all",
    "one sample, no baseline": "only: one draw, no baseline",
    "as printed": "all three, as printed",
}


def _printed(
    table: pd.DataFrame, name: str, column: str, title: str, said: str, caption: str, y_label: str
) -> Intervals:
    cases = [case for case in _SETTINGS if case in set(table["case"])]
    structure = column == "rand_index"
    return intervals(
        table,
        "printed_settings",
        one(_cases(table, column, "case", cases), [_CHANCE] if structure else ()),
        [_SETTINGS[case] for case in cases],
        name=name,
        title=title,
        said=said,
        caption="What works: mixture weights that start at one, gates that learn ten times faster "
        "than the rest, four draws with a leave-one-out baseline. Then one printed setting at a "
        f"time, and all of them. {caption} {over_seeds(table)}",
        x_label="settings",
        y_label=y_label,
        decimals=2 if structure else 1,
        unit="" if column != "accuracy" else " %",
    )


def printed_settings(table: pd.DataFrame) -> Intervals:
    """Which printed setting keeps gates from finding the families."""
    return _printed(
        table,
        "printed_settings",
        "rand_index",
        "From what works to what is printed: the families",
        "Adjusted Rand index by settings",
        _INDEX,
        RAND,
    )


def printed_settings_accuracy(table: pd.DataFrame) -> Intervals:
    """Which printed setting costs accuracy."""
    return _printed(
        table,
        "printed_settings_accuracy",
        "accuracy",
        "From what works to what is printed: the accuracy",
        "Test accuracy by settings",
        "Read with the k(t) likeliest experts.",
        ACCURACY,
    )


def printed_settings_k(table: pd.DataFrame) -> Intervals:
    """How many experts a task expects to use under each setting."""
    return _printed(
        table,
        "printed_settings_k",
        "mean_k",
        "From what works to what is printed: experts used",
        "Expected experts of a task by settings",
        "Of 8 experts; all gates start at one half.",
        "expected experts k of a task",
    )


def _diversity(
    table: pd.DataFrame, name: str, column: str, title: str, said: str, y_label: str, unit: str
) -> Intervals:
    counts = levels_of(table, "experts_m")
    series = []
    for number in levels_of(table, "families"):
        rows = table[table["families"] == number]
        groups = [rows.loc[rows["experts_m"] == count, column] for count in counts]
        key = "1 family" if number == 1 else f"{number} families"
        series.append(mean_series(key, groups))
    return intervals(
        table,
        "diversity",
        one(series),
        [str(count) for count in counts],
        name=name,
        title=title,
        said=said,
        caption=f"The number of tasks stays the same. {over_seeds(table)}",
        x_label="experts M",
        y_label=y_label,
        unit=unit,
    )


def diversity(table: pd.DataFrame) -> Intervals:
    """Accuracy by the number of experts, for more and more diverse tasks."""
    return _diversity(
        table,
        "diversity",
        "accuracy",
        "More families: are more experts needed?",
        "Test accuracy by number of experts M and of families",
        ACCURACY,
        " %",
    )


def diversity_k(table: pd.DataFrame) -> Intervals:
    """Experts that a task uses, by the number of experts, for more and more diverse tasks."""
    return _diversity(
        table,
        "diversity_k",
        "mean_k",
        "More families: does a task use more experts?",
        "Expected experts k of a task by number of experts M and of families",
        "expected experts k of a task",
        "",
    )


def two_layers(table: pd.DataFrame) -> Intervals:
    """Accuracy with one and two gating layers."""
    layers = levels_of(table, "gating_layers")
    # A run has a row for each gating layer, all of one accuracy.
    runs = table[table["layer"] == 1]
    return intervals(
        table,
        "two_layers",
        one(by_strategy(runs, "accuracy", "gating_layers", layers)),
        ["one layer" if count == 1 else "two layers" for count in layers],
        title="Two gating layers, one above the other",
        said="Test accuracy by number of gating layers",
        caption="Of two layers each has experts of a single layer of units, so that a picture "
        f"passes as many units either way. {over_seeds(runs)}",
        x_label="gating layers",
        y_label=ACCURACY,
        unit=" %",
    )


def two_layers_structure(table: pd.DataFrame) -> Intervals:
    """How well each gating layer's gates show the families."""
    gated = table[table["strategy"] == "gated"]
    places = {(1, 1): "the only layer", (2, 1): "lower of two", (2, 2): "upper of two"}
    found = set(zip(gated["gating_layers"], gated["layer"], strict=True))
    shown = [place for place in places if place in found]
    groups = [
        gated.loc[(gated["gating_layers"] == layers) & (gated["layer"] == layer), "rand_index"]
        for layers, layer in shown
    ]
    return intervals(
        table,
        "two_layers",
        one([mean_series("gated", groups)], [_CHANCE]),
        [places[place] for place in shown],
        name="two_layers_structure",
        title="Which layer's gates show the families?",
        said="Adjusted Rand index by gating layer",
        caption=f"{_INDEX} {over_seeds(gated)}",
        x_label="gating layer",
        y_label=RAND,
        decimals=2,
    )
