"""What chapters 3 and 4 of nahm2020 claim, and how each sentence is put to the test."""

from __future__ import annotations

from mtlkit.core.claim import Claim
from mtlkit.lessons.noisy_polynomials.claims import (
    estimates,
    likelihood,
    more_tasks,
    noisy_task,
    training,
    weights,
)

CLAIMS: tuple[Claim, ...] = (
    *likelihood.CLAIMS,
    *estimates.CLAIMS,
    *more_tasks.CLAIMS,
    *noisy_task.CLAIMS,
    *weights.CLAIMS,
    *training.CLAIMS,
)
