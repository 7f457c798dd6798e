"""Layouts as pictures: smooth-edged shapes, each with a rim, on four backgrounds."""

from __future__ import annotations

import functools
import math

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor
from torch.nn import functional

from mtlkit.data.generated.scenes.attributes import (
    COLOUR,
    SHAPE,
    SHAPES,
    SIDE,
    SIDES,
    SIZE,
)
from mtlkit.data.generated.scenes.layout import Layout

# Their lightness (L* of CIELAB) rises from 23 to 89 by 10 or more: so that they differ for those
# too who do not see their hues apart.
_COLOURS = (
    (0x55, 0x16, 0x78),
    (0x1B, 0x4C, 0xB8),
    (0xD2, 0x2F, 0x2A),
    (0x2F, 0xA0, 0x5A),
    (0xF2, 0x9A, 0x26),
    (0xF8, 0xE2, 0x45),
)
_PALE, _MIDDLE, _DARK = (238, 238, 234), (204, 205, 206), (44, 46, 52)
_RIMS = (_DARK, _PALE, _DARK, _DARK)
"""Of objects on each background: what stands out from it."""

_FINE = 8
"""Points along each side of a pixel at which a shape is asked for."""

_RIM_WIDTHS = (0.4, 0.7)
"""Of objects of each size, in pixels."""

_TIP = 2 * math.pi / 5
"""The angle between two tips of a star."""

_AT_ONCE = 4096
"""Scenes drawn together: bounds the memory."""


def draw(layout: Layout) -> UInt8[Tensor, "scene 3 32 32"]:
    """The pictures of layouts."""
    scenes = len(layout.relations)
    images = torch.empty(scenes, 3, SIDE, SIDE, dtype=torch.uint8)
    for start in range(0, scenes, _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        images[rows] = _some(
            Layout(
                layout.objects[rows],
                layout.relations[rows],
                layout.backgrounds[rows],
                layout.places[rows],
            )
        )
    return images


def _some(layout: Layout) -> UInt8[Tensor, "scene 3 32 32"]:
    canvas = _backgrounds()[layout.backgrounds]
    colours, rims = torch.tensor(_COLOURS).float(), torch.tensor(_RIMS).float()
    for size, side in enumerate(SIDES):
        scene, which = (layout.objects[:, :, SIZE] == size).nonzero(as_tuple=True)
        drawn, place = layout.objects[scene, which], layout.places[scene, which]
        rows, columns = (place[:, axis, None] + torch.arange(side) for axis in range(2))
        spot = scene[:, None, None], slice(None), rows[:, :, None], columns[:, None, :]
        # An index beside a slice puts the channel last.
        whole, inner = (mask[drawn[:, SHAPE]][..., None] for mask in _masks(side))
        colour = colours[drawn[:, COLOUR]][:, None, None]
        rim = rims[layout.backgrounds[scene]][:, None, None]
        canvas[spot] = canvas[spot] * (1 - whole) + rim * (whole - inner) + colour * inner
    return canvas.round().to(torch.uint8)


@functools.cache
def _masks(
    side: int,
) -> tuple[Float[Tensor, "shape side side"], Float[Tensor, "shape side side"]]:
    """The share of each pixel that a shape covers: with its rim, and without."""
    points = (torch.arange(side * _FINE) + 0.5) / (side * _FINE) * 2 - 1
    y, x = torch.meshgrid(points, points, indexing="ij")
    covered = torch.stack([_inside(name, x, y) for name in SHAPES]).float()
    reach = round(_RIM_WIDTHS[SIDES.index(side)] * _FINE)
    bare = functional.pad(1 - covered, (reach,) * 4, value=1.0)
    inner = 1 - functional.max_pool2d(bare, 2 * reach + 1, stride=1)
    whole, inside = (functional.avg_pool2d(mask, _FINE) for mask in (covered, inner))
    return whole, inside


def _inside(
    shape: str, x: Float[Tensor, "row column"], y: Float[Tensor, "row column"]
) -> Bool[Tensor, "row column"]:
    """Whether points of the square from -1 to 1 belong to a shape; y points down."""
    radius = (x**2 + y**2).sqrt()
    match shape:
        case "circle":
            return radius <= 1
        case "square":
            return torch.maximum(x.abs(), y.abs()) <= 0.9
        case "triangle":
            return (x.abs() <= (y + 1) * 0.54) & (y <= 0.85)
        case "cross":
            return torch.minimum(x.abs(), y.abs()) <= 0.36
        case "star":
            # One half of one tip, seen from its axis: within the line from its point to its foot.
            up = 0.06 - y
            angle = torch.atan2(x, up).abs()
            turn = (angle - (angle / _TIP).round() * _TIP).abs()
            radius = (x**2 + up**2).sqrt()
            along, aside = radius * turn.cos(), radius * turn.sin()
            foot = 0.5 * math.cos(_TIP / 2), 0.5 * math.sin(_TIP / 2)
            return (1.04 - along) * foot[1] >= aside * (1.04 - foot[0])
        case _:
            return (radius <= 1) & (radius >= 0.4)


@functools.cache
def _backgrounds() -> Float[Tensor, "background 3 32 32"]:
    """Pale, dark, striped and dotted, all without a hue."""
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    nowhere = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    striped = (x + y) % 8 < 4
    dotted = ((x % 8 - 3.5) ** 2 + (y % 8 - 3.5) ** 2) < 3
    pale, middle, dark = (
        torch.tensor(tone).float()[:, None, None] for tone in (_PALE, _MIDDLE, _DARK)
    )
    return torch.stack(
        [
            torch.where(nowhere, middle, pale),
            torch.where(nowhere, middle, dark),
            torch.where(striped, middle, pale),
            torch.where(dotted, middle, pale),
        ]
    )
