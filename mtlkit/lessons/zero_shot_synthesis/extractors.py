"""Feature extractors of embedded pictures; what they learn is from seen compositions only."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, cross_entropy

from mtlkit.core.streams import stream
from mtlkit.data.compositions import Compositions, Pictures
from mtlkit.data.principal_components import Reduction
from mtlkit.nn.encoders import image_encoder
from mtlkit.nn.starting import draw_parameters

EPOCHS, BATCH, RATE = 10, 64, 0.003

CHUNK = 512
"""Pictures that are read at once."""

FILTERS, SIDE, GRID = 64, 5, 3
"""Random filters, pixels along the side of each, and places along each side they are averaged at.
"""

Images = UInt8[Tensor, "picture channel row column"]
Extractor = Callable[[Images], Float[Tensor, "picture feature"]]


def extractor(
    name: str, compositions: Compositions, pictures: Pictures, features: int, seed: int
) -> Extractor:
    """Make one.

    Parameters
    ----------
    name
        `cnn`: a small network taught which seen composition a picture is of; its last hidden layer
        is the features. `cnn_slots`: the same, taught each word of the composition by itself (two
        heads, or three). `pca`: principal components of the pixels. `random_convolutions`: random
        filters, never taught, rectified and averaged in a 3 x 3 grid; principal components of that.
    compositions, pictures
        What is learned from. These pictures are not used again: features of pictures that a
        network was taught on would be cleaner than those of others.
    features
        How many numbers.

    Raises
    ------
    UsageError
        If there are more features asked for than principal components.
    """
    if name in ("cnn", "cnn_slots"):
        return _taught(name, compositions, pictures, features, seed)
    read: Extractor = _flat if name == "pca" else _random_filters(pictures.images.shape[1], seed)
    reduction = Reduction.of(_read(read, pictures.images), features)
    return lambda images: reduction(_read(read, images))


def _read(network: Extractor, images: Images) -> Float[Tensor, "picture feature"]:
    """In blocks, so that memory is bounded."""
    with torch.no_grad():
        return torch.cat([network(part) for part in torch.split(images, CHUNK)])


def _flat(images: Images) -> Float[Tensor, "picture feature"]:
    return _pixels(images).flatten(1)


def _pixels(images: Images) -> Float[Tensor, "picture channel row column"]:
    return images.float() / 127.5 - 1


def _random_filters(channels: int, seed: int) -> Extractor:
    convolution = nn.Conv2d(channels, FILTERS, SIDE)
    draw_parameters(convolution, stream(seed, "extractor/filters"))

    def read(images: Images) -> Float[Tensor, "picture feature"]:
        return adaptive_avg_pool2d(convolution(_pixels(images)).relu(), GRID).flatten(1)

    return read


def _taught(
    name: str, compositions: Compositions, pictures: Pictures, features: int, seed: int
) -> Extractor:
    """Train a small network on the pictures; batch normalisation is in evaluation mode after it."""
    labels, sizes = targets(name, compositions, pictures.labels)
    backbone = image_encoder("cnn", pictures.images.shape[-1])
    network = nn.Sequential(
        backbone, nn.Linear(backbone.features, features), nn.ReLU(), nn.Linear(features, sum(sizes))
    )
    draw_parameters(network, stream(seed, "extractor/start"))
    optimiser = torch.optim.Adam(network.parameters(), lr=RATE)
    images = _colour(pictures.images)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(labels), generator=stream(seed, "extractor/order", epoch))
        for rows in torch.split(order, BATCH):
            logits = torch.split(network(images[rows]), sizes, 1)
            losses = [cross_entropy(own, labels[rows, slot]) for slot, own in enumerate(logits)]
            optimiser.zero_grad()
            torch.autograd.backward(torch.stack(losses).mean())
            optimiser.step()
    network.eval()
    hidden = network[:3]
    return lambda found: _read(lambda part: hidden(_colour(part)), found)


def targets(
    name: str, compositions: Compositions, labels: Int64[Tensor, " picture"]
) -> tuple[Int64[Tensor, "picture head"], list[int]]:
    """What each head of the network is taught, and how many classes it has.

    `cnn` has one head, whose classes are the seen compositions; `cnn_slots` one for each slot.
    """
    if name == "cnn_slots":
        return compositions.members[labels], [len(words) for words in compositions.words]
    there, classes = torch.unique(labels, return_inverse=True)
    return classes.unsqueeze(1), [len(there)]


def _colour(images: Images) -> Float[Tensor, "picture 3 row column"]:
    return _pixels(images).expand(-1, 3, -1, -1)
