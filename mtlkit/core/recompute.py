"""Recomputing a sample of a published study, and how far it is from what is published."""

from __future__ import annotations

import hashlib
import math
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

from mtlkit.core.agreement import Deviation, deviations, rows_of
from mtlkit.core.cache import Cache
from mtlkit.core.freshness import comparison
from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.provenance import provenance
from mtlkit.core.publishing import PublishedStudy
from mtlkit.core.result import Result
from mtlkit.core.runner import Runner
from mtlkit.core.study import Progress, Setting, Study

MOST_SEEDS = 5
"""As many seeds as are recomputed of a setting if it has more."""

MOST_TIMES_MEDIAN = 4
"""A setting that costs more than so many times its study's median is not drawn."""


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
    rule
        The study as the code has it, with its tolerances.
    settings
        What was recomputed.
    provenance
        Versions, device and time of the recomputation.
    """

    study: PublishedStudy
    rule: Study
    settings: tuple[Recomputed, ...]
    provenance: dict[str, Any]

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """Those of all settings."""
        return tuple(one for setting in self.settings for one in setting.deviations)

    @property
    def disagreeing(self) -> tuple[Deviation, ...]:
        """Those beyond their column's tolerance."""
        return tuple(one for one in self.deviations if not self.share(one) <= 1)

    @property
    def agrees(self) -> bool:
        """Whether every mean is within the tolerance."""
        return not self.disagreeing

    def share(self, deviation: Deviation) -> float:
        """How much of what is allowed a deviation takes: within the tolerance up to 1."""
        allowed = self.rule.allowed(deviation.column)
        if allowed > 0:
            return deviation.half_widths / allowed
        return 0.0 if deviation.half_widths == 0 else math.inf

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
            "tolerance": self.rule.tolerance,
            "loose": {
                name: share for name, share in self.rule.loose.items() if name in self.study.table
            },
            "settings": [
                {"labels": one.labels, "strategies": list(one.strategies), "seeds": one.seeds}
                for one in self.settings
            ],
            "largest": {name: one.as_dict() for name, one in sorted(self.largest.items())},
            "numerics_published": self.study.provenance["numerics"],
            "comparison": comparison(),
            **self.provenance,
        }


def sample(lesson: Lesson, study: Study, scale: str, numerics: str, count: int) -> list[Setting]:
    """Settings drawn by lot: the cheaper half's and, of two or more, one of the dearer half's.

    The dear one costs at most `MOST_TIMES_MEDIAN` times the median; where none is so, all are
    cheap. The lot falls the same way for the same study and numerics, whoever draws, and a longer
    one holds the shorter.

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
    dear = [n for n, cost in enumerate(costs) if limit < cost <= MOST_TIMES_MEDIAN * limit]
    lot = random.Random(hashlib.sha256(f"{study.name} {numerics}".encode()).digest())
    for half in (cheap, dear):
        lot.shuffle(half)
    drawn = [*cheap[:1], *dear[:1], *cheap[1:]][:count]
    return [settings[number] for number in sorted(drawn)]


def recompute(
    lesson: Lesson,
    published: PublishedStudy,
    settings: Sequence[Setting],
    *,
    device: torch.device,
    seeds: int = MOST_SEEDS,
    shared: Cache | None = None,
) -> Iterator[Progress | Check]:
    """Train settings of a published study afresh and compare; nothing is read from the cache.

    Parameters
    ----------
    settings
        Some of the study's at the published scale, such as `sample` draws.
    seeds
        How many of each setting's seeds at most, the first ones. Where something is chosen over
        the seeds (a hand-tuned weight), the choice needs them all, and all are recomputed.
    shared
        Where several checks keep what they trained, for those whose settings are alike.

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
        runner = Runner(lesson, device, shared or Cache(Path(folder)))
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
        study,
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
    rows = rows.assign(**setting.labels)[[*setting.labels, *measured]]
    strategies = set(rows["strategy"]) if "strategy" in rows else set()
    trained = strategies.union(setting.config.as_dict().get("strategies", ()))
    seeds = [seed for result in results for seed in result.seeds]
    before = rows_of(table, setting.labels, trained, seeds)
    return Recomputed(
        labels=dict(setting.labels),
        strategies=tuple(sorted(strategies)),
        seeds=len(results),
        deviations=tuple(deviations(before, rows)),
    )
