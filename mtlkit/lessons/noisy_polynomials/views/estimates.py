"""Table 4.1: what the learned uncertainty becomes."""

from __future__ import annotations

import attrs
import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.data.printed import printed_table
from mtlkit.explore.panels import ColumnGroup, IntervalFacet, Intervals, Reference, Table
from mtlkit.lessons.noisy_polynomials.views.common import by_strategy, command, levels_of


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
        alt="Estimated over true noise variance: about 1 for Kendall's form in every task, about "
        "one half for the form as printed.",
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
