"""Figures of a lesson's studies: with the command that makes their numbers, told in words too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import pandas as pd

from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.summaries import told

OVER_SEEDS = "Intervals: 95 % over seeds."


def over_seeds(table: pd.DataFrame) -> str:
    """How many seeds a table has, for its caption."""
    return f"Mean of {table['seed'].nunique()} seeds. {OVER_SEEDS}"


def one(series: Sequence[Series], references: Sequence[Reference] = ()) -> list[IntervalFacet]:
    """A single facet."""
    return [IntervalFacet(series=series, references=references)]


@attrs.frozen
class StudyFigures:
    """What the figures of a lesson's studies have in common.

    Parameters
    ----------
    lesson
        Its name on the command line.
    told_of
        From a study's table and a caption to the caption with the data that the numbers are of.
    """

    lesson: str
    told_of: Callable[[pd.DataFrame, str], str]

    def command(self, study: str) -> str:
        """The shell command that makes a study's numbers."""
        return f"mtlkit reproduce {self.lesson} {study}"

    def intervals(
        self,
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
        """A figure of a study.

        Parameters
        ----------
        table
            The study's, or a part of it, of which the caption tells the data.
        study
            Its name on the command line, and the figure's unless that has a `name`.
        facets, categories, title, x_label, y_label, log_y
            As for `Intervals`.
        said
            Begins the text for who cannot see the figure; the values follow.
        caption
            What is to be said but for the data.
        decimals, unit
            Of the values in that text.
        """
        words = ". ".join(
            (f"{facet.title}: " if facet.title else "")
            + told(facet.series, categories, decimals, unit)
            for facet in facets
        )
        return Intervals(
            name=name or study,
            title=title,
            alt=f"{said}: {words}.",
            caption=self.told_of(table, caption),
            command=self.command(study),
            x_label=x_label,
            y_label=y_label,
            log_y=log_y,
            categories=categories,
            facets=facets,
        )
