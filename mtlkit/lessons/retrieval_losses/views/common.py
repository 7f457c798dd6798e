"""What the pictures of this lesson have in common."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from mtlkit.explore.by_level import series_by_strategy, those_in
from mtlkit.explore.panels import Reference, Series
from mtlkit.explore.study_figures import StudyFigures, over_seeds
from mtlkit.explore.summaries import with_data
from mtlkit.lessons.retrieval_losses.config import STRATEGIES

RECALL = "recall@10 (%)"
BOTH = "recall@10, both ways (%)"
POINTS = "difference (percentage points)"

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


def strategies_in(rows: pd.DataFrame, column: str = "strategy") -> list[str]:
    """The losses of a table, in the order of the config."""
    return those_in(rows, STRATEGIES, column)


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
    return series_by_strategy(rows, STRATEGIES, column, over, levels)


def over_both(table: pd.DataFrame) -> str:
    """The same of a figure of `BOTH`, with what that is."""
    return f"Both ways: the mean of both directions. {over_seeds(table)}"


_FIGURES = StudyFigures("retrieval_losses", told_of)
command, intervals = _FIGURES.command, _FIGURES.intervals
