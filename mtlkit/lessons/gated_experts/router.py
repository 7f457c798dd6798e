"""How the tasks of each strategy choose and weigh experts."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.lessons.gated_experts.config import GatedConfig
from mtlkit.lessons.gated_experts.inputs import families
from mtlkit.nn.routing import (
    BernoulliGates,
    CategoricalGates,
    NoisyTopK,
    Selected,
    select,
)

NOISE = 1.0
"""Standard deviation of the noise on the logits of the strategy `top_k`."""

READING = {"gated": "likely", "routed": "likely"}
"""Which experts a strategy is read with after training; others are read as they were trained.

Frozen gates prefer no expert, so that nothing can be selected: each expert is weighed by its
probability, as after dropout.
"""


@attrs.frozen(eq=False)
class Drawn:
    """What experts' outputs are multiplied by, and how likely that draw was (None: certain)."""

    coefficients: Float[Tensor, "sample replica task image expert"]
    log_probability: Float[Tensor, "sample replica task image"] | None


def expert_count(config: GatedConfig, strategy: str) -> int:
    """Experts of a layer."""
    counts = {
        "shared": 1,
        "shared_wide": 1,
        "separate": config.tasks,
        "true_families": config.families,
    }
    return counts.get(strategy, config.experts)


class Router(nn.Module):
    """Gates and mixture weights of one gating layer; one copy a seed.

    Parameters
    ----------
    config, strategy
        What is built.
    layer
        Which gating layer, from 1.
    seeds
        One replica each.
    density
        Expected experts of each task, for the strategy `frozen_density`.
    """

    def __init__(
        self,
        config: GatedConfig,
        strategy: str,
        layer: int,
        seeds: Sequence[int],
        density: Float[Tensor, "replica task"] | None = None,
    ) -> None:
        super().__init__()
        self.config, self.strategy = config, strategy
        shape = (len(seeds), config.tasks, expert_count(config, strategy))
        self.gates: BernoulliGates | CategoricalGates | NoisyTopK | None = None
        if strategy in ("gated", "frozen_half", "frozen_density"):
            self.gates = BernoulliGates(_logits(config, strategy, shape, density))
        elif strategy == "routed":
            self.gates = CategoricalGates(torch.zeros(shape))
        elif strategy == "top_k":
            self.gates = NoisyTopK(torch.zeros(shape), config.top_k, NOISE)
        if self.gates is not None and strategy.startswith("frozen"):
            self.gates.requires_grad_(False)
        self.weight = nn.Parameter(_weights(config, strategy, layer, seeds, shape))
        mixes = strategy in ("gated", "ungated", "frozen_half", "frozen_density")
        self.weight.requires_grad_(mixes)

    @property
    def learns_gates(self) -> bool:
        """Whether there are gates, and they learn."""
        return self.gates is not None and self.gates.logits.requires_grad

    def probabilities(self) -> Float[Tensor, "replica task expert"]:
        """How likely a task uses an expert; of fixed routes 0 or 1."""
        if isinstance(self.gates, NoisyTopK):
            return (self.gates.weights()[0, :, :, 0] > 0).float()
        if self.gates is not None:
            return self.gates.probabilities()
        return (self.weight != 0).float()

    def draw(
        self,
        uniform: Float[Tensor, "sample replica task image expert"],
    ) -> Drawn:
        """The coefficients of a training step.

        Parameters
        ----------
        uniform
            Numbers on [0, 1).
        """
        weight = self.weight.unsqueeze(2)
        if self.gates is None:
            # One draw: there is no chance in it.
            shape = (1, *uniform.shape[1:])
            return Drawn(weight.unsqueeze(0).expand(shape), None)
        if isinstance(self.gates, NoisyTopK):
            normal = torch.special.ndtri(uniform[:1].clamp(1e-6, 1 - 1e-6))
            return Drawn(self.gates.weights(normal), None)
        if isinstance(self.gates, BernoulliGates) and self.config.estimator != "score_function":
            hard = self.config.estimator == "straight_through"
            if self.learns_gates:
                soft = self.gates.relaxed(uniform, self.config.temperature, hard=hard)
                return Drawn(soft * weight, None)
        gates = self.gates.sample(uniform)
        score = self.gates.log_probability(gates) if self.learns_gates else None
        return Drawn(gates * weight, score)

    def fixed(
        self, how: str, uniform: Float[Tensor, "replica task expert"] | None = None
    ) -> tuple[Float[Tensor, "replica task expert"], Selected]:
        """The coefficients after training, by one of `SELECTIONS`, and which experts are kept."""
        if isinstance(self.gates, NoisyTopK):
            weights = self.gates.weights()[0, :, :, 0]
            return weights, _kept(weights)
        if self.gates is None:
            return self.weight, _kept(self.weight)
        selected = select(self.probabilities(), how, uniform)
        return selected.gates * self.weight, selected


def _kept(weights: Float[Tensor, "replica task expert"]) -> Selected:
    """The experts of a route that leaves no choice."""
    nobody = torch.zeros(weights.shape[:2], dtype=torch.bool, device=weights.device)
    return Selected((weights != 0).float(), nobody)


def _logits(
    config: GatedConfig,
    strategy: str,
    shape: tuple[int, int, int],
    density: Float[Tensor, "replica task"] | None,
) -> Float[Tensor, "replica task expert"]:
    """Gate logits at the start: the config's, one half, or those of a density."""
    if strategy == "gated":
        return torch.full(shape, config.gate_start)
    if density is None:
        return torch.zeros(shape)
    share = (density / shape[-1]).clamp(1e-3, 1 - 1e-3)
    return torch.logit(share).unsqueeze(-1).repeat(1, 1, shape[-1])


def _weights(
    config: GatedConfig,
    strategy: str,
    layer: int,
    seeds: Sequence[int],
    shape: tuple[int, int, int],
) -> Float[Tensor, "replica task expert"]:
    """Mixture weights at the start; of routes that are fixed, 1 at each task's expert."""
    place = {
        "separate": torch.arange(config.tasks),
        "true_families": families(config),
    }.get(strategy)
    if place is not None:
        return torch.eye(shape[-1])[place].repeat(len(seeds), 1, 1)
    learned = strategy in ("gated", "ungated", "frozen_half", "frozen_density")
    if learned and config.mixture_start == "normal":
        drawn = [
            torch.randn(shape[1:], generator=stream(seed, f"start/mixture {layer}"))
            for seed in seeds
        ]
        return torch.stack(drawn)
    return torch.ones(shape)
