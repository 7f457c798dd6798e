"""A network read: embeddings of a part, and ranks both ways."""

from __future__ import annotations

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

from mtlkit.lessons.retrieval_losses.inputs import Pairs, pixels
from mtlkit.metrics.retrieval import best_ranks
from mtlkit.nn.two_branch import TwoBranch

DIRECTIONS = ("image_to_text", "text_to_image")
SCORINGS = ("cosine", "standardised")

CHUNK = 512
"""Pictures or captions that are read at once."""


@attrs.frozen(eq=False)
class Statistics:
    """Mean and deviation of each embedded number, of pictures and of captions."""

    images: tuple[Float[Tensor, " feature"], Float[Tensor, " feature"]]
    texts: tuple[Float[Tensor, " feature"], Float[Tensor, " feature"]]


@attrs.frozen(eq=False)
class Embedded:
    """Where pictures and captions lie, before they get length 1."""

    images: Float[Tensor, "picture feature"]
    texts: Float[Tensor, "caption feature"]

    def statistics(self) -> Statistics:
        """Of these pictures and captions; deviations are at least a millionth."""
        found = [
            (each.mean(0), each.std(0, correction=0).clamp_min(1e-6))
            for each in (self.images, self.texts)
        ]
        return Statistics(found[0], found[1])

    def standardised(self, by: Statistics) -> Embedded:
        """Each number less its mean, over its deviation."""
        return Embedded(
            (self.images - by.images[0]) / by.images[1], (self.texts - by.texts[0]) / by.texts[1]
        )

    def scores(
        self, captions: Int64[Tensor, " picture"], most: int
    ) -> Float[Tensor, "shown shown"]:
        """Cosines of the first pictures with the captions that stand at these places."""
        texts = normalize(self.texts[captions[:most]], dim=-1)
        return normalize(self.images[:most], dim=-1) @ texts.T

    def others(self, pairs: Pairs) -> float:
        """The mean cosine of a picture with the first captions of other pictures."""
        images = normalize(self.images, dim=-1)
        texts = normalize(self.texts[pairs.first], dim=-1)
        own = (images * texts).sum(-1).sum()
        everything = (images.sum(0) * texts.sum(0)).sum()
        count = len(images) * (len(images) - 1)
        return float((everything - own) / count)


@attrs.frozen(eq=False)
class Ranked:
    """The rank of the best right item for each query, and how many items there were."""

    direction: str
    ranks: Int64[Tensor, " query"]
    items: int


@torch.no_grad()
def embed(network: TwoBranch, pairs: Pairs, device: torch.device) -> Embedded:
    """Every picture and caption; the network is in evaluation mode afterwards."""
    network.eval()
    images = [
        network.images.projected(pixels(part.to(device))).cpu()
        for part in torch.split(pairs.images, CHUNK)
    ]
    texts = [
        network.texts.projected(part.to(device)).cpu()
        for part in torch.split(pairs.words, 4 * CHUNK)
    ]
    return Embedded(torch.cat(images), torch.cat(texts))


def ranks(found: Embedded, pairs: Pairs) -> tuple[Ranked, Ranked]:
    """From pictures to the best of their captions, and from captions to their picture, by cosine.

    Notes
    -----
    Source: epfl_retrieval, the two pages "Metrics". The source counts ranks from 0 and asks for
    rank < K; ours count from 1.
    """
    images, texts = normalize(found.images, dim=-1), normalize(found.texts, dim=-1)
    own = torch.arange(len(images))
    return (
        Ranked(DIRECTIONS[0], best_ranks(images, texts, own, pairs.pictures), len(texts)),
        Ranked(DIRECTIONS[1], best_ranks(texts, images, pairs.pictures, own), len(images)),
    )
