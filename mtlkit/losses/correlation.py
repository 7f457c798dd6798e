"""Barlow Twins: features of image and text that agree, each with its own, none with another."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.errors import UsageError
from mtlkit.losses.setting import check_positive


def barlow_twins(
    images: Float[Tensor, "*stack pair feature"],
    texts: Float[Tensor, "*stack pair feature"],
    weight: float | Float[Tensor, ""],
) -> Float[Tensor, "*stack"]:
    r"""How far the correlation of the features of images and texts is from the identity.

    .. math:: \sum_i (1 - C_{ii})^2 + \lambda \sum_i \sum_{j \neq i} C_{ij}^2

    Raises
    ------
    UsageError
        If `weight`, the factor of the second sum, is a number and not above 0, or the batch has
        fewer than two pairs.

    Notes
    -----
    The loss :math:`\mathcal{L}_{BT}` of epfl_retrieval, which prints no :math:`\lambda`; after
    Zbontar et al. (2021). For embeddings drawn independently of one another, N pairs of D features,
    it is :math:`D + (D + \lambda D (D - 1)) / (N - 1)` in expectation.
    """
    check_positive("weight", weight)
    correlation = cross_correlation(images, texts)
    own = correlation.diagonal(dim1=-2, dim2=-1)
    others = correlation.square().sum((-2, -1)) - own.square().sum(-1)
    return (1 - own).square().sum(-1) + weight * others


def cross_correlation(
    images: Float[Tensor, "*stack pair feature"], texts: Float[Tensor, "*stack pair feature"]
) -> Float[Tensor, "*stack feature feature"]:
    """Correlation over the batch of each feature of the images with each feature of the texts.

    A feature that is constant in the batch correlates with nothing: 0.

    Raises
    ------
    UsageError
        If the batch has fewer than two pairs.
    """
    pairs = images.shape[-2]
    if pairs < 2:
        raise UsageError(f"a correlation needs two pairs or more in a batch: here is {pairs}.")
    image, text = _centred(images), _centred(texts)
    # The lengths are divided out of the product: it is smaller than the batch.
    return image.mT @ text / (_length(image).mT * _length(text))


def _centred(x: Tensor) -> Tensor:
    """With mean 0 over the batch."""
    # Less one of its values a constant feature is exactly 0, which less its rounded mean it is not.
    shifted = x - x[..., :1, :].detach()
    return shifted - shifted.mean(-2, keepdim=True)


def _length(centred: Tensor) -> Tensor:
    """The standard deviation, times the root of the number of pairs; 1 of a constant."""
    length = torch.linalg.vector_norm(centred, dim=-2, keepdim=True)
    return torch.where(length == 0, 1.0, length)
