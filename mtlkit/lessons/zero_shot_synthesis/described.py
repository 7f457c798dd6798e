"""Task descriptions: the word vectors of a composition, each through a network of its slot."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mtlkit.core.streams import stream
from mtlkit.nn import StackedLinear

SLOPE = 0.2


class WordEmbedding(nn.Module):
    """phi of one slot: two linear layers, read for all of its words at once.

    Notes
    -----
    yan2020, "Experimental Details": "two 2-layer FC networks phi_a and phi_o".
    """

    def __init__(self, seeds: Sequence[int], slot: int, size: int, hidden: int) -> None:
        super().__init__()
        drawn = [stream(seed, "embedding", slot) for seed in seeds]
        self.first = StackedLinear((len(seeds),), size, hidden, generators=drawn)
        self.second = StackedLinear((len(seeds),), hidden, hidden, generators=drawn)

    def forward(
        self, vectors: Float[Tensor, "replica word size"]
    ) -> Float[Tensor, "replica word hidden"]:
        """Of each word."""
        made: Tensor = self.second(leaky_relu(self.first(vectors), SLOPE))
        return made


class Descriptions(nn.Module):
    """phi(t) of every composition: its words' embeddings beside each other."""

    def __init__(self, seeds: Sequence[int], sizes: Sequence[int], hidden: int) -> None:
        super().__init__()
        self.slots = nn.ModuleList(
            WordEmbedding(seeds, slot, size, hidden) for slot, size in enumerate(sizes)
        )

    def forward(
        self,
        vectors: Sequence[Float[Tensor, "replica _ _"]],
        members: Int64[Tensor, "composition slot"],
    ) -> Float[Tensor, "replica composition description"]:
        """From the words' vectors, a tensor a slot."""
        return torch.cat(
            [
                embed(own)[:, members[:, slot]]
                for slot, (embed, own) in enumerate(zip(self.slots, vectors, strict=True))
            ],
            dim=-1,
        )
