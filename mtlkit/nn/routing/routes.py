"""Routes: which units' outputs a stream (a task, or the next layer's unit) is made of."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.errors import UsageError


class FixedRoute(nn.Module):
    """Each stream is the output of one unit: hard sharing, separate networks, groups.

    Parameters
    ----------
    groups
        Of each stream, the place of its unit; `(0, 0, 0)` is hard sharing, `(0, 1, 2)` separates.

    Raises
    ------
    UsageError
        If there is no stream, or a place is negative.
    """

    def __init__(self, groups: Sequence[int]) -> None:
        super().__init__()
        if not groups or min(groups) < 0:
            raise UsageError(
                f"groups = {tuple(groups)}: allowed is the place of a unit, from 0, for each of "
                "at least one stream."
            )
        self.groups = tuple(groups)

    def forward(
        self, units: Float[Tensor, "replica unit batch feature"]
    ) -> Float[Tensor, "replica stream batch feature"]:
        """Hand each stream its unit's output."""
        if self.groups == tuple(range(units.shape[1])):
            return units
        return units[:, list(self.groups)]


class LearnedRoute(nn.Module):
    """Each stream is a learned linear combination of all units: a cross-stitch, a dense mixture.

    Parameters
    ----------
    weight
        The weights at the start; learned, one matrix a replica.

    Notes
    -----
    Source: xiao2020, "Soft Parameter-Sharing at a glance" (after Misra et al., 2016), there for two
    streams of two units; here for any N x M, as yan2020, section 3.3, generalises it.
    """

    def __init__(self, weight: Float[Tensor, "replica stream unit"]) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.clone())

    def forward(
        self, units: Float[Tensor, "replica unit batch feature"]
    ) -> Float[Tensor, "replica stream batch feature"]:
        """Mix the units' outputs for each stream."""
        mixed = torch.bmm(self.weight, units.flatten(2))
        return mixed.view(*mixed.shape[:2], *units.shape[2:])


def towards_own(
    replicas: int, streams: int, units: int, own: float
) -> Float[Tensor, "replica stream unit"]:
    """Stitches at the start: each stream's own unit weighs `own`, the others share the rest.

    Stream i's own unit is i, counted round where there are fewer units than streams. A row sums to
    1, so that outputs keep their size; of a single unit it is 1 whatever `own` says.

    Raises
    ------
    UsageError
        If `own` is not between 0 and 1, or a number is not positive.
    """
    if min(replicas, streams, units) < 1 or not 0 <= own <= 1:
        raise UsageError(
            f"{replicas} replicas, {streams} streams, {units} units, own = {own:g}: allowed are at "
            "least 1 of each, and own from 0 to 1."
        )
    if units == 1:
        return torch.ones(replicas, streams, 1)
    weight = torch.full((streams, units), (1 - own) / (units - 1))
    place = torch.arange(streams)
    weight[place, place % units] = own
    return weight.repeat(replicas, 1, 1)
