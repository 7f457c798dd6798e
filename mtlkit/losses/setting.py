"""Margin, temperature and weight: a number, or a tensor that is learned."""

from __future__ import annotations

import math

from jaxtyping import Float
from torch import Tensor

from mtlkit.errors import UsageError


def check_positive(name: str, value: float | Float[Tensor, ""]) -> None:
    """Refuse a number that is not above 0.

    A tensor is let through unread: reading it would wait for the device at every step.

    Raises
    ------
    UsageError
        If the number is 0, negative or not finite.
    """
    if isinstance(value, float) and not (math.isfinite(value) and value > 0):
        raise UsageError(f"{name} is {value:g}: it must be a finite number above 0.")
