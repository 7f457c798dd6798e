"""Training R replicas of lesson 01's network at once, against a plain loop over the seeds."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.func import functional_call, stack_module_state

from benchmarks.timing import Ratio, compare
from mtlkit.core.heap import freed_memory_kept
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team

TASKS = 3
BATCH = 128
REPLICAS = (1, 10, 40, 100)
WIDTHS = (32, 64, 128, 256, 512)
CPU = torch.device("cpu")
TURN = 0.15
"""About so many seconds should a turn of the plain loop take."""
GOAL, NEVER_BELOW = 6.0, 0.95
"""At width 64 with ten replicas, and anywhere."""


class PlainNetwork(nn.Module):
    """Fig. 4.1 as one would write it with torch's own modules."""

    def __init__(self, width: int, tasks: int = TASKS) -> None:
        super().__init__()
        self.shared = nn.Linear(1, width)
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))
            for _ in range(tasks)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = torch.relu(self.shared(x))
        return torch.cat([head(features) for head in self.heads], 1)


def plain_loop(
    replicas: int, width: int, steps: int, device: torch.device = CPU
) -> Callable[[], None]:
    """One seed after the other, with fused Adam; networks are made beforehand."""
    x, y = _batches(steps, device)
    trained = []
    for _ in range(replicas):
        network = PlainNetwork(width).to(device)
        v = torch.zeros(TASKS, device=device, requires_grad=True)
        optimiser = torch.optim.Adam([*network.parameters(), v], lr=0.01, fused=True)
        trained.append((network, v, optimiser))

    def work() -> None:
        for network, v, optimiser in trained:
            for step in range(steps):
                loss = (network(x[step]) - y[step]).square().mean(0)
                objective = (0.5 * torch.exp(-v) * loss + 0.5 * v).sum()
                optimiser.zero_grad()
                objective.backward()
                optimiser.step()

    return work


def vmapped(replicas: int, width: int, steps: int) -> Callable[[], None]:
    """All seeds at once by `torch.func.vmap`, as torch's guide to ensembles has it."""
    x, y = _batches(steps, CPU)
    parameters, _ = stack_module_state([PlainNetwork(width) for _ in range(replicas)])
    v = torch.zeros(replicas, TASKS, requires_grad=True)
    skeleton = PlainNetwork(width).to("meta")
    optimiser = torch.optim.Adam([*parameters.values(), v], lr=0.01, fused=True)
    predicted = torch.func.vmap(
        lambda own, x: functional_call(skeleton, own, (x,)), in_dims=(0, None)
    )

    def work() -> None:
        for step in range(steps):
            loss = (predicted(parameters, x[step]) - y[step]).square().mean(1)
            objective = (0.5 * torch.exp(-v) * loss + 0.5 * v).sum()
            optimiser.zero_grad()
            objective.backward()
            optimiser.step()

    return work


def stacked(replicas: int, width: int, steps: int) -> Callable[[], None]:
    """The lesson's own program, shuffling included; made beforehand too."""
    config = PolynomialConfig.preset(
        "lesson", tasks=TASKS, width=width, batch_size=BATCH, n_train=BATCH * steps
    )
    team = Team.of(config, "learned_kendall", range(replicas))
    program = PolynomialProgram(config, "learned_kendall", team, CPU)

    def work() -> None:
        with freed_memory_kept(program):
            for batch in program.batches(1):
                program.step(batch)

    return work


def measure() -> Iterator[Ratio]:
    """Every number of replicas at every width, then `vmap`; one thread."""
    torch.set_num_threads(1)
    for width, replicas in itertools.product(WIDTHS, REPLICAS):
        steps, place = steps_of(replicas, width), f"{replicas} replicas of width {width}"
        yield compare(
            f"{place}, {steps} steps",
            plain_loop(replicas, width, steps),
            stacked(replicas, width, steps),
            turns=turns_of_cell(replicas, width),
            goal=GOAL if (replicas, width) == (10, 64) else NEVER_BELOW,
            at={"replicas": replicas, "width": width, "steps": steps},
        )
    for replicas in (10, 100):
        steps = steps_of(replicas, 64)
        yield compare(
            f"{replicas} replicas of width 64, {steps} steps: `torch.func.vmap` (theirs)",
            vmapped(replicas, 64, steps),
            stacked(replicas, 64, steps),
            turns=turns_of_cell(replicas, 64),
            at={"replicas": replicas, "width": 64, "steps": steps},
        )


def steps_of(replicas: int, width: int) -> int:
    """So many that a turn of the plain loop takes about `TURN`, but not so few as to be cold."""
    return max(3, round(TURN / _seconds_a_step(replicas, width)))


def turns_of_cell(replicas: int, width: int) -> int:
    """Many short turns, so that both ways meet the same busy moments; three of the longest."""
    seconds = steps_of(replicas, width) * _seconds_a_step(replicas, width)
    return max(3, min(15, round(15 * TURN / seconds)))


def _seconds_a_step(replicas: int, width: int) -> float:
    """Of the plain loop, roughly: its calls and its arithmetic."""
    return replicas * (6e-4 + 1.3e-4 * (width / 64) ** 2)


def _batches(steps: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    x, y = torch.randn(steps, BATCH, 1), torch.randn(steps, BATCH, TASKS)
    return x.to(device), y.to(device)
