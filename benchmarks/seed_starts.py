"""Lesson 01's networks and points of single seeds, for training them one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs
import torch
from torch import Tensor, nn

from mtlkit.core.streams import shuffled
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team


@attrs.frozen(eq=False)
class Start:
    """What a seed begins with: x (point, 1), y (task, point), the shared layer, the heads."""

    seed: int
    batch_size: int
    x: Tensor
    y: Tensor
    encoder: nn.Module
    heads: nn.ModuleDict

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The points in the lesson's own order of that epoch."""
        order = shuffled([self.seed], epoch, len(self.x))[0]
        x, y = self.x[order], self.y[:, order]
        yield from zip(x.split(self.batch_size), y.split(self.batch_size, 1), strict=True)


def starts(config: PolynomialConfig, seeds: Sequence[int]) -> Iterator[Start]:
    """Those of the lesson's program, as modules of torch."""
    team = Team.of(config, "learned_kendall", seeds)
    program = PolynomialProgram(config, "learned_kendall", team, torch.device("cpu"))
    network = program.network
    for row, seed in enumerate(seeds):
        encoder = nn.Sequential(_linear(network.shared, (row,)), nn.ReLU())
        heads = {
            f"task {task + 1}": nn.Sequential(
                _linear(network.hidden, (row, task)),
                nn.ReLU(),
                _linear(network.output, (row, task)),
            )
            for task in range(config.tasks)
        }
        x, y = program.x_train[row].unsqueeze(1), program.noisy_train[row]
        yield Start(seed, config.batch_size, x, y, encoder, nn.ModuleDict(heads))


def _linear(stacked: nn.Module, place: tuple[int, ...]) -> nn.Linear:
    weight, bias = stacked.weight.detach()[place], stacked.bias.detach()[place]
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
    return layer
