"""Recomputing a sample of a published study, and how far it is from what is published."""

from __future__ import annotations

import hashlib
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pandas as pd
import torch

from mtlkit.core.agreement import Deviation, deviations
from mtlkit.core.cache import Cache
from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.provenance import provenance
from mtlkit.core.result import Result
from mtlkit.core.study import Progress, PublishedStudy, Runner, Setting, Study

MOST_SEEDS = 5
"""As many seeds as are recomputed of a setting if it has more."""


@attrs.frozen(eq=False)
class Recomputed:
    """One setting trained anew: its labels and seeds, and each number's distance."""

    labels: dict[str, Any]
    strategies: tuple[str, ...]
    seeds: int
    deviations: tuple[Deviation, ...]


@attrs.frozen(eq=False)
class Check:
    """A study of which a sample was recomputed.

    Parameters
    ----------
    study
        What is published.
    tolerance
        The study's own, in half-widths (see `Study`).
    settings
        What was recomputed.
    provenance
        Versions, device and time of the recomputation.
    """

    study: PublishedStudy
    tolerance: float
    settings: tuple[Recomputed, ...]
    provenance: dict[str, Any]

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Those of all settings."""
        return tuple(one for setting in self.settings for one in setting.deviations)

    @property
    def disagreeing(self) -> tuple[Deviation, ...]:
        """Those beyond the tolerance."""
        return tuple(one for one in self.deviations if not one.half_widths <= self.tolerance)

    @property
    def agrees(self) -> bool:
        """Whether every mean is within the tolerance."""
        return not self.disagreeing

    @property
    def largest(self) -> dict[str, Deviation]:
        """The largest deviation of each column."""
        found: dict[str, Deviation] = {}
        for one in self.deviations:
            if one.column not in found or one.half_widths > found[one.column].half_widths:
                found[one.column] = one
        return found

    def as_dict(self) -> dict[str, Any]:
        """The check as JSON has it; null for a deviation that no half-width measures."""
        return {
            "lesson": self.study.lesson,
            "study": self.study.study,
            "data": self.study.data,
            "scale": self.study.scale,
            "agrees": self.agrees,
            "tolerance": self.tolerance,
            "settings": [
                {"labels": one.labels, "strategies": list(one.strategies), "seeds": one.seeds}
                for one in self.settings
            ],
            "largest": {name: one.as_dict() for name, one in sorted(self.largest.items())},
            "numerics_published": self.study.provenance["numerics"],
            **self.provenance,
        }


def sample(lesson: Lesson, study: Study, scale: str, numerics: str, count: int) -> list[Setting]:
    """Settings drawn by lot among those that cost no more than the median.

    The lot falls the same way for the same study and numerics, whoever draws.

    Raises
    ------
    ValueError
        If the count is below 1.
    """
    if count < 1:
        raise ValueError(f"count = {count}: allowed is a whole number from 1 on.")
    settings = study.settings(scale)
    costs = [lesson.experiment.cost(setting.config) for setting in settings]
    limit = statistics.median_low(costs)
    cheap = [number for number, cost in enumerate(costs) if cost <= limit]
    lot = hashlib.sha256(f"{study.name} {numerics}".encode()).digest()
    drawn = random.Random(lot).sample(cheap, min(count, len(cheap)))
    return [settings[number] for number in sorted(drawn)]


def recompute(
    lesson: Lesson,
    published: PublishedStudy,
    settings: Sequence[Setting],
    *,
    device: torch.device,
    seeds: int = MOST_SEEDS,
) -> Iterator[Progress | Check]:
    """Train settings of a published study afresh and compare; nothing is read from the cache.

    Parameters
    ----------
    settings
        Some of the study's at the published scale, such as `sample` draws.
    seeds
        How many of each setting's seeds at most, the first ones. Where something is chosen over
        the seeds (a hand-tuned weight), the choice needs them all, and all are recomputed.

    Yields
    ------
    Progress or Check
        How far it is and, at last, what was found.
    """
    study = lesson.studies[published.study]
    costs = [lesson.experiment.cost(setting.config) * setting.seeds for setting in settings]
    total, done, found = sum(costs), 0.0, []
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(lesson, device, Cache(Path(folder)))
        for setting, cost in zip(settings, costs, strict=True):
            for item in _trained(runner, setting, min(seeds, setting.seeds)):
                if isinstance(item, Snapshot):
                    yield Progress((done + cost * item.progress) / total, published.study)
                else:
                    results = item
            found.append(_compared(lesson, study, published.table, setting, results))
            done += cost
            yield Progress(done / total, published.study)
        numerics = runner.key(settings[0].config).numerics
    yield Check(
        published,
        study.tolerance,
        tuple(found),
        provenance(device, numerics=numerics, seconds=round(time.monotonic() - start, 1)),
    )


def _trained(runner: Runner, setting: Setting, seeds: int) -> Iterator[Snapshot | list[Result]]:
    """The results of the first seeds, or of all where something is chosen over them."""
    results: list[Result] = []
    for item in runner.run(setting.config, range(seeds)):
        if isinstance(item, Snapshot):
            yield item
        else:
            results = item
    if seeds < setting.seeds and _chooses(runner.lesson, results):
        yield from runner.run(setting.config, range(setting.seeds))
    else:
        yield results


def _chooses(lesson: Lesson, results: Sequence[Result]) -> bool:
    """Whether the tables of several seeds are shorter than what the seeds left behind."""
    combined = lesson.experiment.combine(results)
    return any(
        sum(len(result.tables[name]) for result in results) > len(table)
        for name, table in combined.items()
        if all(name in result.tables for result in results)
    )


def _compared(
    lesson: Lesson,
    study: Study,
    table: pd.DataFrame,
    setting: Setting,
    results: Sequence[Result],
) -> Recomputed:
    rows = study.reduce(lesson.experiment.combine(results))
    measured = rows.columns
    rows = rows.assign(**setting.labels)
    return Recomputed(
        labels=dict(setting.labels),
        strategies=tuple(sorted(set(rows["strategy"]))) if "strategy" in rows else (),
        seeds=len(results),
        deviations=tuple(deviations(table, rows[[*setting.labels, *measured]])),
    )
