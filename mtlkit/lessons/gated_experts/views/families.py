"""The families of tasks, as pictures."""

from __future__ import annotations

import math

import torch

from mtlkit.data.embedded.digits import PIXELS, digits
from mtlkit.data.generated.digit_families import family
from mtlkit.explore.panels import GridImage, ImageGrid

_FAMILIES, _DIGITS = 4, 8


def families() -> ImageGrid:
    """The same digits as the tasks of each family see them, and the classes they go into."""
    found = digits("train")
    rows = [int((found.labels == digit).nonzero()[0]) for digit in range(_DIGITS)]
    side, images = math.isqrt(PIXELS), []
    for number in range(_FAMILIES):
        own = family(number)
        pixels = 255 * (1 - found.images[rows][:, own.order])
        grey = pixels.round().to(torch.uint8).reshape(-1, side, side).numpy()
        images += [
            GridImage(one, f"f{number + 1}: {digit} → {'ABCDE'[int(own.classes[digit])]}")
            for digit, one in enumerate(grey)
        ]
    return ImageGrid(
        name="families",
        title="The same digits in four families of tasks",
        alt=f"The digits 0 to {_DIGITS - 1} in {_FAMILIES} families. In family 1 they can be read; "
        "in the others the pixels are permuted, each time in another way.",
        caption="Under each picture: the family, the digit, and the class that it goes into. A "
        "family permutes the pixels and puts the ten digits into five classes of two. Its tasks "
        "share both; they differ by the order in which they number the classes.",
        command="mtlkit figures gated_experts --out figures",
        images=images,
    )
