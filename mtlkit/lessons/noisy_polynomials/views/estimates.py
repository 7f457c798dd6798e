"""Table 4.1: what the learned uncertainty becomes."""

from __future__ import annotations

import attrs
import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.data.printed import printed_table
from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import ColumnGroup, IntervalFacet, Intervals, Reference, Table
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.noisy_polynomials.views.common import by_strategy, command


def table_4_1(table: pd.DataFrame) -> Table:
    """The source's Table 4.1 with ours beside it: mean and half-width of the 95 % interval."""
    printed = printed_table("nahm2020_table_4_1").set_index("tasks")
    rows = table[(table["strategy"] == "learned_kendall") & (table["noise_kind"] == "variance")]
    counts = levels_of(rows, "tasks")
    shown = range(1, max(counts) + 1)
    cells = []
    for tasks in counts:
        ours = [_mean_and_half(rows, tasks, task) for task in shown]
        theirs = [_printed(printed, tasks, task) for task in shown]
        cells.append([f"T = {tasks}", *theirs, *ours])
    heads = [f"task {task}" for task in shown]
    return Table(
        name="table_4_1",
        title="Table 4.1: noise estimates at degree 10 (true variance of task i: i)",
        alt="Printed noise estimates beside ours, for two to five tasks; ours with intervals.",
        caption="Left as printed, right recomputed with Kendall's form: mean over seeds with the "
        "half-width of its 95 % interval.",
        command=command("table_4_1"),
        columns=["", *heads, *heads],
        groups=[
            ColumnGroup("", 1),
            ColumnGroup("nahm2020, Table 4.1", len(heads)),
            ColumnGroup("recomputed", len(heads)),
        ],
        rows=cells,
    )


def _mean_and_half(rows: pd.DataFrame, tasks: int, task: int) -> str:
    values = rows[(rows["tasks"] == tasks) & (rows["task"] == task)]["estimate"].dropna()
    if len(values) < 2:
        return "–"
    interval = mean_interval(values.to_numpy())
    return f"{interval.mean:.3f} ± {interval.high - interval.mean:.3f}"


def _printed(printed: pd.DataFrame, tasks: int, task: int) -> str:
    column = f"sigma2_{task}"
    if tasks not in printed.index or column not in printed or pd.isna(printed[column][tasks]):
        return "–"
    return f"{printed[column][tasks]:.4f}"


def estimate_ratios(table: pd.DataFrame) -> Intervals:
    """Estimate over true variance, for both forms of the loss and both readings of the noise."""
    counts = levels_of(table, "tasks")
    tasks = list(range(1, max(counts) + 1))
    readings = {"variance": "σᵢ² = i (as printed)", "std": "σᵢ = i (the notebook's)"}
    ratio = table.assign(ratio=table["estimate"] / table["true_noise"])
    most = ratio[ratio["tasks"] == max(counts)]
    series = {
        kind: by_strategy(most[most["noise_kind"] == kind], "ratio", "task", tasks)
        for kind in readings
    }
    printed = printed_table("nahm2020_table_4_1").set_index("tasks")
    source = [printed[f"sigma2_{task}"][max(counts)] / task for task in tasks]
    series["variance"][0] = attrs.evolve(series["variance"][0], printed=source)
    return Intervals(
        name="estimate_ratios",
        title=f"What the uncertainty becomes, with {max(counts)} tasks at degree 10",
        alt="Estimated over true noise variance of each task, for both forms of the loss and both "
        "readings of the noise, with lines at 1 and at one half.",
        caption="Kendall's form rests at the mean squared error, the printed one at half of it. "
        "Diamonds: Table 4.1's last row. Intervals: 95 % over seeds.",
        command=command("table_4_1"),
        x_label="task",
        y_label="estimated / true noise variance",
        categories=[str(task) for task in tasks],
        facets=[
            IntervalFacet(
                title=title,
                series=series[kind],
                references=[
                    Reference(1.0, "truth"),
                    Reference(0.5, "half the truth", "learned_printed"),
                ],
            )
            for kind, title in readings.items()
        ],
    )


def estimates_by_tasks(table: pd.DataFrame) -> Intervals:
    """Estimate over true variance for every number of tasks, both forms, both readings."""
    ratio = table.assign(ratio=table["estimate"] / table["true_noise"])
    tasks = levels_of(table, "task")
    return Intervals(
        name="estimates_by_tasks",
        title="What the uncertainty becomes, with two to five tasks at degree 10",
        alt="Estimated over true noise variance of each task, one picture for each number of tasks "
        "and each reading of the noise, for both forms of the loss.",
        caption="A share of 1 is the truth. Intervals: 95 % over seeds.",
        command=command("table_4_1"),
        x_label="task",
        y_label="estimated / true noise variance",
        categories=[str(task) for task in tasks],
        facets=[
            IntervalFacet(
                title=f"{reading}, T = {count}",
                series=by_strategy(
                    ratio[(ratio["noise_kind"] == kind) & (ratio["tasks"] == count)],
                    "ratio",
                    "task",
                    tasks,
                ),
                references=[Reference(1.0, "truth")],
            )
            for kind, reading in (("variance", "σᵢ² = i"), ("std", "σᵢ = i"))
            for count in levels_of(table, "tasks")
        ],
    )


def estimates_by_degree(table: pd.DataFrame) -> Intervals:
    """Estimate over true variance (task i: i) for each degree and number of tasks."""
    learned = table[table["strategy"] == "learned_kendall"]
    ratio = learned.assign(ratio=learned["estimate"] / learned["task"])
    tasks = levels_of(ratio, "task")
    return Intervals(
        name="estimates_by_degree",
        title="What the uncertainty becomes at each degree",
        alt="Estimated over true noise variance of each task, one picture for each degree, a "
        "series for each number of tasks.",
        caption="Kendall's form; task i has variance i. A share of 1 is the truth. Intervals: 95 % "
        "over seeds.",
        command=command("figure_4_2"),
        x_label="task",
        y_label="estimated / true noise variance",
        categories=[str(task) for task in tasks],
        facets=[
            IntervalFacet(
                title=f"degree {degree}",
                series=[
                    mean_series(
                        f"T = {count}",
                        [rows.loc[rows["task"] == task, "ratio"] for task in tasks],
                    )
                    for count, rows in part.groupby("tasks")
                ],
                references=[Reference(1.0, "truth")],
            )
            for degree, part in ratio.groupby("degree")
        ],
    )
