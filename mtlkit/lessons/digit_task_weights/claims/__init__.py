"""What chapters 5 and 7 of nahm2020 claim of digits, and how each sentence is put to the test."""

from __future__ import annotations

from mtlkit.core.claim import Claim
from mtlkit.lessons.digit_task_weights.claims import (
    complexity,
    flips,
    training,
    uncertainty,
    weights,
)

CLAIMS: tuple[Claim, ...] = (
    *flips.CLAIMS,
    *uncertainty.CLAIMS,
    *weights.CLAIMS,
    *training.CLAIMS,
    *complexity.CLAIMS,
)
