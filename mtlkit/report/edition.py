"""What the pages of a report are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from mtlkit.core.lesson import Lesson
from mtlkit.core.publishing import PublishedStudy
from mtlkit.report.run_times import CellTime


@attrs.frozen(eq=False)
class Chapter:
    """A lesson with its notebook and the studies it reads."""

    lesson: Lesson
    notebook: Path
    studies: Sequence[PublishedStudy]


@attrs.frozen(eq=False)
class Edition:
    """A report's content before it is laid out.

    Parameters
    ----------
    chapters
        The lessons, in the order of the course.
    rows
        The ledger: verdicts as `Verdict.as_dict()` gives them.
    scale
        The scale that the notebooks ran at.
    times
        By a lesson's name, how long each cell of its notebook took in this build.
    """

    chapters: Sequence[Chapter]
    rows: Sequence[Mapping[str, Any]]
    scale: str
    times: Mapping[str, Sequence[CellTime]] = attrs.field(factory=dict)

    @property
    def lessons(self) -> list[Lesson]:
        """The chapters' lessons."""
        return [chapter.lesson for chapter in self.chapters]
