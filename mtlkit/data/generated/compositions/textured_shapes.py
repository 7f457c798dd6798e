"""Shapes of a colour, a texture or another look: an attribute and an object.

Each picture has a shape of its own place, size and angle on a pale ground of its own tint. Where
the attribute is no colour, the shape has one that none of the colour words names.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from mtlkit.core.streams import stream

LOOKS = ("red", "green", "blue", "striped", "dotted", "outlined", "blurred", "shadowed")
SHAPES = ("circle", "ellipse", "ring", "crescent", "square", "triangle", "cross", "star")

WORDS = (LOOKS, SHAPES)

SIDE = 24
"""Of a picture, in pixels."""

_HUES = {"red": 0.0, "green": 125.0, "blue": 225.0}
"""Of each colour word, in degrees; a picture's own differs from it by up to `_HUE_JITTER`."""

_OTHER_HUES = torch.tensor([48.0, 178.0, 295.0])
"""Yellow, turquoise and purple: of shapes whose attribute is no colour."""

_HUE_JITTER = 12.0

_TURN = 15.0
"""The greatest angle of a shape, in degrees: less than would make a square a diamond."""

_PITCH = 5.0
"""From stripe to stripe and from dot to dot, in pixels."""

_BETWEEN = 0.3
"""How much of its colour a shape keeps between its stripes or dots."""

_CHANCES = 12
"""Random numbers of a picture."""


def draw(
    seed: int, part: str, members: Int64[Tensor, "composition 2"], per_composition: int
) -> UInt8[Tensor, "picture 3 24 24"]:
    """So many pictures of each composition, one composition after the other."""
    found = []
    for look, shape in members.tolist():
        random = stream(seed, f"textured_shapes/{part}", look, shape)
        chance = torch.rand(per_composition, _CHANCES, generator=random)
        found.append(_draw(LOOKS[look], SHAPES[shape], chance))
    return torch.cat(found)


def _draw(
    look: str, shape: str, chance: Float[Tensor, "picture chance"]
) -> UInt8[Tensor, "picture 3 24 24"]:
    place_x, place_y, size, angle, which, hue, value, tint, phase, slope, reach, ground = chance[
        :, :, None, None
    ].unbind(1)
    radius = 7 + 2.5 * size
    free = SIDE / 2 - radius - 1
    middle_x, middle_y = ((2 * one - 1) * free + SIDE / 2 for one in (place_x, place_y))
    turn = (2 * angle - 1) * math.radians(_TURN)
    points = torch.arange(SIDE) + 0.5
    y, x = torch.meshgrid(points, points, indexing="ij")

    def away(right: Tensor, down: Tensor) -> Tensor:
        """How far each pixel lies outside the shape, in pixels; within it, below 0."""
        across, along = x - middle_x - right, y - middle_y - down
        u = (across * turn.cos() + along * turn.sin()) / radius
        v = (along * turn.cos() - across * turn.sin()) / radius
        return _distance(shape, u, v) * radius

    nowhere = torch.zeros_like(place_x)
    distance = away(nowhere, nowhere)
    edge = 5.5 if look == "blurred" else 1.0
    cover = (0.5 - distance / edge).clamp(0, 1)
    named = _HUES.get(look)
    middle = _OTHER_HUES[(which * 3).long()] if named is None else torch.full_like(which, named)
    colour = _rgb(middle + (2 * hue - 1) * _HUE_JITTER, 0.85, 0.6 + 0.25 * value)
    paper = _rgb(360 * tint, 0.10, 0.88 + 0.10 * ground)
    picture = paper.expand(-1, 3, SIDE, SIDE)
    match look:
        case "outlined":
            # A line of 1.6 pixels just within the edge.
            cover = (0.8 + 0.5 - (distance + 0.8).abs()).clamp(0, 1)
        case "striped":
            lean = math.pi / 4 + (2 * slope - 1) * 0.25
            along = (x * lean.cos() + y * lean.sin()) / _PITCH
            wave = torch.sin(2 * math.pi * (along + phase))
            cover = cover * (0.6 + 2 * wave).clamp(_BETWEEN, 1)
        case "dotted":
            # How far each pixel lies from the middle of its dot.
            u, v = ((x + phase * _PITCH) % _PITCH, (y + slope * _PITCH) % _PITCH)
            away_from_dot = torch.hypot(u - _PITCH / 2, v - _PITCH / 2)
            cover = cover * (2.1 - away_from_dot).clamp(_BETWEEN, 1)
        case "shadowed":
            off = 2.5 + reach
            shade = (0.5 - away(off, off)).clamp(0, 1)[:, None]
            picture = picture * (1 - 0.65 * shade)
        case _:
            pass
    cover = cover[:, None]
    return ((picture * (1 - cover) + colour * cover) * 255).round().clamp(0, 255).to(torch.uint8)


def _distance(
    shape: str, x: Float[Tensor, "picture row column"], y: Float[Tensor, "picture row column"]
) -> Float[Tensor, "picture row column"]:
    """How far points lie outside a shape of radius 1, about; within it, below 0; y points down."""
    match shape:
        case "circle":
            return (x**2 + y**2).sqrt() - 0.95
        case "ellipse":
            return ((x**2 + (y / 0.55) ** 2).sqrt() - 1) * 0.6
        case "ring":
            return ((x**2 + y**2).sqrt() - 0.75).abs() - 0.22
        case "crescent":
            whole = (x**2 + y**2).sqrt() - 1
            return torch.maximum(whole, 0.8 - ((x - 0.5) ** 2 + y**2).sqrt())
        case "square":
            return torch.maximum(x.abs(), y.abs()) - 0.8
        case "triangle":
            return torch.maximum(x.abs() * 0.87 - y * 0.5 - 0.5, y - 0.6)
        case "cross":
            wide, tall = x.abs(), y.abs()
            return torch.minimum(
                torch.maximum(wide - 0.95, tall - 0.3), torch.maximum(wide - 0.3, tall - 0.95)
            )
        case _:
            tip = 2 * math.pi / 5
            turn = torch.atan2(x, -y)
            turn = (turn - (turn / tip).round() * tip).abs()
            radius = (x**2 + y**2).sqrt()
            # The line from a tip, at (0, 1), to its foot.
            foot = 0.45 * math.cos(tip / 2), 0.45 * math.sin(tip / 2)
            normal = math.hypot(1 - foot[0], foot[1])
            return (
                foot[1] * (radius * turn.cos() - 1) + (1 - foot[0]) * radius * turn.sin()
            ) / normal


def _rgb(
    hue: Float[Tensor, "picture 1 1"], saturation: float, value: Float[Tensor, "picture 1 1"]
) -> Float[Tensor, "picture 3 1 1"]:
    """Red, green and blue from 0 to 1 of a hue in degrees, a saturation and a value."""
    sector = torch.stack([(turn + hue / 60) % 6 for turn in (5, 3, 1)], 1)
    share = torch.minimum(sector, 4 - sector).clamp(0, 1)
    return value[:, None] * (1 - saturation * share)
