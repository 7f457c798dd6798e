"""Captioned scenes: one or two coloured shapes on a background, and five captions each.

They stand in for collections of photographs with sentences (MS COCO, IAPR TC-12) or with users'
tags (MIRFlickr-25K): small enough to train on in seconds, and with a truth that is known.
"""

from __future__ import annotations

import attrs
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from mtlkit.data.generated.scenes.attributes import (
    BACKGROUNDS,
    COLOUR,
    COLOURS,
    RELATIONS,
    SHAPE,
    SHAPES,
    SIZE,
    SIZES,
)
from mtlkit.data.generated.scenes.captions import caption
from mtlkit.data.generated.scenes.drawing import draw
from mtlkit.data.generated.scenes.layout import draw_layout
from mtlkit.data.generated.scenes.wording import WORDINGS
from mtlkit.errors import UsageError

__all__ = [
    "BACKGROUNDS",
    "CLASSINGS",
    "COLOURS",
    "KINDS",
    "RELATIONS",
    "SHAPES",
    "SIZES",
    "Scenes",
    "class_of",
    "draw_scenes",
]

KINDS = tuple(WORDINGS)
"""Of captions."""

CLASSINGS = {
    "shape_colour": (SHAPES, COLOURS),
    "shape_size": (SHAPES, SIZES),
}
"""Ways to put scenes in classes by their first object: 36 classes, and 12."""

_ATTRIBUTES = {SHAPES: SHAPE, COLOURS: COLOUR, SIZES: SIZE}


@attrs.frozen(eq=False)
class Scenes:
    """Pictures, what is said of them, and what they show.

    Parameters
    ----------
    images
        Red, green and blue from 0 to 255.
    captions
        Five of each scene, of words in lower case between spaces.
    objects
        Shape, colour and size of each object, as numbers in `SHAPES`, `COLOURS`, `SIZES`.
    relations
        How the first object stands to the second, in `RELATIONS`; -1 with one object.
    backgrounds
        In `BACKGROUNDS`.
    """

    images: UInt8[Tensor, "scene 3 32 32"]
    captions: tuple[tuple[str, ...], ...]
    objects: Int64[Tensor, "scene object attribute"]
    relations: Int64[Tensor, " scene"]
    backgrounds: Int64[Tensor, " scene"]


def draw_scenes(
    seed: int,
    purpose: str,
    size: int,
    *,
    objects: int = 2,
    kind: str = "sentences",
    misspelt: float = 0.0,
    stray: float = 0.0,
) -> Scenes:
    """Scenes of a stream, the same ones whatever is said of them and however many are drawn.

    Parameters
    ----------
    seed, purpose
        Name the stream, such as `0, "train"`.
    size
        How many scenes.
    objects
        In each scene: 1 or 2.
    kind
        `"sentences"`, or `"tags"` in any order, as users of a photograph archive give them.
    misspelt
        The share of words in which one letter is swapped, dropped, doubled or replaced.
    stray
        The mean number, in a caption, of words that have nothing to do with the scene: 0 to 5.

    Raises
    ------
    UsageError
        If an argument is out of its range.
    """
    for name, value, allowed in (("objects", objects, (1, 2)), ("kind", kind, KINDS)):
        if value not in allowed:
            raise UsageError(f"{name} = {value!r}: allowed is {allowed[0]!r} or {allowed[1]!r}.")
    if size < 1:
        raise UsageError(f"size = {size}: allowed is 1 or more.")
    for name, rate, most in (("misspelt", misspelt, 1), ("stray", stray, 5)):
        if not 0 <= rate <= most:
            raise UsageError(f"{name} = {rate}: allowed is 0 to {most}.")
    layout = draw_layout(seed, purpose, size, objects)
    return Scenes(
        draw(layout),
        caption(seed, purpose, layout, kind, misspelt, stray),
        layout.objects,
        layout.relations,
        layout.backgrounds,
    )


def class_of(scenes: Scenes, name: str) -> Int64[Tensor, " scene"]:
    """The class of each scene's first object, counted from 0.

    Parameters
    ----------
    scenes
        Of any number of objects.
    name
        A key of `CLASSINGS`; the last of its attributes counts fastest.

    Raises
    ------
    UsageError
        If there is no such classing.
    """
    if name not in CLASSINGS:
        raise UsageError(f"classing = {name!r}: allowed are {', '.join(map(repr, CLASSINGS))}.")
    number = torch.zeros(len(scenes.relations), dtype=torch.int64)
    for names in CLASSINGS[name]:
        number = number * len(names) + scenes.objects[:, 0, _ATTRIBUTES[names]]
    return number
