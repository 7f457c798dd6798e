"""Proximal steps of the linear methods, and the one-dimensional loss they are derived from.

The notation is xiao2020's: A has a row a_i for each input and a column a_.t for each task. The
proximal step of a penalty at V, with threshold τ, is the A that minimises ½|A - V|² + τ penalty(A).
"""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float64
from torch import Tensor

from mtlkit.errors import UsageError

Norm = Literal["l1", "l2"]


def soft_threshold(
    v: Float64[Tensor, "*shape"], threshold: Float64[Tensor, "*#shape"]
) -> Float64[Tensor, "*shape"]:
    """Proximal step of the sum of |a_it|: each entry moves towards 0 by τ and stops there."""
    return v.sign() * (v.abs() - threshold).clamp_min(0)


def shrink(
    v: Float64[Tensor, "*shape"], threshold: Float64[Tensor, "*#shape"]
) -> Float64[Tensor, "*shape"]:
    """Proximal step of half the sum of a_it²: all entries shrink in proportion, none to 0."""
    return v / (1 + threshold)


def shrink_rows(
    v: Float64[Tensor, "*seed input task"], threshold: Float64[Tensor, "*#seed"]
) -> Float64[Tensor, "*seed input task"]:
    """Proximal step of the l1/l2 norm, the sum of |a_i|_2: each row shortens by τ or vanishes."""
    length = v.norm(dim=-1, keepdim=True)
    kept = (length - threshold[..., None, None]).clamp_min(0)
    return v * torch.where(length > 0, kept / length, 0.0)


def clip_rows(
    v: Float64[Tensor, "*seed input task"], threshold: Float64[Tensor, "*#seed"]
) -> Float64[Tensor, "*seed input task"]:
    """Proximal step of the l1/linf norm, the sum of max_t |a_it|: the row's peaks are cut level.

    By Moreau's decomposition the step is V less its projection on the l1 ball of radius τ, row by
    row. That projection is a soft threshold at some θ, so what is left is the row clipped to
    [-θ, θ]. θ is the level at which the parts cut off sum to τ (Duchi et al., 2008); a row whose
    |v_it| sum to less vanishes.
    """
    tops = v.abs().sort(dim=-1, descending=True).values.cumsum(-1)
    counts = torch.arange(1, v.shape[-1] + 1)
    level = ((tops - threshold[..., None, None]) / counts).amax(-1, keepdim=True).clamp_min(0)
    return v.clamp(-level, level)


def one_dimensional_loss(
    b: Float64[Tensor, "*shape"],
    xx: float | int,
    yx: float | int,
    strength: Float64[Tensor, "*#shape"],
    norm: Norm,
) -> Float64[Tensor, "*shape"]:
    """The survey's loss of the model y = βx, without y'y: β² x'x - 2β y'x + a penalty.

    The penalty is λ|β| for l1. For l2 the survey prints none; its derivative λβ belongs to λβ²/2.

    Parameters
    ----------
    b
        Where to evaluate it.
    xx, yx
        x'x, above 0, and y'x.
    strength
        λ, from 0.
    norm
        `l1` or `l2`.

    Raises
    ------
    UsageError
        If `xx` is not above 0, or λ is negative.

    Source: xiao2020, "Background" (lasso).
    """
    _check(xx, strength)
    penalty = b.abs() if norm == "l1" else b.square() / 2
    return b.square() * xx - 2 * b * yx + strength * penalty


def one_dimensional_minimiser(
    xx: float | int, yx: float | int, strength: Float64[Tensor, "*shape"], norm: Norm
) -> Float64[Tensor, "*shape"]:
    """Where `one_dimensional_loss` is least: the proximal step of least squares y'x / x'x.

    With l1: (y'x - λ/2) / x'x where y'x > λ/2, (y'x + λ/2) / x'x where y'x < -λ/2, else exactly 0.
    With l2: y'x / (x'x + λ/2), which is 0 only if y'x is.

    The survey assumes y'x >= 0 and so leaves out the second line; "0 for β <= 0" in its formula
    names the solution where it means a condition on the data, |y'x| <= λ/2.

    Raises
    ------
    UsageError
        If `xx` is not above 0, or λ is negative.
    """
    _check(xx, strength)
    least_squares = torch.full_like(strength, yx / xx)
    step = soft_threshold if norm == "l1" else shrink
    return step(least_squares, strength / (2 * xx))


def _check(xx: float | int, strength: Tensor) -> None:
    if xx <= 0:
        raise UsageError(f"x'x = {xx}: allowed is a number above 0.")
    if (strength < 0).any():
        raise UsageError(f"lambda = {strength.min().item():g}: allowed is a number from 0.")
