"""A replica of the experiment against the same training written plainly with torch's modules."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mtlkit.core.streams import shuffled, stream
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team, draw
from tests.lessons.plain import linear

STEPS = 50


class PlainNetwork(nn.Module):
    """Fig. 4.1 with torch's own layers, started from the same streams."""

    def __init__(self, seed: int, tasks: int, width: int) -> None:
        super().__init__()
        self.shared = linear(1, width, stream(seed, "start/shared"))
        hidden, output = stream(seed, "start/hidden"), stream(seed, "start/output")
        self.hidden = nn.ModuleList(linear(width, width, hidden) for _ in range(tasks))
        self.output = nn.ModuleList(linear(width, 1, output) for _ in range(tasks))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features = torch.relu(self.shared(x[:, None]))
        heads = zip(self.hidden, self.output, strict=True)
        return torch.cat([out(torch.relu(hid(features))) for hid, out in heads], 1).T


def _plain_losses(
    config: PolynomialConfig, seed: int, form: str, only: int | None = None
) -> torch.Tensor:
    """The training losses of the first steps, (step, task); of one task alone if `only`."""
    data = draw(config, seed, "train")
    network = PlainNetwork(seed, config.tasks, config.width)
    tasks = slice(None) if only is None else slice(only, only + 1)
    v = torch.zeros(config.tasks, requires_grad=True)
    optimiser = torch.optim.Adam(
        [
            {"params": network.parameters()},
            {"params": [v], "lr": config.log_variance_rate},
        ],
        lr=config.learning_rate,
    )
    kept: list[torch.Tensor] = []
    epoch = 0
    while len(kept) < STEPS:
        epoch += 1
        order = shuffled([seed], epoch, config.n_train)[0]
        for rows in order.split(config.batch_size):
            loss = ((network(data.x[rows])[tasks] - data.noisy[tasks, rows]) ** 2).mean(1)
            log = v / 2 if form == "kendall" else v
            total = (loss / (2 * v.exp()) + log).sum() if form != "equal" else loss.sum()
            optimiser.zero_grad()
            total.backward()
            optimiser.step()
            kept.append(loss.detach())
    return torch.stack(kept[:STEPS])


def _stacked_losses(
    config: PolynomialConfig, seeds: tuple[int, ...], strategy: str
) -> torch.Tensor:
    """Mean training loss over tasks of the first steps, (step, replica)."""
    team = Team.of(config, strategy, seeds)
    program = PolynomialProgram(config, strategy, team, torch.device("cpu"))
    kept: list[torch.Tensor] = []
    epoch = 0
    while len(kept) < STEPS:
        epoch += 1
        kept += [program.step(batch) for batch in program.batches(epoch)]
    return torch.stack(kept[:STEPS])


@pytest.mark.parametrize("form", ["kendall", "printed", "equal"])
def test_a_replica_follows_the_plain_loop(form: str) -> None:
    config = PolynomialConfig.preset(
        "lesson", degree=8, tasks=3, width=16, n_train=300, batch_size=64
    )
    strategy = form if form == "equal" else f"learned_{form}"
    stacked = _stacked_losses(config, (3, 7, 1), strategy)
    for place, seed in enumerate((3, 7, 1)):
        plain = _plain_losses(config, seed, form)
        torch.testing.assert_close(stacked[:, place], plain.mean(1), rtol=1e-4, atol=0)
        assert plain[-1].mean() < plain[0].mean()


def test_single_task_replicas_follow_the_plain_network_of_their_task() -> None:
    config = PolynomialConfig.preset(
        "lesson", degree=5, tasks=3, width=16, n_train=300, batch_size=64
    )
    stacked = _stacked_losses(config, (4, 2), "single_task")
    for place, (seed, task) in enumerate((seed, task) for seed in (4, 2) for task in range(3)):
        plain = _plain_losses(config, seed, "equal", only=task)
        torch.testing.assert_close(stacked[:, place], plain[:, 0], rtol=1e-4, atol=0)
