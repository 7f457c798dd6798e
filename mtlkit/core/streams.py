"""All randomness: one named stream per seed, purpose and key.

A stream's numbers depend on its name alone, never on how many other streams run beside it or in
what order they are used. So task 1 of two tasks and task 1 of six see the same data, and a run
that resumes at epoch 40 draws what it would have drawn without the break.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch
from jaxtyping import Int64
from torch import Tensor


def stream(seed: int, purpose: str, *keys: int) -> torch.Generator:
    """A fresh generator for one purpose (always on the CPU, so that devices see the same data).

    Parameters
    ----------
    seed
        The run's random seed.
    purpose
        What the numbers are for, such as `"noise/train"`.
    keys
        Task, epoch or other indices that make the stream a different one.
    """
    name = "/".join([str(seed), purpose, *map(str, keys)])
    digest = hashlib.sha256(name.encode()).digest()
    generator = torch.Generator()
    generator.manual_seed(int.from_bytes(digest[:8], "little"))
    return generator


def shuffled(seeds: Sequence[int], epoch: int, size: int) -> Int64[Tensor, "replica size"]:
    """The order in which each replica sees its examples in one epoch.

    Replicas of one seed (strategies, points of a grid) see them in the same order, so that their
    differences are paired.
    """
    orders = {
        seed: torch.randperm(size, generator=stream(seed, "batches", epoch))
        for seed in dict.fromkeys(seeds)
    }
    return torch.stack([orders[seed] for seed in seeds])
