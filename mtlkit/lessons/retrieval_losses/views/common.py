"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from mtlkit.explore.palette import styles
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.summaries import mean_series, told, with_data
from mtlkit.lessons.retrieval_losses.config import STRATEGIES

RECALL = "recall@10 (%)"
BOTH = "recall@10, both ways (%)"
POINTS = "difference (percentage points)"

OVER_SEEDS = "Intervals: 95 % over seeds."

NONE = Reference(0, "no difference")

DIRECTIONS = {"image_to_text": "picture to captions", "text_to_image": "caption to picture"}
"""The directions of retrieval, in words; in `history` they are tasks 1 and 2."""

STANDARDISED = (
    "Barlow Twins is scored by standardised embeddings, as its loss sees them, all others by the "
    "cosine."
)

_SCORING = {"barlow_twins": "standardised"}

_DATA = {
    "scenes": "On generated scenes with generated captions.",
    "flickr8k_800": "On 800 photographs of Flickr8k.",
    "flickr8k": "On photographs of Flickr8k.",
    "coco": "On photographs of MS COCO.",
}


def told_of(data: str | pd.DataFrame, caption: str) -> str:
    """A figure's caption with the data set that its numbers are of; see `with_data`."""
    return with_data(_DATA, data, caption)


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce retrieval_losses {study}"


def label(strategy: str) -> str:
    """What figures call a loss."""
    return styles([strategy])[strategy].label


def strategies_in(rows: pd.DataFrame, column: str = "strategy") -> list[str]:
    """The losses of a table, in the order of the config."""
    found = set(rows[column])
    return [name for name in STRATEGIES if name in found]


def levels_of(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in order."""
    return sorted(rows[column].unique().tolist())


def scoring_of(strategy: str) -> str:
    """How a loss's embeddings are meant to be scored."""
    return _SCORING.get(strategy, "cosine")


def as_read(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of each loss with the scoring that it is meant to have."""
    return table[table["scoring"] == table["strategy"].map(scoring_of)]


def both_ways(rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Recall at 10 in percent, the mean of both directions, in a column `recall`."""
    means = 100 * rows.groupby([*by, "seed"], sort=False)["recall_10"].mean()
    return means.rename("recall").reset_index()


def recalls(table: pd.DataFrame, over: str) -> pd.DataFrame:
    """`both_ways` of each loss at each level of a column, scored as it is meant to be."""
    return both_ways(as_read(table), [over, "strategy"])


def by_strategy(
    rows: pd.DataFrame, over: str, levels: Sequence[object], column: str = "recall"
) -> list[Series]:
    """A series for each loss there is: a column at each level of another, one value per seed."""
    found = []
    for strategy in strategies_in(rows):
        part = rows[rows["strategy"] == strategy]
        groups = [part.loc[part[over] == level, column] for level in levels]
        found.append(mean_series(strategy, groups))
    return found


def over_seeds(table: pd.DataFrame) -> str:
    """How many seeds a table has, for its caption."""
    return f"Mean of {table['seed'].nunique()} seeds. {OVER_SEEDS}"


def over_both(table: pd.DataFrame) -> str:
    """The same of a figure of `BOTH`, with what that is."""
    return f"Both ways: the mean of both directions. {over_seeds(table)}"


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


def one(series: Sequence[Series], references: Sequence[Reference] = ()) -> list[IntervalFacet]:
    """A single facet."""
    return [IntervalFacet(series=series, references=references)]
