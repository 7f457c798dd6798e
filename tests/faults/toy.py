"""A lesson in one module that other processes import, and that notes every epoch it computes."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import torch
from torch import Tensor

import mtlkit.core.config as base
from mtlkit.core.lesson import Dataset, Lesson, Snapshot
from mtlkit.core.result import Result, concatenated
from mtlkit.core.study import Setting, Study
from mtlkit.core.training import fit
from tests.core.programs import Linear

LESSON = Lesson(
    name="faulty",
    number=98,
    title="Faults",
    summary="A linear regression a seed.",
    source="nobody",
    default_data="generated",
    source_data=("generated",),
    minutes=1,
    package="tests.faults.toy",
)

NOTES = "MTLKIT_FAULTS_NOTES"
"""Names the folder that notes are left in."""

PAUSE = "MTLKIT_FAULTS_PAUSE"
"""Seconds that an epoch takes longer, so that processes meet."""

EPOCHS = 6


@attrs.frozen(kw_only=True)
class Config(base.Config):
    """How fast to learn, and how much memory a seed is to take, in MiB."""

    rate: float = base.setting(base.Real(0, 1), 0.02, "learning rate")
    mebibytes: int = base.setting(base.Whole(0, 4096), 0, "memory of a seed")

    PRESETS = {"smoke": {}, "lesson": {}}  # noqa: RUF012


@attrs.frozen
class Note:
    """An epoch (from 1; 0: the run is done) of the runs of one stack, and how long it took."""

    rate: float
    seeds: tuple[int, ...]
    epoch: int
    seconds: float

    def leave(self) -> None:
        """As the name of an empty file: no limit and no full disk keeps it from being written."""
        if NOTES in os.environ:
            seeds = ".".join(map(str, self.seeds))
            name = f"{self.rate}_{seeds}_{self.epoch}_{self.seconds}_{uuid.uuid4().hex}"
            os.close(os.open(Path(os.environ[NOTES]) / name, os.O_CREAT))

    @classmethod
    def read(cls, folder: Path) -> list[Note]:
        """All that were left in a folder."""
        notes = []
        for path in folder.iterdir():
            rate, seeds, epoch, seconds, _ = path.name.split("_")
            runs = tuple(map(int, seeds.split(".")))
            notes.append(cls(float(rate), runs, int(epoch), float(seconds)))
        return notes


class Noted(Linear):
    """Leaves a note after every epoch."""

    def __init__(self, config: Config, seeds: Sequence[int]) -> None:
        super().__init__(seeds)
        self.rate = config.rate
        for group in self.optimisers[0].param_groups:
            group["lr"] = config.rate

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        started = time.perf_counter()
        time.sleep(float(os.environ.get(PAUSE, "0")))
        yield from super().batches(epoch)
        took = time.perf_counter() - started
        Note(self.rate, tuple(self.seed.tolist()), epoch, took).leave()


def dataset(config: Config) -> Dataset:
    return Dataset("generated")


def cost(config: Config) -> float:
    return float(EPOCHS)


def train(
    config: Config, seeds: Sequence[int], device: torch.device
) -> Iterator[Snapshot | Result]:
    taken = torch.ones(len(seeds), config.mebibytes << 18)
    program = Noted(config, seeds)
    for epoch in fit(program, epochs=EPOCHS):
        yield Snapshot(epoch.number / EPOCHS, "toy", epoch.number, EPOCHS, tuple(seeds), {})
    assert len(taken) == len(seeds)  # held to the end
    for seed, weights in zip(seeds, program.layer.weight.detach().flatten(1), strict=True):
        Note(config.rate, (seed,), 0, 0.0).leave()
        ends: dict[str, Any] = {"seed": seed, **{f"w{n}": w.item() for n, w in enumerate(weights)}}
        yield Result(
            lesson=LESSON.name,
            config=config.as_dict(),
            seeds=(seed,),
            tables={"ends": pd.DataFrame([ends])},
            arrays={"weights": np.array(weights)},
            provenance={"seconds": 0.01, "stack": list(seeds)},
        )


combine = concatenated


def _ends(tables: Any) -> pd.DataFrame:
    return tables["ends"]  # type: ignore[no-any-return]


RATES, SEEDS = (0.01, 0.02, 0.03, 0.04), 3


def _rates(scale: str) -> list[Setting]:
    return [Setting(Config.preset(scale, rate=rate), SEEDS, {"rate": rate}) for rate in RATES]


def _large(scale: str) -> list[Setting]:
    return [Setting(Config.preset(scale, rate=0.5, mebibytes=64), 8, {"rate": 0.5})]


STUDIES = {
    "rates": Study("rates", "Rates", "How fast?", "nobody", _rates, _ends, 0.01),
    "large": Study("large", "Large", "How much at once?", "nobody", _large, _ends, 0.01),
}

CLAIMS = ()
