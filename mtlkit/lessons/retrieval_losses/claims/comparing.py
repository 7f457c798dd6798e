"""What the claims of this lesson have in common: their form, and what they compare.

Recalls are in percent of the queries, so that their differences are points. All is read on test
pictures at the end of the training, by the cosine, as in the source; where Barlow Twins is scored
by standardised embeddings, that is said. Settings are chosen on validation pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import ClaimForm, by_seed, difference

LESSON = "retrieval_losses"

claim = ClaimForm(LESSON, "epfl_retrieval")

NOTICEABLE = 1.0
"""Points of recall from which a difference counts: five of 500 pictures."""

DIRECTIONS: Mapping[str, str] = {
    "image_to_text": "image to text",
    "text_to_image": "text to image",
}

WORDS: Mapping[str, str] = {
    "sum_triplet": "sum",
    "max_triplet": "max",
    "max_after_sum": "max after a warm-up with the sum",
    "simclr": "SimCLR",
    "simclr_positive": "SimCLR with the positive below",
    "barlow_twins": "Barlow Twins",
}


def read(table: pd.DataFrame, column: str, **chosen: object) -> pd.Series[float]:
    """A column by seed, the mean of both directions unless one is chosen; recalls in percent.

    By the cosine, unless another `scoring` is chosen.
    """
    rows = table
    for name, value in {"scoring": "cosine", **chosen}.items():
        rows = rows[rows[name] == value]
    values = by_seed(rows, column)
    share = column.startswith("recall") or column == "validation_10"
    return 100 * values if share else values


def against(
    table: pd.DataFrame,
    column: str,
    first: str,
    others: Iterable[str],
    sign: int = 1,
    **chosen: object,
) -> list[Cell]:
    """One loss less others in each direction, times a sign."""
    return [
        difference(
            sign * read(table, column, strategy=first, direction=direction, **chosen),
            sign * read(table, column, strategy=other, direction=direction, **chosen),
            f"{words}, against {WORDS[other]}",
        )
        for direction, words in DIRECTIONS.items()
        for other in others
    ]


def best(table: pd.DataFrame, over: str, **chosen: object) -> object:
    """The value of a column whose recall at 10 on validation pictures is highest over the seeds."""
    rows = table
    for name, value in chosen.items():
        rows = rows[rows[name] == value]
    means = rows.groupby(over)["validation_10"].mean()
    return means.index[int(means.argmax())]
