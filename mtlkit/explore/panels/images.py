"""Small pictures side by side."""

from __future__ import annotations

from typing import Literal

import attrs
import numpy as np
from jaxtyping import UInt8

from mtlkit.errors import UsageError
from mtlkit.explore.panels.base import Panel
from mtlkit.explore.panels.checks import items_of, some


@attrs.frozen(eq=False)
class GridImage:
    """A small picture, grey or red, green and blue (0 to 255), with a few words, marked or not."""

    pixels: UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]
    caption: str
    marked: bool = False

    def __attrs_post_init__(self) -> None:
        """Check the pixels' type and shape."""
        shape = self.pixels.shape
        grey, coloured = len(shape) == 2, len(shape) == 3 and shape[-1] == 3
        if self.pixels.dtype != np.uint8 or not (grey or coloured) or self.pixels.size == 0:
            raise UsageError(
                f"pixels of {self.caption} are {self.pixels.dtype} of shape {shape}: "
                "allowed is uint8 with a height and a width, and 3 colours or none."
            )


@attrs.frozen(kw_only=True, eq=False)
class ImageGrid(Panel):
    """Small pictures side by side.

    Parameters
    ----------
    images
        From left to right, row by row.
    mark
        What a marked one is, in words.
    sign
        What stands before these words: a cross for what is wrong, a tick for what is right.
    """

    images: tuple[GridImage, ...] = attrs.field(converter=items_of)
    mark: str = ""
    sign: Literal["✕", "✓"] = "✕"

    def __attrs_post_init__(self) -> None:
        """Check that marks are explained."""
        some("ImageGrid", "images", self.images)
        if not self.mark and any(image.marked for image in self.images):
            raise UsageError(
                "mark of ImageGrid is empty: allowed is what the mark means, as pictures have it."
            )
