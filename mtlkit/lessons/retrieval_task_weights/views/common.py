"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mtlkit.explore.palette import styles
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.summaries import mean_series, told, with_data
from mtlkit.lessons.retrieval_task_weights.config import STRATEGIES

MAP = "MAP (%)"
BOTH = "MAP, both ways (%)"
POINTS = "difference in MAP (points)"

OVER_SEEDS = "Intervals: 95 % over seeds."

NONE = Reference(0, "no difference")

COLLECTIONS: Mapping[int, str] = {1: "sentences", 2: "tags"}
"""The two tasks: each is retrieval in one collection."""

DIRECTIONS: Mapping[str, str] = {
    "image_to_text": "picture to captions",
    "text_to_image": "caption to pictures",
}

NOISES: Mapping[int, str] = {1: "noise_sentences", 2: "noise_tags"}
"""The column of a study's table that has a task's label noise."""

OWN_NOISE = "label noise σ² of the collection (the other's is 1)"

_DATA = {
    "captioned_scenes": "On generated scenes with generated sentences and tags.",
    "iapr_mirflickr": "On photographs of IAPR TC-12 and MIRFlickr-25K.",
}


def told_of(data: str | pd.DataFrame, caption: str) -> str:
    """A figure's caption with the data set that its numbers are of; see `with_data`."""
    return with_data(_DATA, data, caption)


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce retrieval_task_weights {study}"


def label(strategy: str) -> str:
    """What figures call a way to weight."""
    return styles([strategy])[strategy].label


def strategies_in(rows: pd.DataFrame) -> list[str]:
    """The strategies of a table, in the order of the config."""
    found = set(rows["strategy"])
    return [name for name in STRATEGIES if name in found]


def levels_of(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in order."""
    return sorted(rows[column].unique().tolist())


def in_percent(table: pd.DataFrame) -> pd.DataFrame:
    """MAP in percent, in a column `percent`."""
    return table.assign(percent=100 * table["map"])


def own_noise(table: pd.DataFrame, task: int) -> pd.DataFrame:
    """A task's rows where the other's noise is 1, with its own in a column `noise`."""
    rows = table[(table["task"] == task) & (table[NOISES[3 - task]] == 1)]
    return rows.assign(noise=rows[NOISES[task]])


def both_ways(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The mean of both directions for each seed, in percent, in a column `percent`."""
    names = [*by, "seed"]
    return in_percent(table).groupby(names, sort=False)["percent"].mean().reset_index()


def over_seeds(table: pd.DataFrame) -> str:
    """How many seeds a table has, for its caption."""
    return f"Mean of {table['seed'].nunique()} seeds. {OVER_SEEDS}"


def over_both(table: pd.DataFrame) -> str:
    """The same of a figure of `BOTH`, with what that is."""
    return f"Both ways: the mean of both directions. {over_seeds(table)}"


def at_levels(rows: pd.DataFrame, over: str, levels: Sequence[object], column: str) -> list[Any]:
    """The values of a column at each level of another, one a seed."""
    return [rows.loc[rows[over] == level, column] for level in levels]


def by_strategy(
    rows: pd.DataFrame, over: str, levels: Sequence[object], column: str = "percent"
) -> list[Series]:
    """A series for each strategy there is: a column at each level of another."""
    return [
        mean_series(name, at_levels(rows[rows["strategy"] == name], over, levels, column))
        for name in strategies_in(rows)
    ]


def intervals(
    table: pd.DataFrame,
    study: str,
    facets: Sequence[IntervalFacet],
    categories: Sequence[str],
    *,
    title: str,
    said: str,
    caption: str,
    x_label: str,
    y_label: str,
    name: str = "",
    decimals: int = 1,
    unit: str = "",
    log_y: bool = False,
) -> Intervals:
    """A figure of a study; `said` begins its text for who cannot see it."""
    words = ". ".join(
        (f"{facet.title}: " if facet.title else "") + told(facet.series, categories, decimals, unit)
        for facet in facets
    )
    return Intervals(
        name=name or study,
        title=title,
        alt=f"{said}: {words}.",
        caption=told_of(table, caption),
        command=command(study),
        x_label=x_label,
        y_label=y_label,
        log_y=log_y,
        categories=categories,
        facets=facets,
    )
