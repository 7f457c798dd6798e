"""The five generators of Fig. 5.5: where a description goes in, and where noise does."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mtlkit.core.streams import stream
from mtlkit.lessons.zero_shot_synthesis.config import CONTROL
from mtlkit.nn import StackedLinear

INJECTIONS = 3
"""K of yan2020: noises of a generator of K + 1 layers."""

SLOPE = 0.2
"""Of the leaky rectifiers below 0; the source does not name its activation."""

Descriptions = Float[Tensor, "replica example description"]
Noises = Float[Tensor, "injection replica example noise"]
Hidden = Float[Tensor, "replica example unit"]


class Layers(nn.ModuleList):
    """One linear layer a place, each with its own start.

    Parameters
    ----------
    name
        Of the streams that their starts are drawn from.
    sizes
        Inputs and outputs of each.
    bias
        Whether they have one.
    """

    def __init__(
        self,
        name: str,
        seeds: Sequence[int],
        sizes: Sequence[tuple[int, int]],
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        for place, (inputs, outputs) in enumerate(sizes):
            generators = [stream(seed, f"generator/{name}", place) for seed in seeds]
            layer = StackedLinear((len(seeds),), inputs, outputs, generators=generators)
            if not bias:
                nn.init.zeros_(layer.bias)
                layer.bias.requires_grad_(False)
            self.append(layer)


class Generator(nn.Module):
    """Four layers; after each of the first three, what the design injects there.

    Parameters
    ----------
    design
        One of `DESIGNS`, or the control.
    seeds
        One replica each; layers that two designs have in common start alike in both.
    description, noise
        Numbers of a description phi(t) and of a noise n_i.
    width
        Units of the first three layers.
    hidden
        Units of the first layer of E_n.
    features
        Numbers of a feature z.

    Notes
    -----
    yan2020, section 5.3, Fig. 5.5 and "Experimental Details". z_i is the output of layer i after
    its activation; layer i + 1 takes

    - SS: z_i. Description and noise go in at the first layer, beside each other.
    - UDS: z_i + E_n(n_i). The description goes in at the first layer only.
    - SS-MTC+: z_i + E_t(t), first layer as in SS.
    - SS-MTC*: (1 + E_s(t)) * z_i + E_t(t), first layer as in SS; affine, like FiLM.
    - TDS: z_i + E_t(t) * E_n(n_i), equation (5.1). The description goes in at the first layer.
    - the control: TDS with E_t of the next example's description.

    E_t and E_s are linear without bias, E_n has two layers. The source does not name activations;
    the last layer has none, so that features may have either sign.
    """

    def __init__(
        self,
        design: str,
        seeds: Sequence[int],
        description: int,
        noise: int,
        width: int,
        hidden: int,
        features: int,
    ) -> None:
        super().__init__()
        self.design = design
        self.shallow = design.startswith("ss")
        between = [(width, width)] * (INJECTIONS - 1)
        self.first = Layers("first", seeds, [(description, width)])
        self.rest = Layers("rest", seeds, [*between, (width, features)])
        if self.shallow:
            self.noise = Layers("noise", seeds, [(noise, width)], bias=False)
            # It is part of a layer that takes both, and starts as such a layer does.
            with torch.no_grad():
                self.noise[0].get_parameter("weight").mul_(math.sqrt(noise / (description + noise)))
        else:
            self.noise = Layers("noise", seeds, [(noise, hidden)] * INJECTIONS)
            self.widened = Layers("widened", seeds, [(hidden, width)] * INJECTIONS)
        if design not in ("ss", "uds"):
            self.task = Layers("task", seeds, [(description, width)] * INJECTIONS, bias=False)
        if design == "ss_mtc_affine":
            self.scale = Layers("scale", seeds, [(description, width)] * INJECTIONS, bias=False)

    def forward(self, descriptions: Descriptions, noises: Noises) -> Hidden:
        """Features, one for each description.

        Parameters
        ----------
        noises
            Standard normal; SS and its two variants take the first one only.
        """
        hidden: Tensor = self.first[0](descriptions)
        if self.shallow:
            # One layer that takes both, written as the sum of its two parts.
            hidden = hidden + self.noise[0](noises[0])
        for place, layer in enumerate(self.rest):
            hidden = self._injected(leaky_relu(hidden, SLOPE), descriptions, noises, place)
            hidden = layer(hidden)
        return hidden

    def injected(self, descriptions: Descriptions, noises: Noises, place: int = -1) -> Hidden:
        """What is added to layer `place`'s output in deep sampling; the last one, if not said.

        UDS adds E_n(n), TDS E_t(t) * E_n(n). The control adds the latter to the feature of the
        next description; here it stands with its own.

        Raises
        ------
        ValueError
            If the design samples no noise there.

        Notes
        -----
        yan2020, Fig. 5.7, shows the last one.
        """
        if self.shallow:
            raise ValueError(f"{self.design} injects no noise after its first layer.")
        place = range(INJECTIONS)[place]
        noise: Tensor = self.widened[place](leaky_relu(self.noise[place](noises[place]), SLOPE))
        if self.design == "uds":
            return noise
        scale: Tensor = self.task[place](descriptions)
        return scale * noise

    def _injected(
        self, hidden: Hidden, descriptions: Descriptions, noises: Noises, place: int
    ) -> Hidden:
        if not self.shallow:
            whose = descriptions.roll(1, 1) if self.design == CONTROL else descriptions
            return hidden + self.injected(whose, noises, place)
        if self.design == "ss":
            return hidden
        shift: Tensor = self.task[place](descriptions)
        if self.design == "ss_mtc_add":
            return hidden + shift
        scale: Tensor = self.scale[place](descriptions)
        return (1 + scale) * hidden + shift
