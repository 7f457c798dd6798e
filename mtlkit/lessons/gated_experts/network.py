"""Model (3.1) of yan2020: gated mixtures of experts, one above the other, and a head a task."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.data import superclasses
from mtlkit.lessons.gated_experts.config import FAMILIES, GatedConfig
from mtlkit.lessons.gated_experts.inputs import N_CLASSES
from mtlkit.lessons.gated_experts.router import Drawn, Router, expert_count
from mtlkit.nn import StackedLinear
from mtlkit.nn.routing import (
    ConvExperts,
    Experts,
    LinearExperts,
    Selected,
    choose_execution,
    mixture,
)

PIXELS = 64
"""Of a digit."""


@attrs.frozen(eq=False)
class Passed:
    """What a draw of the gates makes of a batch.

    `representation` is z(t, x), what the heads read; `log_probability` that of all layers' gates,
    None where nothing learns from it.
    """

    logits: Float[Tensor, "sample replica task image class"]
    representation: Float[Tensor, "sample replica task image feature"]
    log_probability: Float[Tensor, "sample replica task image"] | None


class GatedNetwork(nn.Module):
    """Experts, routers and heads of one strategy; one copy a seed.

    Parameters
    ----------
    config, strategy
        What is built. With two gating layers each bank of experts has one layer of its own.
    seeds
        One replica each; a replica starts the same whoever stands beside it.
    density
        Expected experts of each task and layer, for the strategy `frozen_density`.
    """

    def __init__(
        self,
        config: GatedConfig,
        strategy: str,
        seeds: Sequence[int],
        density: Float[Tensor, "replica layer task"] | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        sizes = _sizes(config, strategy)
        self.experts = nn.ModuleList(
            _experts(config, strategy, layer, layers, seeds)
            for layer, layers in enumerate(sizes, start=1)
        )
        self.routers = nn.ModuleList(
            Router(
                config,
                strategy,
                layer,
                seeds,
                None if density is None else density[:, layer - 1],
            )
            for layer in range(1, config.gating_layers + 1)
        )
        features = sizes[-1][-1]
        if config.data != FAMILIES:
            features *= (superclasses.shape(config.data).side // 2 ** len(config.widths)) ** 2
        self.heads = StackedLinear(
            (len(seeds), config.tasks),
            features,
            N_CLASSES,
            generators=[stream(seed, "start/heads") for seed in seeds],
        )

    @property
    def banks(self) -> list[Experts]:
        """The experts of each gating layer."""
        return list(self.experts)  # type: ignore[arg-type]

    @property
    def gating(self) -> list[Router]:
        """The router of each gating layer."""
        return list(self.routers)  # type: ignore[arg-type]

    def forward(
        self,
        x: Float[Tensor, "replica task image ..."],
        uniform: Float[Tensor, "layer sample replica task image expert"],
    ) -> Passed:
        """Pass a batch through, with gates drawn from the given numbers."""
        drawn = [router.draw(numbers) for router, numbers in zip(self.gating, uniform, strict=True)]
        scores = [one.log_probability for one in drawn if one.log_probability is not None]
        z = self._mixed(x, drawn)
        return Passed(self._read(z), z, sum(scores) if scores else None)  # type: ignore[arg-type]

    def fixed(
        self,
        x: Float[Tensor, "replica task image ..."],
        how: str,
        uniform: Float[Tensor, "layer replica task expert"] | None = None,
    ) -> tuple[Passed, list[Selected]]:
        """Pass a batch through with the experts that tasks keep, by one of `SELECTIONS`."""
        images = x.shape[2]
        drawn, kept = [], []
        for layer, router in enumerate(self.gating):
            weights, selected = router.fixed(how, None if uniform is None else uniform[layer])
            spread = weights.unsqueeze(2).expand(-1, -1, images, -1)
            drawn.append(Drawn(spread.unsqueeze(0), None))
            kept.append(selected)
        z = self._mixed(x, drawn)
        return Passed(self._read(z), z, None), kept

    def _mixed(
        self, x: Float[Tensor, "replica task image ..."], drawn: Sequence[Drawn]
    ) -> Float[Tensor, "sample replica task image feature"]:
        """Layer by layer; from the second one on every sample has inputs of its own."""
        tasks, images = x.shape[1:3]
        execution = choose_execution(self.banks[0], x.device)
        if self.config.estimator == "straight_through":
            execution = "dense"  # gates of 0 have gradients too
        batch = x.flatten(1, 2)
        first, *rest = (one.coefficients.flatten(2, 3) for one in drawn)
        z = mixture(self.banks[0], batch, first, execution)
        for bank, coefficients in zip(self.banks[1:], rest, strict=True):
            samples = [
                mixture(bank, own, weights.unsqueeze(0), execution)[0]
                for own, weights in zip(z, coefficients.expand(len(z), -1, -1, -1), strict=True)
            ]
            z = torch.stack(samples)
        return z.view(*z.shape[:2], tasks, images, -1)

    def _read(
        self, z: Float[Tensor, "sample replica task image feature"]
    ) -> Float[Tensor, "sample replica task image class"]:
        """Each task's head on its own representation."""
        joined = z.permute(1, 2, 0, 3, 4).flatten(2, 3)
        logits = self.heads(joined).unflatten(2, (z.shape[0], z.shape[3]))
        return logits.permute(2, 0, 1, 3, 4)  # type: ignore[no-any-return]


def _sizes(config: GatedConfig, strategy: str) -> list[tuple[int, ...]]:
    """Of each gating layer: what its experts read, and the widths of their layers."""
    inputs = PIXELS if config.data == FAMILIES else superclasses.shape(config.data).channels
    widths = config.widths
    if strategy == "shared_wide":
        widths = _wide(inputs, config)
    every = (inputs, *widths)
    if config.gating_layers == 1:
        return [every]
    # The last layer alone is the last bank's; all before it belong to the first.
    return [every[:-1], every[-2:]]


def _wide(inputs: int, config: GatedConfig) -> tuple[int, ...]:
    """Widths, all but the last multiplied by one factor, with as many weights as M experts."""
    cell = 1 if config.data == FAMILIES else 9

    def weights(widths: Sequence[int]) -> int:
        pairs = itertools.pairwise((inputs, *widths))
        return sum(cell * first * second + second for first, second in pairs)

    def scaled(step: int) -> tuple[int, ...]:
        *hidden, last = config.widths
        if not hidden:
            return (last,)
        return (*(max(1, round(width * step / 16)) for width in hidden), last)

    wanted = config.experts * weights(config.widths)
    steps = range(16, 16 * config.experts + 1)
    return scaled(min(steps, key=lambda step: abs(weights(scaled(step)) - wanted)))


def _experts(
    config: GatedConfig, strategy: str, layer: int, sizes: Sequence[int], seeds: Sequence[int]
) -> Experts:
    count = expert_count(config, strategy)
    generators = [
        [stream(seed, f"start/experts {layer}", place) for seed in seeds]
        for place in range(len(sizes) - 1)
    ]
    if config.data == FAMILIES:
        return LinearExperts(count, sizes, generators)
    return ConvExperts(count, sizes, superclasses.shape(config.data).side, generators)
