"""The network of Fig. 5.1: two shared layers, one layer a task."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
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
        Pixels, and the widths of the two shared layers.
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

        pixels, first, second = sizes
        self.first = StackedLinear(replicas, pixels, first, generators=generators("first"))
        self.second = StackedLinear(replicas, first, second, generators=generators("second"))
        self.heads = StackedLinear(
            (*replicas, tasks), second, classes, generators=generators("heads")
        )

    def forward(
        self, images: Float[Tensor, "#replica picture pixel"]
    ) -> Float[Tensor, "replica task picture class"]:
        """Every task's logits; one set of pictures may serve all replicas."""
        features = self.second(self.first(images).relu()).relu()
        logits: Tensor = self.heads(features.unsqueeze(1))
        return logits

    @property
    def shared(self) -> tuple[Tensor, ...]:
        """The parameters that all tasks use."""
        return (*self.first.parameters(), *self.second.parameters())
