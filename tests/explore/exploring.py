"""A lesson to explore that goes on epoch by epoch, when it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pandas as pd
import torch

from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Values
from mtlkit.explore.panels import CurveFacet, Curves, Line, Panel, Table
from tests.core.toy import ToyConfig, ToyExperiment, ToyLesson

EPOCHS = 4
PATIENCE = 20.0
"""Seconds after which a test fails rather than hangs."""


class SteppedExperiment(ToyExperiment):
    """Each epoch waits for a permit if `stepped`; a run whose size is in `breaks` fails at last.

    What is observed is the epoch times the size.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stepped = False
        self.permits = threading.Semaphore(0)
        self.breaks: set[int] = set()
        self.begun: list[int] = []
        self.threads_seen: set[str] = set()
        self.grad: list[bool] = []

    def cost(self, config: ToyConfig) -> float:
        return 1.0

    def train(
        self, config: ToyConfig, seeds: Sequence[int], device: torch.device
    ) -> Iterator[Snapshot | Result]:
        self.begun.append(config.size)
        for epoch in range(EPOCHS + 1):
            if self.stepped:
                assert self.permits.acquire(timeout=PATIENCE)
            self.threads_seen.add(threading.current_thread().name)
            self.grad.append(torch.is_grad_enabled())
            value = torch.full((len(seeds), 1), float(epoch * config.size))
            yield Snapshot(epoch / EPOCHS, "equal", epoch, EPOCHS, tuple(seeds), {"seen": value})
        if config.size in self.breaks:
            raise ArithmeticError(f"size {config.size} broke")
        for seed in seeds:
            history = {"seed": seed, "strategy": "equal", "task": 1, "epoch": range(EPOCHS + 1)}
            values = {"seed": [seed], "value": [config.size * 1.23456789]}
            yield Result(
                lesson="toy",
                config=config.as_dict(),
                seeds=(seed,),
                tables={
                    "history": pd.DataFrame(history).assign(
                        value=[float(epoch * config.size) for epoch in range(EPOCHS + 1)]
                    ),
                    "values": pd.DataFrame(values),
                },
                arrays={},
                provenance={"seconds": 0.5},
            )


def _applies(values: Values) -> bool:
    if values["size"] == 10:
        raise LookupError("no such size")
    return values["size"] > 1


KNOBS = (
    Knob(
        name="size", label="size", values=range(1, 11), default=2, main=True, applies=lambda v: True
    ),
    Knob(name="seeds", label="seeds", values=(1, 2, 3), default=2),
    Knob(name="times", label="times", values=(1, 2, 13), default=1, kind="view", applies=_applies),
)


def setting(values: Values) -> Setting:
    return Setting(ToyConfig(size=values["size"]), values["seeds"], {})


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """A curve, at the end a table too; `times` of 13 cannot be drawn."""
    if values["times"] == 13:
        raise ZeroDivisionError("thirteen")
    history = result.tables["history"]
    rows = history[history["seed"] == history["seed"].min()]
    y = [values["times"] * value for value in rows["value"]]
    curve = Curves(
        name="curve",
        title="A curve",
        alt="It rises.",
        x_label="epoch",
        y_label="value",
        facets=[CurveFacet(lines=[Line("equal", rows["epoch"].tolist(), y)])],
    )
    if "values" not in result.tables:
        return [curve]
    cells = [[str(seed), f"{value:g}"] for seed, value in result.tables["values"].to_numpy()]
    return [
        curve,
        Table(name="end", title="The end", alt="Values.", columns=["seed", "v"], rows=cells),
    ]


EXPLORATION = Exploration(
    knobs=KNOBS,
    setting=setting,
    panels=panels,
    grid={"size": (1, 2)},
    observed={"seen": "value"},
    hint="Make it bigger.",
    smoke={"seeds": 1},
    prepare=lambda result, values: JOBS.get(values["times"]),
)

JOBS: dict[int, Callable[[], object]] = {}
"""What is to be prepared, by `times`."""


@attrs.frozen
class SteppedLesson(ToyLesson):
    """The toy lesson with something to explore."""

    @property
    def views(self) -> Any:
        return SimpleNamespace(EXPLORATIONS={"growing": EXPLORATION})


def stepped_lesson(folder: Path) -> tuple[SteppedLesson, SteppedExperiment]:
    """The lesson and its experiment."""
    file = folder / "experiment.py"
    file.write_text("LEARNING = 0.1\n", encoding="utf-8")
    toy = SteppedExperiment()
    lesson = SteppedLesson(
        name="toy",
        number=99,
        title="Toys",
        summary="",
        source="nobody",
        default_data="toys",
        source_data=(),
        minutes=1,
        toy=toy,
        file=file,
        toy_studies={},
    )
    return lesson, toy
