"""LabelEmbed+: pictures and compositions in one space."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.contrast import ContrastProgram, of_each, triplet
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.nn import StackedLinear

MARGIN = 1.0
"""Chosen on validation compositions."""


class Embedding(nn.Module):
    """Two linear layers with a rectifier between them."""

    def __init__(self, seeds: Sequence[int], name: str, size: int, hidden: int) -> None:
        super().__init__()
        drawn = [stream(seed, f"label_embed/{name}") for seed in seeds]
        self.first = StackedLinear((len(seeds),), size, hidden, generators=drawn)
        self.second = StackedLinear((len(seeds),), hidden, hidden, generators=drawn)

    def forward(
        self, x: Float[Tensor, "replica example number"]
    ) -> Float[Tensor, "replica example hidden"]:
        """Of each example."""
        made: Tensor = self.second(self.first(x).relu())
        return made


class LabelEmbedProgram(ContrastProgram):
    r"""A network for pictures, another for a composition's word vectors, and a triplet loss.

    .. math:: s(x, c) = -\|f(x) - g([v_{c_1}, \dots, v_{c_k}])\|

    Notes
    -----
    LabelEmbed of Misra et al. (2017) as Nagarajan and Grauman (2018) strengthen it, hence the "+":
    pictures have an embedding too, and the word vectors are learned on from where they start.
    """

    def __init__(
        self,
        config: SynthesisConfig,
        seeds: Sequence[int],
        problems: Sequence[Problem],
        device: torch.device,
    ) -> None:
        super().__init__(config, seeds, problems, device)
        self.words = nn.ParameterList([nn.Parameter(own.clone()) for own in self.vectors])
        sizes = sum(own.shape[-1] for own in self.vectors)
        self.pictures = Embedding(seeds, "pictures", self.features, config.hidden)
        self.composing = Embedding(seeds, "compositions", sizes, config.hidden)
        self.to(device)
        self.optimisers = [torch.optim.Adam(self.parameters(), lr=config.learning_rate, fused=True)]

    def composed(self) -> Float[Tensor, "replica composition hidden"]:
        """Where each composition is."""
        words = [own[:, self.members[:, slot]] for slot, own in enumerate(self.words)]
        made: Tensor = self.composing(torch.cat(words, -1))
        return made

    def contrast(
        self,
        features: Float[Tensor, "replica batch feature"],
        labels: Int64[Tensor, "replica batch"],
        negatives: Int64[Tensor, "replica batch"],
    ) -> Float[Tensor, " replica"]:
        """The triplet loss."""
        everything = self.composed()
        positives, others = (of_each(everything, chosen) for chosen in (labels, negatives))
        return triplet(self.pictures(features), positives, others, MARGIN)

    def scores(
        self, features: Float[Tensor, "replica picture feature"]
    ) -> Float[Tensor, "replica picture composition"]:
        """Less the distance."""
        return -torch.cdist(self.pictures(features), self.composed())
