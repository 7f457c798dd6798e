"""Small synthesis programs of lesson 09 for its tests; their networks in torch's own modules."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.critic import Critic
from mtlkit.lessons.zero_shot_synthesis.described import Descriptions
from mtlkit.lessons.zero_shot_synthesis.generators import Generator
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.lessons.zero_shot_synthesis.synthesis import SynthesisProgram
from mtlkit.nn import StackedLinear
from tests.lessons.zero_shot_synthesis.test_baselines import made_up

CPU = torch.device("cpu")


@contextlib.contextmanager
def double() -> Iterator[None]:
    """So that Adam, which divides by a gradient's size, does not make much of a rounding."""
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def small(**settings: Any) -> SynthesisConfig:
    usual = {"hidden": 5, "width": 7, "noise": 3, "batch_size": 8, "learning_rate": 0.01}
    return SynthesisConfig.preset("smoke", **{**usual, **settings})


def program(
    design: str = "tds",
    seeds: Sequence[int] = (3,),
    slots: int = 2,
    problems: Sequence[Problem] | None = None,
    **settings: Any,
) -> SynthesisProgram:
    """Of made-up features, which are sums of words and noise."""
    own = problems or [made_up(seed, slots) for seed in seeds]
    return SynthesisProgram(small(**settings), design, seeds, own, CPU)


def copied(layer: StackedLinear, row: int, beside: StackedLinear | None = None) -> nn.Linear:
    """A replica's layer; with another, the one layer over both their inputs."""
    weight, bias = layer.weight[row].detach(), layer.bias[row].detach()
    if beside is not None:
        weight = torch.cat([weight, beside.weight[row].detach()], 1)
        bias = bias + beside.bias[row].detach()
    has_bias = layer.bias.requires_grad
    made = nn.Linear(weight.shape[1], weight.shape[0], bias=has_bias, dtype=weight.dtype)
    made.weight.data = weight.clone()
    if has_bias:
        made.bias.data = bias.clone()
    return made


def several(layers: Sequence[StackedLinear], row: int) -> nn.ModuleList:
    return nn.ModuleList(copied(layer, row) for layer in layers)


class PlainGenerator(nn.Module):
    """Fig. 5.5, written out for each design, with a replica's weights."""

    def __init__(self, ours: Generator, row: int) -> None:
        super().__init__()
        self.design = ours.design
        shallow = self.design.startswith("ss")
        self.first = copied(ours.first[0], row, ours.noise[0] if shallow else None)
        self.rest = several(ours.rest, row)
        if not shallow:
            self.noise = several(ours.noise, row)
            self.widened = several(ours.widened, row)
        if self.design not in ("ss", "uds"):
            self.task = several(ours.task, row)
        if self.design == "ss_mtc_affine":
            self.scale = several(ours.scale, row)

    def forward(self, t: Tensor, n: Tensor) -> Tensor:
        """From descriptions (example, description) and noises (injection, example, noise)."""
        z = self.first(torch.cat([t, n[0]], 1) if self.design.startswith("ss") else t)
        for i in range(3):
            z = leaky_relu(z, 0.2)
            match self.design:
                case "uds":
                    z = z + self.e_n(i, n)
                case "ss_mtc_add":
                    z = z + self.task[i](t)
                case "ss_mtc_affine":
                    z = z + self.scale[i](t) * z + self.task[i](t)
                case "tds":
                    z = z + self.task[i](t) * self.e_n(i, n)
                case "tds_shuffled":
                    other = torch.cat([t[-1:], t[:-1]])
                    z = z + self.task[i](other) * self.e_n(i, n)
            z = self.rest[i](z)
        return z

    def e_n(self, i: int, n: Tensor) -> Tensor:
        return self.widened[i](leaky_relu(self.noise[i](n[i]), 0.2))


class PlainCritic(nn.Module):
    def __init__(self, ours: Critic, row: int) -> None:
        super().__init__()
        self.layers = several(ours.layers, row)

    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        first, second, third = self.layers
        hidden = leaky_relu(first(torch.cat([z, t], 1)), 0.2)
        return third(leaky_relu(second(hidden), 0.2))[:, 0]


class PlainDescriptions(nn.Module):
    """Composition after composition, word after word."""

    def __init__(self, ours: Descriptions, row: int) -> None:
        super().__init__()
        self.slots = nn.ModuleList(several([e.first, e.second], row) for e in ours.slots)

    def forward(self, vectors: Sequence[Tensor], members: Tensor) -> Tensor:
        rows = []
        for words in members.tolist():
            own = [
                second(leaky_relu(first(vectors[slot][word]), 0.2))
                for slot, (word, (first, second)) in enumerate(zip(words, self.slots, strict=True))
            ]
            rows.append(torch.cat(own))
        return torch.stack(rows)
