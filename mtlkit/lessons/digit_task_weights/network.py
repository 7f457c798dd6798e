"""The network of Fig. 5.1: two shared layers, one layer a task."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.nn import StackedLinear


class DigitNetwork(nn.Module):
    """Two shared layers with ReLU, then one linear head for each task; one copy a seed.

    Parameters
    ----------
    seeds
        One replica each; a replica starts the same whoever stands beside it.
    sizes
        Inputs (pixels or components), and the widths of the two shared layers.
    tasks, classes
        Heads of a replica, and outputs of a head.

    Notes
    -----
    The source says "ReLU activations were used after each layer"; after the last one it would cut
    the logits off at 0, so that one is left out.
    """

    def __init__(
        self, seeds: Sequence[int], sizes: tuple[int, int, int], tasks: int, classes: int
    ) -> None:
        super().__init__()
        replicas = (len(seeds),)

        def generators(layer: str) -> list[torch.Generator]:
            return [stream(seed, f"start/{layer}") for seed in seeds]

        inputs, first, second = sizes
        self.first = StackedLinear(replicas, inputs, first, generators=generators("first"))
        self.second = StackedLinear(replicas, first, second, generators=generators("second"))
        self.heads = StackedLinear(
            (*replicas, tasks), second, classes, generators=generators("heads")
        )

    def features(
        self, images: Float[Tensor, "#replica picture input"]
    ) -> Float[Tensor, "replica picture feature"]:
        """What the shared layers make of the pictures; one set may serve all replicas."""
        found: Tensor = self.second(self.first(images).relu()).relu()
        return found

    def forward(
        self, images: Float[Tensor, "#replica picture input"]
    ) -> Float[Tensor, "replica task picture class"]:
        """Every task's logits."""
        logits: Tensor = self.heads(self.features(images).unsqueeze(1))
        return logits

    @property
    def shared(self) -> tuple[Tensor, ...]:
        """The parameters that all tasks use."""
        return (*self.first.parameters(), *self.second.parameters())

    @torch.no_grad()
    def repeat(self, rows: Int64[Tensor, " copy"]) -> None:
        """Make copies of the replicas in `rows`."""
        for parameter in self.parameters():
            parameter.data = parameter[rows]
