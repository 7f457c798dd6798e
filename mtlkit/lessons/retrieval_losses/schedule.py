"""How the learning rate goes over the training."""

from __future__ import annotations

import math

MILESTONES = (1, 4, 10)
"""Epochs done after which the source halves the rate."""

WARM = 0.2
"""Share of the training over which a warm-up rises."""


def factor(schedule: str, done: float, epochs: int) -> float:
    """What the learning rate is multiplied by.

    Parameters
    ----------
    schedule
        `multistep`: halved after epochs 1, 4 and 10. `cosine`: half a wave down to 0. `warmup`:
        up in a straight line over the first fifth of the training, then constant. `constant`: 1.
    done
        Epochs done, with the part of the present one.
    epochs
        How many there will be.

    Notes
    -----
    Source: epfl_retrieval, "The main problems we faced", names the first three, and prints the
    milestones alone.
    """
    if schedule == "multistep":
        return float(0.5 ** sum(done >= milestone for milestone in MILESTONES))
    if schedule == "cosine":
        return 0.5 * (1 + math.cos(math.pi * done / epochs))
    if schedule == "warmup":
        return min(1.0, (done + 1 / 8) / (WARM * epochs))
    return 1.0
