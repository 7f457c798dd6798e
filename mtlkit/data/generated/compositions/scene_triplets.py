"""A shape, how it stands to another shape, and that other shape: scenes of two objects.

A circle left of a square is also a square right of a circle, so the picture has to say which of the
two is meant: the subject is always the big one, the object always the small one. The rest (both
colours, the background, the places) is free.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from mtlkit.data.generated.scenes.attributes import RELATIONS, SHAPE, SHAPES, SIZE, SIZES
from mtlkit.data.generated.scenes.drawing import draw as draw_layouts
from mtlkit.data.generated.scenes.layout import Layout, draw_layout

WORDS = (SHAPES, RELATIONS, SHAPES)

_SIZES = torch.tensor([SIZES.index("big"), SIZES.index("small")])
"""Of the subject and of the object."""

_TRIES = 16
"""Layouts for one that has the wanted relation and sizes, on average."""


def draw(
    seed: int, part: str, members: Int64[Tensor, "composition 3"], per_composition: int
) -> UInt8[Tensor, "picture 3 32 32"]:
    """So many scenes of each triplet, one triplet after the other."""
    found = [_layouts(seed, part, row, per_composition) for row in members.tolist()]
    return draw_layouts(
        Layout(
            torch.cat([one.objects for one in found]),
            torch.cat([one.relations for one in found]),
            torch.cat([one.backgrounds for one in found]),
            torch.cat([one.places for one in found]),
        )
    )


def _layouts(seed: int, part: str, triplet: Sequence[int], size: int) -> Layout:
    """The first layouts of a triplet's own stream that have its relation and sizes.

    Where objects stand depends on their sizes, not on their shapes, so that these can be put in.
    """
    subject, predicate, thing = triplet
    purpose = f"scene_triplets/{part}/{subject}/{predicate}/{thing}"
    tries = 2 * _TRIES * (size + 2)
    while True:
        layout = draw_layout(seed, purpose, tries, 2)
        fits = (layout.relations == predicate) & (layout.objects[:, :, SIZE] == _SIZES).all(1)
        (rows,) = fits.nonzero(as_tuple=True)
        if len(rows) >= size:
            break
        tries *= 2  # the layouts found so far come again
    rows = rows[:size]
    objects = layout.objects[rows]
    objects[:, :, SHAPE] = torch.tensor([subject, thing])
    return Layout(objects, layout.relations[rows], layout.backgrounds[rows], layout.places[rows])
