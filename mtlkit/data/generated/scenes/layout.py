"""Which objects a scene has, and where they stand."""

from __future__ import annotations

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.data.generated.scenes.attributes import (
    BACKGROUNDS,
    COLOURS,
    RELATIONS,
    SHAPES,
    SIDE,
    SIDES,
    SIZES,
)

MARGIN = 1
"""Pixels that stay free between two objects, and between an object and the picture's edge."""

SLANT = 0.6
"""How far the second object may be off the relation's axis, as a share of the distance along it:
below 1, so that what stands left of another is never rather above it."""


@attrs.frozen(eq=False)
class Layout:
    """Objects and backgrounds by number, and the upper left corner of each object's square.

    The attributes are shape, colour and size; a place is its row and column in pixels. A scene of
    one object has the relation -1.
    """

    objects: Int64[Tensor, "scene object attribute"]
    relations: Int64[Tensor, " scene"]
    backgrounds: Int64[Tensor, " scene"]
    places: Int64[Tensor, "scene object axis"]


def draw_layout(seed: int, purpose: str, size: int, objects: int) -> Layout:
    """The layouts of `size` scenes, of one object or of two.

    Every 72 scenes have as first object each combination of shape, colour and size once, so that
    classes are balanced; all else is independent and uniform, but that the second object has
    another colour than the first.
    """
    kinds = len(SHAPES) * len(COLOURS) * len(SIZES)
    random = stream(seed, f"scenes/{purpose}/first")
    first = torch.rand(-(-size // kinds), kinds, generator=random).argsort(1).flatten()[:size]
    shape = first // (len(COLOURS) * len(SIZES))
    colour = first // len(SIZES) % len(COLOURS)
    chance = torch.rand(size, 9, generator=stream(seed, f"scenes/{purpose}/layout"))
    whole = iter(chance.unbind(1))
    every = torch.stack([shape, colour, first % len(SIZES)], 1)[:, None]
    backgrounds = _below(next(whole), len(BACKGROUNDS))
    if objects == 1:
        free = SIDE - 2 * MARGIN - torch.tensor(SIDES)[every[:, 0, 2]] + 1
        corner = torch.stack([MARGIN + _below(next(whole), free) for _ in range(2)], 1)
        return Layout(every, torch.full((size,), -1), backgrounds, corner[:, None])
    relations = _below(next(whole), len(RELATIONS))
    second = [
        _below(next(whole), len(SHAPES)),
        (colour + 1 + _below(next(whole), len(COLOURS) - 1)) % len(COLOURS),
        _below(next(whole), len(SIZES)),
    ]
    every = torch.cat([every, torch.stack(second, 1)[:, None]], 1)
    sides = torch.tensor(SIDES)[every[:, :, 2]]
    return Layout(every, relations, backgrounds, _pairs(relations, sides, torch.stack([*whole], 1)))


def _pairs(
    relations: Int64[Tensor, " scene"],
    sides: Int64[Tensor, "scene 2"],
    chance: Float[Tensor, "scene 4"],
) -> Int64[Tensor, "scene 2 axis"]:
    """Places of two objects that do not touch and stand to each other as the relation says."""
    # `near` is the object that comes first along the relation's axis, `far` the other.
    swapped = (relations % 2 == 1)[:, None]
    near, far = torch.where(swapped, sides.flip(1), sides).unbind(1)
    one, other, third, fourth = chance.unbind(1)
    near_along = MARGIN + _below(one, SIDE - 3 * MARGIN - near - far + 1)
    least = near_along + near + MARGIN
    far_along = least + _below(other, SIDE - MARGIN - far - least + 1)
    near_across = MARGIN + _below(third, SIDE - 2 * MARGIN - near + 1)
    # Sides are even, so that the middles lie at whole numbers.
    slant = (SLANT * (far_along + far // 2 - near_along - near // 2)).long()
    level = near_across + near // 2 - far // 2
    least = (level - slant).clamp_min(MARGIN)
    most = torch.minimum(level + slant, SIDE - MARGIN - far)
    far_across = least + _below(fourth, most - least + 1)
    along, across = (
        torch.where(swapped, pair.flip(1), pair)
        for pair in (
            torch.stack([near_along, far_along], 1),
            torch.stack([near_across, far_across], 1),
        )
    )
    upright = (relations >= 2)[:, None]
    return torch.stack(
        [torch.where(upright, along, across), torch.where(upright, across, along)], 2
    )


def _below(
    chance: Float[Tensor, " scene"], many: int | Int64[Tensor, " scene"]
) -> Int64[Tensor, " scene"]:
    """Uniform whole numbers from 0, less than `many`, of uniform numbers below 1."""
    return (chance * many).long()
