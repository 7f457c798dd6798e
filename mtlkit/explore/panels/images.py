"""Small grey pictures side by side."""

from __future__ import annotations

import attrs
import numpy as np
from jaxtyping import UInt8

from mtlkit.errors import UsageError
from mtlkit.explore.panels.base import Panel
from mtlkit.explore.panels.checks import items_of, some


@attrs.frozen(eq=False)
class GridImage:
    """A small grey picture (0 black, 255 white) with a few words, marked or not."""

    pixels: UInt8[np.ndarray, "height width"]
    caption: str
    marked: bool = False

    def __attrs_post_init__(self) -> None:
        """Check the pixels' type and shape."""
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 2 or self.pixels.size == 0:
            raise UsageError(
                f"pixels of {self.caption} are {self.pixels.dtype} of shape {self.pixels.shape}: "
                "allowed is uint8 with a height and a width."
            )


@attrs.frozen(kw_only=True, eq=False)
class ImageGrid(Panel):
    """Small pictures side by side; `mark` says in words what a marked one is."""

    images: tuple[GridImage, ...] = attrs.field(converter=items_of)
    mark: str = ""

    def __attrs_post_init__(self) -> None:
        """Check that marks are explained."""
        some("ImageGrid", "images", self.images)
        if not self.mark and any(image.marked for image in self.images):
            raise UsageError(
                "mark of ImageGrid is empty: allowed is what the mark means, as pictures have it."
            )
