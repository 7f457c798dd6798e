"""What the networks of lesson 07 see: pictures, and captions as numbers of words."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import attrs
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.core.paths import data_root
from mtlkit.core.streams import stream
from mtlkit.data import captioned
from mtlkit.data.features import sources
from mtlkit.data.features.classical import picture_features
from mtlkit.data.features.frozen import Encoder, Source, frozen_features
from mtlkit.data.features.pretrained import resnet, text_model
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
        Pixels from 0 to 255, or features that come ready.
    words
        The captions of all pictures, one after the other, as numbers of words; or frozen features.
    pictures
        Which picture each caption is of.
    """

    images: UInt8[Tensor, "picture 3 row column"] | Float[Tensor, "picture feature"]
    words: Int64[Tensor, "caption place"] | Float[Tensor, "caption feature"]
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
    images: Tensor = found.images
    if config.image_encoder == "classical":
        images = picture_features(found.images)
    elif config.image_encoder == "frozen_resnet34":
        images = _frozen(sources.pictures, _resnet(), config, seed, part, sizes[part])
    if config.text_encoder == "frozen_distilbert":
        words = _frozen(sources.captions, _distilbert(), config, seed, part, sizes[part])
        if part == "train" and config.outliers:
            words = words[_moved(found.captions, config.outliers, seed)]
    else:
        flat = [caption for own in told for caption in own]
        words = vocabulary(config, seed).sequences(flat, LENGTH)
    return Pairs(images, words, torch.repeat_interleave(torch.tensor([len(own) for own in told])))


def dataset(config: RetrievalConfig) -> Dataset:
    """The pictures and captions that the config names, with the weights of frozen encoders."""
    found = captioned.dataset(config.data)
    sums = [found.checksum]
    if config.image_encoder == "frozen_resnet34":
        sums.append(_resnet().checksum)
    if config.text_encoder == "frozen_distilbert":
        sums.append(_distilbert().checksum)
    return Dataset(found.name, "-".join(filter(None, sums)))


def _frozen(
    source: Callable[..., Source],
    encoder: Encoder,
    config: RetrievalConfig,
    seed: int,
    part: str,
    size: int,
) -> Float[Tensor, "example feature"]:
    mapped = frozen_features(source(config.data, part, seed=seed, size=size), encoder)
    return torch.from_numpy(mapped.copy())


def _resnet() -> Encoder:
    """ResNet-34; its weights are looked for beside the data sets."""
    return resnet("resnet34", data_root() / "weights" / "resnet34.pth")


def _distilbert() -> Encoder:
    """DistilBERT, likewise."""
    return text_model(data_root() / "weights" / "distilbert-base-uncased")


def _moved(told: tuple[tuple[str, ...], ...], share: float, seed: int) -> Int64[Tensor, " caption"]:
    """Where the captions stand that pictures are shown with, one picture's after another's."""
    count = torch.tensor([len(own) for own in told])
    first = count.cumsum(0) - count
    owner = mismatched(len(told), share, seed)
    return torch.cat([first[one] + torch.arange(int(count[one])) for one in owner.tolist()])


def vocabulary(config: RetrievalConfig, seed: int) -> Vocabulary:
    """The words of the training captions, the most frequent first."""
    return _vocabulary(config.data, config.n_train, config.side, seed, data_root())


@functools.lru_cache(maxsize=16)
def _vocabulary(data: str, size: int, side: int, seed: int, root: Path) -> Vocabulary:
    """`root` is where official sets are: another folder may have another copy of them."""
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
) -> Float[Tensor, "picture ..."]:
    """What an image encoder takes: pixels from -1 to 1; features that come ready as they are."""
    return images.float() / 127.5 - 1 if images.dtype == torch.uint8 else images
