"""A run on strings: accuracies while training and at the end."""

from __future__ import annotations

import attrs
import pandas as pd

from mtlkit.core.result import Result
from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import CurveFacet, Curves, IntervalFacet, Intervals, Line
from mtlkit.explore.summaries import mean_line, told
from mtlkit.lessons.sharing_architectures.views.common import (
    ACCURACY,
    MAJORITY_CLASS,
    by_strategy,
    capped,
    counted,
    run_command,
    strategies_of,
)


def has_begun(result: Result) -> bool:
    """Whether a run has been looked at after its first steps."""
    return bool((result.tables["history"]["epoch"] > 0).any())


def accuracy_over_steps(result: Result) -> Curves:
    """Test accuracy over the steps, a mean over tasks, a line for each architecture.

    Without the look before the first step, where a network guesses; see `has_begun`.
    """
    history = result.tables["history"]
    history = history[history["epoch"] > 0].assign(percent=100 * history["accuracy_test"])
    runs = history.groupby(["strategy", "seed", "epoch"], sort=False)["percent"].mean()
    rows = runs.reset_index()
    lines = [
        _below_100(mean_line(name, rows[rows["strategy"] == name], "percent", least=0.0))
        for name in strategies_of(rows)
    ]
    looks = styles(line.key for line in lines)
    ends = ", ".join(f"{looks[line.key].label} {line.y[-1]:.1f} %" for line in lines)
    return Curves(
        name="accuracy_over_steps",
        title="Test accuracy while training",
        alt=f"Test accuracy against the training step, a line an architecture. Last: {ends}.",
        caption=f"Mean over tasks and {counted(len(result.seeds))} with its 95 % interval. At "
        f"{MAJORITY_CLASS.value:g} % nothing has been learnt.",
        command=run_command(result),
        x_label="step",
        y_label=ACCURACY,
        facets=[CurveFacet(lines=lines, references=[MAJORITY_CLASS])],
    )


def _below_100(line: Line) -> Line:
    """The interval of a mean may reach beyond what a share can be; it ends there."""
    return attrs.evolve(line, high=[min(value, 100.0) for value in line.high or ()])


def accuracy_by_task(result: Result) -> Intervals:
    """Test accuracy of each task by architecture, at the step that validation chooses."""
    accuracy = result.tables["accuracy"]
    test: pd.DataFrame = accuracy[accuracy["split"] == "test"]
    test = test.assign(percent=100 * test["accuracy"])
    tasks = levels_of(test, "task")
    categories = [f"task {task}" for task in tasks]
    series = capped(by_strategy(test, "percent", "task", tasks))
    return Intervals(
        name="accuracy_by_task",
        title="Test accuracy of each task",
        alt=f"Test accuracy by architecture: {told(series, categories, unit=' %')}.",
        caption=f"Mean of {counted(len(result.seeds))}, 95 % intervals, at the step with the "
        f"fewest wrong validation answers. At {MAJORITY_CLASS.value:g} % nothing was learnt.",
        command=run_command(result),
        x_label="task",
        y_label=ACCURACY,
        categories=categories,
        facets=[IntervalFacet(series=series, references=[MAJORITY_CLASS])],
    )
