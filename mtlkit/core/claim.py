"""What a source claims, declared before anything runs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import SupportsFloat

import attrs
import pandas as pd

from mtlkit.core.region import Region


def _numbers(values: Iterable[SupportsFloat]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


@attrs.frozen
class Cell:
    """One comparison of a claim.

    Parameters
    ----------
    label
        Which: "T = 4, degree 10".
    values
        The effect, one number per seed; a paired difference where the seeds are shared. NaN or
        infinite where a seed gave none (it diverged).
    """

    label: str
    values: tuple[float, ...] = attrs.field(converter=_numbers)

    @property
    def usable(self) -> tuple[float, ...]:
        """The values there are."""
        return tuple(filter(math.isfinite, self.values))

    @property
    def lost(self) -> int:
        """How many seeds gave none."""
        return len(self.values) - len(self.usable)


@attrs.frozen
class Source:
    """Where a claim stands: the document ("nahm2020") and the place in it ("Table 4.1")."""

    document: str
    place: str

    def __str__(self) -> str:
        return f"{self.document}, {self.place}"


@attrs.frozen(eq=False)
class Claim:
    """A sentence of a source, in a form that can be put to the test.

    Parameters
    ----------
    id
        The lesson's name, a dot, and a name in small letters, digits and underscores.
    lesson
        The lesson that tests it.
    title
        What is claimed, in a few plain words without symbols.
    source, quote
        Where it stands and the source's own words.
    statement
        What is tested, in a sentence of ours.
    study
        The study of the lesson that is read; None where the effect is worked out from what is
        printed (a table's arithmetic, a formula's algebra).
    figure
        The figure of the lesson that shows it, by its name in the lesson's `views.FIGURES`.
    unit
        The effect's unit; empty for a bare number.
    region
        Where the effect lies if the claim is true.
    cells
        From the study's table to the comparisons, each with one value per seed. Where `study` is
        None it is called with an empty table, and each cell has one exact value.
    explanation
        Why the answer is what it is, or what one must know to read it.
    by_construction
        Whether the set-up makes it come out so, or nearly so, whatever is trained.

    Raises
    ------
    ValueError
        If the id is not of that form, or the title, quote or statement is empty.
    """

    id: str
    lesson: str
    title: str
    source: Source
    quote: str
    statement: str
    study: str | None
    figure: str
    unit: str
    region: Region
    cells: Callable[[pd.DataFrame], Sequence[Cell]]
    explanation: str
    by_construction: bool = False

    def __attrs_post_init__(self) -> None:
        if not re.fullmatch(re.escape(self.lesson) + r"\.[a-z0-9_]+", self.id):
            raise ValueError(f"claim id = {self.id}: allowed is {self.lesson}.name_of_the_claim.")
        if not (self.title.strip() and self.quote.strip() and self.statement.strip()):
            raise ValueError(f"claim {self.id}: it needs a title, a quote and a statement.")
