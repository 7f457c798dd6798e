"""A second view of pictures and captions, for losses within a modality."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import pad

SHIFT = 3
"""Pixels by which a picture moves at most, along each side."""

BRIGHTNESS = 0.2
"""By how much its brightness changes at most, of a range of 2."""

DROPPED = 0.2
"""Share of a caption's words that are left out."""


def second_pictures(
    pixels: Float[Tensor, "picture 3 row column"], generator: torch.Generator
) -> Float[Tensor, "picture 3 row column"]:
    """Pictures moved by up to 3 pixels, with edges repeated, and made lighter or darker.

    Not mirrored: captions tell left from right.
    """
    count, _, rows, columns = pixels.shape
    wide = pad(pixels, (SHIFT,) * 4, mode="replicate")
    down, right = torch.randint(2 * SHIFT + 1, (2, count), generator=generator).to(pixels.device)
    row = down[:, None] + torch.arange(rows, device=pixels.device)
    column = right[:, None] + torch.arange(columns, device=pixels.device)
    each = torch.arange(count, device=pixels.device)[:, None, None]
    moved = wide.permute(0, 2, 3, 1)[each, row[:, :, None], column[:, None, :]].permute(0, 3, 1, 2)
    light = torch.rand(count, 1, 1, 1, generator=generator).to(pixels.device)
    return (moved + BRIGHTNESS * (2 * light - 1)).clamp(-1, 1)


def second_captions(
    words: Int64[Tensor, "caption place"], generator: torch.Generator
) -> Int64[Tensor, "caption place"]:
    """Captions with a fifth of their words left out, never the first that is drawn to stay."""
    luck = torch.rand(words.shape, generator=generator).to(words.device)
    luck = torch.where(words > 0, luck, -1.0)
    stays = (luck >= DROPPED) | (luck == luck.max(1, keepdim=True).values)
    kept = torch.where(stays, words, 0)
    # What is left closes up: encoders read from the first place on.
    order = torch.argsort((kept == 0).to(torch.int8), dim=1, stable=True)
    return kept.gather(1, order)
