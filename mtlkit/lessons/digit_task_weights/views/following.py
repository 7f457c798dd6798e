"""A run while it trains: uncertainties, weights and accuracies over the epochs."""

from __future__ import annotations

import pandas as pd

from mtlkit.core.result import Result
from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import label, styles, task_key
from mtlkit.explore.panels import CurveFacet, Curves
from mtlkit.explore.summaries import mean_line
from mtlkit.lessons.digit_task_weights.config import STRATEGIES, DigitConfig
from mtlkit.lessons.digit_task_weights.views.common import ERROR, told_of
from mtlkit.lessons.digit_task_weights.views.learning import GOOD, learning_lines

QUANTITIES = {
    "uncertainty": ("uncertainty", "uncertainty s"),
    "weight": ("task weight", "task weight"),
    "noisy_train": ("cross-entropy", "cross-entropy on the noisy training labels (nats)"),
}
"""By column of the table `history`: what it is, and its axis."""


def run_command(result: Result) -> str:
    """The command that makes a run's numbers: what differs from the scale `lesson`."""
    config = DigitConfig(**result.config)
    changes = config.changes(DigitConfig.preset("lesson"))
    settings = "".join(f" --set {name}={value}" for name, value in changes.items())
    return f"mtlkit run digit_task_weights{settings} --seeds {len(result.seeds)} --out run"


def _strategies(history: pd.DataFrame) -> list[str]:
    trained = set(history["strategy"])
    return [name for name in STRATEGIES if name in trained]


def over_epochs(result: Result, column: str) -> Curves:
    """`uncertainty`, `weight` or `noisy_train` of each task over the epochs, by strategy."""
    history = result.tables["history"].dropna(subset=[column])
    quantity, axis = QUANTITIES[column]
    facets = []
    for strategy in _strategies(history):
        rows = history[history["strategy"] == strategy]
        lines = [
            mean_line(task_key(task), rows[rows["task"] == task], column, least=0.0)
            for task in levels_of(rows, "task")
        ]
        facets.append(CurveFacet(title=label(strategy), lines=lines))
    ends = "; ".join(
        f"{facet.title}: " + ", ".join(f"{line.key} {line.y[-1]:.2f}" for line in facet.lines)
        for facet in facets
    )
    return Curves(
        name=f"{'training_loss' if column == 'noisy_train' else column}_over_epochs",
        title=f"The {quantity} of each task while training",
        alt=f"The {quantity} of each task against the epoch, one picture a strategy. At the end: "
        f"{ends}.",
        caption=told_of(
            result.config["data"], f"Mean of {len(result.seeds)} seeds with its 95 % interval."
        ),
        command=run_command(result),
        x_label="epoch",
        y_label=axis,
        facets=facets,
    )


def uncertainty_over_epochs(result: Result) -> Curves:
    """Kendall's uncertainty of each task while training, and twice its cross-entropy."""
    history = result.tables["history"]
    learned = history[history["strategy"] == "learned_kendall"]
    learned = learned.assign(rest=2 * learned["noisy_train"])
    facets = []
    for task in levels_of(learned, "task"):
        rows = learned[learned["task"] == task]
        facets.append(
            CurveFacet(
                title=task_key(task),
                lines=[
                    mean_line("learned_kendall", rows, "uncertainty", label="learned s (Kendall)"),
                    mean_line(
                        "truth", rows, "rest", label="2 × cross-entropy on the training labels"
                    ),
                ],
            )
        )
    ends = "; ".join(
        f"{facet.title}: {facet.lines[0].y[-1]:.2f} and {facet.lines[1].y[-1]:.2f}"
        for facet in facets
    )
    return Curves(
        name="uncertainty_over_epochs",
        title="The uncertainty of each task while training",
        alt="Learned uncertainty and twice the training cross-entropy against the epoch, one "
        f"picture a task. At the end: {ends}.",
        caption=told_of(
            result.config["data"],
            f"Mean of {len(result.seeds)} seeds with its 95 % interval. s starts at 1 and runs "
            "after twice the cross-entropy (CE).",
        ),
        command=run_command(result),
        x_label="epoch",
        y_label="uncertainty s",
        facets=facets,
    )


def learning_curves(result: Result) -> Curves:
    """Wrong answers on clean test labels over the epochs, a line for each strategy."""
    history = result.tables["history"]
    rows = history.assign(percent=100 * (1 - history["accuracy_test"])).dropna(subset=["percent"])
    facet = CurveFacet(lines=learning_lines(rows, geometric=True), references=[GOOD])
    looks = styles(line.key for line in facet.lines)
    ends = ", ".join(f"{looks[line.key].label} {line.y[-1]:.1f} %" for line in facet.lines)
    return Curves(
        name="learning_curves",
        title="Learning curves, on clean test labels",
        alt=f"Test error against the epoch, a line a strategy. At the end: {ends}.",
        caption=told_of(
            result.config["data"],
            f"Mean of the heads, geometric mean of {len(result.seeds)} seeds with its 95 % "
            "interval.",
        ),
        command=run_command(result),
        x_label="epoch",
        y_label=ERROR,
        log_y=True,
        facets=[facet],
    )
