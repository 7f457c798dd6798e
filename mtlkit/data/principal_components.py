"""Features reduced to the directions in which the training part's vary most."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.errors import UsageError


def reduced(
    features: Float[Tensor, "item feature"],
    training: Float[Tensor, "example feature"],
    components: int,
) -> Float[Tensor, "item component"]:
    """Features less the training mean, in principal components, scaled to mean square 1.

    Parameters
    ----------
    features, training
        What is reduced, and the training part, which mean, directions and scale are taken from.
    components
        How many directions are kept; 0 for the features as they are, centred and scaled.

    Raises
    ------
    UsageError
        If there are not so many features or training examples.

    Notes
    -----
    An axis' sign is free; it is chosen such that its largest entry is positive, so that another
    machine finds the same inputs.
    """
    most = min(training.shape)
    if components > most:
        raise UsageError(
            f"components = {components}: allowed is at most {most}, the features or the training "
            "examples."
        )
    mean = training.double().mean(0)
    seen, centred = training.double() - mean, features.double() - mean
    if components:
        _, vectors = torch.linalg.eigh(seen.T @ seen)
        axes = vectors.T.flip(0)[:components]
        largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
        axes = axes * largest.sign()
        seen, centred = seen @ axes.T, centred @ axes.T
    scale = seen.square().mean().sqrt().clamp_min(1e-12)
    return (centred / scale).float()
