"""Runs: taken from the cache where they are there, trained where they are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import attrs
import torch

from mtlkit.core.cache import Cache, Key
from mtlkit.core.checkpoint import RunCheckpoints, keeping
from mtlkit.core.config import Config
from mtlkit.core.device import choose_device, one_thread
from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.memory import within_memory
from mtlkit.core.provenance import device_class, numerics_version, provenance
from mtlkit.core.reserving import reserved
from mtlkit.core.result import Result
from mtlkit.core.sweeping import sweep


@attrs.define
class Runner:
    """Gets runs: from the cache where they are there, by training where they are not."""

    lesson: Lesson
    device: torch.device
    cache: Cache = attrs.field(factory=Cache.of_user)
    used: list[Mapping[str, Any]] = attrs.field(factory=list)
    """Provenance of every result it gave out."""
    worker: str = ""
    """Who trains, as the provenance of what it trains says; empty: the process that asks."""
    waits: bool = True
    """Whether it waits for another process that trains what it is asked for."""
    claims: bool = True
    """Whether others wait for it. If not it waits for nobody either, and keeps no checkpoints."""

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
        """Yield snapshots of what has to be trained and, at last, the results in seed order.

        Raises
        ------
        Busy
            If another process trains some of it, and this one does not wait.
        UsageError
            If the memory is too small for one seed, or a result cannot be kept.
        """
        key = self.key(config)
        found = {seed: self.cache.get(key, seed) for seed in seeds}
        missing = [seed for seed, result in found.items() if result is None]
        if missing:
            with self._claim(key, missing):
                # Another process may have been faster.
                found |= {seed: self.cache.get(key, seed) for seed in missing}
                missing = [seed for seed in missing if found[seed] is None]
                for item in within_memory(partial(self._train, config, key), missing):
                    if isinstance(item, Result):
                        found[item.seeds[0]] = item
                    else:
                        yield item
                if self.claims:
                    sweep(self.cache, key)
        results = [result for result in found.values() if result is not None]
        self.used += [result.provenance for result in results]
        yield results

    def _train(self, config: Config, key: Key, seeds: Sequence[int]) -> Iterator[Snapshot | Result]:
        """Train seeds beside one another; what is yielded of results is kept."""
        # Two that train a run at once would write the same files.
        kept = (
            RunCheckpoints.of(self.cache.root, key.lesson, key.digest(), seeds)
            if self.claims
            else None
        )
        training = self.lesson.experiment.train(config, seeds, self.device)
        for item in _stepped(training, kept):
            if isinstance(item, Result):
                earlier = kept.seconds / len(seeds) if kept else 0.0
                item = self._keep(config, key, item, earlier)
            yield item
        if kept:
            kept.remove()

    def _claim(self, key: Key, seeds: Sequence[int]) -> AbstractContextManager[None]:
        """Keep other processes from training the same meanwhile, if it claims."""
        if not self.claims:
            return nullcontext()
        return reserved(self.cache.locks(key), seeds, wait=self.waits)

    def _keep(self, config: Config, key: Key, result: Result, earlier: float) -> Result:
        """Put a result into the cache; `earlier`: seconds of its training before a break."""
        data = self.lesson.experiment.dataset(config)
        told = {**result.provenance, "seconds": round(result.provenance["seconds"] + earlier, 3)}
        if self.worker:
            told["worker"] = self.worker
        where = provenance(self.device, data=attrs.asdict(data), numerics=key.numerics, **told)
        result = attrs.evolve(result, provenance=where)
        self.cache.put(key, result)
        return result


def _stepped(
    training: Iterator[Snapshot | Result], checkpoints: RunCheckpoints | None
) -> Iterator[Snapshot | Result]:
    """The same items; whoever looks at one has his own number of threads, and no checkpoints."""
    while True:
        with one_thread(), keeping(checkpoints):
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
            **{name: told for name, told in first.provenance.items() if name != "worker"},
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
        torch.device("cpu"),  # told below: the asking process may not have what trained
        numerics=numerics_version(runner.lesson.numerics_files),
        training_seconds=round(sum(used["seconds"] for used in runner.used), 1),
        **more,
    )
    told["versions"] = {
        name: ", ".join(sorted({used["versions"].get(name, "unknown") for used in runner.used}))
        for name in told["versions"]
    }
    for name in ("device", "device_class"):
        told[name] = ", ".join(sorted({used[name] for used in runner.used}))
    runs = Counter(used["worker"] for used in runner.used if "worker" in used)
    if runs:
        # Numbered: packs are published, and a machine's name is its owner's affair. The cache has
        # the name beside each run.
        told["workers"] = {f"worker {n}": runs[name] for n, name in enumerate(sorted(runs), 1)}
    return told
