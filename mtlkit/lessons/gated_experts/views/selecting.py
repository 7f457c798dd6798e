"""Which experts a task keeps after training: Fig. 3.2, and the shift of z."""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import CurveFacet, Curves, Intervals, Line, Points, Reference
from mtlkit.explore.study_figures import one, over_seeds
from mtlkit.explore.summaries import mean_series, paired
from mtlkit.lessons.gated_experts.views.common import (
    ACCURACY,
    POINTS,
    SELECTED,
    command,
    intervals,
    told_of,
)


def _gated(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["strategy"] == "gated"]


def _of(rows: pd.DataFrame, selection: str) -> pd.DataFrame:
    return rows[rows["selection"] == selection]


def _line(key: str, rows: pd.DataFrame, over: str, name: str) -> Line:
    """Mean accuracy against mean experts, a point for each level of a column."""
    found = []
    for _, part in rows.groupby(over):
        interval = mean_interval(part["accuracy"].tolist())
        found.append((part["experts"].mean(), interval.mean, interval.low, interval.high))
    x, y, low, high = zip(*sorted(found), strict=True)
    return Line(key, x, y, low, high, name)


def figure_3_2(table: pd.DataFrame) -> Curves:
    """Accuracy by the number of experts used after training."""
    gated = _gated(table)
    lines: list[Line] = []
    points: list[Points] = []
    for how, name in SELECTED.items():
        rows = _of(gated, how)
        if how == "all":
            means = rows.groupby("penalty")[["experts", "accuracy"]].mean()
            points.append(Points(how, means["experts"], means["accuracy"], name))
        elif len(rows):
            line = _line("gated" if how == "likely" else how, rows, "penalty", name)
            # One band of the gated network: its readings have nearly the same.
            lines.append(line if how == "likely" else attrs.evolve(line, low=None, high=None))
    most = gated["experts_m"].max()
    ungated = table[(table["strategy"] == "ungated") & (table["experts_m"] <= most)]
    lines.append(_line("ungated", ungated, "experts_m", "ungated mixture of M"))
    marks: list[Line | Points] = [*lines, *points]
    words = "; ".join(
        f"{mark.label} "
        + ", ".join(f"{y:.1f} % with {x:.1f}" for x, y in zip(mark.x, mark.y, strict=True))
        for mark in marks
    )
    penalties = ", ".join(f"{value:g}" for value in levels_of(gated, "penalty"))
    return Curves(
        name="figure_3_2",
        title="Fig. 3.2: accuracy by the number of experts used",
        alt=f"Test accuracy against the experts that a task uses after training. {words}.",
        caption=told_of(
            table,
            f"Points along a line are penalties λ ({penalties}), from right to left. Weighed by "
            "probability, the sum of the probabilities counts as experts, yet all are called. "
            f"Mean of {table['seed'].nunique()} seeds, with its 95 % interval for k(t) and for the "
            "ungated mixture.",
        ),
        command=command("figure_3_2"),
        x_label="experts used by a task after training",
        y_label=ACCURACY,
        facets=[CurveFacet(lines=lines, points=points)],
    )


def figure_3_2_paired(table: pd.DataFrame) -> Intervals:
    """k(t) likeliest experts minus each other way to fix them, in the same networks."""
    gated = _gated(table)
    penalties = levels_of(gated, "penalty")
    likely = _of(gated, "likely")
    series = []
    for how, name in SELECTED.items():
        other = _of(gated, how)
        if how == "likely" or not len(other):
            continue
        groups = [
            paired(likely[likely["penalty"] == value], other[other["penalty"] == value], "accuracy")
            for value in penalties
        ]
        series.append(mean_series(how, groups, label=f"minus {name}"))
    return intervals(
        table,
        "figure_3_2",
        one(series, [Reference(0, "no difference")]),
        [f"λ = {value:g}" for value in penalties],
        name="figure_3_2_paired",
        title="The k(t) likeliest experts against other selections, seed by seed",
        said="Accuracy with the k(t) likeliest experts minus that of another selection of the "
        "same network, in percentage points",
        caption="Above 0 the task's own k(t) is better. Nothing is trained anew: it is one network "
        f"read in several ways. {over_seeds(gated)}",
        x_label="penalty of an expert",
        y_label=POINTS,
        decimals=2,
    )


