"""What chapter 5 of yan2020 claims, and how each sentence is put to the test."""

from __future__ import annotations

from mtlkit.core.claim import Claim
from mtlkit.lessons.zero_shot_synthesis.claims import (
    areas,
    designs,
    efficiency,
    likeness,
    weighing,
)

CLAIMS: tuple[Claim, ...] = (
    *designs.CLAIMS,
    *areas.CLAIMS,
    *efficiency.CLAIMS,
    *weighing.CLAIMS,
    *likeness.CLAIMS,
)
"""All claims of the lesson."""
