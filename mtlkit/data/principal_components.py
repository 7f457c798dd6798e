"""Features reduced to the directions in which the training part's vary most."""

from __future__ import annotations

import attrs
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from mtlkit.errors import UsageError


@attrs.frozen(eq=False)
class Reduction:
    """What is learned from a training part, to reduce any part of the same features by.

    Parameters
    ----------
    mean
        Of each feature.
    axes
        The directions in which the training part varies most, in that order; None: all features
        are kept as they are.
    scale
        The root of the mean square of what is kept of the centred training part.
    """

    mean: Float64[Tensor, " feature"]
    axes: Float64[Tensor, "component feature"] | None
    scale: Float64[Tensor, ""]

    @classmethod
    def of(cls, training: Float[Tensor, "example feature"], components: int) -> Reduction:
        """Learn it from a training part.

        Parameters
        ----------
        components
            How many directions are kept; 0 for the features as they are, centred and scaled.

        Raises
        ------
        UsageError
            If there are not so many features or training examples.

        Notes
        -----
        An axis' sign is free; it is chosen such that its largest entry is positive, so that
        another machine finds the same inputs.
        """
        most = min(training.shape)
        if components > most:
            raise UsageError(
                f"components = {components}: allowed is at most {most}, the features or the "
                "training examples."
            )
        mean = training.double().mean(0)
        seen = training.double() - mean
        axes = None
        if components:
            _, vectors = torch.linalg.eigh(seen.T @ seen)
            axes = vectors.T.flip(0)[:components]
            largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
            axes = axes * largest.sign()
            seen = seen @ axes.T
        return cls(mean, axes, seen.square().mean().sqrt().clamp_min(1e-12))

    def __call__(self, features: Float[Tensor, "item feature"]) -> Float[Tensor, "item component"]:
        """Features less the mean, along the axes, over the scale: in training of mean square 1."""
        centred = features.double() - self.mean
        if self.axes is not None:
            centred = centred @ self.axes.T
        return (centred / self.scale).float()
