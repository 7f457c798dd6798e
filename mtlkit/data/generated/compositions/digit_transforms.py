"""Handwritten digits under transforms that leave them readable: an attribute and an object.

The digits are those of scikit-learn, enlarged to 16 x 16 so that strokes are wide enough for a
transform to show. No transform makes one digit look like another: there is neither a half turn,
which exchanges 6 and 9, nor a mirror, which a 0 and an 8 do not show and which makes a 2 of a 5.
"""

from __future__ import annotations

import functools

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor
from torch.nn import functional

from mtlkit.core.streams import stream
from mtlkit.data.embedded.digits import N_CLASSES, digits

TRANSFORMS = (
    "plain",
    "speckled",
    "blurred",
    "outlined",
    "striped",
    "slanted",
    "rotated",
    "inverted",
)
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

WORDS = (TRANSFORMS, NUMBERS)

SIDE = 16
"""Of a picture, in pixels."""

_MARGIN = 1
"""Around the enlarged digit, in pixels."""

_CONTRAST = 1.5
"""By which the edges of strokes, which are soft once enlarged, are made steeper."""

_SPECKLES = 0.1
"""The share of pixels that a speckled digit has inverted."""


@functools.cache
def most(part: str) -> int:
    """The number of digits of the rarest class in a part."""
    return int(digits(part).labels.bincount(minlength=N_CLASSES).min())


def draw(
    seed: int, part: str, members: Int64[Tensor, "composition 2"], per_composition: int
) -> UInt8[Tensor, "picture 1 16 16"]:
    """Different digits of each composition's class, as many as asked for, under its transform."""
    every, labels = _transformed(part), digits(part).labels
    found = []
    for transform, number in members.tolist():
        (rows,) = (labels == number).nonzero(as_tuple=True)
        random = stream(seed, f"digit_transforms/{part}", transform, number)
        order = torch.randperm(len(rows), generator=random)[:per_composition]
        found.append(every[transform, rows[order]])
    return torch.cat(found)[:, None]


@functools.cache
def _transformed(part: str) -> UInt8[Tensor, "transform picture 16 16"]:
    """Every digit of a part under every transform."""
    small = digits(part).images.reshape(-1, 1, 8, 8)
    inner = SIDE - 2 * _MARGIN
    large = functional.interpolate(small, (inner, inner), mode="bicubic", align_corners=False)
    ink = functional.pad((large - 0.5) * _CONTRAST + 0.5, (_MARGIN,) * 4).clamp(0, 1)
    found = torch.stack([_transform(name, ink, part)[:, 0] for name in TRANSFORMS])
    return (found.clamp(0, 1) * 255).round().to(torch.uint8)


def _transform(
    name: str, ink: Float[Tensor, "picture 1 16 16"], part: str
) -> Float[Tensor, "picture 1 16 16"]:
    match name:
        case "plain":
            return ink
        case "speckled":
            # Each digit has speckles of its own, the same for every seed.
            random = stream(0, f"digit_transforms/speckles/{part}")
            chance = torch.rand(ink.shape, generator=random)
            return torch.where(chance < _SPECKLES, 1 - ink, ink)
        case "blurred":
            for _ in range(2):
                ink = functional.avg_pool2d(ink, 3, stride=1, padding=1)
            return ink
        case "outlined":
            thick = functional.max_pool2d(ink, 3, stride=1, padding=1)
            return thick - ink
        case "striped":
            rows = torch.arange(SIDE)
            return torch.where((rows[:, None] + rows) % 4 < 2, ink, 0.35 * ink)
        case "slanted":
            turn = torch.tensor([[1.0, 0.6, 0.0], [0.0, 1.0, 0.0]]).expand(len(ink), 2, 3)
            grid = functional.affine_grid(turn, list(ink.shape), align_corners=False)
            return functional.grid_sample(ink, grid, align_corners=False)
        case "rotated":
            return ink.rot90(-1, (2, 3))
        case _:
            return 1 - ink
