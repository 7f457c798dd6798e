"""Encoders of pictures against torch's own layers, and what must not matter."""

from __future__ import annotations

import pytest
import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.nn.encoders import image_encoder
from mtlkit.nn.starting import draw_parameters


def pictures(count: int = 3, side: int = 16, seed: int = 1) -> Float[Tensor, "picture 3 side side"]:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def started(name: str, side: int) -> nn.Module:
    """With statistics that are not those of the start."""
    encoder = image_encoder(name, side)
    draw = torch.Generator().manual_seed(0)
    draw_parameters(encoder, draw)
    for part in encoder.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(std=0.1, generator=draw)
            part.running_var.uniform_(0.5, 2, generator=draw)
    return encoder


def test_the_small_network_is_three_convolutions_that_halve_the_side() -> None:
    encoder = started("cnn", 16).eval()
    plain = nn.Sequential(
        *[
            layer
            for before, after in ((3, 16), (16, 32), (32, 64))
            for layer in (
                nn.Conv2d(before, after, 3, 2, 1, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            )
        ],
        nn.Flatten(),
    ).eval()
    plain.load_state_dict(encoder.state_dict())
    found = encoder(pictures())
    assert found.shape == (3, encoder.features) == (3, 64 * 2 * 2)
    torch.testing.assert_close(found, plain(pictures()), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("side", [32, 64])
def test_a_resnet_is_torchvisions_without_its_last_layer(side: int) -> None:
    from torchvision import models

    encoder = started("resnet18", side).eval()
    plain = models.resnet18(weights=None).eval()
    plain.fc = nn.Identity()
    if side < 64:  # nothing is halved before the first block
        plain.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
        plain.maxpool = nn.Identity()
    plain.load_state_dict(encoder.network.state_dict())
    with torch.no_grad():
        found = encoder(pictures(2, side))
        torch.testing.assert_close(found, plain(pictures(2, side)), atol=1e-5, rtol=1e-4)
    assert found.shape == (2, encoder.features) == (2, 512)


@pytest.mark.parametrize("name", ["cnn", "resnet18"])
def test_in_evaluation_mode_a_picture_does_not_depend_on_the_others(name: str) -> None:
    encoder = started(name, 16).eval()
    with torch.no_grad():
        together, alone = encoder(pictures()), encoder(pictures()[:1])
    torch.testing.assert_close(together[:1], alone, atol=1e-5, rtol=1e-4)


def test_what_there_is_not_is_told() -> None:
    with pytest.raises(ValueError, match="encoder = vgg: allowed is one of cnn, resnet18"):
        image_encoder("vgg", 32)
    for side in (0, 4, 30):
        with pytest.raises(ValueError, match=f"side = {side}: allowed is a multiple of 8"):
            image_encoder("cnn", side)
