"""A run of linear regressions: errors along each method's path, and where validation stops it."""

from __future__ import annotations

from mtlkit.core.result import Result
from mtlkit.explore.palette import label, styles
from mtlkit.explore.panels import CurveFacet, Curves, IntervalFacet, Intervals, Table
from mtlkit.explore.summaries import mean_line, told
from mtlkit.explore.words import number
from mtlkit.lessons.sharing_architectures.views.common import (
    by_strategy,
    counted,
    run_command,
    strategies_of,
)
from mtlkit.lessons.sharing_architectures.views.regressions import ERROR, NOTHING


def error_along_path(result: Result) -> Curves:
    """Error of the coefficients from the strongest penalty to the weakest, by method."""
    history = result.tables["history"]
    means = history.groupby(["strategy", "seed", "epoch"], sort=False)["coefficient_error"].mean()
    rows = means.reset_index()
    lines = [
        mean_line(name, rows[rows["strategy"] == name], "coefficient_error", least=0.0)
        for name in strategies_of(rows)
    ]
    looks = styles(line.key for line in lines)
    best = ", ".join(
        f"{looks[line.key].label} {min(line.y):.2f} at step {line.x[line.y.index(min(line.y))]:g}"
        for line in lines
    )
    return Curves(
        name="error_along_path",
        title="From a strong penalty to a weak one",
        alt=f"Relative error of the coefficients along each method's path. Lowest: {best}.",
        caption="Each step weakens the penalty by the same factor; step 0 is so strong that "
        "next to nothing is left of the coefficients. Mean over tasks and "
        f"{counted(len(result.seeds))} with its 95 % interval.",
        command=run_command(result),
        x_label="step",
        y_label=ERROR,
        facets=[CurveFacet(lines=lines, references=[NOTHING])],
    )


def error_by_method(result: Result) -> Intervals:
    """Error of the coefficients of each method, where validation chose its strength."""
    found = result.tables["coefficients_error"].assign(read="at the chosen strength")
    series = by_strategy(found, "coefficient_error", "read", ["at the chosen strength"])
    overlap = result.config["overlap"]
    return Intervals(
        name="error_by_method",
        title="How far are the coefficients from the true ones?",
        alt="Relative error of the coefficients by method: "
        f"{told(series, [f'overlap {overlap:g}'], 2)}.",
        caption="|Â - A| / |A| over all tasks, at the strength that is best on validation "
        f"examples. Mean of {counted(len(result.seeds))}, 95 % intervals. Lower is better.",
        command=run_command(result),
        x_label="all tasks",
        y_label=ERROR,
        categories=["at the chosen strength"],
        facets=[IntervalFacet(series=series, references=[NOTHING])],
    )


def what_was_found(result: Result) -> Table:
    """How many coefficients each method kept, and how many of them are right."""
    found = result.tables["coefficients_error"]
    config = result.config
    size = config["inputs"] * config["tasks"]
    sparse = config["coefficients"] == "sparse"
    true = config["relevant"] * config["tasks"] if sparse else size
    rows = []
    for name in strategies_of(found):
        mine = found[found["strategy"] == name]
        rows.append(
            (
                label(name),
                number(mine["coefficient_error"].mean(), 2),
                f"{mine['nonzero'].mean():.0f}",
                f"{100 * mine['precision'].mean():.0f}",
                f"{100 * mine['recall'].mean():.0f}",
                number(mine["test_error"].mean(), 3),
            )
        )
    words = "; ".join(f"{row[0]} {row[2]}" for row in rows)
    return Table(
        name="what_was_found",
        title=f"Which coefficients are not 0? {true} of {size} should be",
        alt=f"Coefficients that are not 0, of {size}: {words}. True: {true}.",
        caption=f"Means of {counted(len(result.seeds))}. Right: of those found, how many are "
        f"truly not 0. Found: of the {true} true ones, how many were found. The noise alone has a "
        f"squared error of {config['noise'] ** 2:g}.",
        command=run_command(result),
        columns=("method", "error", "not 0", "right (%)", "found (%)", "test squared error"),
        rows=rows,
    )
