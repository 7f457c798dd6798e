"""What chapter 6 of nahm2020 claims, and how each sentence is put to the test."""

from __future__ import annotations

from mtlkit.core.claim import Claim
from mtlkit.lessons.retrieval_task_weights.claims import dimensions, robustness, text, weights

CLAIMS: tuple[Claim, ...] = (
    *robustness.CLAIMS,
    *dimensions.CLAIMS,
    *weights.CLAIMS,
    *text.CLAIMS,
)
"""All claims of the lesson."""
