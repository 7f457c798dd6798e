"""How the losses of several tasks become one step: one method a file."""

from mtlkit.balance.base import Aggregator, Balancer, Weighting
from mtlkit.balance.fixed import Fixed
from mtlkit.balance.mgda import MGDA
from mtlkit.balance.sum_normalised import SumNormalised
from mtlkit.balance.uncertainty import Uncertainty

__all__ = [
    "MGDA",
    "Aggregator",
    "Balancer",
    "Fixed",
    "SumNormalised",
    "Uncertainty",
    "Weighting",
]
