"""Hinge losses on the scores of a batch: over all negatives, or over the hardest."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.losses.setting import check_positive


def sum_triplet(
    scores: Float[Tensor, "*stack pair pair"], margin: float | Float[Tensor, ""]
) -> Float[Tensor, "*stack pair"]:
    r"""Every negative that comes within the margin costs, in both directions.

    .. math::
        \ell_i = \sum_{c' \neq i} [m + s(i, c') - s(i, i)]_+
               + \sum_{i' \neq i} [m + s(i', i) - s(i, i)]_+

    A negative at the margin exactly has no gradient. In a batch of one pair there are no negatives:
    the loss is 0.

    Raises
    ------
    UsageError
        If `margin` is a number and not above 0.

    Notes
    -----
    The "Sum Triplet" of epfl_retrieval, which prints no formula; the sum over the batch is that of
    Faghri et al. (VSE++, 2018), where the maximum comes from too.
    """
    check_positive("margin", margin)
    slack = margin - _positives(scores)
    negatives = without_positives(scores)
    of_images = (negatives + slack.unsqueeze(-1)).relu().sum(-1)
    of_texts = (negatives + slack.unsqueeze(-2)).relu().sum(-2)
    return of_images + of_texts


def max_triplet(
    scores: Float[Tensor, "*stack pair pair"], margin: float | Float[Tensor, ""]
) -> Float[Tensor, "*stack pair"]:
    r"""Only the hardest negative of the batch costs, in both directions.

    .. math::
        \ell_i = \max_{c' \neq i} [m + s(i, c') - s(i, i)]_+
               + \max_{i' \neq i} [m + s(i', i) - s(i, i)]_+

    Of equally hard negatives one gets the whole gradient. In a batch of one pair there are no
    negatives: the loss is 0.

    Raises
    ------
    UsageError
        If `margin` is a number and not above 0.

    Notes
    -----
    The loss :math:`\ell_{MH}` of epfl_retrieval.
    """
    check_positive("margin", margin)
    slack = margin - _positives(scores)
    negatives = without_positives(scores)
    of_images = (negatives.max(-1).values + slack).relu()
    of_texts = (negatives.max(-2).values + slack).relu()
    return of_images + of_texts


def without_positives(
    scores: Float[Tensor, "*stack pair pair"],
) -> Float[Tensor, "*stack pair pair"]:
    """The scores with minus infinity on the diagonal, where no loss looks and no gradient goes."""
    diagonal = torch.eye(scores.shape[-1], dtype=torch.bool, device=scores.device)
    return scores.masked_fill(diagonal, -torch.inf)


def _positives(scores: Tensor) -> Tensor:
    return scores.diagonal(dim1=-2, dim2=-1)
