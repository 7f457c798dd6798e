"""Encoders of pictures."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

CHANNELS = (16, 32, 64)
"""Of the small network's layers."""


class SmallCNN(nn.Sequential):
    """Three convolutions that halve the side, each with batch normalisation and ReLU; laid flat.

    Parameters
    ----------
    side
        Pixels along each side of a picture, a multiple of 8.
    """

    def __init__(self, side: int) -> None:
        layers: list[nn.Module] = []
        before = 3
        for channels in CHANNELS:
            # Its bias would do nothing before the normalisation.
            convolution = nn.Conv2d(before, channels, 3, stride=2, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(channels), nn.ReLU()]
            before = channels
        super().__init__(*layers, nn.Flatten())
        self.to(memory_format=torch.channels_last)
        self.features = before * (side // 8) ** 2

    def forward(
        self, pixels: Float[Tensor, "picture 3 row column"]
    ) -> Float[Tensor, "picture feature"]:
        """Features of pictures."""
        features: Tensor = super().forward(  # type: ignore[no-untyped-call]
            pixels.contiguous(memory_format=torch.channels_last)
        )
        return features


class ResNet(nn.Module):
    """A residual network from scratch, its classification head taken off.

    For pictures below 64 pixels the first convolution keeps the side and nothing is pooled after
    it, as is usual for them.

    Notes
    -----
    Source: He et al. (2016). epfl_retrieval takes "ResNet32"; torchvision has 18 and 34 layers.
    """

    def __init__(self, name: str, side: int) -> None:
        from torchvision import models  # a second to import

        super().__init__()
        build = {"resnet18": models.resnet18, "resnet34": models.resnet34}[name]
        self.network = build(weights=None)
        self.features = self.network.fc.in_features
        self.network.fc = nn.Identity()
        if side < 64:
            self.network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
            self.network.maxpool = nn.Identity()

    def forward(
        self, pixels: Float[Tensor, "picture 3 row column"]
    ) -> Float[Tensor, "picture feature"]:
        """Features of pictures."""
        features: Tensor = self.network(pixels)
        return features


IMAGE_ENCODERS: Mapping[str, str] = {
    "cnn": "three convolutions",
    "resnet18": "ResNet-18",
    "resnet34": "ResNet-34",
}
"""What there is, in words."""


def image_encoder(name: str, side: int) -> SmallCNN | ResNet:
    """The encoder of that name; its attribute `features` is how many it makes.

    Parameters
    ----------
    name
        One of `IMAGE_ENCODERS`.
    side
        Pixels along each side of a picture, a multiple of 8.

    Raises
    ------
    ValueError
        If there is no encoder of that name, or the side is no multiple of 8.
    """
    if name not in IMAGE_ENCODERS:
        raise ValueError(f"encoder = {name}: allowed is one of {', '.join(IMAGE_ENCODERS)}.")
    if side < 8 or side % 8:
        raise ValueError(f"side = {side}: allowed is a multiple of 8.")
    return SmallCNN(side) if name == "cnn" else ResNet(name, side)