def ungated_by_m(table: pd.DataFrame) -> Intervals:
    """The ungated mixture by its number of experts."""
    rows = table[table["strategy"] == "ungated"]
    counts = levels_of(rows, "experts_m")
    groups = [rows.loc[rows["experts_m"] == count, "accuracy"] for count in counts]
    return intervals(
        table,
        "figure_3_2",
        one([mean_series("ungated", groups)]),
        [str(count) for count in counts],
        name="ungated_by_m",
        title="Fig. 3.2: the ungated mixture, by its number of experts",
        said="Test accuracy of the ungated mixture by its number of experts M",
        caption=f"All M experts are mixed, in training and after it. {over_seeds(rows)}",
        x_label="experts M, all of them mixed",
        y_label=ACCURACY,
        unit=" %",
    )


def shift(table: pd.DataFrame) -> Intervals:
    """How far each way to fix the experts moves z, by penalty."""
    gated = _gated(table)
    penalties = levels_of(gated, "penalty")
    series = []
    for how, name in SELECTED.items():
        rows = _of(gated, how)
        if how == "expected" or not len(rows):
            continue  # the mean of z is then that of the training, by construction
        groups = [rows.loc[rows["penalty"] == value, "shift"] for value in penalties]
        series.append(mean_series("gated" if how == "likely" else how, groups, label=name))
    return intervals(
        table,
        "figure_3_2",
        one(series),
        [f"λ = {value:g}" for value in penalties],
        name="shift",
        title="How far z moves when the experts are fixed",
        said="Shift of z, as a share of its deviation, by selection and penalty",
        caption="The length of the difference between the mean of z with the experts fixed and "
        "its mean over pictures and draws of the gates, as a share of z's deviation; mean over "
        "tasks. Weighed by probability z does not move, by construction, and is left out. "
        f"{over_seeds(gated)}",
        x_label="penalty of an expert",
        y_label="shift of z (share of its deviation)",
        decimals=2,
        log_y=True,
    )


def shift_accuracy(table: pd.DataFrame) -> Curves:
    """What is lost against the best selection of the same networks, over the shift of z."""
    gated = _gated(table)
    means = gated.groupby(["selection", "penalty"])[["shift", "accuracy"]].mean()
    means["lost"] = means.groupby("penalty")["accuracy"].transform("max") - means["accuracy"]
    points = []
    for how, name in SELECTED.items():
        if how in means.index.get_level_values("selection"):
            rows = means.loc[how]
            key = "gated" if how == "likely" else how
            points.append(Points(key, rows["shift"], rows["lost"], name))
    usable = means.dropna()
    words = "; ".join(
        f"{group.label} "
        + ", ".join(f"{y:.1f} at {x:.2f}" for x, y in zip(group.x, group.y, strict=True))
        for group in points
    )
    rank = usable["shift"].rank().corr(usable["lost"].rank()) if len(usable) > 2 else np.nan
    told = "" if np.isnan(rank) else f" The ranks of the two correlate by {rank:.2f}."
    return Curves(
        name="shift_accuracy",
        title="Does a larger shift of z lose more accuracy?",
        alt="Percentage points lost against the best selection of the same networks, over the "
        f"shift of z: {words}.",
        caption=told_of(
            table,
            "One point a selection and penalty, means over tasks and "
            f"{gated['seed'].nunique()} seeds. If the shift were what costs accuracy, points to "
            f"the right would stand higher.{told}",
        ),
        command=command("figure_3_2"),
        x_label="shift of z (share of its deviation)",
        y_label="accuracy lost (percentage points)",
        facets=[CurveFacet(points=points)],
    )
