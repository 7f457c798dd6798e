"""A replica of the experiment against the same training written plainly with torch's modules."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from mtlkit.core.streams import shuffled, stream
from mtlkit.data import pictures
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.inputs import noisy_labels
from mtlkit.lessons.digit_task_weights.program import DigitProgram
from mtlkit.lessons.digit_task_weights.team import Team
from tests.lessons.plain import linear

STEPS = 50
# (a, b) of a exp(-v) L + b v.
FORMS = {"learned_kendall": (1.0, 0.5), "learned_printed": (0.5, 1.0), "equal": (1.0, 0.0)}


class PlainNetwork(nn.Module):
    """Fig. 5.1 with torch's own layers, started from the same streams."""

    def __init__(self, seed: int, widths: tuple[int, ...], tasks: int) -> None:
        super().__init__()
        first, second = widths
        self.shared = nn.Sequential(
            linear(64, first, stream(seed, "start/first")),
            nn.ReLU(),
            linear(first, second, stream(seed, "start/second")),
            nn.ReLU(),
        )
        start = stream(seed, "start/heads")
        self.heads = nn.ModuleList(linear(second, 10, start) for _ in range(tasks))

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        features = self.shared(images)
        return [head(features) for head in self.heads]


def _plain(config: DigitConfig, seed: int, strategy: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean training losses of the first steps, and the log-variances after them."""
    images, labels = pictures.load("digits", "train").images, noisy_labels(config, seed, "train")
    network = PlainNetwork(seed, config.widths, config.tasks)
    v = torch.zeros(config.tasks, requires_grad=strategy != "equal")
    groups = [{"params": network.parameters(), "lr": config.learning_rate}]
    if v.requires_grad:
        groups.append({"params": [v], "lr": config.log_variance_rate})
    optimiser = torch.optim.SGD(groups)
    a, b = FORMS[strategy]
    kept: list[torch.Tensor] = []
    epoch = 0
    while len(kept) < STEPS:
        epoch += 1
        for rows in shuffled([seed], epoch, len(images))[0].split(config.batch_size):
            outputs = network(images[rows])
            losses = torch.stack(
                [
                    nn.functional.cross_entropy(logits, own)
                    for logits, own in zip(outputs, labels[:, rows], strict=True)
                ]
            )
            optimiser.zero_grad()
            (a * (-v).exp() * losses + b * v).sum().backward()
            optimiser.step()
            kept.append(losses.detach().mean())
            if len(kept) == STEPS:
                break
    return torch.stack(kept), v.detach()


@pytest.mark.parametrize("strategy", FORMS)
def test_a_replica_follows_the_plain_loop(strategy: str) -> None:
    config = DigitConfig.preset("lesson", widths=(32, 16), noise=(0.0, 1.0, 4.0))
    seeds = (3, 7, 1)
    program = DigitProgram(config, strategy, Team.of(config, strategy, seeds), torch.device("cpu"))
    steps: list[torch.Tensor] = []
    epoch = 0
    while len(steps) < STEPS:
        epoch += 1
        for batch in program.batches(epoch):
            steps.append(program.step(batch))
            if len(steps) == STEPS:
                break
    stacked = torch.stack(steps)
    for place, seed in enumerate(seeds):
        losses, v = _plain(config, seed, strategy)
        torch.testing.assert_close(stacked[:, place], losses, rtol=1e-4, atol=0)
        assert losses[-1] < losses[0]
        if strategy != "equal":
            learned = program.get_parameter("balancer.log_variance")[place]
            torch.testing.assert_close(learned.detach(), v, rtol=1e-4, atol=1e-5)
