"""What chapters 1 and 2 of yan2020 and the linear part of xiao2020 claim, put to the test."""

from __future__ import annotations

from mtlkit.core.claim import Claim
from mtlkit.lessons.sharing_architectures.claims import architectures, linear

CLAIMS: tuple[Claim, ...] = (*architectures.CLAIMS, *linear.CLAIMS)
