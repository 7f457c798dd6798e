"""Fig. 5.4: how fast each strategy learns."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import CurveFacet, Curves, IntervalFacet, Intervals, Line, Reference
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_line, told
from mtlkit.lessons.digit_task_weights.config import STRATEGIES
from mtlkit.lessons.digit_task_weights.views.common import ERROR, by_strategy, command, told_of

_SHOWN = ("learned_kendall", "sum_normalised", "equal", "hand_tuned")
_ENOUGH = 10.0

GOOD = Reference(_ENOUGH, f"{100 - _ENOUGH:g} % right")
"""Where nine of ten pictures are read right, on an axis of errors in percent."""


def figure_5_4(table: pd.DataFrame) -> Curves:
    """Learning curves as the third task gets noisier, one picture for each of its noises."""
    rows = table[table["strategy"].isin(_SHOWN)]
    rows = rows.assign(percent=100 * (1 - rows["accuracy_test"]))
    facets = [
        CurveFacet(
            title=f"σ² of task 3 = {level}",
            lines=learning_lines(part, geometric=True),
            references=[GOOD],
        )
        for level, part in rows.groupby("noise_3")
    ]
    words = "; ".join(f"{f.title}: {_arrivals(f.lines)}" for f in facets)
    return Curves(
        name="figure_5_4",
        title="Fig. 5.4: learning curves as the third task gets noisier",
        alt="Wrong answers on clean test labels against the epoch. Epochs until they are "
        f"{_ENOUGH:g} % at most: {words}.",
        caption=told_of(
            table,
            f"Mean of the heads, geometric mean of {rows['seed'].nunique()} seeds with its "
            "95 % interval. “Learned, sum fixed” has the learned ratios of the weights, but their "
            "sum is held at T: what it is faster by, the step's length had cost.",
        ),
        command=command("figure_5_4"),
        x_label="epoch",
        y_label=ERROR,
        log_y=True,
        facets=facets,
    )


def learning_lines(rows: pd.DataFrame, *, geometric: bool = False) -> list[Line]:
    """A line for each strategy there is: the mean of `percent` over heads and seeds by epoch."""
    runs = rows.groupby(["strategy", "seed", "epoch"], sort=False)["percent"].mean().reset_index()
    return [
        mean_line(strategy, part, "percent", geometric=geometric)
        for strategy in STRATEGIES
        if len(part := runs[runs["strategy"] == strategy])
    ]


def _arrivals(lines: Sequence[Line]) -> str:
    looks = styles(line.key for line in lines)
    found = []
    for line in lines:
        good = [x for x, y in zip(line.x, line.y, strict=True) if y <= _ENOUGH]
        found.append(f"{looks[line.key].label} {f'{good[0]:g}' if good else 'never'}")
    return ", ".join(found)


_MILESTONES = {"epochs_to_90": "until 90 % are right", "epochs_to_converge": "until converged"}


def epochs_needed(table: pd.DataFrame) -> Intervals:
    """Fig. 5.3's runs: epochs until 90 % of the validation pictures are right, and in all."""
    rows = table[(table["reading"] == "mean") & table["strategy"].isin(_SHOWN)]
    levels = levels_of(rows, "noise_3")
    facets = [
        IntervalFacet(
            title=title,
            series=by_strategy(rows.astype({column: float}), column, "noise_3", levels),
        )
        for column, title in _MILESTONES.items()
    ]
    at = [f"σ² = {level}" for level in levels]
    words = ". ".join(f"{facet.title}: {told(facet.series, at)}" for facet in facets)
    return Intervals(
        name="epochs_needed",
        title="Fig. 5.3's runs: how many epochs does it take?",
        alt=f"Epochs by the noise of the third task. {words}.",
        caption=told_of(
            table,
            "Left: the first epoch at which the heads read 90 % of the validation pictures "
            "right, asked for clean labels. Right: until the noisy validation loss has all but "
            f"reached its best. {rows['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command("figure_5_3"),
        x_label="noise σ² of the third task",
        y_label="epochs",
        categories=[str(level) for level in levels],
        facets=facets,
    )
