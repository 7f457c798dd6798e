"""Label noise: some labels become another class (nahm2020, section 5.1)."""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from mtlkit.errors import UsageError

THRESHOLD = 1.96
"""A label flips where the size of its draw exceeds this."""


def flip_labels(
    labels: Int64[Tensor, "*shape"],
    variance: float | int,
    n_classes: int,
    generator: torch.Generator,
) -> tuple[Int64[Tensor, "*shape"], Bool[Tensor, "*shape"]]:
    """Flip labels as the source does: where a draw of N(0, variance) is beyond ±1.96.

    A flipped label becomes one of the other classes, each equally likely, so never itself. The
    number of draws does not depend on the variance: from the same generator, what flips at a low
    variance flips at a higher one too, to the same class.

    Parameters
    ----------
    labels
        Classes, from 0 to `n_classes` - 1.
    variance
        sigma_i^2 of the source: a variance, not a deviation; 0 changes nothing.
    n_classes
        How many classes there are, at least 2.
    generator
        Where the draws come from.

    Returns
    -------
    noisy, flipped
        The labels with their noise, and where they differ from `labels`.

    Raises
    ------
    UsageError
        If the variance is negative or not finite, there are fewer than two classes, or a label is
        none of them.
    """
    _check_variance(variance)
    _check_classes(n_classes)
    outside = labels[(labels < 0) | (labels >= n_classes)]
    if len(outside):
        raise UsageError(
            f"labels has the value {int(outside[0])}: allowed is 0 to {n_classes - 1}."
        )
    draw = math.sqrt(variance) * torch.randn(labels.shape, generator=generator)
    # 1 to n - 1 places further round the circle of classes is every other class once.
    further = torch.randint(1, n_classes, labels.shape, generator=generator)
    flipped = draw.abs() > THRESHOLD
    return torch.where(flipped, (labels + further) % n_classes, labels), flipped


def flip_rate(variance: float | int) -> float:
    """The share of labels that `flip_labels` changes: 2 (1 - Phi(1.96 / sigma)).

    Raises
    ------
    UsageError
        If the variance is negative or not finite.

    Examples
    --------
    >>> [round(100 * flip_rate(variance), 2) for variance in (0, 1, 2, 3, 4)]
    [0.0, 5.0, 16.58, 25.78, 32.71]
    """
    _check_variance(variance)
    return math.erfc(THRESHOLD / math.sqrt(2 * variance)) if variance else 0.0


def least_cross_entropy(variance: float | int, n_classes: int) -> float:
    """The least mean cross-entropy that flipped labels allow, in nats.

    It is the entropy of a flipped label where the clean one is known,
    -(1 - p) log(1 - p) - p log(p / (n - 1)) at the flip rate p. Only who learns labels by heart
    comes below it on them.

    Raises
    ------
    UsageError
        If the variance is negative or not finite, or there are fewer than two classes.

    Examples
    --------
    >>> [round(least_cross_entropy(variance, 10), 2) for variance in (0, 1, 2, 3, 4)]
    [0.0, 0.31, 0.81, 1.14, 1.35]
    """
    _check_classes(n_classes)
    p = flip_rate(variance)
    if p == 0:
        return 0.0
    return -(1 - p) * math.log1p(-p) - p * math.log(p / (n_classes - 1))


def _check_classes(n_classes: int) -> None:
    if n_classes < 2:
        raise UsageError(f"n_classes = {n_classes}: allowed is a whole number from 2 on.")


def _check_variance(variance: float | int) -> None:
    if not 0 <= variance < math.inf:
        raise UsageError(f"variance = {variance}: allowed is a finite number, 0 or more.")
