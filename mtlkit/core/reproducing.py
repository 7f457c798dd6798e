"""Whole studies: every setting run, reduced to the table, and published."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import attrs
import pandas as pd
import torch

from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.publishing import publish
from mtlkit.core.runner import Runner
from mtlkit.core.study import Progress, Setting, Study


def compute(
    study: Study, runner: Runner, scale: str, seeds: int | None = None
) -> Iterator[Progress | pd.DataFrame]:
    """Run a study; yield progress and, at last, its table.

    What was trained is in the cache after every setting, so a study that is broken off goes on
    where it was when asked for again.
    """
    settings = [
        attrs.evolve(setting, seeds=seeds or setting.seeds) for setting in study.settings(scale)
    ]
    experiment = runner.lesson.experiment
    costs = _costs(runner.lesson, settings)
    total, done = sum(costs), 0.0
    rows: list[pd.DataFrame] = []
    for setting, cost in zip(settings, costs, strict=True):
        doing = ", ".join(f"{name} {value}" for name, value in setting.labels.items())
        for item in runner.run(setting.config, range(setting.seeds)):
            if isinstance(item, Snapshot):
                yield Progress((done + cost * item.progress) / total, doing)
            else:
                table = study.reduce(experiment.combine(item))
                rows.append(table.assign(**setting.labels)[[*setting.labels, *table.columns]])
        done += cost
        yield Progress(done / total, doing)
    yield pd.concat(rows, ignore_index=True)


def _costs(lesson: Lesson, settings: Sequence[Setting]) -> list[float]:
    return [lesson.experiment.cost(setting.config) * setting.seeds for setting in settings]


def reproduce(
    lesson: Lesson,
    names: Sequence[str],
    *,
    scale: str,
    device: torch.device,
    out: Path,
    seeds: int | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
) -> list[Path]:
    """Compute studies of a lesson one after the other and publish each as soon as it is done.

    `report` is told how much of all of them is done.
    """
    costs = {name: sum(_costs(lesson, lesson.studies[name].settings(scale))) for name in names}
    total, done = sum(costs.values()), 0.0
    paths = []
    for name, cost in costs.items():
        study = lesson.studies[name]
        runner = Runner(lesson, device)
        for item in compute(study, runner, scale, seeds):
            if isinstance(item, Progress):
                share = (done + cost * item.fraction) / total
                report(Progress(share, f"{name}: {item.doing}"))
            else:
                paths.append(publish(study, runner, scale, item, out))
        done += cost
    return paths
