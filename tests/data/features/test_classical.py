"""Classical features against closed forms, a count pixel by pixel, and what must not matter."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from mtlkit.data.features.classical import (
    LENGTHS,
    N_FEATURES,
    orientation_histograms,
    picture_features,
)
from mtlkit.errors import UsageError


def noise(pictures: int = 3, side: int = 32, seed: int = 0) -> UInt8[Tensor, "picture 3 side side"]:
    drawn = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (pictures, 3, side, side), dtype=torch.uint8, generator=drawn)


def blocks(images: UInt8[Tensor, "picture 3 row column"]) -> dict[str, Float[Tensor, "picture n"]]:
    parts = picture_features(images).split(list(LENGTHS.values()), 1)
    return dict(zip(LENGTHS, parts, strict=True))


def grating(across: float, along: float, side: int = 32) -> Float[Tensor, "1 3 side side"]:
    """A sine wave, so many radians from a pixel to the next, to the right and down."""
    down, right = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    wave = 0.5 + 0.4 * torch.sin(across * right + along * down + 0.3)
    return wave.expand(1, 3, side, side).clone()


def test_there_are_a_few_hundred_numbers() -> None:
    assert picture_features(noise(2)).shape == (2, N_FEATURES)
    assert 300 < N_FEATURES < 600


def test_a_flat_picture_has_its_colour_and_no_gradient() -> None:
    colour = torch.tensor([10, 100, 250], dtype=torch.uint8)
    found = blocks(colour[None, :, None, None].expand(1, 3, 32, 32))
    shares = torch.zeros(64)
    shares[(0 * 4 + 1) * 4 + 3] = 1
    means = ((colour.double() / 255 - 0.5) * math.sqrt(12)).repeat_interleave(16)
    torch.testing.assert_close(found["means"][0], means.float())
    torch.testing.assert_close(found["deviations"][0], torch.full((48,), -0.5))
    torch.testing.assert_close(found["colours"][0], 2 * shares - 0.25)
    torch.testing.assert_close(found["gradients"][0], torch.full((324,), -0.5))


@pytest.mark.parametrize(
    ("across", "along", "expected"),
    [
        (0.7, 0.0, {0: 1.0}),  # vertical edges: 0 degrees
        (0.0, 0.7, {4: 0.5, 5: 0.5}),  # 90 degrees, between 80 and 100
        (0.4, 0.4, {2: 0.75, 3: 0.25}),  # 45 degrees, a quarter of the way from 40 to 60
        (0.4, -0.4, {6: 0.25, 7: 0.75}),  # 135 degrees
    ],
)
def test_a_grating_has_one_orientation(
    across: float, along: float, expected: dict[int, float]
) -> None:
    inner = orientation_histograms(grating(across, along))[0, 1:3, 1:3]
    shares = inner / inner.sum(-1, keepdim=True)
    wanted = torch.tensor([expected.get(one, 0.0) for one in range(9)])
    torch.testing.assert_close(shares, wanted.expand(2, 2, 9), atol=2e-5, rtol=0)


def test_a_gratings_gradient_is_that_of_the_formula() -> None:
    """Half the difference of neighbours of sin(kx + c) is sin(k) cos(kx + c)."""
    k = 0.6
    found = orientation_histograms(grating(k, 0.0))[0, 1, 1, 0]
    pixels = torch.arange(8, 16, dtype=torch.float64)
    expected = 0.4 * math.sin(k) * torch.cos(k * pixels + 0.3).abs().mean()
    torch.testing.assert_close(found.double(), expected, atol=1e-6, rtol=1e-5)


def counted(image: UInt8[np.ndarray, "3 side side"]) -> list[float]:
    """The features of one picture, pixel by pixel."""
    side = image.shape[1]
    cell = side // 4
    x = image.astype(float) / 255
    grid = list(itertools.product(range(4), range(4)))
    means, deviations = [], []
    for channel, (row, column) in itertools.product(range(3), grid):
        rows = slice(row * cell, (row + 1) * cell)
        part = x[channel, rows, column * cell : (column + 1) * cell]
        means.append((part.mean() - 0.5) * math.sqrt(12))
        deviations.append(2 * part.std() - 0.5)
    counts = np.zeros((4, 4, 4))
    votes = np.zeros((4, 4, 9))
    for i, j in itertools.product(range(side), range(side)):
        counts[tuple(image[:, i, j] // 64)] += 1
        steps = []
        for c in range(3):
            right = int(image[c, i, min(j + 1, side - 1)]) - int(image[c, i, max(j - 1, 0)])
            down = int(image[c, min(i + 1, side - 1), j]) - int(image[c, max(i - 1, 0), j])
            steps.append((right, down))
        right, down = max(steps, key=lambda step: step[0] ** 2 + step[1] ** 2)
        size = math.hypot(right, down) / 2 / 255
        angle = math.degrees(math.atan2(down, right)) % 180
        low = int(angle // 20)
        share = angle / 20 - low
        votes[i // cell, j // cell, low % 9] += size * (1 - share)
        votes[i // cell, j // cell, (low + 1) % 9] += size * share
    colours = (np.sqrt(counts.ravel() / side**2) - 0.125) * 2
    votes /= cell**2
    gradients = []
    for i, j in itertools.product(range(3), range(3)):
        block = np.concatenate([votes[i + a, j + b] for a in (0, 1) for b in (0, 1)])
        block = np.minimum(block / math.sqrt((block**2).sum() + 1e-6), 0.2)
        gradients += list(block / math.sqrt((block**2).sum() + 1e-6) / 0.2 - 0.5)
    return [*means, *deviations, *colours, *gradients]


@pytest.mark.parametrize("side", [16, 32])
def test_all_numbers_are_those_counted_pixel_by_pixel(side: int) -> None:
    smooth = torch.nn.functional.avg_pool2d(noise(1, side, 4).float(), 3, 1, 1).byte()
    found = picture_features(smooth)[0].numpy()
    np.testing.assert_allclose(found, counted(smooth[0].numpy()), atol=2e-4)


def test_light_and_the_negative_leave_gradients_as_they_are() -> None:
    images = (noise() // 2).contiguous()
    gradients = blocks(images)["gradients"]
    for other in (images + 100, 255 - images):
        torch.testing.assert_close(blocks(other)["gradients"], gradients, atol=2e-3, rtol=0)
    doubled = blocks(images * 2)["gradients"]
    torch.testing.assert_close(doubled, gradients, atol=2e-2, rtol=0)


def test_a_mirrored_picture_has_mirrored_histograms() -> None:
    pixels = noise().float() / 255
    plain, mirrored = orientation_histograms(pixels), orientation_histograms(pixels.flip(3))
    turned = plain.flip(2)[..., [0, 8, 7, 6, 5, 4, 3, 2, 1]]
    torch.testing.assert_close(mirrored, turned, atol=1e-5, rtol=0)
    upside = orientation_histograms(pixels.flip(2, 3))
    torch.testing.assert_close(upside, plain.flip(1, 2), atol=1e-5, rtol=0)


def test_a_grey_picture_is_one_with_equal_channels() -> None:
    grey = noise()[:, :1].expand(-1, 3, -1, -1)
    found = blocks(grey)
    for name in ("means", "deviations"):
        channels = found[name].unflatten(1, (3, 16))
        assert torch.equal(channels[:, 0], channels[:, 1])
        assert torch.equal(channels[:, 0], channels[:, 2])
    occupied = (found["colours"] > -0.25).nonzero()[:, 1].unique().tolist()
    assert occupied == [0, 21, 42, 63]


def test_a_pictures_numbers_do_not_depend_on_the_others() -> None:
    images = noise(1030, 16)
    together = picture_features(images)
    for place in (0, 1023, 1024, 1029):
        alone = picture_features(images[place : place + 1])[0]
        torch.testing.assert_close(together[place], alone, atol=1e-6, rtol=0)


def test_numbers_are_of_similar_size() -> None:
    assert picture_features(noise(20)).abs().max() < 4.6
    extremes = torch.stack([torch.zeros(3, 32, 32), torch.full((3, 32, 32), 255.0)]).byte()
    assert picture_features(extremes).abs().max() < 2


@pytest.mark.parametrize(("rows", "columns"), [(8, 32), (30, 32), (32, 33)])
def test_sides_that_cannot_be_divided_are_told(rows: int, columns: int) -> None:
    with pytest.raises(UsageError, match=f"images of {rows} x {columns} pixels: allowed are sides"):
        picture_features(torch.zeros(1, 3, rows, columns, dtype=torch.uint8))
