"""A run that has ended: accuracies, confusions, and the shared layers' features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float

from mtlkit.core.result import Result
from mtlkit.explore import embeddings
from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import Embedding, Heatmap, IntervalFacet, Intervals, PointGroup
from mtlkit.explore.summaries import told
from mtlkit.lessons.digit_task_weights.config import STRATEGIES
from mtlkit.lessons.digit_task_weights.views.common import ERROR, by_strategy, told_of
from mtlkit.lessons.digit_task_weights.views.following import run_command

COLOURED = ("true digit", "label given", "flipped or not")
"""What the colours of an embedding can stand for."""

_MOST = 10.0
"""Percent of a class' pictures where the colours of the confusions end."""


def error_by_strategy(result: Result) -> Intervals:
    """Clean test error of each head by strategy, with intervals over seeds."""
    accuracy = result.tables["accuracy"]
    test = accuracy[accuracy["split"] == "test"]
    test = test.assign(percent=100 * (1 - test["accuracy"]))
    tasks = levels_of(test, "task")
    categories = [f"head {task}" for task in tasks]
    series = by_strategy(test, "percent", "task", tasks, geometric=True)
    return Intervals(
        name="error_by_strategy",
        title="Test error of each head, by strategy",
        alt=f"Wrong answers on clean test labels: {told(series, categories, unit=' %')}.",
        caption=told_of(
            result.config["data"],
            f"Geometric mean of {len(result.seeds)} seeds, 95 % intervals, at the epoch with "
            "the lowest noisy validation loss. Every head is asked for the true digit. Lower is "
            "better.",
        ),
        command=run_command(result),
        x_label="head, in the order of the tasks",
        y_label=ERROR,
        log_y=True,
        categories=categories,
        facets=[IntervalFacet(series=series)],
    )


def strategy_of(result: Result, wanted: str = "learned_kendall") -> str:
    """That strategy where it was trained and left arrays, else the first that did."""
    trained = [
        name for name in STRATEGIES if f"confusion_{name}/{result.seeds[0]}" in result.arrays
    ]
    return wanted if wanted in trained or not trained else trained[0]


def confusion(result: Result, strategy: str = "learned_kendall", task: int = 1) -> Heatmap:
    """Which digit a head takes for which, over all seeds; `task` counts from 1.

    The strategy is one of those that leave arrays; of a task that is not there it is the last.
    """
    strategy = strategy_of(result, strategy)
    counts = np.sum(
        [result.arrays[f"confusion_{strategy}/{seed}"] for seed in result.seeds],
        axis=0,
        dtype=float,
    )
    head = min(task, len(counts)) - 1
    of_head = counts[head]
    shares = 100 * of_head / of_head.sum(1, keepdims=True)
    classes = [str(digit) for digit in range(len(shares))]
    wrong = shares - np.diag(np.diag(shares))
    true, taken = np.unravel_index(wrong.argmax(), wrong.shape)
    right = 100 * np.trace(of_head) / of_head.sum()
    label = styles([strategy])[strategy].label
    return Heatmap(
        name="confusion",
        title=f"Which digit is taken for which: head {head + 1}, {label}",
        alt=f"Confusion matrix of head {head + 1}, {label}: {right:.1f} % of the test pictures are "
        f"read right; the most frequent mistake takes {true} for {taken}, "
        f"{wrong[true, taken]:.1f} % of them.",
        caption=told_of(
            result.config["data"],
            f"Percent of the test pictures of each digit, all {len(result.seeds)} seeds. The "
            f"colours end at {_MOST:g} %, so that mistakes can be seen; what is right lies beyond.",
        ),
        command=run_command(result),
        x_label="taken for",
        y_label="true digit",
        columns=classes,
        rows=classes,
        values=shares,
        quantity="of the pictures of that digit",
        unit="%",
        decimals=1,
        span=(0.0, _MOST),
    )


def shared_features(
    result: Result, strategy: str = "learned_kendall"
) -> Float[np.ndarray, "picture feature"] | None:
    """The shared layers' features of the first seed; None where they cannot be told apart."""
    features = result.arrays.get(f"features_{strategy_of(result, strategy)}/{result.seeds[0]}")
    if features is None or len(features) < 3 or not np.isfinite(features).all():
        return None
    return features if np.ptp(features, axis=0).any() else None


def shared_layer(
    result: Result,
    strategy: str = "learned_kendall",
    *,
    method: str = "pca",
    coloured: str = "true digit",
    task: int = 1,
    name: str = "shared_layer",
) -> Embedding:
    """Where the shared layers put some training pictures.

    Parameters
    ----------
    result, strategy
        The first seed's network is shown, of that strategy where it was trained.
    method
        `pca`, `umap` or `tsne`; the last two where they were computed before, else PCA.
    coloured
        One of `COLOURED`.
    task
        Whose labels are meant, counted from 1; of a task that is not there it is the last.
    name
        Of the picture: each on a page has its own.

    Raises
    ------
    UsageError
        If the features cannot be told apart: see `shared_features`.
    """
    seed = result.seeds[0]
    features = result.arrays[f"features_{strategy_of(result, strategy)}/{seed}"]
    noisy = result.arrays[f"noisy/{seed}"]
    shown = min(task, len(noisy))
    clean, given = result.arrays[f"clean/{seed}"], noisy[shown - 1]
    picture = embeddings.at_hand(features, method)
    waiting = "" if picture.final else f" {embeddings.NAMES[method]} follows when it is ready."
    trained = strategy_of(result, strategy)
    label = styles([trained])[trained].label
    wrong = int((clean != given).sum())
    return Embedding(
        name=name,
        title=f"The shared layers' view of {len(clean)} training pictures, {label}",
        alt=f"{len(clean)} training pictures as points, placed by what the shared layers make of "
        f"them, coloured by {coloured}; {wrong} of task {shown}'s labels are flipped.",
        caption=told_of(
            result.config["data"],
            f"Seed {seed}, at its best epoch. Task {shown} was given {wrong} wrong labels "
            f"({100 * wrong / len(clean):.0f} %).{waiting}",
        ),
        command=run_command(result),
        method=picture.method,
        groups=_groups(picture.places, clean, given, coloured),
    )


def _groups(
    places: Float[np.ndarray, "picture 2"],
    clean: np.ndarray,
    given: np.ndarray,
    coloured: str,
) -> list[PointGroup]:
    points = pd.DataFrame(
        {"x": places[:, 0], "y": places[:, 1], "true digit": clean, "label given": given}
    )
    flipped = clean != given
    points["told"] = [
        f"a {digit}, label {label}{' (flipped)' if wrong else ''}"
        for digit, label, wrong in zip(clean, given, flipped, strict=True)
    ]
    points["flipped or not"] = np.where(flipped, "label flipped", "label kept")
    return [
        PointGroup(key=str(key), x=rows["x"], y=rows["y"], told=rows["told"])
        for key, rows in points.groupby(coloured, sort=coloured != COLOURED[2])
    ]
