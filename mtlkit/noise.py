"""Label noise: some labels become another class (nahm2020, section 5.1)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from mtlkit.errors import UsageError

KINDS = ("variance", "std", "uniform", "symmetric")
"""How a noise level is read: see `flip_labels`."""

THRESHOLDS: Mapping[str, float] = {"variance": 1.96, "std": 2.0}
"""A label flips where the size of its normal draw exceeds this."""


def flip_labels(
    labels: Int64[Tensor, "*shape"],
    level: float | int,
    n_classes: int,
    generator: torch.Generator,
    kind: str = "variance",
) -> tuple[Int64[Tensor, "*shape"], Bool[Tensor, "*shape"]]:
    """Flip labels at a noise level, by default as the source prints it.

    ========= ================================================ ===========================
    kind      a label flips where                              and becomes
    ========= ================================================ ===========================
    variance  a draw of N(0, level) is beyond ±1.96            any other class, each alike
    std       a draw of N(0, level²) is beyond ±2              any other class, each alike
    uniform   a uniform draw is below the rate `level`         any other class, each alike
    symmetric a uniform draw is below the rate `level`         n - 1 - i from i
    ========= ================================================ ===========================

    A flipped label is never its own: in symmetric noise the middle one of an odd number of classes
    never flips. Nothing flips at level 0. The number of draws does not depend on the level: from
    the same generator, what flips at a low level flips at a higher one too, to the same class.

    Parameters
    ----------
    labels
        Classes, from 0 to `n_classes` - 1.
    level
        sigma_i^2 of the source, a deviation, or a rate from 0 to 1, by `kind`.
    n_classes
        How many classes there are, at least 2.
    generator
        Where the draws come from.
    kind
        One of `KINDS`. `variance` and `symmetric`: nahm2020, section 5.1, the noise it uses and
        the one it decided against. `std`: its author's notebook.

    Returns
    -------
    noisy, flipped
        The labels with their noise, and where they differ from `labels`.

    Raises
    ------
    UsageError
        If the kind is unknown, the level is not allowed for it, there are fewer than two classes,
        or a label is none of them.
    """
    check_level(level, kind)
    _check_classes(n_classes)
    outside = labels[(labels < 0) | (labels >= n_classes)]
    if len(outside):
        raise UsageError(
            f"labels has the value {int(outside[0])}: allowed is 0 to {n_classes - 1}."
        )
    if kind in THRESHOLDS:
        draw = _deviation(level, kind) * torch.randn(labels.shape, generator=generator)
        chosen = draw.abs() > THRESHOLDS[kind]
    else:
        chosen = torch.rand(labels.shape, generator=generator) < level
    if kind == "symmetric":
        noisy = torch.where(chosen, n_classes - 1 - labels, labels)
    else:
        # 1 to n - 1 places further round the circle of classes is every other class once.
        further = torch.randint(1, n_classes, labels.shape, generator=generator)
        noisy = torch.where(chosen, (labels + further) % n_classes, labels)
    return noisy, noisy != labels


def flip_rate(level: float | int, kind: str = "variance") -> float:
    """The share of labels that `flip_labels` changes.

    For normal draws of deviation sigma beyond a threshold c it is 2 (1 - Phi(c / sigma)). Of an
    odd number of classes, symmetric noise changes less: never the middle one.

    Raises
    ------
    UsageError
        If the kind is unknown, or the level is not allowed for it.

    Examples
    --------
    >>> [round(100 * flip_rate(variance), 2) for variance in (0, 1, 2, 3, 4)]
    [0.0, 5.0, 16.58, 25.78, 32.71]
    >>> [round(100 * flip_rate(deviation, "std"), 2) for deviation in (0, 1, 2, 3, 4)]
    [0.0, 4.55, 31.73, 50.5, 61.71]
    """
    check_level(level, kind)
    if kind not in THRESHOLDS:
        return float(level)
    return math.erfc(THRESHOLDS[kind] / (_deviation(level, kind) * math.sqrt(2))) if level else 0.0


def least_cross_entropy(level: float | int, n_classes: int, kind: str = "variance") -> float:
    """The least mean cross-entropy that flipped labels allow, in nats.

    It is the entropy of a flipped label where the clean one is known,
    -(1 - p) log(1 - p) - p log(p / k), at the flip rate p and k classes that a flipped label may
    become (n - 1; in symmetric noise 1). Only who learns labels by heart comes below it on them.

    Raises
    ------
    UsageError
        If the kind is unknown, the level is not allowed for it, there are fewer than two classes,
        or, in symmetric noise, an odd number of them.

    Examples
    --------
    >>> [round(least_cross_entropy(variance, 10), 2) for variance in (0, 1, 2, 3, 4)]
    [0.0, 0.31, 0.81, 1.14, 1.35]
    """
    _check_classes(n_classes)
    p = flip_rate(level, kind)
    if kind == "symmetric" and n_classes % 2:
        raise UsageError(
            f"n_classes = {n_classes}: allowed for symmetric noise is an even number, "
            "as the middle one of an odd number never flips."
        )
    partners = 1 if kind == "symmetric" else n_classes - 1
    stays = (1 - p) * math.log1p(-p) if p < 1 else 0.0
    flips = p * math.log(p / partners) if p > 0 else 0.0
    return -(stays + flips) + 0.0  # never -0.0


def check_level(level: float | int, kind: str) -> None:
    """Refuse a noise level that its kind does not allow.

    Raises
    ------
    UsageError
        With what is allowed.
    """
    if kind not in KINDS:
        raise UsageError(f"kind = {kind}: allowed is one of {', '.join(KINDS)}.")
    if kind in THRESHOLDS:
        if not 0 <= level < math.inf:
            raise UsageError(f"{kind} = {level}: allowed is a finite number, 0 or more.")
    elif not 0 <= level <= 1:
        raise UsageError(f"rate = {level}: allowed is a number from 0 to 1.")


def _deviation(level: float | int, kind: str) -> float:
    return float(level) if kind == "std" else math.sqrt(level)


def _check_classes(n_classes: int) -> None:
    if n_classes < 2:
        raise UsageError(f"n_classes = {n_classes}: allowed is a whole number from 2 on.")
