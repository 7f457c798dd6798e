"""What the claims of this lesson have in common: their form, and what they compare.

MAP is in points (hundredths), by the standard definition, against clean test labels, over the
whole gallery, at the epoch whose loss on noisy validation labels is lowest.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mtlkit.core.claiming import ClaimForm, by_seed
from mtlkit.data.printed import printed_table

LESSON = "retrieval_task_weights"

claim = ClaimForm(LESSON, "nahm2020")

NOTICEABLE = 1.0
"""Points of MAP from which a difference counts."""

DIRECTIONS: Mapping[str, str] = {
    "image_to_text": "image to text",
    "text_to_image": "text to image",
}

COLLECTIONS: Mapping[int, str] = {1: "sentences", 2: "tags"}
"""The tasks; their labels' noise stands in the column `noise_` with that name."""

PRINTED: Mapping[int, str] = {1: "iapr_tc12", 2: "mirflickr25k"}

LEARNED = "learned_kendall"

D = 32


def score(
    table: pd.DataFrame, task: int, level: float | int, column: str = "map", **chosen: object
) -> pd.Series[float]:
    """A task's MAP in points by seed, at a noise of its labels with the other's at 1.

    The mean of both directions unless one is chosen.
    """
    own, other = (f"noise_{COLLECTIONS[one]}" for one in (task, 3 - task))
    rows = table[(table["task"] == task) & (table[own] == level) & (table[other] == 1)]
    for name, value in chosen.items():
        rows = rows[rows[name] == value]
    return 100 * by_seed(rows, column)


def levels(table: pd.DataFrame) -> tuple[float, float]:
    """The least and the greatest noise of a study."""
    found = table["noise_sentences"]
    return float(found.min()), float(found.max())


def printed(task: int, level: int, **chosen: object) -> pd.Series[float]:
    """MAP in points of Table 6.1 by direction and d."""
    table = printed_table("nahm2020_table_6_1")
    rows = table[table["dataset"] == PRINTED[task]]
    for name, value in chosen.items():
        rows = rows[rows[name] == value]
    return 100 * rows.set_index(["direction", "d"])[f"sigma2_{level}"]
