"""The names under which lessons offer ways of weighting, and the balancer behind each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.balance.base import Balancer
from mtlkit.balance.fixed import Fixed
from mtlkit.balance.sum_normalised import SumNormalised
from mtlkit.balance.uncertainty import Uncertainty

LEARNED = ("learned_kendall", "learned_printed")
"""The strategies that learn their weights."""


def balancer_for(
    strategy: str,
    replicas: int,
    tasks: int,
    *,
    kind: str,
    weights: Float[Tensor, "replica task"] | None = None,
) -> Balancer:
    """The balancer of a strategy.

    Parameters
    ----------
    strategy
        `learned_kendall`, `learned_printed`, `sum_normalised`, or any other name for fixed weights.
    kind
        `"regression"` or `"classification"`, for the learned ones.
    weights
        The fixed weights; equal ones if None.
    """
    if strategy in LEARNED:
        form = strategy.removeprefix("learned_")
        return Uncertainty(replicas, tasks, form=form, kind=kind)
    if strategy == "sum_normalised":
        return SumNormalised(replicas, tasks, kind=kind)
    return Fixed.equal(replicas, tasks) if weights is None else Fixed(weights)


def parameter_groups(
    network: Iterable[nn.Parameter], balancer: Balancer, balancer_rate: float
) -> list[dict[str, Any]]:
    """Groups for an optimiser: the network's, and what the balancer learns at its own rate.

    Parameters left out of training (`requires_grad` False) are left out; a balancer that learns
    nothing has no group.
    """
    groups: list[dict[str, Any]] = [{"params": [p for p in network if p.requires_grad]}]
    if learned := list(balancer.parameters()):
        groups.append({"params": learned, "lr": balancer_rate})
    return groups
