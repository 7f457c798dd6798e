"""The two branches of lesson 07."""

from __future__ import annotations

from torch import nn

from mtlkit.core.streams import stream
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.inputs import LENGTH, pairs, vocabulary
from mtlkit.lessons.retrieval_losses.pretraining import pretrained
from mtlkit.nn.encoders import image_encoder, text_encoder
from mtlkit.nn.starting import draw_parameters
from mtlkit.nn.two_branch import Branch, TwoBranch


def two_branch(config: RetrievalConfig, seed: int) -> TwoBranch:
    """A seed's encoders and projections, as they start.

    The start does not depend on the loss. Parts that do not learn have no gradient; both
    projections always learn, since they are new to pretrained encoders.
    """
    images = _image_backbone(config, seed)
    texts = text_encoder(config.text_encoder, len(vocabulary(config, seed)), LENGTH)
    widths = (_width(config, images, seed), texts.features)
    network = TwoBranch(
        Branch(images, nn.Linear(widths[0], config.features)),
        Branch(texts, nn.Linear(widths[1], config.features)),
    )
    for name, branch in (("images", network.images), ("texts", network.texts)):
        draw_parameters(branch, stream(seed, f"start/{name}"))
    if config.start == "pretrained":
        found = pretrained(config, seed)
        images.load_state_dict(found.images)
        texts.load_state_dict(found.texts)
    images.requires_grad_(config.trained in ("whole", "image"))
    texts.requires_grad_(config.trained in ("whole", "text"))
    return network


def _image_backbone(config: RetrievalConfig, seed: int) -> nn.Module:
    if config.image_encoder == "classical":
        return nn.Identity()
    return image_encoder(config.image_encoder, config.side)


def _width(config: RetrievalConfig, backbone: nn.Module, seed: int) -> int:
    if config.image_encoder == "classical":
        return int(pairs(config, seed, "validation").images.shape[1])
    return int(backbone.features)  # type: ignore[arg-type]
