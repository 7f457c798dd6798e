"""The losses of lesson 07 by name, with what they may learn themselves."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import normalize

from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.losses import barlow_twins, max_triplet, simclr, sum_triplet
from mtlkit.nn.starting import draw_parameters

PARAMETER = {
    "simclr": "temperature",
    "simclr_positive": "temperature",
    "barlow_twins": "redundancy",
}
"""Which setting a loss has; the triplets have a margin."""

Value = float | Float[Tensor, ""]


def parameter_of(strategy: str) -> str:
    """The setting that a loss has: `margin`, `temperature` or `redundancy`."""
    return PARAMETER.get(strategy, "margin")


class Objective(nn.Module):
    """A loss with its margin, temperature or lambda, and perhaps a projector before it.

    Parameters
    ----------
    config, strategy
        Which loss, and where its parameter starts. A learned parameter is learned as a logarithm,
        so that it stays positive.
    generator
        Draws the projector: a layer with ReLU and a layer without, both of `projector` units,
        which both modalities pass.
    """

    def __init__(self, config: RetrievalConfig, strategy: str, generator: torch.Generator) -> None:
        super().__init__()
        self.strategy, self.warm = strategy, config.warm
        start = math.log(getattr(config, parameter_of(strategy)))
        self.log_parameter = nn.Parameter(torch.tensor(start), requires_grad=config.learnable)
        self.projector = nn.Sequential()
        if config.projector:
            self.projector.append(nn.Linear(config.features, config.projector))
            self.projector.append(nn.ReLU())
            self.projector.append(nn.Linear(config.projector, config.projector))
        draw_parameters(self.projector, generator)

    def forward(
        self,
        images: Float[Tensor, "pair feature"],
        texts: Float[Tensor, "pair feature"],
        epoch: int,
    ) -> Float[Tensor, ""]:
        """The mean loss of a batch; embeddings come as they are before they get length 1."""
        images, texts = self.projector(images), self.projector(texts)
        name = self.strategy
        if name == "max_after_sum":
            name = "sum_triplet" if epoch <= self.warm else "max_triplet"
        return mean_loss(name, images, texts, self.log_parameter.exp())


def mean_loss(
    name: str,
    images: Float[Tensor, "pair feature"],
    texts: Float[Tensor, "pair feature"],
    parameter: Value,
) -> Float[Tensor, ""]:
    """The mean over the pairs of a loss; Barlow Twins has one for all of them."""
    if name == "barlow_twins":
        return barlow_twins(images, texts, parameter)
    return pair_losses(
        name, normalize(images, dim=-1) @ normalize(texts, dim=-1).T, parameter
    ).mean()


def pair_losses(
    name: str, scores: Float[Tensor, "pair pair"], parameter: Value
) -> Float[Tensor, " pair"]:
    """A loss that looks at scores alone, of each pair."""
    if name == "simclr":
        return simclr(scores, parameter)
    if name == "simclr_positive":
        return simclr(scores, parameter, positive_in_denominator=True)
    return {"sum_triplet": sum_triplet, "max_triplet": max_triplet}[name](scores, parameter)
