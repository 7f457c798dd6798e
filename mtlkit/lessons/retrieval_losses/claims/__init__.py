"""What epfl_retrieval claims, and how each sentence is put to the test."""

from __future__ import annotations

from mtlkit.core.claim import Claim
from mtlkit.lessons.retrieval_losses.claims import objections, practice, results

CLAIMS: tuple[Claim, ...] = (*results.CLAIMS, *objections.CLAIMS, *practice.CLAIMS)
