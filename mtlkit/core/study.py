"""A study is a set of runs with a question, reduced to one tidy table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pandas as pd
import torch

from mtlkit.core.cache import Cache, Key
from mtlkit.core.config import Config
from mtlkit.core.device import choose_device, one_thread
from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.paths import cache_root, results_root
from mtlkit.core.provenance import device_class, numerics_version, provenance
from mtlkit.core.result import Result, write_file
from mtlkit.errors import UsageError

SCALES = ("smoke", "lesson", "paper")

Tables = Mapping[str, pd.DataFrame]

_DIGITS = 16
"""Of a config's digest in a pack: enough to tell thousands apart."""


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


@attrs.frozen(eq=False)
class PublishedStudy:
    """A study's table as it stands in a pack, with where it comes from."""

    lesson: str
    study: str
    data: str
    scale: str
    table: pd.DataFrame
    provenance: Mapping[str, Any]


@attrs.frozen
class Progress:
    """How much of a study is done, from 0 to 1, and what is under way."""

    fraction: float
    doing: str


@attrs.define
class Runner:
    """Gets runs: from the cache where they are there, by training where they are not."""

    lesson: Lesson
    device: torch.device
    cache: Cache = attrs.field(factory=lambda: Cache(cache_root()))
    used: list[Mapping[str, Any]] = attrs.field(factory=list)
    """Provenance of every result it gave out."""

    def key(self, config: Config) -> Key:
        """What the results of a config are kept under."""
        data = self.lesson.experiment.dataset(config)
        return Key(
            self.lesson.name,
            config.digest(),
            f"{data.name}:{data.checksum}",
            device_class(self.device),
            numerics_version(self.lesson.numerics_files),
        )

    def run(self, config: Config, seeds: Sequence[int]) -> Iterator[Snapshot | list[Result]]:
        """Yield snapshots of what has to be trained and, at last, the results in seed order."""
        key = self.key(config)
        found = {seed: self.cache.get(key, seed) for seed in seeds}
        missing = [seed for seed, result in found.items() if result is None]
        if missing:
            for item in _on_one_thread(self.lesson.experiment.train(config, missing, self.device)):
                if isinstance(item, Result):
                    found[item.seeds[0]] = self._keep(config, key, item)
                else:
                    yield item
        results = [result for result in found.values() if result is not None]
        self.used += [result.provenance for result in results]
        yield results

    def _keep(self, config: Config, key: Key, result: Result) -> Result:
        data = self.lesson.experiment.dataset(config)
        where = provenance(
            self.device, data=attrs.asdict(data), numerics=key.numerics, **result.provenance
        )
        result = attrs.evolve(result, provenance=where)
        self.cache.put(key, result)
        return result


def _on_one_thread(training: Iterator[Snapshot | Result]) -> Iterator[Snapshot | Result]:
    """The same items; the number of threads is the caller's again whenever it looks at one."""
    while True:
        with one_thread():
            item = next(training, None)
        if item is None:
            return
        yield item


def merged(lesson: Lesson, config: Config, results: Sequence[Result]) -> Result:
    """The results of several seeds as one, as `mtlkit run` writes it."""
    first = results[0]
    return Result(
        lesson=lesson.name,
        config=config.as_dict(),
        seeds=tuple(seed for result in results for seed in result.seeds),
        tables=lesson.experiment.combine(results),
        arrays={
            f"{name}/{result.seeds[0]}": array
            for result in results
            for name, array in result.arrays.items()
        },
        provenance={
            **first.provenance,
            "seconds": round(sum(result.provenance["seconds"] for result in results), 2),
        },
    )


def run_setting(
    lesson: Lesson, config: Config, seeds: Sequence[int], device: str = "auto"
) -> Result:
    """One setting from start to end, headless: what a notebook's cell calls.

    What is in the cache is not trained again.

    Raises
    ------
    UsageError
        If the device cannot be used.
    """
    results: list[Result] = []
    for item in Runner(lesson, choose_device(device)).run(config, seeds):
        if not isinstance(item, Snapshot):
            results = item
    return merged(lesson, config, results)


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


