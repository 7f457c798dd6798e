"""Fig. 1.1 and what was turned around it: the accuracy of each architecture."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_series, told
from mtlkit.lessons.sharing_architectures.views.common import (
    ACCURACY,
    MAJORITY_CLASS,
    by_strategy,
    capped,
    command,
    counted,
    of_runs,
    overlaps_of,
    percents,
    strategies_of,
)

_READ = "Mean over tasks, at the step with the fewest wrong validation answers."

_READINGS = {"accuracy": "best by validation", "accuracy_at_end": "last step"}
"""By column of a study's table: at which step its accuracy was read."""


def _learnable(learnability: pd.DataFrame, bits: int) -> Reference:
    """What a single task learns from plenty of strings; of parities of (nearly) so many bits."""
    nearest = min(levels_of(learnability, "bits"), key=lambda each: abs(each - bits))
    rows = learnability[learnability["bits"] == nearest]
    return Reference(100 * rows["accuracy"].mean(), "one task, 50,000 strings", "truth")


def _two_settings(
    study: str, title: str, table: pd.DataFrame, learnable: Reference, caption: str
) -> Intervals:
    facets = []
    for words, rows in overlaps_of(table):
        names = strategies_of(rows)
        runs = {
            column: of_runs(rows.assign(percent=100 * rows[column]), (), "percent")
            for column in _READINGS
        }
        series = [
            mean_series(
                name, [part.loc[part["strategy"] == name, "percent"] for part in runs.values()]
            )
            for name in names
        ]
        facets.append(
            IntervalFacet(
                title=words, series=capped(series), references=[learnable, MAJORITY_CLASS]
            )
        )
    categories = list(_READINGS.values())
    words = ". ".join(
        f"With {facet.title}: {told(facet.series, ['best', 'end'], unit=' %')}" for facet in facets
    )
    return Intervals(
        name=study,
        title=title,
        alt="Test accuracy of each architecture, at the best step by validation and at the end. "
        f"{words}. The majority class is {MAJORITY_CLASS.value:g} % of the strings; one task with "
        f"50,000 strings reaches {learnable.value:.1f} %.",
        caption=f"{caption} Mean over both tasks and {counted(table['seed'].nunique())}. "
        f"{OVER_SEEDS} At {MAJORITY_CLASS.value:g} % nothing was learnt.",
        command=command(study),
        x_label="when it was read",
        y_label=ACCURACY,
        categories=categories,
        facets=facets,
    )


def figure_1_1(table: pd.DataFrame, learnability: pd.DataFrame) -> Intervals:
    """Accuracy by architecture, where tasks share features and where they do not.

    Parameters
    ----------
    table, learnability
        The studies of these names; the second says what there is to learn.
    """
    return _two_settings(
        "figure_1_1",
        "Fig. 1.1: which architecture, with shared and with separate features?",
        table,
        _learnable(learnability, 5),
        "Parities of five bits, 1,500 strings.",
    )


def nine_bits(table: pd.DataFrame, learnability: pd.DataFrame) -> Intervals:
    """The same with the parities that the source prints."""
    return _two_settings(
        "nine_bits",
        "Fig. 1.1 with nine bits, as printed",
        table,
        _learnable(learnability, 9),
        "Parities of nine bits, 12,000 strings, 3,000 steps, weight decay 1.",
    )


