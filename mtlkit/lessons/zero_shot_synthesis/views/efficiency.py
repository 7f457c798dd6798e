"""Sample efficiency: how many epochs, and how many pictures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import CurveFacet, Curves, IntervalFacet, Intervals
from mtlkit.explore.summaries import mean_line
from mtlkit.lessons.zero_shot_synthesis.claims.efficiency import SHARE, epochs_to_level
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    CLOSED,
    by_set,
    by_strategy,
    chance_of,
    command,
    designs_in,
    intervals,
    label,
    look,
    named_set,
    over_seeds,
    percent,
    sets_in,
    some_epochs,
    told_of,
)

ENOUGH = 0.9
"""Of the final accuracy: where a design is said to have learned."""


def ends(facets: list[CurveFacet], decimals: int = 1, unit: str = "") -> str:
    """The last value of every line, in words."""
    return ". ".join(
        (f"{facet.title}: " if facet.title else "")
        + ", ".join(
            f"{line.label or label(line.key)} {line.y[-1]:.{decimals}f}{unit}"
            for line in facet.lines
            if np.isfinite(line.y[-1])
        )
        for facet in facets
    )


def curves(table: pd.DataFrame) -> Curves:
    """Accuracy on unseen test compositions by epoch, a line a design."""
    rows = some_epochs(percent(table, "closed_test"), 2)
    facets = []
    for name in sets_in(rows):
        own = rows[rows["compositions"] == name]
        lines = [
            mean_line(look(design), own[own["strategy"] == design], "closed_test", least=0.0)
            for design in designs_in(own)
        ]
        facets.append(CurveFacet(title=named_set(name), lines=lines))
    return Curves(
        name="curves",
        title="How fast does each design learn?",
        alt=f"Top-1 accuracy among unseen test compositions against the epoch. At the end: "
        f"{ends(facets, 1, ' %')}.",
        caption=told_of(
            table,
            "Top-1 among unseen test compositions only, after every other epoch. The learning rate "
            f"falls to a tenth after three quarters of the epochs. {over_seeds(table)}",
        ),
        command=command("curves"),
        x_label="epoch",
        y_label=CLOSED,
        facets=facets,
    )


def epochs_needed(table: pd.DataFrame) -> pd.DataFrame:
    """The first epoch at which a run has `ENOUGH` of its own final validation accuracy.

    Returns
    -------
    DataFrame
        A row for each run, in the column `epochs`; NaN of one that diverged.
    """
    names = ["compositions", "strategy", "seed"]
    rows = table.sort_values("epoch")
    found = []
    for run, own in rows.groupby(names, sort=False):
        accuracy = own["closed_validation"].to_numpy(float)
        there = accuracy >= ENOUGH * accuracy[-1]
        first = float(own["epoch"].to_numpy()[there.argmax()]) if there.any() else np.nan
        found.append((*run, first))
    return pd.DataFrame(found, columns=[*names, "epochs"])


def curves_epochs(table: pd.DataFrame) -> Intervals:
    """Epochs to nine tenths of a design's own end, and to a level common to all designs."""
    own, common = epochs_needed(table), epochs_to_level(table)
    designs = designs_in(own)
    share, level = f"{100 * ENOUGH:.0f} %", f"{100 * SHARE:.0f} %"
    return intervals(
        table,
        "curves",
        [
            IntervalFacet(title=title, series=by_set(rows, "strategy", designs, "epochs"))
            for title, rows in ((f"{share} of its own end", own), ("a common level", common))
        ],
        [label(name) for name in designs],
        name="curves_epochs",
        title="Epochs until a design has learned",
        said="Epochs to an accuracy by design",
        caption=f"Left: the first epoch at which a run has {share} of its own accuracy at the last "
        "one, on unseen validation compositions; that says nothing of how good the end is. Right: "
        f"on unseen test compositions, {level} of the lowest final accuracy of the designs with "
        f"that seed. {over_seeds(own, 'epochs')}",
        x_label="generator design",
        y_label="epochs",
    )


def images(table: pd.DataFrame) -> Intervals:
    """Accuracy by how many pictures of a seen composition there are."""
    rows = percent(table, "closed")
    levels = levels_of(rows, "per_composition")
    return intervals(
        table,
        "images",
        [
            IntervalFacet(
                series=by_strategy(rows, "per_composition", levels, "closed"),
                references=[chance_of(rows)],
            )
        ],
        [str(level) for level in levels],
        title="How many pictures does each design need?",
        said="Top-1 accuracy among unseen test compositions by pictures of a seen composition",
        caption="The more pictures, the fewer epochs, so that all take about as many steps. Each "
        "number on the axis is about twice the one before. "
        f"{over_seeds(rows, 'closed')}",
        x_label="training pictures of each seen composition (logarithmic)",
        y_label=CLOSED,
        unit=" %",
    )
