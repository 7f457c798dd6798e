"""All the gates that there can be, the numbers that draw them, and how likely they are."""

from __future__ import annotations

import itertools

import torch
from jaxtyping import Float
from torch import Tensor


def subsets(experts: int) -> Float[Tensor, "setting expert"]:
    """Every expert used or not: 2^M rows."""
    return torch.tensor(list(itertools.product((0.0, 1.0), repeat=experts)), dtype=torch.float64)


def subset_numbers(gates: Float[Tensor, "*shape expert"]) -> Float[Tensor, "*shape expert"]:
    """Numbers on [0, 1) from which Bernoulli gates come out as these."""
    return (1.0 - 1e-12) * (gates == 0).double()


def subset_probability(
    p: Float[Tensor, "*task expert"], gates: Float[Tensor, "*task expert"]
) -> Float[Tensor, "*task"]:
    """The product over experts of p where used, 1 - p where not."""
    return torch.where(gates > 0, p, 1 - p).prod(-1)


def stream_of(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def streams(layers: int, replicas: int, seed: int = 0) -> list[list[torch.Generator]]:
    """One list a layer, with a generator for each replica."""
    return [[stream_of(seed + 100 * n + r) for r in range(replicas)] for n in range(layers)]


def normal(*shape: int, seed: int = 0) -> Tensor:
    """Numbers in double precision."""
    return torch.randn(shape, generator=stream_of(seed), dtype=torch.float64)


def uniform(*shape: int, seed: int = 0) -> Tensor:
    """Numbers on [0, 1) in double precision."""
    return torch.rand(shape, generator=stream_of(seed), dtype=torch.float64)
