"""Coefficient matrices as heat maps, the truth above what each method found."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int64

from mtlkit.core.result import Result
from mtlkit.explore.palette import label
from mtlkit.explore.panels import Heatmap
from mtlkit.lessons.sharing_architectures.config import LINEAR_METHODS
from mtlkit.lessons.sharing_architectures.views.common import run_command

_MOST_TASKS = 5
_SPAN = 2.0


def coefficients(result: Result) -> Heatmap:
    """Task by input, the truth and each method's estimate under one another.

    The first seed's first tasks. Inputs that matter to more tasks stand further left, so that a
    common support is a bundle of stripes; the colours are the same for all.
    """
    seed = result.seeds[0]
    truth = result.arrays[f"truth/{seed}"]
    order = _order(truth)
    shown = min(_MOST_TASKS, truth.shape[1])
    blocks = {"truth": truth} | {
        label(name): result.arrays[f"coefficients_{name}/{seed}"]
        for name in LINEAR_METHODS
        if f"coefficients_{name}/{seed}" in result.arrays
    }
    rows = [f"{label}, task {task}" for label in blocks for task in range(1, shown + 1)]
    values = np.concatenate([block[order, :shown].T for block in blocks.values()])
    counts = ", ".join(f"{label} {np.count_nonzero(block)}" for label, block in blocks.items())
    return Heatmap(
        name="coefficients",
        title="The coefficients: the truth, and what each method makes of it",
        alt=f"Coefficients of {truth.shape[1]} tasks and {truth.shape[0]} inputs. Not 0: {counts}.",
        caption=f"Seed {seed}, its first {shown} tasks, one block a method. Inputs are ordered by "
        "how many tasks they matter to. Is a column coloured in all tasks of the truth, or in one? "
        f"The colours end at ±{_SPAN:g}.",
        command=run_command(result),
        x_label="input, those of most tasks first",
        y_label="method and task",
        columns=[str(place + 1) for place in order],
        rows=rows,
        values=np.round(values, 2),
        quantity="coefficient",
        centre=0.0,
        span=(-_SPAN, _SPAN),
    )


def _order(truth: Float[np.ndarray, "input task"]) -> Int64[np.ndarray, " input"]:
    """Inputs by how many tasks they matter to, then by the first of these."""
    used = truth != 0
    first = np.where(used.any(1), used.argmax(1), used.shape[1])
    return np.lexsort((first, -used.sum(1)))
