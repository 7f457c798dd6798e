"""How many neurons, and how many inputs, does it take?"""

from __future__ import annotations

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import task_key
from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_series, told
from mtlkit.lessons.digit_task_weights.views.common import (
    ERROR,
    by_strategy,
    command,
    of_runs,
    told_of,
)

_SIZES = {
    "width": ("width", "units of the first layer"),
    "components": ("inputs", "principal components"),
}
"""By study: its column, and what that is."""


def _picture(
    study: str, name: str, title: str, table: pd.DataFrame, y_label: str, caption: str
) -> Intervals:
    column, x_label = _SIZES[study]
    sizes = levels_of(table, column)
    categories = [str(size) for size in sizes]
    facets = []
    for noises, part in table.groupby("noises", sort=False):
        if name == study:
            runs = of_runs(
                part.assign(percent=100 * (1 - part["test_accuracy"])), (column,), ["percent"]
            )
            series = by_strategy(runs, "percent", column, sizes)
        else:
            learned = part[part["strategy"] == "learned_kendall"]
            series = [
                mean_series(
                    task_key(task),
                    [
                        learned.loc[
                            (learned["task"] == task) & (learned[column] == size), "uncertainty"
                        ]
                        for size in sizes
                    ],
                )
                for task in levels_of(learned, "task")
            ]
        facets.append(IntervalFacet(title=f"σ² = {noises}", series=series))
    decimals = 1 if name == study else 2
    words = ". ".join(f"{f.title}: {told(f.series, categories, decimals)}" for f in facets)
    return Intervals(
        name=name,
        title=title,
        alt=f"{y_label} by {x_label}. {words}.",
        caption=told_of(table, f"{caption} {table['seed'].nunique()} seeds. {OVER_SEEDS}"),
        command=command(study),
        x_label=x_label,
        y_label=y_label,
        log_y=True,
        categories=categories,
        facets=facets,
    )


_ERROR = (
    ERROR,
    "Lower is better; the axis is logarithmic. Mean of the heads at the epoch chosen on "
    "validation.",
)
_S = "uncertainty s", "Kendall's form, at the epoch chosen on validation; the axis is logarithmic."


def width(table: pd.DataFrame) -> Intervals:
    """The test error by the width of the shared layers."""
    return _picture(
        "width", "width", "How many neurons does it take to read digits?", table, *_ERROR
    )


def width_uncertainty(table: pd.DataFrame) -> Intervals:
    """The uncertainties by the width of the shared layers."""
    return _picture(
        "width",
        "width_uncertainty",
        "How many neurons does it take to learn task weights?",
        table,
        *_S,
    )


def components(table: pd.DataFrame) -> Intervals:
    """The test error by the number of inputs."""
    return _picture(
        "components", "components", "Fewer inputs: how well are digits read?", table, *_ERROR
    )


def components_uncertainty(table: pd.DataFrame) -> Intervals:
    """The uncertainties by the number of inputs."""
    return _picture(
        "components",
        "components_uncertainty",
        "Fewer inputs: what becomes of the uncertainties?",
        table,
        *_S,
    )
