"""Columns of layers with routes between them: one network for every way of sharing backbones."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.errors import UsageError
from mtlkit.nn.routing.routes import FixedRoute, LearnedRoute
from mtlkit.nn.stacked import StackedLinear


class Columns(nn.Module):
    """A bank of units in each layer, each followed by ReLU and by a route to the next layer.

    Parameters
    ----------
    banks
        One `StackedLinear` of stack (replica, unit) for each layer.
    routes
        One for each bank: from its units to the next bank's, the last one to the tasks.

    Raises
    ------
    UsageError
        If there is no bank, or not one route for each.
    """

    def __init__(
        self, banks: Sequence[StackedLinear], routes: Sequence[FixedRoute | LearnedRoute]
    ) -> None:
        super().__init__()
        if not banks or len(routes) != len(banks):
            raise UsageError(
                f"{len(banks)} banks, {len(routes)} routes: allowed is at least one bank, and one "
                "route for each."
            )
        self.banks, self.routes = nn.ModuleList(banks), nn.ModuleList(routes)

    def forward(
        self, x: Float[Tensor, "#replica batch inputs"]
    ) -> Float[Tensor, "replica task batch feature"]:
        """What each task's head reads; all tasks see the same examples."""
        streams = x.unsqueeze(1)
        for bank, route in zip(self.banks, self.routes, strict=True):
            streams = route(bank(streams).relu())
        return streams
