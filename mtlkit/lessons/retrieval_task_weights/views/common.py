"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mtlkit.explore.by_level import series_by_strategy, those_in
from mtlkit.explore.panels import Reference, Series
from mtlkit.explore.study_figures import StudyFigures, over_seeds
from mtlkit.explore.summaries import with_data
from mtlkit.lessons.retrieval_task_weights.config import STRATEGIES

MAP = "MAP (%)"
BOTH = "MAP, both ways (%)"
POINTS = "difference in MAP (points)"

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


def strategies_in(rows: pd.DataFrame) -> list[str]:
    """The strategies of a table, in the order of the config."""
    return those_in(rows, STRATEGIES)


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


def over_both(table: pd.DataFrame) -> str:
    """The same of a figure of `BOTH`, with what that is."""
    return f"Both ways: the mean of both directions. {over_seeds(table)}"


def by_strategy(
    rows: pd.DataFrame, over: str, levels: Sequence[object], column: str = "percent"
) -> list[Series]:
    """A series for each strategy there is: a column at each level of another."""
    return series_by_strategy(rows, STRATEGIES, column, over, levels)


_FIGURES = StudyFigures("retrieval_task_weights", told_of)
command, intervals = _FIGURES.command, _FIGURES.intervals
