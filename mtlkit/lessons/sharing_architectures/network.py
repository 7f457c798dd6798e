"""The networks of yan2020, sections 1.1 and 2.1: columns of layers, routed five ways."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.nn import StackedLinear
from mtlkit.nn.routing import Columns, FixedRoute, LearnedRoute, towards_own


@attrs.frozen
class Plan:
    """What a strategy makes of a config.

    Parameters
    ----------
    columns
        Backbones side by side.
    width
        Units of each layer of one.
    stitched
        Whether the chosen layers are followed by learned routes.
    """

    columns: int
    width: int
    stitched: bool = False

    @classmethod
    def of(cls, config: SharingConfig, strategy: str) -> Plan:
        """One backbone for all tasks, one for each, or several and a stitch."""
        if strategy == "hard_sharing":
            return cls(1, config.width)
        if strategy == "cross_stitch":
            return cls(config.columns, config.width, stitched=True)
        if strategy == "separate_matched":
            return cls(config.tasks, _matched_width(config))
        return cls(config.tasks, config.width)

    def parameters(self, config: SharingConfig) -> int:
        """Numbers that are learned, by one seed's network."""
        sizes = (config.length, *(self.width,) * config.layers)
        one = sum((inputs + 1) * outputs for inputs, outputs in itertools.pairwise(sizes))
        heads = (self.width + 1) * config.tasks
        stitches = sum(map(len, self._routes(config)))
        return self.columns * one + heads + stitches * self.columns

    def _routes(self, config: SharingConfig) -> list[range]:
        """The streams of each learned route."""
        if not self.stitched:
            return []
        last = {config.layers: config.tasks}
        return [range(last.get(layer, self.columns)) for layer in config.stitch_layers]

    def route(self, config: SharingConfig, layer: int, replicas: int) -> FixedRoute | LearnedRoute:
        """From a layer's units to those of the next layer, or to the tasks; layers from 1."""
        streams = config.tasks if layer == config.layers else self.columns
        if self.stitched and layer in config.stitch_layers:
            start = towards_own(replicas, streams, self.columns, config.stitch_start)
            return LearnedRoute(start)
        return FixedRoute([place % self.columns for place in range(streams)])


def _matched_width(config: SharingConfig) -> int:
    """The width at which separate backbones have as many parameters as one shared backbone."""
    wanted = Plan.of(config, "hard_sharing").parameters(config)
    return min(
        range(1, config.width + 1),
        key=lambda width: abs(Plan(config.tasks, width).parameters(config) - wanted),
    )


class SharingNetwork(nn.Module):
    """Columns of layers, and one output a task; one copy a seed.

    Parameters
    ----------
    config, strategy
        What is built, see `Plan`.
    seeds
        One replica each; a replica starts the same whoever stands beside it, and the first
        backbone and the heads of all strategies of one width start alike.
    """

    def __init__(self, config: SharingConfig, strategy: str, seeds: Sequence[int]) -> None:
        super().__init__()
        plan, replicas = Plan.of(config, strategy), len(seeds)

        def generators(layer: str) -> list[torch.Generator]:
            return [stream(seed, f"start/{layer}") for seed in seeds]

        sizes = (config.length, *(plan.width,) * config.layers)
        banks = [
            StackedLinear(
                (replicas, plan.columns), inputs, outputs, generators=generators(f"layer {layer}")
            )
            for layer, (inputs, outputs) in enumerate(itertools.pairwise(sizes), start=1)
        ]
        routes = [plan.route(config, layer, replicas) for layer in range(1, config.layers + 1)]
        self.backbones = Columns(banks, routes)
        self.heads = StackedLinear(
            (replicas, config.tasks), plan.width, 1, generators=generators("heads")
        )

    def forward(
        self, x: Float[Tensor, "#replica string bit"]
    ) -> Float[Tensor, "replica task string"]:
        """Every task's logit of the answer yes."""
        logits: Tensor = self.heads(self.backbones(x)).squeeze(-1)
        return logits

    def spread(self) -> Float[Tensor, " replica"]:
        """Sum of squares of the backbones' parameters around their mean over the backbones.

        The second part of xiao2020's constraint for linear models, with the backbones' parameters
        as the columns of A; the sum over columns is not divided by T.
        """
        total: Tensor = torch.zeros(())
        for bank in self.backbones.banks:
            for parameter in bank.parameters():
                deviation = parameter - parameter.mean(1, keepdim=True)
                total = total + deviation.square().flatten(1).sum(1)
        return total

    def stitches(self) -> dict[int, Float[Tensor, "replica stream unit"]]:
        """The learned routes by the layer that they follow."""
        return {
            layer: route.weight.detach()
            for layer, route in enumerate(self.backbones.routes, start=1)
            if isinstance(route, LearnedRoute)
        }
