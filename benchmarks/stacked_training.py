"""Training R replicas of lesson 01's network at once, against a plain loop over the seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import nn

from benchmarks.timing import Ratio, compare
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team

TASKS = 3
BATCH = 128


class PlainNetwork(nn.Module):
    """Fig. 4.1 as one would write it with torch's own modules."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.shared = nn.Linear(1, width)
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))
            for _ in range(TASKS)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = torch.relu(self.shared(x))
        return torch.cat([head(features) for head in self.heads], 1)


def plain_loop(replicas: int, width: int, steps: int) -> Callable[[], None]:
    """One seed after the other, with fused Adam; networks are made beforehand."""
    x, y = torch.randn(steps, BATCH, 1), torch.randn(steps, BATCH, TASKS)
    trained = []
    for _ in range(replicas):
        network, v = PlainNetwork(width), torch.zeros(TASKS, requires_grad=True)
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


def stacked(replicas: int, width: int, steps: int) -> Callable[[], None]:
    """The lesson's own program, shuffling included; made beforehand too."""
    config = PolynomialConfig.preset(
        "lesson", tasks=TASKS, width=width, batch_size=BATCH, n_train=BATCH * steps
    )
    team = Team.of(config, "learned_kendall", range(replicas))
    program = PolynomialProgram(config, "learned_kendall", team, torch.device("cpu"))

    def work() -> None:
        for batch in program.batches(1):
            program.step(batch)

    return work


def measure() -> Iterator[Ratio]:
    """Replicas 1, 10 and 40 at several widths, one thread."""
    torch.set_num_threads(1)
    for replicas, width, steps in (
        (1, 64, 200),
        (10, 32, 60),
        (10, 64, 60),
        (10, 128, 40),
        (40, 64, 20),
        (10, 512, 4),
    ):
        yield compare(
            f"{replicas} replicas of width {width}, {steps} steps",
            plain_loop(replicas, width, steps),
            stacked(replicas, width, steps),
        )
