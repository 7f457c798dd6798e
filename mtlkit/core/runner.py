"""Runs: taken from the cache where they are there, trained where they are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import torch

from mtlkit.core.cache import Cache, Key
from mtlkit.core.config import Config
from mtlkit.core.device import choose_device, one_thread
from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.paths import cache_root
from mtlkit.core.provenance import device_class, numerics_version, provenance
from mtlkit.core.result import Result


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
