"""What a training costs by replicas, tasks, points and epochs: seconds and memory.

Each point is measured in a process of its own, whose peak of memory is then that point's.
"""

from __future__ import annotations

import functools
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import attrs
import torch

from benchmarks.timing import Curve, timed
from mtlkit.core.training import fit
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team

TURNS = 3
GROWING: Mapping[str, tuple[int, ...]] = {
    "replicas": (1, 3, 10, 30, 100),
    "tasks": (1, 2, 3, 5, 8),
    "points": (250, 800, 2500, 8000, 25000),
    "epochs": (1, 2, 5, 15, 50),
}


@attrs.frozen
class Size:
    """Of a training of lesson 01's network, width 64."""

    replicas: int = 10
    tasks: int = 3
    points: int = 2500
    epochs: int = 5

    def training(self) -> Callable[[], None]:
        """A whole one, made beforehand; each call goes on for as many epochs."""
        config = PolynomialConfig.preset("lesson", tasks=self.tasks, n_train=self.points)
        team = Team.of(config, "learned_kendall", range(self.replicas))
        program = PolynomialProgram(config, "learned_kendall", team, torch.device("cpu"))

        def work() -> None:
            for _ in fit(program, epochs=self.epochs):
                pass

        return work


@attrs.frozen
class Cost:
    """Seconds of each turn, and the peak of the process's memory in MiB."""

    seconds: tuple[float, ...] = attrs.field(converter=tuple)
    peak: float


def measure() -> Iterator[Curve]:
    """Seconds by each quantity, the others as they usually are; then memory above the least."""
    idle = _alone(LEAST).peak
    costs = {
        name: [_alone(attrs.evolve(Size(), **{name: value})) for value in values]
        for name, values in GROWING.items()
    }
    for name, values in GROWING.items():
        yield Curve(
            name,
            name,
            "seconds",
            values,
            [statistics.median(cost.seconds) for cost in costs[name]],
            [min(cost.seconds) for cost in costs[name]],
            [max(cost.seconds) for cost in costs[name]],
        )
    for name, values in GROWING.items():
        memory = [cost.peak - idle for cost in costs[name]]
        # Near 0 where little is asked for: no place for logarithms.
        yield Curve(name, name, "memory in MiB", values, memory, memory, memory, log_y=False)


LEAST = Size(replicas=1, tasks=1, points=10, epochs=1)
"""Its memory is that of the libraries, with all that they load at first use."""


@functools.cache
def _alone(size: Size) -> Cost:
    """The cost in a process of its own."""
    code = f"from benchmarks.growth import report; report({attrs.asdict(size)!r})"
    root = Path(__file__).parents[1]
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=root
    ).stdout
    return Cost(**json.loads(said))


def report(size: Mapping[str, int]) -> None:
    """Print a cost; Linux."""
    torch.set_num_threads(1)
    seconds = timed(Size(**size).training(), TURNS)
    print(json.dumps({"seconds": seconds, "peak": _peak()}))


def _peak() -> float:
    """The most memory this process has held, in MiB.

    Not `ru_maxrss`: that also counts what the process which started this one held.
    """
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
