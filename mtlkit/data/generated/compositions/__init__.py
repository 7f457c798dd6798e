"""Pictures of compositions of words that need no download, and which of them training shows.

They stand in for MIT-States (an attribute and an object) and for Visual Relationship Detection (a
subject, a predicate and an object): small enough to train on in seconds, and all compositions have
equally many pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs
from jaxtyping import Int64, UInt8
from torch import Tensor

from mtlkit.data.generated.compositions import digit_transforms, scene_triplets, textured_shapes

PAIR = ("attribute", "object")
TRIPLET = ("subject", "predicate", "object")

Draw = Callable[
    [int, str, Int64[Tensor, "composition slot"], int],
    UInt8[Tensor, "picture channel row column"],
]
"""Pictures of each of some compositions, from a seed, a part, their words by number and how many
pictures of each; composition after composition."""


@attrs.frozen
class EmbeddedSet:
    """A set of compositions that is drawn here.

    Parameters
    ----------
    slots, words
        See `mtlkit.data.composed.Compositions`.
    draw
        Draws pictures; those of a composition do not depend on the other arguments.
    most
        How many different pictures a part has of each composition; None: no end of them.
    """

    slots: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    draw: Draw
    most: Callable[[str], int | None]


def _endless(part: str) -> None:
    del part


SETS: Mapping[str, EmbeddedSet] = {
    "digit_transforms": EmbeddedSet(
        PAIR, digit_transforms.WORDS, digit_transforms.draw, digit_transforms.most
    ),
    "textured_shapes": EmbeddedSet(PAIR, textured_shapes.WORDS, textured_shapes.draw, _endless),
    "scene_triplets": EmbeddedSet(TRIPLET, scene_triplets.WORDS, scene_triplets.draw, _endless),
}