def figure_1_1_paired(table: pd.DataFrame) -> Intervals:
    """Fig. 1.1's runs: each architecture minus separate backbones, seed by seed."""
    runs = percents(table, ("overlap",))
    alone = runs.loc[runs["strategy"] == "separate", ["overlap", "seed", "percent"]]
    runs = runs.merge(alone, on=["overlap", "seed"], suffixes=("", "_alone"))
    runs["gain"] = runs["percent"] - runs["percent_alone"]
    settings = overlaps_of(runs)
    categories = [words for words, _ in settings]
    names = [name for name in strategies_of(runs) if name != "separate"]
    series = [
        mean_series(
            name,
            [rows.loc[rows["strategy"] == name, "gain"] for _, rows in settings],
        )
        for name in names
    ]
    return Intervals(
        name="figure_1_1_paired",
        title="Fig. 1.1's runs: each architecture against separate backbones, seed by seed",
        alt="Test accuracy minus that of separate backbones, in percentage points: "
        f"{told(series, categories)}.",
        caption="All start alike, with the same strings in the same order. Above 0 an architecture "
        f"is better than separate backbones. {_READ} {counted(table['seed'].nunique())}. "
        f"{OVER_SEEDS}",
        command=command("figure_1_1"),
        x_label="what the tasks have in common",
        y_label="difference (percentage points)",
        categories=categories,
        facets=[IntervalFacet(series=series, references=[Reference(0, "separate backbones")])],
    )


def learnability(table: pd.DataFrame) -> Intervals:
    """What one task learns from plenty of strings, by the bits of its parity."""
    bits = levels_of(table, "bits")
    runs = percents(table, ("bits",))
    series = [
        mean_series(
            "hard_sharing",
            [runs.loc[runs["bits"] == each, "percent"] for each in bits],
            label="one task, one backbone",
        )
    ]
    categories = [str(each) for each in bits]
    return Intervals(
        name="learnability",
        title="Can it be learnt at all? One task and 50,000 strings",
        alt=f"Test accuracy by bits of the parity: {told(series, categories, unit=' %')}.",
        caption=f"One task alone. {counted(table['seed'].nunique())}. {OVER_SEEDS} At "
        f"{MAJORITY_CLASS.value:g} % nothing was learnt.",
        command=command("learnability"),
        x_label="bits of the parity",
        y_label=ACCURACY,
        categories=categories,
        facets=[IntervalFacet(series=capped(series), references=[MAJORITY_CLASS])],
    )


@attrs.frozen
class _Sweep:
    """A study of which one knob was turned, with shared and with separate features."""

    study: str
    title: str
    column: str
    x_label: str
    caption: str
    said: Callable[[int], str] = str

    def draw(self, table: pd.DataFrame) -> Intervals:
        levels = levels_of(table, self.column)
        runs = percents(table, ("overlap", self.column))
        facets = [
            IntervalFacet(
                title=words,
                series=capped(by_strategy(rows, "percent", self.column, levels)),
                references=[MAJORITY_CLASS],
            )
            for words, rows in overlaps_of(runs)
        ]
        categories = [self.said(level) for level in levels]
        words = ". ".join(
            f"With {facet.title}: {told(facet.series, categories, unit=' %')}" for facet in facets
        )
        return Intervals(
            name=self.study,
            title=self.title,
            alt=f"Test accuracy by {self.x_label}. {words}.",
            caption=f"{self.caption} {_READ} {counted(table['seed'].nunique())}. {OVER_SEEDS}",
            command=command(self.study),
            x_label=self.x_label,
            y_label=ACCURACY,
            categories=categories,
            facets=facets,
        )


def _thousands(count: int) -> str:
    return f"{count:,}"


strings = _Sweep(
    "strings",
    "How many strings does each architecture need?",
    "n_train",
    "number of training strings",
    "Parities of five bits. Distances on the axis mean nothing.",
    _thousands,
).draw
"""Accuracy by the number of training strings."""

bits = _Sweep(
    "bits",
    "Longer parities from 2,000 strings",
    "bits",
    "bits of the parity",
    "2,000 training strings.",
).draw
"""Accuracy by the length of the parity."""

width = _Sweep(
    "width",
    "Is it a matter of capacity? Wider and narrower backbones",
    "width",
    "units of a backbone",
    "Parities of five bits, 1,500 strings.",
).draw
"""Accuracy by the width of the backbones."""

steps = _Sweep(
    "steps",
    "Is it a matter of time? Shorter and longer training",
    "steps",
    "training steps",
    "Parities of five bits, 1,500 strings.",
    _thousands,
).draw
"""Accuracy by the length of the training."""

