"""Lesson 01's pictures: from study tables and results to panels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs
import pandas as pd
from jaxtyping import Float
from torch import Tensor

from mtlkit.core.interval import mean_interval
from mtlkit.core.result import Result
from mtlkit.data.printed import printed_table
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.palette import styles, task_key
from mtlkit.explore.panels import (
    ColumnGroup,
    CurveFacet,
    Curves,
    IntervalFacet,
    Intervals,
    Line,
    Panel,
    Points,
    Reference,
    Series,
    Table,
)
from mtlkit.explore.summaries import mean_line, mean_series
from mtlkit.lessons.noisy_polynomials.config import STRATEGIES, PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import draw

_SHOWN_POINTS = 120


def _command(study: str) -> str:
    return f"mtlkit reproduce noisy_polynomials {study}"


def _levels(rows: pd.DataFrame, column: str) -> list[int]:
    return sorted(rows[column].unique().tolist())


def _by_strategy(
    rows: pd.DataFrame, column: str, over: str, levels: Sequence[object]
) -> list[Series]:
    """A series for each strategy there is: the column at each level, one value per seed."""
    return [
        mean_series(
            strategy,
            [part.loc[part[over] == level, column] for level in levels],
            geometric=column.endswith("clean_error"),
        )
        for strategy in STRATEGIES
        if len(part := rows[rows["strategy"] == strategy])
    ]


def table_4_1(table: pd.DataFrame) -> Table:
    """The source's Table 4.1 with ours beside it: mean and half-width of the 95 % interval."""
    printed = printed_table("nahm2020_table_4_1").set_index("tasks")
    rows = table[(table["strategy"] == "learned_kendall") & (table["noise_kind"] == "variance")]
    counts = _levels(rows, "tasks")
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
        command=_command("table_4_1"),
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
    counts = _levels(table, "tasks")
    levels = list(range(1, max(counts) + 1))
    readings = {"variance": "σᵢ² = i (as printed)", "std": "σᵢ = i (the notebook's)"}
    ratio = table.assign(ratio=table["estimate"] / table["true_noise"])
    most = ratio[ratio["tasks"] == max(counts)]
    series = {
        kind: _by_strategy(most[most["noise_kind"] == kind], "ratio", "task", levels)
        for kind in readings
    }
    printed = printed_table("nahm2020_table_4_1").set_index("tasks")
    source = [printed[f"sigma2_{task}"][max(counts)] / task for task in levels]
    series["variance"][0] = attrs.evolve(series["variance"][0], printed=source)
    return Intervals(
        name="estimate_ratios",
        title=f"What the uncertainty becomes, with {max(counts)} tasks at degree 10",
        alt="Estimated over true noise variance: about 1 for Kendall's form in every task, about "
        "one half for the form as printed.",
        caption="Kendall's form rests at the mean squared error, the printed one at half of it. "
        "Diamonds: Table 4.1's last row. Intervals: 95 % over seeds.",
        command=_command("table_4_1"),
        x_label="task",
        y_label="estimated / true noise variance",
        categories=[str(level) for level in levels],
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


def _clean_errors_of_task_1(
    study: str,
    title: str,
    alt: str,
    caption: str,
    x_label: str,
    over: str,
    pictures: Mapping[str, pd.DataFrame],
) -> Intervals:
    """Clean test error of task 1 by strategy against a column, one facet a table."""
    levels = _levels(pd.concat(pictures.values()), over)
    return Intervals(
        name=study,
        title=title,
        alt=alt,
        caption=f"{caption} Lower is better. Geometric means; intervals: 95 % over seeds.",
        command=_command(study),
        x_label=x_label,
        y_label="clean error of task 1 (units of y²)",
        log_y=True,
        categories=[str(level) for level in levels],
        facets=[
            IntervalFacet(
                title=name,
                series=_by_strategy(rows[rows["task"] == 1], "test_clean_error", over, levels),
            )
            for name, rows in pictures.items()
        ],
    )


def _by_degree(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {f"degree {d}": table[table["degree"] == d] for d in _levels(table, "degree")}


def figure_4_2(table: pd.DataFrame) -> Intervals:
    """Clean error of task 1 as tasks are added, each noisier than the last."""
    return _clean_errors_of_task_1(
        "figure_4_2",
        "Fig. 4.2 on task 1's clean error: does it help to add noisier tasks?",
        "Clean error of task 1 against the number of tasks, by strategy, one picture for each "
        "degree.",
        "Task i has noise variance i. The error is the distance to the true polynomial on test "
        "points, so that noise is not in the measure.",
        "number of tasks T",
        "tasks",
        _by_degree(table),
    )


def figure_4_2_as_plotted(table: pd.DataFrame) -> Intervals:
    """The source's own measure: least noisy validation loss, averaged over the tasks."""
    counts = _levels(table, "tasks")
    keys = ["degree", "tasks", "strategy", "seed"]
    mean = table.groupby(keys, as_index=False)["validation_noisy_loss"].mean()
    floor = Series(key="truth", label="the noise alone", values=[(c + 1) / 2 for c in counts])
    return Intervals(
        name="figure_4_2_as_plotted",
        title="Fig. 4.2 as the source measures it: the noisy validation loss",
        alt="Mean noisy validation loss against the number of tasks: all strategies lie on the "
        "rising line of the noise alone.",
        caption="It rises with T by construction: even the true polynomials would score (T + 1)/2. "
        "Intervals: 95 % over seeds.",
        command=_command("figure_4_2"),
        x_label="number of tasks T",
        y_label="noisy validation loss (mean over tasks)",
        categories=[str(count) for count in counts],
        facets=[
            IntervalFacet(
                title=f"degree {degree}",
                series=[
                    *_by_strategy(
                        mean[mean["degree"] == degree], "validation_noisy_loss", "tasks", counts
                    ),
                    floor,
                ],
            )
            for degree in _levels(table, "degree")
        ],
    )


def figure_4_3(table: pd.DataFrame) -> Intervals:
    """Clean error of task 1 beside an ever noisier third task."""
    return _clean_errors_of_task_1(
        "figure_4_3",
        "Fig. 4.3: one task ever noisier, seen from task 1",
        "Clean error of task 1 against the third task's noise, learned and equal weights, for "
        "each degree and each reading of the source's noise.",
        "The source fixes the second task's noise at 2 in one sentence and at 1 in another; both "
        "are here.",
        "noise variance x of task 3",
        "noise_3",
        {
            f"{degree}, noise {series}": rows[rows["series"] == series]
            for series in table["series"].unique()
            for degree, rows in _by_degree(table).items()
        },
    )


def frozen_heads(table: pd.DataFrame, trained: pd.DataFrame | None = None) -> Intervals:
    """Clean error of task 1 with heads left at their start; beside trained ones if given."""
    degree = table["degree"].iloc[0]
    pictures = {"heads left at their start": table}
    if trained is not None:
        pictures["heads trained"] = trained[
            (trained["degree"] == degree) & trained["strategy"].isin(table["strategy"].unique())
        ]
    return _clean_errors_of_task_1(
        "frozen_heads",
        f"Degree {degree}, with and without training the heads",
        "Clean error of task 1 against the number of tasks, with frozen and with trained heads.",
        "The author's notebook keeps its heads in a plain list, so they never learn.",
        "number of tasks T",
        "tasks",
        pictures,
    )


FIGURES: Mapping[str, Drawing] = {
    "table_4_1": Drawing(table_4_1, ("table_4_1",)),
    "estimate_ratios": Drawing(estimate_ratios, ("table_4_1",)),
    "figure_4_2_as_plotted": Drawing(figure_4_2_as_plotted, ("figure_4_2",)),
    "figure_4_2": Drawing(figure_4_2, ("figure_4_2",)),
    "figure_4_3": Drawing(figure_4_3, ("figure_4_3",)),
    "frozen_heads": Drawing(frozen_heads, ("frozen_heads", "figure_4_2")),
}


def objectives(
    s: Float[Tensor, " point"], curves: Mapping[str, Float[Tensor, " point"]], mse: float
) -> Curves:
    """Objectives as functions of the uncertainty s, for a fixed mean squared error."""
    return Curves(
        name="objectives",
        title=f"The objective as a function of s, for a mean squared error of {mse:g}",
        alt="One curve a form of the loss, each with a single valley: Kendall's lies at the mean "
        "squared error, the printed one's at half of it.",
        caption="Where is each curve lowest? Compare with the mean squared error.",
        x_label="uncertainty s",
        y_label="objective",
        facets=[
            CurveFacet(
                lines=[Line(name, s, curve) for name, curve in curves.items()],
                points=[
                    Points(name, [s[curve.argmin()].item()], [curve.min().item()], "lowest point")
                    for name, curve in curves.items()
                ],
            )
        ],
    )


def _run_command(result: Result) -> str:
    """The command that makes a run's numbers: what differs from the scale `lesson`."""
    config = PolynomialConfig(**result.config)
    changes = config.changes(PolynomialConfig.preset("lesson", tasks=config.tasks))
    settings = " ".join(f"--set {name}={value}" for name, value in changes.items())
    return f"mtlkit run noisy_polynomials {settings} --seeds {len(result.seeds)} --out run"


def over_epochs(result: Result, column: str) -> Curves:
    """`uncertainty` or `weight` of each task over the epochs of a run, mean over its seeds.

    The band is the 95 % interval over the seeds still running at that epoch.
    """
    history = result.tables["history"].dropna(subset=[column])
    strategies = [name for name in STRATEGIES if name in set(history["strategy"])]
    config = PolynomialConfig(**result.config)
    truths = [
        Reference(deviation**2, "true noise", task_key(task))
        for task, deviation in enumerate(config.deviations, start=1)
    ]
    what = {"uncertainty": "uncertainty s (variance)", "weight": "task weight"}[column]
    return Curves(
        name=f"{column}_over_epochs",
        title=f"The {column} of each task while training",
        alt=f"The {column} of each task against the epoch, one picture a strategy"
        + (", with the true noise variances as horizontal lines." if column != "weight" else "."),
        caption=f"Mean of {len(result.seeds)} seeds with its 95 % interval.",
        command=_run_command(result),
        x_label="epoch",
        y_label=what,
        facets=[
            CurveFacet(
                title=styles([strategy])[strategy].label,
                lines=[
                    mean_line(task_key(task), part, column)
                    for task, part in _each_task(history[history["strategy"] == strategy])
                ],
                references=truths if column == "uncertainty" else (),
            )
            for strategy in strategies
        ],
    )


def _each_task(rows: pd.DataFrame) -> Iterable[tuple[int, pd.DataFrame]]:
    return ((task, rows[rows["task"] == task]) for task in _levels(rows, "task"))


def fitted_curves(result: Result, seed: int) -> Curves:
    """Noisy points, the clean polynomial, and what each strategy made of them, for one seed."""
    config = PolynomialConfig(**result.config)
    data = draw(config, seed, "train")
    x = result.arrays[f"curve_x/{seed}"]
    truth = result.arrays[f"curve_clean/{seed}"]
    fitted = {
        name: curve
        for name in config.strategies
        if (curve := result.arrays[f"curve_{name}/{seed}"]).ndim == 2
    }
    return Curves(
        name="fitted_curves",
        title=f"Fitted curves, seed {seed}",
        alt="Noisy points, the true polynomial and the fitted curves, one picture a task.",
        caption=f"{_SHOWN_POINTS} of {config.n_train:,} training points; the fits are those of "
        "the best epoch.",
        command=_run_command(result),
        x_label="x",
        y_label="y",
        facets=[
            CurveFacet(
                title=f"task {task + 1}, noise variance {deviation**2:g}",
                points=[
                    Points(
                        "data",
                        data.x[:_SHOWN_POINTS].numpy(),
                        data.noisy[task, :_SHOWN_POINTS].numpy(),
                        "noisy data",
                    )
                ],
                lines=[
                    Line("truth", x, truth[task]),
                    *(Line(name, x, curve[task]) for name, curve in fitted.items()),
                ],
            )
            for task, deviation in enumerate(config.deviations)
        ],
    )


def errors_by_strategy(result: Result) -> Intervals:
    """Clean test error of each task by strategy, with intervals over seeds."""
    errors = result.tables["errors"]
    test = errors[errors["split"] == "test"]
    tasks = _levels(test, "task")
    return Intervals(
        name="errors_by_strategy",
        title="Clean test error by task and strategy",
        alt="Clean test error of each task, one mark a strategy.",
        caption=f"Geometric mean of {len(result.seeds)} seeds; intervals: 95 %. Lower is better.",
        command=_run_command(result),
        x_label="task",
        y_label="clean error (units of y²)",
        log_y=True,
        categories=[str(task) for task in tasks],
        facets=[IntervalFacet(series=_by_strategy(test, "clean_error", "task", tasks))],
    )


RUN_FIGURES: Mapping[str, Callable[[Result], Panel]] = {
    "uncertainty_over_epochs": lambda result: over_epochs(result, "uncertainty"),
    "weight_over_epochs": lambda result: over_epochs(result, "weight"),
    "fitted_curves": lambda result: fitted_curves(result, result.seeds[0]),
    "errors_by_strategy": errors_by_strategy,
}
