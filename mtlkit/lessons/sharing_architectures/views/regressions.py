"""The linear view's studies: how far the coefficients found are from the true ones."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import told
from mtlkit.lessons.sharing_architectures.views.common import L1_L2, by_strategy, command, counted

ERROR = "relative error of the coefficients"

NOTHING = Reference(1, "all coefficients 0", "data")
"""The relative error of saying nothing."""

_CHOSEN = "Each method at the strength that is best on validation examples."

_SUPPORT = {1.0: "one support for all tasks", 0.0: "a support for each task"}


def crossings(
    table: pd.DataFrame, one: str = "l1_l2", other: str = "lasso"
) -> list[tuple[float, bool]]:
    """The overlaps at which two methods' mean errors cross, between levels by straight lines.

    Returns
    -------
    list of (float, bool)
        Each crossing, and whether the first method is better above it.
    """
    means = table.groupby(["overlap", "strategy"])["coefficient_error"].mean().unstack()
    gap = means[one] - means[other]
    found = []
    for low, high in zip(gap.index[:-1], gap.index[1:], strict=True):
        if (gap[low] < 0) != (gap[high] < 0):
            share = gap[low] / (gap[low] - gap[high])
            found.append((float(low + share * (high - low)), bool(gap[high] < 0)))
    return found


def _crossing_words(table: pd.DataFrame) -> str:
    if not {"l1_l2", "lasso"} <= set(table["strategy"]):
        return ""
    found = crossings(table)
    if not found:
        return f"The means of {L1_L2} and of the lasso do not cross."
    return " ".join(
        f"The means of {L1_L2} and of the lasso cross at an overlap of {at:.2f}: "
        f"{'above' if above else 'below'} it {L1_L2} is better."
        for at, above in found
    )


def linear_overlap(table: pd.DataFrame) -> Intervals:
    """Error by the share of relevant inputs that all tasks have in common."""
    levels = levels_of(table, "overlap")
    series = by_strategy(table, "coefficient_error", "overlap", levels)
    categories = [f"{level:g}" for level in levels]
    crossing = _crossing_words(table)
    return Intervals(
        name="linear_overlap",
        title="When is a common support worth assuming?",
        alt="Relative error of the coefficients by overlap of the supports: "
        f"{told(series, [f'overlap {each}' for each in categories], 2)}. {crossing}",
        caption=f"Ten regressions of 60 inputs, five of which matter, 30 examples each. {crossing} "
        f"{_CHOSEN} {counted(table['seed'].nunique())}. {OVER_SEEDS}",
        command=command("linear_overlap"),
        x_label="share of relevant inputs that all tasks have in common",
        y_label=ERROR,
        categories=categories,
        facets=[IntervalFacet(series=series, references=[NOTHING])],
    )


def _two_supports(
    study: str, title: str, table: pd.DataFrame, column: str, x_label: str, caption: str
) -> Intervals:
    levels: Sequence[int] = levels_of(table, column)
    categories = [str(level) for level in levels]
    facets = [
        IntervalFacet(
            title=_SUPPORT.get(overlap, f"overlap {overlap:g}"),
            series=by_strategy(
                table[table["overlap"] == overlap], "coefficient_error", column, levels
            ),
            references=[NOTHING],
        )
        for overlap in reversed(levels_of(table, "overlap"))
    ]
    words = ". ".join(f"With {f.title}: {told(f.series, categories, 2)}" for f in facets)
    return Intervals(
        name=study,
        title=title,
        alt=f"Relative error of the coefficients by {x_label}. {words}.",
        caption=f"{caption} {_CHOSEN} {counted(table['seed'].nunique())}. {OVER_SEEDS}",
        command=command(study),
        x_label=x_label,
        y_label=ERROR,
        categories=categories,
        facets=facets,
    )


def linear_size(table: pd.DataFrame) -> Intervals:
    """Error by the number of examples."""
    return _two_supports(
        "linear_size",
        "With how many examples is the assumption still worth something?",
        table,
        "n_train",
        "examples of each task",
        "Ten regressions of 60 inputs, five of which matter.",
    )


def linear_tasks(table: pd.DataFrame) -> Intervals:
    """Error by the number of tasks."""
    return _two_supports(
        "linear_tasks",
        "Does every further task help to find the common support?",
        table,
        "tasks",
        "number of tasks",
        "60 inputs, five of which matter, 30 examples a task. The lasso gains nothing from other "
        "tasks but a common strength.",
    )


def linear_spread(table: pd.DataFrame) -> Intervals:
    """Error by how far the tasks' coefficients lie around their mean."""
    spreads = levels_of(table, "spread")
    series = by_strategy(table, "coefficient_error", "spread", spreads)
    categories = [f"{spread:g}" for spread in spreads]
    return Intervals(
        name="linear_spread",
        title="Tasks around a common mean: how near must they be?",
        alt="Relative error of the coefficients by spread of the tasks around their mean: "
        f"{told(series, [f'spread {each}' for each in categories], 2)}.",
        caption="All 60 inputs matter; a task's coefficients are a common vector plus the spread "
        "times one of its own. Pooled: one model for all tasks. Ridge: one for each. "
        f"{_CHOSEN} {counted(table['seed'].nunique())}. {OVER_SEEDS}",
        command=command("linear_spread"),
        x_label="spread of the tasks' coefficients",
        y_label=ERROR,
        categories=categories,
        facets=[IntervalFacet(series=series, references=[NOTHING])],
    )
