"""What the networks of lesson 07 see: pictures, and captions as numbers of words."""

from __future__ import annotations

import functools

import attrs
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.data import captioned
from mtlkit.data.features.classical import picture_features
from mtlkit.data.words import Vocabulary
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig

LENGTH = 24
"""Words of a caption that are read."""

MOST_WORDS = 10_000

PARTS = ("train", "validation", "test")


@attrs.frozen(eq=False)
class Pairs:
    """Pictures and what is said of them.

    Parameters
    ----------
    images
        Pixels from 0 to 255, or classical features.
    words
        The captions of all pictures, one after the other, as numbers of words.
    pictures
        Which picture each caption is of.
    """

    images: UInt8[Tensor, "picture 3 row column"] | Float[Tensor, "picture feature"]
    words: Int64[Tensor, "caption place"]
    pictures: Int64[Tensor, " caption"]

    @functools.cached_property
    def first(self) -> Int64[Tensor, " picture"]:
        """Where each picture's captions begin."""
        return torch.searchsorted(self.pictures, torch.arange(len(self.images)))

    @functools.cached_property
    def count(self) -> Int64[Tensor, " picture"]:
        """How many captions each picture has."""
        return torch.bincount(self.pictures, minlength=len(self.images))

    def head(self, pictures: int) -> Pairs:
        """The first pictures and their captions; all, where there are no more."""
        kept = min(pictures, len(self.images))
        captions = int(self.count[:kept].sum())
        return Pairs(self.images[:kept], self.words[:captions], self.pictures[:captions])


def pairs(config: RetrievalConfig, seed: int, part: str) -> Pairs:
    """A part of a seed's data; of the training part, with the outliers among its captions."""
    sizes = {"train": config.n_train, "validation": config.n_validation, "test": config.n_test}
    found = captioned.load(config.data, part, seed=seed, size=sizes[part], side=config.side)
    told = found.captions
    if part == "train" and config.outliers:
        told = tuple(told[other] for other in mismatched(len(told), config.outliers, seed).tolist())
    words = vocabulary(config, seed)
    images = found.images
    return Pairs(
        picture_features(images) if config.image_encoder == "classical" else images,
        words.sequences([caption for own in told for caption in own], LENGTH),
        torch.repeat_interleave(torch.tensor([len(own) for own in told])),
    )


def vocabulary(config: RetrievalConfig, seed: int) -> Vocabulary:
    """The words of the training captions, the most frequent first."""
    return _vocabulary(config.data, config.n_train, config.side, seed)


@functools.lru_cache(maxsize=16)
def _vocabulary(data: str, size: int, side: int, seed: int) -> Vocabulary:
    told = captioned.load(data, "train", seed=seed, size=size, side=side).captions
    return Vocabulary.of((caption for own in told for caption in own), most=MOST_WORDS)


def mismatched(pictures: int, share: float, seed: int) -> Int64[Tensor, " picture"]:
    """Whose captions each picture is shown with: for some pictures another's.

    The captions of a share of the pictures, chosen by the seed, go round among them, so that none
    keeps its own and each is still used once. What is mismatched at a low share is so at a higher
    one too (with other captions).
    """
    chosen = torch.randperm(pictures, generator=stream(seed, "outliers"))
    chosen = chosen[: round(share * pictures)]
    owner = torch.arange(pictures)
    owner[chosen] = chosen.roll(1)
    return owner


def pixels(
    images: UInt8[Tensor, "picture 3 row column"] | Float[Tensor, "picture feature"],
) -> Float[Tensor, picture * shape]:
    """What an image encoder takes: pixels from -1 to 1; classical features as they are."""
    return images.float() / 127.5 - 1 if images.dtype == torch.uint8 else images