task_counts = _Sweep(
    "task_counts",
    "More tasks: accuracy",
    "tasks",
    "number of tasks",
    "Parities of five bits; the same 1,500 strings for all tasks. A single task has nothing to "
    "share; with shared features the third task asks what the first does.",
).draw
"""Accuracy by the number of tasks."""


def partial_overlap(table: pd.DataFrame) -> Intervals:
    """Accuracy by the share of bits that the tasks have in common."""
    levels = levels_of(table, "overlap")
    series = capped(by_strategy(percents(table, ("overlap",)), "percent", "overlap", levels))
    categories = [f"{level:g}" for level in levels]
    return Intervals(
        name="partial_overlap",
        title="How much must tasks have in common for sharing to help?",
        alt="Test accuracy by overlap of the tasks' bits: "
        f"{told(series, [f'overlap {each}' for each in categories], unit=' %')}.",
        caption="Overlap: the share of a task's six bits (rounded), its switch first, that both "
        "tasks read. Only at 1 do they read the same parity. "
        f"{_READ} {counted(table['seed'].nunique())}. {OVER_SEEDS}",
        command=command("partial_overlap"),
        x_label="share of bits in common",
        y_label=ACCURACY,
        categories=categories,
        facets=[IntervalFacet(series=series, references=[MAJORITY_CLASS])],
    )


def parameters(table: pd.DataFrame) -> Intervals:
    """Learned numbers by the number of tasks: who grows linearly?"""
    counts = levels_of(table, "tasks")
    rows = table.astype({"parameters": float})
    series = [
        attrs.evolve(one, low=None, high=None)
        for one in by_strategy(
            of_runs(rows, ("tasks",), "parameters"), "parameters", "tasks", counts
        )
    ]
    categories = [str(count) for count in counts]
    words = told(series, [f"{count} task{'s' * (count > 1)}" for count in counts], decimals=0)
    return Intervals(
        name="parameters",
        title="More tasks: parameters",
        alt=f"Learned numbers of a network: {words}.",
        caption="Counted, not estimated. One backbone costs the same for any number of tasks, and "
        "a task adds its head; separate backbones grow in proportion to the tasks.",
        command=command("task_counts"),
        x_label="number of tasks",
        y_label="parameters",
        categories=categories,
        facets=[IntervalFacet(series=series, references=[Reference(0, "zero", "data")])],
    )


def soft_strength(table: pd.DataFrame, figure_1_1: pd.DataFrame) -> Intervals:
    """Soft sharing by its strength, between separate backbones and a single one."""
    strengths = levels_of(table, "soft_strength")
    runs = percents(table, ("overlap", "soft_strength"))
    ends = figure_1_1[figure_1_1["seed"].isin(table["seed"].unique())]
    looks = styles(("separate", "hard_sharing"))
    facets = []
    for words, rows in overlaps_of(runs):
        overlap = rows["overlap"].iloc[0]
        beside = percents(ends[ends["overlap"] == overlap], ())
        facets.append(
            IntervalFacet(
                title=words,
                series=capped(by_strategy(rows, "percent", "soft_strength", strengths)),
                references=[
                    Reference(
                        beside.loc[beside["strategy"] == name, "percent"].mean(),
                        looks[name].label,
                        name,
                    )
                    for name in looks
                    if name in set(beside["strategy"])
                ]
                + [MAJORITY_CLASS],
            )
        )
    categories = [f"{strength:g}" for strength in strengths]
    words = ". ".join(
        f"With {facet.title}: {told(facet.series, categories, unit=' %')}; "
        + ", ".join(f"{line.label} {line.value:.1f} %" for line in facet.references[:-1])
        for facet in facets
    )
    return Intervals(
        name="soft_strength",
        title="Soft sharing: a pull towards the mean backbone, weaker and stronger",
        alt=f"Test accuracy by strength of the pull. {words}.",
        caption="Dotted in colour: the same seeds with separate backbones, and with one for all. "
        f"{_READ} {counted(table['seed'].nunique())}. {OVER_SEEDS}",
        command=command("soft_strength"),
        x_label="strength of the pull",
        y_label=ACCURACY,
        categories=categories,
        facets=facets,
    )
