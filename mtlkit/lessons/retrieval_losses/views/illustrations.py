"""Two figures that need no study: the data, and each loss as a function of one negative."""

from __future__ import annotations

import math

import numpy as np

from mtlkit.data import captioned
from mtlkit.explore.panels import CurveFacet, Curves, GridImage, ImageGrid, Line

_COMMAND = "mtlkit figures retrieval_losses --out figures"

_PICTURES = 8


def examples(seed: int = 0) -> ImageGrid:
    """The first test pictures of a seed, each with its first caption."""
    found = captioned.load("scenes", "test", seed=seed, size=_PICTURES)
    pixels = found.images.permute(0, 2, 3, 1).numpy()
    pairs = list(zip(pixels, found.captions, strict=True))
    return ImageGrid(
        name="examples",
        title="Generated scenes and what is said of them",
        alt=f"{_PICTURES} generated scenes of two coloured shapes each, with a caption: "
        + "; ".join(own[0] for _, own in pairs)
        + ".",
        caption="Generated scenes: two of six shapes in six colours and two sizes, one of four "
        "backgrounds, 32 by 32 pixels. Each has five generated captions, of which the first is "
        "shown; a caption may leave out whatever it likes.",
        command=_COMMAND,
        images=[GridImage(picture, own[0]) for picture, own in pairs],
    )


MARGIN, TEMPERATURE = 0.2, 0.07
POSITIVE, SECOND = 0.6, 0.5
"""Cosines of the true pair and of the other negative, in `losses_as_functions`."""


def losses_as_functions() -> Curves:
    """Each loss and its slope as the score of one negative moves; another stands still."""
    scores = np.linspace(-0.2, 1.0, 121)
    hinge = np.maximum(MARGIN + scores - POSITIVE, 0)
    second = max(MARGIN + SECOND - POSITIVE, 0)
    below = np.exp(scores / TEMPERATURE) + math.exp(SECOND / TEMPERATURE)
    soft = TEMPERATURE * (np.log(below) - POSITIVE / TEMPERATURE)
    share = np.exp(scores / TEMPERATURE) / below
    values = {
        "sum_triplet": hinge + second,
        "max_triplet": np.maximum(hinge, second),
        "simclr": soft,
    }
    slopes = {
        "sum_triplet": (hinge > 0).astype(float),
        "max_triplet": (scores > SECOND).astype(float),
        "simclr": share,
    }
    return Curves(
        name="losses_as_functions",
        title="What a loss does with one negative as its score moves",
        alt=f"Left the loss, right its slope, over the score of one negative from -0.2 to 1; the "
        f"true pair scores {POSITIVE:g}, another negative {SECOND:g}. The sum's slope is 1 from "
        f"{POSITIVE - MARGIN:g} on, the max's from {SECOND:g} on and 0 before, SimCLR's rises "
        f"smoothly and is one half at {SECOND:g}.",
        caption="Closed forms, no training; in one direction, of a picture with two negatives. "
        f"Margin {MARGIN:g}; SimCLR's loss is multiplied by its temperature of {TEMPERATURE:g}, "
        "so that its slope is the negative's share of the gradient. (The pictures of this lesson "
        "are generated scenes; here there are none.)",
        command=_COMMAND,
        x_label="cosine of the picture with one negative caption",
        y_label="loss, and its slope",
        facets=[
            CurveFacet(
                title=title,
                lines=[Line(key, scores, value) for key, value in found.items()],
            )
            for title, found in (("loss", values), ("slope", slopes))
        ],
    )
