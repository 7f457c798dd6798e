"""The two branches of lesson 07."""

from __future__ import annotations

from jaxtyping import Shaped
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.lessons.retrieval_losses.config import READY_IMAGES, READY_TEXTS, RetrievalConfig
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
    images = _image_backbone(config)
    texts = _text_backbone(config, seed)
    ready = pairs(config, seed, "validation")
    network = TwoBranch(
        Branch(images, nn.Linear(_width(images, ready.images), config.features)),
        Branch(texts, nn.Linear(_width(texts, ready.words), config.features)),
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


def _image_backbone(config: RetrievalConfig) -> nn.Module:
    if config.image_encoder in READY_IMAGES:
        return nn.Identity()
    return image_encoder(config.image_encoder, config.side)


def _text_backbone(config: RetrievalConfig, seed: int) -> nn.Module:
    if config.text_encoder in READY_TEXTS:
        return nn.Identity()
    return text_encoder(config.text_encoder, len(vocabulary(config, seed)), LENGTH)


def _width(backbone: nn.Module, ready: Shaped[Tensor, "example ..."]) -> int:
    """How many numbers a projection takes: the backbone's, or as many as come ready."""
    return int(getattr(backbone, "features", ready.shape[1]))
