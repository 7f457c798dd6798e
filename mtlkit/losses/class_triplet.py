"""Triplets drawn by class: the anchor's modality against the other."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.errors import UsageError
from mtlkit.losses.setting import check_positive


def class_triplet(
    anchors: Float[Tensor, "*stack anchor feature"],
    positives: Float[Tensor, "*stack anchor feature"],
    negatives: Float[Tensor, "*stack anchor feature"],
    margin: float | Float[Tensor, ""],
) -> Float[Tensor, "*stack anchor"]:
    r"""The positive must be nearer than the negative, by the margin, in squared distance.

    .. math:: \ell = [\|a - p\|^2 - \|a - n\|^2 + m]_+

    Raises
    ------
    UsageError
        If `margin` is a number and not above 0.

    Notes
    -----
    nahm2020, sections 3.1 and 6.2, where the anchors' losses are summed and the margin is 1.
    """
    check_positive("margin", margin)
    near = (anchors - positives).square().sum(-1)
    far = (anchors - negatives).square().sum(-1)
    return (near - far + margin).relu()


def sample_class_triplets(
    labels: Int64[Tensor, " example"], generator: torch.Generator
) -> tuple[Int64[Tensor, " example"], Int64[Tensor, " example"]]:
    """For each example as an anchor, the places of its positive and of its negative.

    Both are of the other modality. The positive is drawn uniformly among the examples of the
    anchor's class, the anchor's own partner included; the negative among those of other classes.

    Raises
    ------
    UsageError
        If all examples are of one class, so that there is no negative.

    Notes
    -----
    nahm2020, section 6.2: "randomly sampled from the same class as the anchor but from the opposing
    modality".
    """
    _, classes, sizes = torch.unique(labels, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        raise UsageError(
            f"a batch for triplets needs examples of two classes or more: it has {len(sizes)}."
        )
    by_class = torch.argsort(classes, stable=True)
    size = sizes[classes]
    start = (sizes.cumsum(0) - sizes)[classes]
    same = start + _below(size, generator)
    other = _below(len(labels) - size, generator)
    other = torch.where(other < start, other, other + size)
    return by_class[same], by_class[other]


def _below(bounds: Tensor, generator: torch.Generator) -> Tensor:
    """A whole number from 0 up to each bound, without it."""
    drawn = torch.rand(bounds.shape, dtype=torch.float64, device=bounds.device, generator=generator)
    # Below 1, rounded down to 53 bits: the product stays below any bound that fits a batch.
    return (drawn * bounds).long()
