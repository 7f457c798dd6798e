"""The toy of yan2020, section 1.1: strings of bits, and tasks that read some of them."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.lessons.sharing_architectures.config import SharingConfig

SIZES = {"validation": 1000, "test": 2000}
"""Strings of the parts that are not trained on."""

MAJORITY = 0.75
"""The share of strings with label 1, whatever the bits: half have their switch on, and of the
others half an even parity. An accuracy of 0.75 means that nothing was learnt."""


def places(config: SharingConfig) -> Int64[Tensor, "task bit"]:
    """Which bits each task reads: its switch, then those of its parity.

    A string has a block for each task. A task reads the first bits of its own block, but as many of
    them as `overlap` asks for, the switch first, are the first task's. With overlap 1 all tasks
    read block 0 (the source's tasks that share features), with overlap 0 each its own.

    Notes
    -----
    The source's `x[1..10]` and `x[11..20]` are read as half-open, nine bits each: its strings have
    20 bits, from 0 to 19.
    """
    block = config.length // config.tasks
    own = torch.arange(config.bits + 1)
    common = round(config.overlap * (config.bits + 1))
    starts = block * torch.arange(config.tasks).unsqueeze(1)
    return own + torch.where(own < common, 0, starts)


def strings(config: SharingConfig, seed: int, part: str) -> Bool[Tensor, "string bit"]:
    """Strings of fair coins, of the `"train"`, `"validation"` or `"test"` part."""
    size = config.n_train if part == "train" else SIZES[part]
    random = stream(seed, f"strings/{part}")
    return torch.randint(0, 2, (size, config.length), generator=random).bool()


def labels(config: SharingConfig, x: Bool[Tensor, "string bit"]) -> Bool[Tensor, "task string"]:
    """What each task says of the strings.

    Tasks with an even number, counted from 0, say yes where the switch is on or the parity even;
    those with an odd number where it is off or the parity even.
    """
    read = x[:, places(config)]
    on = read[..., 0] ^ (torch.arange(config.tasks) % 2).bool()
    even = read[..., 1:].sum(-1) % 2 == 0
    return (on | even).T


def signs(x: Bool[Tensor, "string bit"]) -> Float[Tensor, "string bit"]:
    """Bits as +1 and -1, which a network learns parities from more easily than from 1 and 0."""
    return 2.0 * x.float() - 1.0
