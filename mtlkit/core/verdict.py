"""Whether a claim holds.

A claim is about one or more cells, each an effect with one value per random seed. A cell is
judged by the 95 % interval of its mean: wholly inside the claimed region it holds, wholly outside
it fails, else it is inconclusive. A claim about several cells says that every one of them holds:

- it *holds* if each cell holds at 95 %. Were one cell in truth outside, it would have to look
  inside for that, which happens in at most 2.5 % of all repetitions;
- it *fails* if some cell fails at the level 1 - 0.05 / cells (Bonferroni). Were all in truth
  inside, this would happen in at most 5 % of all repetitions, however many cells there are;
- else it is *inconclusive*.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

import attrs
import pandas as pd

from mtlkit.core.claim import Cell, Claim
from mtlkit.core.interval import Interval, mean_interval, seeds_to_decide
from mtlkit.core.region import Region

ERROR_RATE = 0.05
"""How often an interval may miss: one cell's, or any of a claim's when they are to refute it."""

Outcome = Literal["holds", "fails", "inconclusive", "not testable here"]
Evidence = Literal["source data", "stand-in", "printed"]

_OUTCOMES: dict[str, Outcome] = {
    "inside": "holds",
    "outside": "fails",
    "across": "inconclusive",
}


@attrs.frozen
class CellVerdict:
    """A cell judged by itself, at 95 %.

    The bounds are None where nothing is estimated: fewer than two seeds, or an exact number.
    """

    label: str
    verdict: Outcome
    effect: float | None
    low: float | None
    high: float | None
    seeds: int
    lost: int
    seeds_to_decide: int | None


@attrs.frozen(eq=False)
class Verdict:
    """A claim judged on one data set at one scale.

    Parameters
    ----------
    claim, data, scale, evidence
        What was judged, on which data ("printed" at scale "none" for what is printed),
        and whether those are the source's.
    verdict
        Whether all its cells hold.
    cells
        Each cell with a verdict of its own.
    deciding
        The cell whose numbers stand for the claim: the failing one that is furthest out in
        half-widths of its interval, else the one that is least far inside.
    seeds_to_decide
        Where inconclusive, the number of usable seeds per cell at which, with today's means and
        deviations, the claim would hold or fail; None where that is beyond 10,000.
    note
        What else a reader must know: why it is not testable, seeds that gave no value.
    """

    claim: Claim
    data: str
    scale: str
    evidence: Evidence
    verdict: Outcome
    cells: tuple[CellVerdict, ...] = ()
    deciding: CellVerdict | None = None
    seeds_to_decide: int | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The verdict as one JSON object; null where nothing is estimated."""
        claim, cell = self.claim, self.deciding
        return {
            "id": claim.id,
            "lesson": claim.lesson,
            "title": claim.title,
            "source": str(claim.source),
            "document": claim.source.document,
            "quote": claim.quote,
            "statement": claim.statement,
            "study": claim.study,
            "figure": claim.figure,
            "data": self.data,
            "scale": self.scale,
            "evidence": self.evidence,
            "by_construction": claim.by_construction,
            "verdict": self.verdict,
            "region": claim.region.text(claim.unit),
            "region_low": _finite(claim.region.low),
            "region_high": _finite(claim.region.high),
            "unit": claim.unit,
            "cell": cell and cell.label,
            "effect": cell and cell.effect,
            "low": cell and cell.low,
            "high": cell and cell.high,
            "seeds": cell.seeds if cell else 0,
            "lost": cell.lost if cell else 0,
            "seeds_to_decide": self.seeds_to_decide,
            "cells": [attrs.asdict(each) for each in self.cells],
            "explanation": claim.explanation,
            "note": self.note,
        }


@runtime_checkable
class Published(Protocol):
    """A published study, as far as a claim reads it: see `core.publishing.PublishedStudy`."""

    @property
    def study(self) -> str:
        """Its name."""

    @property
    def data(self) -> str:
        """The data it ran on."""

    @property
    def scale(self) -> str:
        """The scale it ran at."""

    @property
    def table(self) -> pd.DataFrame:
        """Its rows, one per seed and more."""


def judge(claim: Claim, published: Published, source_data: Collection[str]) -> Verdict:
    """Judge a claim on a published study.

    Parameters
    ----------
    claim
        The claim; its `study` is the published one.
    published
        The study's table, data and scale.
    source_data
        The names of the data that are the source's own; evidence on others is a stand-in's.

    Raises
    ------
    ValueError
        If the study is another, or two cells have the same label.
    """
    if claim.study != published.study:
        raise ValueError(f"claim {claim.id}: reads {claim.study}, and got {published.study}.")
    data, scale = published.data, published.scale
    evidence = evidence_of(data, source_data)
    cells = _cells(claim, published.table.copy())
    if not cells:
        note = "The study has no such setting at this scale."
        return Verdict(claim, data, scale, evidence, "not testable here", note=note)
    judged = tuple(_judge_cell(cell, claim.region) for cell in cells)
    outcome, deciding, seeds = _judge_together(cells, judged, claim.region)
    note = " ".join(
        f"No value from {cell.lost} of {len(cell.values)} seeds in {cell.label}."
        for cell in cells
        if cell.lost
    )
    return Verdict(claim, data, scale, evidence, outcome, judged, deciding, seeds, note)


