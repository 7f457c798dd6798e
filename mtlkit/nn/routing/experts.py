"""Banks of experts: all of them at once, or one by one."""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear, max_pool2d

from mtlkit.errors import UsageError
from mtlkit.nn.stacked import StackedLinear


class Experts(nn.Module, abc.ABC):
    """M experts of each replica, f_i(x) of yan2020; an output is a vector."""

    @property
    @abc.abstractmethod
    def stack(self) -> tuple[int, int]:
        """Replicas, and experts of each."""

    @abc.abstractmethod
    def all(
        self, x: Float[Tensor, "replica batch ..."]
    ) -> Float[Tensor, "replica expert batch feature"]:
        """Every expert's output on the whole batch of its replica."""

    @abc.abstractmethod
    def one(
        self, replica: int, expert: int, x: Float[Tensor, "batch ..."]
    ) -> Float[Tensor, "batch feature"]:
        """One expert's output."""

    @abc.abstractmethod
    def operations(self) -> int:
        """Multiplications of one expert on one example."""


class LinearExperts(Experts):
    """Linear layers, each followed by ReLU.

    Parameters
    ----------
    experts
        How many of each replica.
    sizes
        Inputs, and the width of each layer.
    generators
        One list a layer, with a generator for each replica.

    Raises
    ------
    UsageError
        If there is no expert, or no layer.
    """

    def __init__(
        self,
        experts: int,
        sizes: Sequence[int],
        generators: Sequence[Sequence[torch.Generator]],
    ) -> None:
        super().__init__()
        _check(experts, sizes)
        self.layers = nn.ModuleList(
            StackedLinear((len(own), experts), inputs, outputs, generators=own)
            for inputs, outputs, own in zip(sizes[:-1], sizes[1:], generators, strict=True)
        )

    @property
    def stack(self) -> tuple[int, int]:
        """Replicas and experts, as they are now."""
        replicas, experts = self._layers[0].stack
        return replicas, experts

    def all(
        self, x: Float[Tensor, "replica batch ..."]
    ) -> Float[Tensor, "replica expert batch feature"]:
        """Batched products, one a layer."""
        # The first layer has one input for all experts: a product without copies of it.
        first = self._layers[0]
        replicas, experts = self.stack
        weight = first.weight.flatten(1, 2)
        flat = torch.baddbmm(first.bias.flatten(1).unsqueeze(1), x.flatten(2), weight.mT)
        found = flat.view(replicas, flat.shape[1], experts, -1).movedim(2, 1).relu()
        for layer in self._layers[1:]:
            found = layer.forward(found).relu()
        return found

    def one(
        self, replica: int, expert: int, x: Float[Tensor, "batch ..."]
    ) -> Float[Tensor, "batch feature"]:
        """The expert's layers in turn."""
        found = x.flatten(1)
        for layer in self._layers:
            found = linear(found, layer.weight[replica, expert], layer.bias[replica, expert]).relu()
        return found

    def operations(self) -> int:
        """Products of its layers."""
        return sum(math.prod(layer.weight.shape[-2:]) for layer in self._layers)

    @property
    def _layers(self) -> list[StackedLinear]:
        return list(self.layers)  # type: ignore[arg-type]


class ConvExperts(Experts):
    """3 x 3 convolutions, each followed by ReLU and 2 x 2 max pooling; the output is flattened.

    Parameters
    ----------
    experts
        How many of each replica.
    channels
        Of the picture, and of each layer; yan2020, section 3.2, has four layers of 32.
    side
        Pixels along a picture's side.
    generators
        One list a layer, with a generator for each replica.

    Raises
    ------
    UsageError
        If there is no expert, or no layer.
    """

    def __init__(
        self,
        experts: int,
        channels: Sequence[int],
        side: int,
        generators: Sequence[Sequence[torch.Generator]],
    ) -> None:
        super().__init__()
        _check(experts, channels)
        self.side = side
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for inputs, outputs, own in zip(channels[:-1], channels[1:], generators, strict=True):
            weight = torch.empty(len(own), experts, outputs, inputs, 3, 3)
            bias = torch.empty(len(own), experts, outputs)
            bound = 1 / math.sqrt(9 * inputs)
            for replica, generator in enumerate(own):
                for expert in range(experts):
                    # As `torch.nn.Conv2d` starts.
                    nn.init.uniform_(weight[replica, expert], -bound, bound, generator=generator)
                    nn.init.uniform_(bias[replica, expert], -bound, bound, generator=generator)
            self.weights.append(weight)
            self.biases.append(bias)

    @property
    def stack(self) -> tuple[int, int]:
        """Replicas and experts, as they are now."""
        replicas, experts = self.biases[0].shape[:2]
        return replicas, experts

    def all(
        self, x: Float[Tensor, "replica batch ..."]
    ) -> Float[Tensor, "replica expert batch feature"]:
        """A grouped convolution on an accelerator; one expert after the other on a processor.

        On a processor grouped convolutions are the slower way (`benchmarks/expert_dispatch.py`).
        """
        replicas, experts = self.stack
        if x.device.type == "cpu":
            outputs = [
                self.one(replica, expert, x[replica])
                for replica in range(replicas)
                for expert in range(experts)
            ]
            stacked = torch.stack(outputs)
            return stacked.view(replicas, experts, *stacked.shape[1:])
        groups = replicas * experts
        # (batch, replica x expert x channel, row, column): the channels of a group side by side.
        found = x.transpose(0, 1).repeat_interleave(experts, dim=1).flatten(1, 2)
        for weight, bias in zip(self.weights, self.biases, strict=True):
            found = conv2d(found, weight.flatten(0, 2), bias.flatten(), padding=1, groups=groups)
            found = max_pool2d(found.relu(), 2)
        return found.reshape(len(found), replicas, experts, -1).movedim(0, 2)

    def one(
        self, replica: int, expert: int, x: Float[Tensor, "batch ..."]
    ) -> Float[Tensor, "batch feature"]:
        """The expert's layers in turn."""
        found = x
        for weight, bias in zip(self.weights, self.biases, strict=True):
            found = conv2d(found, weight[replica, expert], bias[replica, expert], padding=1)
            found = max_pool2d(found.relu(), 2)
        return found.flatten(1)

    def operations(self) -> int:
        """Products of its layers, each at its own resolution."""
        total, side = 0, self.side
        for weight in self.weights:
            total += math.prod(weight.shape[2:]) * side**2
            side //= 2
        return total


def _check(experts: int, sizes: Sequence[int]) -> None:
    if experts < 1 or len(sizes) < 2:
        raise UsageError(
            f"{experts} experts of {max(len(sizes) - 1, 0)} layers: allowed is at least 1 of each."
        )
