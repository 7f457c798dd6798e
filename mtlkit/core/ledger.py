"""The ledger: every claim of the lessons with its verdicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, runtime_checkable

from mtlkit.core.claim import Claim
from mtlkit.core.verdict import Published, Verdict, evidence_of, judge, judge_printed


@runtime_checkable
class HasClaims(Protocol):
    """A lesson, as far as the ledger reads it: see `mtlkit.core.lesson.Lesson`."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def claims(self) -> Sequence[Claim]:
        """Its claims."""

    @property
    def default_data(self) -> str:
        """The data its scales use by default."""

    @property
    def source_data(self) -> Sequence[str]:
        """The data that are the source's own."""


def ledger(
    lessons: Iterable[HasClaims], published: Callable[[str], Sequence[Published]]
) -> list[Verdict]:
    """Every claim of the lessons, judged on every study published for it.

    Unique by claim, data and scale. A claim whose study is not published has one row that says
    so. Packs of scale `smoke` show that the machinery runs; they are no evidence and left out.

    Parameters
    ----------
    lessons
        The lessons, in the order of the rows.
    published
        From a lesson's name to its published studies: `mtlkit.core.publishing.published`.

    Raises
    ------
    ValueError
        If two claims have the same id, or a claim stands in a lesson not its own.
    """
    rows = []
    known = set()
    for lesson in lessons:
        studies = [each for each in published(lesson.name) if each.scale != "smoke"]
        for claim in lesson.claims:
            if claim.id in known or claim.lesson != lesson.name:
                raise ValueError(f"claim id = {claim.id} in {lesson.name}: taken, or not its own.")
            known.add(claim.id)
            rows += _rows(claim, lesson, studies)
    return rows


def _rows(claim: Claim, lesson: HasClaims, studies: Iterable[Published]) -> list[Verdict]:
    if claim.study is None:
        return [judge_printed(claim)]
    mine = [each for each in studies if each.study == claim.study]
    if mine:
        return [judge(claim, each, lesson.source_data) for each in mine]
    data = lesson.default_data
    return [
        Verdict(
            claim,
            data,
            "lesson",
            evidence_of(data, lesson.source_data),
            "not testable here",
            note=f"The study {claim.study} is not published yet.",
        )
    ]