def judge_printed(claim: Claim) -> Verdict:
    """Judge a claim on what is printed: exact numbers, no interval.

    Raises
    ------
    ValueError
        If it has no cell, or a cell that has not one finite value, or two cells with one label.
    """
    cells = _cells(claim, pd.DataFrame())
    if not cells or any(len(cell.values) != 1 or cell.lost for cell in cells):
        raise ValueError(f"claim {claim.id}: printed evidence is one finite value per cell.")
    ordered = sorted(cells, key=lambda cell: (claim.region.distance(cell.values[0]), cell.label))
    verdicts = {cell.label: _judge_exact(cell, claim.region) for cell in cells}
    deciding = verdicts[ordered[0].label]
    judged = tuple(verdicts.values())
    return Verdict(claim, "printed", "none", "printed", deciding.verdict, judged, deciding)


def _judge_exact(cell: Cell, region: Region) -> CellVerdict:
    (value,) = cell.values
    outcome: Outcome = "holds" if value in region else "fails"
    return CellVerdict(cell.label, outcome, value, None, None, 0, 0, None)


def _judge_cell(cell: Cell, region: Region) -> CellVerdict:
    values, label, lost = cell.usable, cell.label, cell.lost
    if len(values) < 2:
        effect = values[0] if values else None
        return CellVerdict(label, "not testable here", effect, None, None, len(values), lost, None)
    found = mean_interval(values, 1 - ERROR_RATE)
    outcome, needed = _OUTCOMES[region.place(found)], None
    if outcome == "inconclusive":
        needed = seeds_to_decide(values, region.nearest_boundary(found.mean), 1 - ERROR_RATE)
    return CellVerdict(label, outcome, found.mean, found.low, found.high, found.n, lost, needed)


def _judge_together(
    cells: Sequence[Cell], judged: Sequence[CellVerdict], region: Region
) -> tuple[Outcome, CellVerdict, int | None]:
    """The verdict on all cells, the deciding cell, the seeds that would decide."""
    confidence = 1 - ERROR_RATE / len(cells)
    found = {
        cell.label: mean_interval(cell.usable, confidence)
        for cell in cells
        if len(cell.usable) >= 2
    }
    # Labels break ties, so that the order of the cells does not matter.
    outermost_first = sorted(
        (verdict for verdict in judged if verdict.label in found),
        key=lambda verdict: (_half_widths_inside(found[verdict.label], region), verdict.label),
    )
    for verdict in outermost_first:
        if region.place(found[verdict.label]) == "outside":
            return "fails", verdict, None
    untestable = [verdict for verdict in judged if verdict.label not in found]
    if untestable:
        deciding = min(untestable, key=lambda verdict: (verdict.seeds, verdict.label))
        return "not testable here", deciding, None
    for verdict in outermost_first:
        if verdict.verdict != "holds":
            return "inconclusive", verdict, _seeds_together(cells, judged, found, region)
    return "holds", outermost_first[0], None


def _seeds_together(
    cells: Sequence[Cell],
    judged: Sequence[CellVerdict],
    found: Mapping[str, Interval],
    region: Region,
) -> int | None:
    """With a mean outside, the claim can only come to fail: the first cell to do so ends it.

    With all means inside it can only come to hold, and the last cell ends it.
    """
    outside = [cell for cell in cells if found[cell.label].mean not in region]
    if outside:
        confidence = 1 - ERROR_RATE / len(cells)
        first = (
            seeds_to_decide(
                cell.usable, region.nearest_boundary(found[cell.label].mean), confidence
            )
            for cell in outside
        )
        return min((seeds for seeds in first if seeds), default=None)
    last = 0
    for verdict in judged:
        if verdict.verdict == "inconclusive":
            if verdict.seeds_to_decide is None:
                return None
            last = max(last, verdict.seeds_to_decide)
    return last


def _half_widths_inside(interval: Interval, region: Region) -> float:
    """The mean's distance to the nearest boundary in half-widths; negative outside."""
    half, distance = interval.high - interval.mean, region.distance(interval.mean)
    if half == 0:
        return math.inf if distance > 0 else -math.inf
    return distance / half


def _finite(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _cells(claim: Claim, table: pd.DataFrame) -> Sequence[Cell]:
    cells = claim.cells(table)
    if len({cell.label for cell in cells}) < len(cells):
        raise ValueError(f"claim {claim.id}: two of its cells have the same label.")
    return cells


def evidence_of(data: str, source_data: Collection[str]) -> Evidence:
    """Whether data of that name are the source's own."""
    return "source data" if data in source_data else "stand-in"
