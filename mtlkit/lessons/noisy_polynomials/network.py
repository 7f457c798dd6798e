"""The network of Fig. 4.1 of nahm2020: one shared layer, two layers a task."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.nn import StackedLinear


class PolynomialNetwork(nn.Module):
    """1xH + ReLU shared; HxH + ReLU and Hx1 for each task; one copy a seed.

    Parameters
    ----------
    seeds
        One replica each; a replica starts the same whoever stands beside it.
    tasks, width
        T and H.
    """

    def __init__(self, seeds: Sequence[int], tasks: int, width: int) -> None:
        super().__init__()

        def generators(layer: str) -> list[torch.Generator]:
            return [stream(seed, f"start/{layer}") for seed in seeds]

        replicas = len(seeds)
        self.shared = StackedLinear((replicas,), 1, width, generators=generators("shared"))
        self.hidden = StackedLinear(
            (replicas, tasks), width, width, generators=generators("hidden")
        )
        self.output = StackedLinear((replicas, tasks), width, 1, generators=generators("output"))

    def forward(self, x: Float[Tensor, "replica point"]) -> Float[Tensor, "replica task point"]:
        """Every task's prediction at its replica's inputs."""
        features = self.shared(x.unsqueeze(-1)).relu().unsqueeze(1)
        predicted: Tensor = self.output(self.hidden(features).relu())
        return predicted.squeeze(-1)

    @property
    def heads(self) -> tuple[StackedLinear, StackedLinear]:
        """The layers that belong to one task each."""
        return self.hidden, self.output

    @torch.no_grad()
    def repeat(self, rows: Int64[Tensor, " copy"], task: Int64[Tensor, " copy"] | None) -> None:
        """Make copies of the replicas in `rows`; with `task`, each a network of that task alone."""
        self.shared.weight.data = self.shared.weight[rows]
        self.shared.bias.data = self.shared.bias[rows]
        for layer in self.heads:
            for parameter in (layer.weight, layer.bias):
                if task is None:
                    parameter.data = parameter[rows]
                else:
                    parameter.data = parameter[rows, task].unsqueeze(1)
