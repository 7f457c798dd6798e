"""What chapter 3 of yan2020 claims, and how each sentence is put to the test."""

from __future__ import annotations

from mtlkit.core.claim import Claim
from mtlkit.lessons.gated_experts.claims import gating, selection, structure

CLAIMS: tuple[Claim, ...] = (*gating.CLAIMS, *selection.CLAIMS, *structure.CLAIMS)
