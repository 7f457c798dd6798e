"""A lesson that trains nothing, counts who asks, and can be broken off: for caches and studies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import torch

from mtlkit.core.config import Config, Real, Whole, setting
from mtlkit.core.lesson import Dataset, Lesson, Snapshot
from mtlkit.core.result import Result, concatenated
from mtlkit.core.study import Setting, Study


@attrs.frozen(kw_only=True)
class ToyConfig(Config):
    """Two numbers; their product is the result."""

    size: int = setting(Whole(1, 10), 2, "a size")
    rate: float = setting(Real(0, 1), 0.5, "a rate")

    PRESETS = {"smoke": {}, "lesson": {"size": 5}}  # noqa: RUF012


class ToyExperiment:
    """`trained` has the seeds of every call, `threads` their number of threads.

    The call number `breaks_at` is interrupted.
    """

    Config = ToyConfig

    def __init__(self) -> None:
        self.trained: list[tuple[int, ...]] = []
        self.breaks_at: int | None = None
        self.checksum = "abc"
        self.threads: list[int] = []

    def dataset(self, config: ToyConfig) -> Dataset:
        return Dataset("toys", self.checksum)

    def cost(self, config: ToyConfig) -> float:
        return float(config.size)

    def train(
        self, config: ToyConfig, seeds: Sequence[int], device: torch.device
    ) -> Iterator[Snapshot | Result]:
        for epoch in range(2):
            self.threads.append(torch.get_num_threads())
            yield Snapshot(epoch / 2, "toy", epoch, 1, tuple(seeds), {})
        if len(self.trained) == self.breaks_at:
            raise KeyboardInterrupt
        self.trained.append(tuple(seeds))
        for seed in seeds:
            value = seed + config.size * config.rate
            yield Result(
                lesson="toy",
                config=config.as_dict(),
                seeds=(seed,),
                tables={"values": pd.DataFrame({"seed": [seed], "value": [value]})},
                arrays={"curve": np.arange(config.size)},
                provenance={"seconds": 0.5},
            )

    def combine(self, results: Sequence[Result]) -> dict[str, pd.DataFrame]:
        return concatenated(list(results))


@attrs.frozen
class ToyLesson(Lesson):
    """A lesson whose modules are given."""

    toy: ToyExperiment
    file: Path
    toy_studies: Mapping[str, Study]

    @property
    def experiment(self) -> Any:
        return self.toy

    @property
    def studies(self) -> Mapping[str, Study]:
        return self.toy_studies

    @property
    def numerics_files(self) -> tuple[Path, ...]:
        return (self.file,)


def toy_study(sizes: Sequence[int] = (1, 2, 3), seeds: int = 3) -> Study:
    """One setting a size."""

    def settings(scale: str) -> list[Setting]:
        return [Setting(ToyConfig.preset(scale, size=n), seeds, {"size": n}) for n in sizes]

    return Study("sizes", "Sizes", "Bigger?", "nobody", settings, lambda t: t["values"], 0.0)


def toy_lesson(folder: Path, *studies: Study) -> ToyLesson:
    """The lesson, with its numerics in a file of that folder."""
    file = folder / "experiment.py"
    if not file.exists():
        file.write_text("LEARNING = 0.1\n", encoding="utf-8")
    return ToyLesson(
        name="toy",
        number=99,
        title="Toys",
        summary="",
        source="nobody",
        default_data="toys",
        source_data=(),
        minutes=1,
        toy=ToyExperiment(),
        file=file,
        toy_studies={study.name: study for study in studies},
    )
