"""Units of work: which runs of a study are trained beside one another, by whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import torch

from mtlkit.core.config import Config
from mtlkit.core.lesson import Lesson
from mtlkit.core.reserving import BLOCK

STACK = BLOCK
"""Seeds that a processor trains beside one another: most of what a stack saves is saved by then,
and the settings of a study can still be shared out. A GPU takes all seeds of a setting."""


@attrs.frozen
class Unit:
    """Runs of one config that are trained beside one another.

    Parameters
    ----------
    lesson, config, seeds
        What is run.
    label
        What a study calls the setting.
    """

    lesson: Lesson = attrs.field(eq=lambda lesson: lesson.name)
    config: Config
    seeds: tuple[int, ...]
    label: str = attrs.field(default="", eq=False)

    @property
    def cost(self) -> float:
        """In the lesson's own measure, so that only ratios within a lesson count."""
        return float(self.lesson.experiment.cost(self.config)) * len(self.seeds)

    def __str__(self) -> str:
        first, last = self.seeds[0], self.seeds[-1]
        seeds = f"seed {first}" if first == last else f"seeds {first} to {last}"
        return ", ".join(part for part in (self.lesson.name, self.label, seeds) if part)


def stacks(seeds: int, device_type: str) -> list[tuple[int, ...]]:
    """The seeds from 0 on, cut into those that are trained beside one another.

    It depends on nothing else, such as what is in the cache or the number of workers: after a
    break, and on another cluster, the stacks are the same.

    Examples
    --------
    >>> stacks(7, "cpu")
    [(0, 1, 2, 3, 4), (5, 6)]
    >>> stacks(7, "cuda")
    [(0, 1, 2, 3, 4, 5, 6)]
    """
    size = STACK if device_type == "cpu" else seeds
    return [tuple(range(first, min(first + size, seeds))) for first in range(0, seeds, size)]


def units(
    lesson: Lesson,
    names: Sequence[str],
    *,
    scale: str,
    device: torch.device,
    seeds: int | None = None,
) -> list[Unit]:
    """What studies of a lesson consist of; what several of them ask for stands there once.

    Parameters
    ----------
    names
        Of the studies.
    seeds
        In place of each setting's own number.
    """
    most: dict[Config, int] = {}
    labels: dict[Config, str] = {}
    for name in names:
        for setting in lesson.studies[name].settings(scale):
            config = setting.config
            most[config] = max(most.get(config, 0), seeds or setting.seeds)
            labels.setdefault(config, _label(name, setting.labels))
    return [
        Unit(lesson, config, stack, labels[config])
        for config, count in most.items()
        for stack in stacks(count, device.type)
    ]


def shares(whole: Sequence[Unit], count: int) -> list[list[Unit]]:
    """Units shared out so that the parts cost about the same; each is in one part.

    It depends on the units alone: whoever computes it gets the same parts.
    """
    parts: list[list[Unit]] = [[] for _ in range(count)]
    loads = [0.0] * count
    for unit in sorted(whole, key=lambda unit: (-unit.cost, unit.config.digest(), unit.seeds)):
        least = loads.index(min(loads))
        parts[least].append(unit)
        loads[least] += unit.cost
    return parts


def _label(study: str, labels: Mapping[str, object]) -> str:
    return ", ".join([study, *(f"{name} {value}" for name, value in labels.items())])
