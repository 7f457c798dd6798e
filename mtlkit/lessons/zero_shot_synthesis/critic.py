"""The critic: a feature and a description in, one number out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mtlkit.core.streams import stream
from mtlkit.nn import StackedLinear

SLOPE = 0.2


class Critic(nn.Module):
    """D(z, t): three layers; high for real features.

    Notes
    -----
    yan2020, section 5.4 and "Experimental Details": "a 3-layer FC networks". Feature and
    description go in beside each other.
    """

    def __init__(self, seeds: Sequence[int], features: int, description: int, hidden: int) -> None:
        super().__init__()
        sizes = [(features + description, hidden), (hidden, hidden), (hidden, 1)]
        self.layers = nn.ModuleList(
            StackedLinear(
                (len(seeds),), *size, generators=[stream(seed, "critic", place) for seed in seeds]
            )
            for place, size in enumerate(sizes)
        )

    def forward(
        self,
        features: Float[Tensor, "replica example feature"],
        descriptions: Float[Tensor, "replica example description"],
    ) -> Float[Tensor, "replica example"]:
        """One number for each feature beside its description."""
        hidden = torch.cat([features, descriptions], -1)
        for layer in self.layers[:-1]:
            hidden = leaky_relu(layer(hidden), SLOPE)
        verdict: Tensor = self.layers[-1](hidden).squeeze(-1)
        return verdict
