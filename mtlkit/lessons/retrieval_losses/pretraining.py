"""Encoders taught the attributes of other scenes: what pretrained networks stand in for."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mtlkit.core.streams import stream
from mtlkit.data.generated.scenes import BACKGROUNDS, COLOURS, SHAPES, SIZES, draw_scenes
from mtlkit.data.words import Vocabulary
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.inputs import LENGTH, pixels, vocabulary
from mtlkit.nn.encoders import image_encoder, text_encoder
from mtlkit.nn.starting import draw_parameters

SCENES, EPOCHS, BATCH, RATE = 2000, 6, 100, 0.003

CLASSES = (len(SHAPES), len(COLOURS), len(SIZES), len(BACKGROUNDS))


@attrs.frozen(eq=False)
class Pretrained:
    """The states of both encoders."""

    images: Mapping[str, Tensor]
    texts: Mapping[str, Tensor]


def pretrained(config: RetrievalConfig, seed: int) -> Pretrained:
    """Encoders that have learned to tell shape, colour, size and background.

    Of 2,000 scenes of one object, none of which the lesson shows; the text encoder has read the
    scenes' captions. 6 epochs of Adam on the mean cross-entropy of the four attributes.
    """
    words = vocabulary(config, seed)
    return _pretrained(config.image_encoder, config.text_encoder, config.side, words, seed)


@functools.lru_cache(maxsize=16)
def _pretrained(images: str, texts: str, side: int, words: Vocabulary, seed: int) -> Pretrained:
    scenes = draw_scenes(seed, "pretraining", SCENES, objects=1)
    labels = torch.cat([scenes.objects[:, 0], scenes.backgrounds.unsqueeze(1)], 1)
    told = words.sequences([own[0] for own in scenes.captions], LENGTH)
    return Pretrained(
        _taught(image_encoder(images, side), pixels(scenes.images), labels, seed, "images"),
        _taught(text_encoder(texts, len(words), LENGTH), told, labels, seed, "texts"),
    )


def _taught(
    encoder: nn.Module,
    inputs: Float[Tensor, "example 3 row column"] | Int64[Tensor, "example place"],
    labels: Int64[Tensor, "example attribute"],
    seed: int,
    name: str,
) -> dict[str, Tensor]:
    """The encoder's state after training, with a linear head for all attributes."""
    head = nn.Linear(int(encoder.features), sum(CLASSES))  # type: ignore[arg-type]
    for part, module in (("encoder", encoder), ("head", head)):
        draw_parameters(module, stream(seed, f"pretraining/{name}/{part}"))
    optimiser = torch.optim.Adam([*encoder.parameters(), *head.parameters()], lr=RATE)
    for epoch in range(EPOCHS):
        order = torch.randperm(
            len(labels), generator=stream(seed, f"pretraining/{name}/order", epoch)
        )
        for rows in torch.split(order, BATCH):
            logits = torch.split(head(encoder(inputs[rows])), list(CLASSES), 1)
            losses = [
                cross_entropy(own, labels[rows, attribute]) for attribute, own in enumerate(logits)
            ]
            optimiser.zero_grad()
            torch.autograd.backward(torch.stack(losses).mean())
            optimiser.step()
    return {key: value.detach().clone() for key, value in encoder.state_dict().items()}
