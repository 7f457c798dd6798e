"""A study is a set of runs with a question, reduced to one tidy table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import pandas as pd

from mtlkit.core.config import Config

SCALES = ("smoke", "lesson", "paper")

Tables = Mapping[str, pd.DataFrame]


@attrs.frozen
class Setting:
    """One config of a study, its number of seeds, and the columns that name it in the table."""

    config: Config
    seeds: int
    labels: Mapping[str, Any]


@attrs.frozen
class Study:
    """Configs x seeds -> one table.

    Parameters
    ----------
    name, title, question
        Its name on the command line, a heading, and what it asks.
    source
        Which table, figure or sentence of the source it recomputes.
    settings
        The settings of a scale.
    reduce
        From one run's tables to its rows (one per seed and more); the setting's labels are put
        before them.
    tolerance
        How far a column's mean over seeds may move in a recomputation elsewhere, as a share of
        the half-width of its 95 % interval over the same seeds; `core.agreement` compares. It
        finds a wrong formula or wrong data, which move means by several half-widths. It cannot
        find seeds that were swapped for others: their means often lie within one.
    loose
        The columns that may move further, each with its share: those that hang on which epoch is
        best. Another rounding makes another best epoch of the same training, so that single seeds
        move much.
    """

    name: str
    title: str
    question: str
    source: str
    settings: Callable[[str], Sequence[Setting]]
    reduce: Callable[[Tables], pd.DataFrame]
    tolerance: float
    loose: Mapping[str, float] = attrs.field(factory=dict)

    def allowed(self, column: str) -> float:
        """How far a column's mean may move, in half-widths."""
        return self.loose.get(column, self.tolerance)


@attrs.frozen
class Progress:
    """How much of a study is done, from 0 to 1, and what is under way."""

    fraction: float
    doing: str
