"""Gates as heat maps: task by expert, and which tasks choose alike; Fig. 3.3."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import Heatmap, Turns
from mtlkit.lessons.gated_experts.views.common import command, told_of
from mtlkit.metrics.task_structure import (
    adjusted_rand_index,
    by_similarity,
    gate_correlation,
    within_minus_between,
)

Gates = Float[np.ndarray, "task expert"]
Families = Int[np.ndarray, " task"]
"""The true family of each task, from 1; 0 where nobody knows."""


def task_names(families: Families) -> list[str]:
    """Each task with its family, where that is known."""
    return [
        f"family {family}, task {task}" if family else f"task {task}"
        for task, family in enumerate(families.tolist(), start=1)
    ]


def gate_map(
    gates: Gates,
    families: Families,
    *,
    order: Sequence[int] | None = None,
    name: str,
    title: str,
    caption: str,
    command: str,
    turns: str = "",
) -> Heatmap:
    """The probability that a task uses an expert.

    Parameters
    ----------
    order
        Of the rows, as places among the tasks; None: as they are numbered.
    turns
        The view knob that a click on a row sets to its task; empty: none.
    """
    places = list(range(len(gates))) if order is None else list(order)
    names = task_names(families)
    density = gates.sum(1)
    sure = 100 * np.mean((gates < 0.1) | (gates > 0.9))
    return Heatmap(
        name=name,
        title=title,
        alt=f"Probability of {gates.shape[1]} experts for each of {len(gates)} tasks. A task "
        f"expects to use {density.mean():.1f} experts on average, {density.min():.1f} to "
        f"{density.max():.1f}; {sure:.0f} % of the gates are below 0.1 or above 0.9.",
        caption=caption,
        command=command,
        x_label="expert",
        y_label="task",
        columns=[str(expert) for expert in range(1, gates.shape[1] + 1)],
        rows=[names[place] for place in places],
        values=gates[places],
        quantity="probability of use",
        span=(0.0, 1.0),
        turns=Turns(turns, [place + 1 for place in places]) if turns else None,
    )


def correlation_map(
    gates: Gates,
    families: Families,
    *,
    order: Sequence[int] | None = None,
    name: str,
    title: str,
    caption: str,
    command: str,
    turns: str = "",
) -> Heatmap:
    """Above the diagonal how alike tasks choose, below it who is of one family in truth.

    Parameters as for `gate_map`. Where families are not known both halves are the correlation.
    """
    places = list(range(len(gates))) if order is None else list(order)
    found = gate_correlation(gates.astype(np.float64))
    known = _known(families)
    truth = (families[:, None] == families[None, :]).astype(float) if known else found
    upper = np.triu(np.ones(found.shape, bool))
    shown = np.where(upper, found[places][:, places], truth[places][:, places])
    names = task_names(families)
    told = f"Correlation of gate probabilities between {len(gates)} tasks."
    if known:
        told += (
            " On average tasks of one family correlate by "
            f"{within_minus_between(found, families):.2f} more than tasks of different ones; "
            f"the adjusted Rand index is {adjusted_rand_index(found, families):.2f}."
        )
        caption = (
            "Above the diagonal the correlation, below it the truth: 1 for tasks of one family. "
            f"Were the families found, the halves would mirror each other. {caption}"
        )
    return Heatmap(
        name=name,
        title=title,
        alt=told,
        caption=caption,
        command=command,
        x_label="task",
        y_label="task",
        columns=[str(place + 1) for place in places],
        rows=[names[place] for place in places],
        values=shown,
        quantity="correlation; below: same family" if known else "correlation",
        centre=0.0,
        span=(-1.0, 1.0),
        turns=Turns(turns, [place + 1 for place in places]) if turns else None,
    )


def _known(families: Families) -> bool:
    """Whether there are families that can be found: several, one of them of several tasks."""
    different = len(np.unique(families))
    return bool(families.any()) and 1 < different < len(families)


def gates_of(rows: pd.DataFrame) -> tuple[Gates, Families]:
    """The gates of one seed, strategy and layer as a matrix, and the tasks' families."""
    gates = rows.pivot(index="task", columns="expert", values="probability").to_numpy(float)
    families = rows.groupby("task")["family"].first().to_numpy(np.int64)
    return gates, families


_SIZES = {"small": 0, "large": -1}


def _shown(table: pd.DataFrame, size: str) -> tuple[int, int, Gates, Families]:
    """Pictures of a task, the first seed, and its gates."""
    images = levels_of(table, "images")[_SIZES[size]]
    rows = table[table["images"] == images]
    seed = levels_of(rows, "seed")[0]
    return images, seed, *gates_of(rows[rows["seed"] == seed])


def _figure_3_3(table: pd.DataFrame, size: str) -> Heatmap:
    images, seed, gates, families = _shown(table, size)
    return gate_map(
        gates,
        families,
        order=by_similarity(gate_correlation(gates)).tolist(),
        name="figure_3_3" if size == "large" else "figure_3_3_small",
        title=f"Fig. 3.3, left: the gates after training on {images} pictures of each task",
        caption=told_of(
            table,
            f"Seed {seed}, λ = 0.1. Tasks that choose alike stand together; the order knows "
            "nothing of the families.",
        ),
        command=command("figure_3_3"),
    )


def _figure_3_3_correlation(table: pd.DataFrame, size: str) -> Heatmap:
    images, seed, gates, families = _shown(table, size)
    return correlation_map(
        gates,
        families,
        order=by_similarity(gate_correlation(gates)).tolist(),
        name="figure_3_3_correlation" if size == "large" else "figure_3_3_correlation_small",
        title=f"Fig. 3.3, right: who chooses alike, after {images} pictures of each task",
        caption=told_of(table, f"Seed {seed}, λ = 0.1, tasks in the order of the gates."),
        command=command("figure_3_3"),
    )


def figure_3_3(table: pd.DataFrame) -> Heatmap:
    """Task by expert, trained on the larger data."""
    return _figure_3_3(table, "large")


def figure_3_3_small(table: pd.DataFrame) -> Heatmap:
    """Task by expert, trained on the smaller data."""
    return _figure_3_3(table, "small")


def figure_3_3_correlation(table: pd.DataFrame) -> Heatmap:
    """Task by task, trained on the larger data."""
    return _figure_3_3_correlation(table, "large")


def figure_3_3_correlation_small(table: pd.DataFrame) -> Heatmap:
    """Task by task, trained on the smaller data."""
    return _figure_3_3_correlation(table, "small")
