"""Features of pictures that nobody learned: colours where they are, colours together, edges.

Three blocks, computed from each picture alone, so that no other picture and no label tells on it:

- mean and standard deviation of red, green and blue in each cell of a 4 x 4 grid;
- a joint histogram of the colours, 4 x 4 x 4 bins, whose square roots are taken (Bhattacharyya);
- histograms of oriented gradients: Navneet Dalal and Bill Triggs, Histograms of Oriented Gradients
  for Human Detection, CVPR 2005; unsigned, 9 orientations, cells of 1/4 of the side (8 x 8 pixels
  of 32 x 32), blocks of 2 x 2 cells, normalised, clipped at 0.2 and normalised again.

What is taken off and divided by is known beforehand, never estimated from data.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from mtlkit.errors import UsageError

GRID = 4
"""Cells along each side, of colours and of gradients."""
COLOUR_BINS = 4
"""Of the histogram, along each of red, green and blue."""
ORIENTATIONS = 9
"""Of gradients, from 0 to 180 degrees: an edge has no direction."""

_AT_ONCE = 1024
"""Pictures whose gradients are in memory at the same time."""

_CLIP = 0.2
_LITTLE = 1e-3

LENGTHS = {
    "means": 3 * GRID**2,
    "deviations": 3 * GRID**2,
    "colours": COLOUR_BINS**3,
    "gradients": 4 * ORIENTATIONS * (GRID - 1) ** 2,
}
"""Numbers of each block, in the order in which they stand."""

N_FEATURES = sum(LENGTHS.values())
"""Numbers of a picture."""


def picture_features(
    images: UInt8[Tensor, "picture 3 row column"],
) -> Float[Tensor, "picture feature"]:
    """The features of each picture: 484 numbers, the blocks in the order of `LENGTHS`.

    A grey picture is one with three equal channels.

    Raises
    ------
    UsageError
        If the sides are not multiples of 4 that are at least 16.
    """
    rows, columns = images.shape[2:]
    if min(rows, columns) < 4 * GRID or rows % GRID or columns % GRID:
        raise UsageError(
            f"images of {rows} x {columns} pixels: allowed are sides that are multiples of "
            f"{GRID} and at least {4 * GRID}."
        )
    return torch.cat([_of_some(some) for some in torch.split(images, _AT_ONCE)])


def _of_some(images: UInt8[Tensor, "picture 3 row column"]) -> Float[Tensor, "picture feature"]:
    pixels = images.float() / 255
    means, deviations = _cell_statistics(pixels)
    return torch.cat(
        [
            # A uniform colour in [0, 1] has mean 1/2 and deviation 1/sqrt(12).
            (means - 0.5) * math.sqrt(12),
            # The most a deviation can be is 1/2.
            deviations * 2 - 0.5,
            # Square roots of shares: of 64 equal ones each is 1/8.
            (_colour_shares(images).sqrt() - COLOUR_BINS**-1.5) * COLOUR_BINS**1.5 / 4,
            _gradient_blocks(images.float()) / _CLIP - 0.5,
        ],
        1,
    )


def _cell_statistics(
    pixels: Float[Tensor, "picture 3 row column"],
) -> tuple[Float[Tensor, "picture number"], Float[Tensor, "picture number"]]:
    """Mean and standard deviation of each channel in each cell of the grid."""
    cells = _in_cells(pixels)
    deviation, mean = torch.std_mean(cells, (3, 5), correction=0)
    return mean.flatten(1), deviation.flatten(1)


def _colour_shares(images: UInt8[Tensor, "picture 3 row column"]) -> Float[Tensor, "picture bin"]:
    """The share of a picture's pixels in each bin of the joint histogram."""
    bins = images // (256 // COLOUR_BINS)
    colour = (bins[:, 0] * COLOUR_BINS + bins[:, 1]) * COLOUR_BINS + bins[:, 2]
    found: Int64[Tensor, "picture pixel"] = colour.flatten(1).long()
    counts = torch.zeros(len(images), COLOUR_BINS**3)
    counts.scatter_add_(1, found, torch.ones(found.shape))
    return counts / found.shape[1]


def _gradient_blocks(
    pixels: Float[Tensor, "picture 3 row column"],
) -> Float[Tensor, "picture number"]:
    """Normalised histograms of oriented gradients, block after block, of pixels up to 255."""
    # Whole numbers have exact differences, so that channels tie where they should.
    histograms = orientation_histograms(pixels) / 255
    blocks = torch.cat(
        [
            histograms[:, row : row + GRID - 1, column : column + GRID - 1]
            for row in (0, 1)
            for column in (0, 1)
        ],
        3,
    )
    clipped = _normalised(blocks).clamp(max=_CLIP)
    return _normalised(clipped).flatten(1)


def _normalised(blocks: Float[Tensor, "*shape number"]) -> Float[Tensor, "*shape number"]:
    """To length 1, or nearly 0 where there is no gradient to speak of."""
    return blocks / (blocks.square().sum(-1, keepdim=True) + _LITTLE**2).sqrt()


def orientation_histograms(
    pixels: Float[Tensor, "picture 3 row column"],
) -> Float[Tensor, "picture cellrow cellcolumn orientation"]:
    """How much gradient of each orientation there is in each cell, a mean over its pixels.

    At each pixel the channel counts whose gradient is largest. A gradient between the middles of
    two orientations is shared between them: the middle of the first is 0 degrees, a gradient along
    the rows (a vertical edge), and they are 20 degrees apart, turning from right to down.
    """
    padded = torch.nn.functional.pad(pixels, (1, 1, 1, 1), mode="replicate")
    right = (padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2]) / 2
    down = (padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]) / 2
    strongest = (right.square() + down.square()).argmax(1, keepdim=True)
    right, down = (part.gather(1, strongest).squeeze(1) for part in (right, down))
    place = torch.atan2(down, right).remainder(math.pi) * (ORIENTATIONS / math.pi)
    lower = place.floor()
    magnitude = torch.hypot(right, down)
    upper_share = magnitude * (place - lower)
    first = lower.long() % ORIENTATIONS
    votes = torch.zeros(len(pixels), ORIENTATIONS, *pixels.shape[2:])
    votes.scatter_add_(1, first[:, None], (magnitude - upper_share)[:, None])
    votes.scatter_add_(1, (first[:, None] + 1) % ORIENTATIONS, upper_share[:, None])
    return _in_cells(votes).mean((3, 5)).permute(0, 2, 3, 1)


def _in_cells(
    numbers: Float[Tensor, "picture number row column"],
) -> Float[Tensor, "picture number cellrow inrow cellcolumn incolumn"]:
    """The same numbers, with the cell that each is in."""
    pictures, count, rows, columns = numbers.shape
    return numbers.reshape(pictures, count, GRID, rows // GRID, GRID, columns // GRID)