def record(runner: Runner, **more: Any) -> dict[str, Any]:
    """The provenance of what was made from all the runs that a runner gave out.

    Runs from the cache may be older than this process: what counts is what trained them.
    """
    told = provenance(
        runner.device,
        numerics=numerics_version(runner.lesson.numerics_files),
        training_seconds=round(sum(used["seconds"] for used in runner.used), 1),
        **more,
    )
    told["versions"] = {
        name: ", ".join(sorted({used["versions"].get(name, "unknown") for used in runner.used}))
        for name in told["versions"]
    }
    told["device"] = ", ".join(sorted({used["device"] for used in runner.used}))
    return told


def publish(study: Study, runner: Runner, scale: str, table: pd.DataFrame, out: Path) -> Path:
    """Write a study's table and its provenance into a pack; the table's path."""
    settings = study.settings(scale)
    data = runner.lesson.experiment.dataset(settings[0].config)
    told = record(
        runner,
        lesson=runner.lesson.name,
        study=study.name,
        scale=scale,
        data=attrs.asdict(data),
        settings=len(settings),
        seeds=int(table["seed"].nunique()),
        tolerance=study.tolerance,
        loose={name: share for name, share in study.loose.items() if name in table},
        configs=sorted({setting.config.digest()[:_DIGITS] for setting in settings}),
    )
    part = f"{data.name}.{scale}"
    target = out / "studies" / part / f"{study.name}.parquet"

    def write_both(path: Path) -> None:
        # The table is complete, but not yet in its place, when its provenance gets there: so there
        # is no table without one, and a break leaves the two old ones.
        table.to_parquet(path, index=False)
        write_file(
            out / "provenance" / part / f"{study.name}.json",
            lambda path: path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8"),
        )

    write_file(target, write_both)
    return target


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


def published(lesson_name: str, root: Path | None = None) -> list[PublishedStudy]:
    """The studies in a lesson's pack (`root`: its folder; default: in the project's results).

    Raises
    ------
    UsageError
        If a table has no provenance beside it, or cannot be read.
    """
    folder = root or results_root() / lesson_name
    found = []
    for file in sorted(folder.glob("studies/*/*.parquet")):
        data, _, scale = file.parent.name.rpartition(".")
        record = folder / "provenance" / file.parent.name / f"{file.stem}.json"
        try:
            where = json.loads(record.read_text(encoding="utf-8"))
            table = pd.read_parquet(file)
            table.attrs["data"] = data
        except (OSError, ValueError) as error:
            raise UsageError(
                f"{file}: cannot be used ({type(error).__name__}); a published study is a table "
                "with its provenance beside it, and `mtlkit reproduce` makes both anew."
            ) from None
        found.append(PublishedStudy(lesson_name, file.stem, data, scale, table, where))
    return found


def published_study(
    lesson_name: str, study: str, scale: str = "lesson", root: Path | None = None
) -> PublishedStudy:
    """One published study.

    Raises
    ------
    UsageError
        If it has not been published at that scale.
    """
    for item in published(lesson_name, root):
        if item.study == study and item.scale == scale:
            return item
    raise UsageError(
        f"{lesson_name} {study} has not been published at scale {scale}; "
        f"`mtlkit reproduce {lesson_name} {study} --scale {scale}` makes it."
    )


def cost_line(lesson: Lesson, scale: str = "lesson") -> str:
    """What a lesson's published studies cost, in a sentence made from their provenance."""
    records = [item.provenance for item in published(lesson.name) if item.scale == scale]
    if not records:
        return f"Cost: no study of this lesson is published at scale {scale} yet."
    minutes = sum(record["training_seconds"] for record in records) / 60
    devices = " and ".join(sorted({record["device"] for record in records}))
    return (
        "Cost: the published studies took about "
        f"{max(minutes, 1):.0f} min of training on one core\n"
        f"({devices}); this notebook reads them and trains for seconds."
    )
