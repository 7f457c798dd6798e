"""What the compositional sets have in common: compositions of words, and pictures of them."""

from __future__ import annotations

import attrs
import torch
from jaxtyping import Bool, Int64, UInt8
from torch import Tensor

from mtlkit.errors import UsageError

PARTS = ("train", "validation", "test")

SEEN, HELD_VALIDATION, HELD_TEST = 0, 1, 2
"""Groups of compositions: with training pictures, first met in validation, first met in test."""

_MET = {"train": (SEEN,), "validation": (SEEN, HELD_VALIDATION), "test": (SEEN, HELD_TEST)}


@attrs.frozen(eq=False)
class Compositions:
    """Which compositions of words there are, and which of them training shows.

    Parameters
    ----------
    slots
        What each word of a composition is: `("attribute", "object")` or `("subject", "predicate",
        "object")`.
    words
        Those that can stand in each slot.
    members
        Of each composition, its words by their numbers in `words`. The same for all seeds; in a
        set that is generated, all there can be, the last slot counting fastest.
    group
        Of each composition, `SEEN`, or unseen in training and met in one of the other parts only:
        `HELD_VALIDATION` or `HELD_TEST`.
    """

    slots: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    members: Int64[Tensor, "composition slot"]
    group: Int64[Tensor, " composition"]

    def candidates(self, part: str) -> Bool[Tensor, " composition"]:
        """The compositions that pictures of a part show: the seen ones, and the part's unseen ones.

        Raises
        ------
        UsageError
            If there is no such part.
        """
        return torch.isin(self.group, torch.tensor(_MET[checked_part(part)]))

    def names(self) -> tuple[str, ...]:
        """Each composition in words, such as `"inverted seven"` or `"circle above square"`."""
        return tuple(
            " ".join(words[number] for words, number in zip(self.words, row, strict=True))
            for row in self.members.tolist()
        )


@attrs.frozen(eq=False)
class Pictures:
    """Pictures from 0 to 255, grey or of three colours, and the composition that each shows.

    All who ask for the same ones share the tensors: do not change them.
    """

    images: UInt8[Tensor, "picture channel row column"]
    labels: Int64[Tensor, " picture"]


def checked_part(part: str) -> str:
    """The part.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if part not in PARTS:
        raise UsageError(f"part = {part}: allowed is one of {', '.join(PARTS)}.")
    return part
