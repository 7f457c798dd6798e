"""What lessons write their claims with: a form to fill in, and effects that are paired by seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import numpy as np
import pandas as pd

from mtlkit.core.claim import Cell, Claim, Source
from mtlkit.core.region import Region

Cells = Callable[[pd.DataFrame], Sequence[Cell]]
"""From a study's table to the comparisons of a claim."""


@attrs.frozen
class ClaimForm:
    """Makes the claims of a lesson about one document; call it with the rest of a `Claim`."""

    lesson: str
    document: str

    def __call__(
        self,
        name: str,
        title: str,
        place: str,
        quote: str,
        statement: str,
        study: str | None,
        unit: str,
        region: Region,
        cells: Cells,
        explanation: str,
        *,
        figure: str = "",
        by_construction: bool = False,
    ) -> Claim:
        """A claim; `figure` is named as the study where it is not given."""
        return Claim(
            f"{self.lesson}.{name}",
            self.lesson,
            title,
            Source(self.document, place),
            quote,
            statement,
            study,
            figure or study or "",
            unit,
            region,
            cells,
            explanation,
            by_construction,
        )


def by_seed(rows: pd.DataFrame, column: str) -> pd.Series[float]:
    """A column's mean for each seed (over tasks, where it has them); NaN where one has none."""
    means = rows.groupby("seed")[column].agg(lambda values: values.mean(skipna=False))
    return means.astype(float)


def difference(first: pd.Series[float], second: pd.Series[float], label: str) -> Cell:
    """By how much the first is above the second, for the seeds that both have."""
    shared = first.index.intersection(second.index)
    return Cell(label, tuple((first.loc[shared] - second.loc[shared]).to_numpy(float)))


def doublings(first: pd.Series[float], second: pd.Series[float], label: str) -> Cell:
    """log2(first / second) for the seeds that both have."""
    shared = first.index.intersection(second.index)
    return Cell(label, tuple(np.log2((first.loc[shared] / second.loc[shared]).to_numpy(float))))
