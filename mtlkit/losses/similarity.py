"""How alike images and texts are: the scores that losses and metrics read."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def cosine_scores(
    images: Float[Tensor, "*stack image feature"], texts: Float[Tensor, "*stack text feature"]
) -> Float[Tensor, "*stack image text"]:
    """Cosine of the angle between each image's embedding and each text's, in one matrix product.

    A zero vector stays zero: it scores 0 with everything, and its gradient is finite.
    """
    return _unit(images) @ _unit(texts).mT


def _unit(x: Tensor) -> Tensor:
    length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
    return x / torch.where(length == 0, 1.0, length)
