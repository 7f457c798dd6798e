"""What the networks of lesson 08 see: frozen features of pictures and captions, and labels."""

from __future__ import annotations

import functools
from pathlib import Path

import attrs
import torch
from jaxtyping import Float, Int64
from sklearn.feature_extraction.text import HashingVectorizer
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.core.paths import data_root
from mtlkit.core.streams import stream
from mtlkit.data import labelled_captions
from mtlkit.data.features import sources
from mtlkit.data.features.classical import picture_features
from mtlkit.data.features.frozen import Encoder, frozen_features
from mtlkit.data.features.pretrained import resnet, text_model
from mtlkit.data.principal_components import Reduction
from mtlkit.lessons.retrieval_task_weights.config import WeightedRetrievalConfig
from mtlkit.noise import flip_labels

PARTS = ("train", "validation", "test")

TRIGRAMS = 512
"""Numbers that a caption's letter trigrams are counted in."""


@attrs.frozen(eq=False)
class Inputs:
    """A part of both collections of one seed.

    `noisy` are the labels that training and validation see; `clean` the true ones.
    """

    images: Float[Tensor, "task item feature"]
    texts: Float[Tensor, "task item number"]
    clean: Int64[Tensor, "task item"]
    noisy: Int64[Tensor, "task item"]


def dataset(config: WeightedRetrievalConfig) -> Dataset:
    """Both collections under one name, with their checksums and those of pretrained weights."""
    sums = [labelled_captions.dataset(name).checksum for name in config.collections]
    if config.features == "pretrained":
        sums += [_resnet().checksum, _bert().checksum]
    return Dataset(config.data, "-".join(filter(None, sums)))


def inputs(config: WeightedRetrievalConfig, seed: int, part: str) -> Inputs:
    """A part of both collections: features, perhaps reduced, and labels with and without noise.

    Features are reduced by the training part's principal components, and all of a modality's are
    divided by one number, so that their mean square is 1 in training: the first layer starts alike
    whatever was left out.
    """
    found = [_reduced(config, task, seed, part) for task in (0, 1)]
    noisy = [
        flip_labels(
            one.labels,
            config.noise[task],
            one.classes,
            stream(seed, f"flips/{part}", task),
            config.noise_kind,
        )[0]
        for task, one in enumerate(found)
    ]
    return Inputs(
        torch.stack([one.images for one in found]),
        torch.stack([one.texts for one in found]),
        torch.stack([one.labels for one in found]),
        torch.stack(noisy),
    )


@attrs.frozen(eq=False)
class _Frozen:
    images: Float[Tensor, "item feature"]
    texts: Float[Tensor, "item number"]
    labels: Int64[Tensor, " item"]
    classes: int


def _reduced(config: WeightedRetrievalConfig, task: int, seed: int, part: str) -> _Frozen:
    """A part of one collection; all that it depends on, so that settings share it."""
    tags = config.generated and task == 1
    return _reduced_features(
        config.collections[task],
        config.features,
        seed,
        part,
        (config.n_train, config.n_validation, config.n_test),
        (config.misspelt, config.stray) if tags else (None, None),
        (config.image_components, config.text_components),
        data_root(),
    )


@functools.lru_cache(maxsize=64)
def _reduced_features(
    name: str,
    features: str,
    seed: int,
    part: str,
    sizes: tuple[int, int, int],
    noise: tuple[float | None, float | None],
    components: tuple[int, int],
    root: Path,
) -> _Frozen:
    images, texts = _reductions(name, features, seed, sizes[0], noise, components, root)
    found = _features(name, features, seed, part, sizes[PARTS.index(part)], *noise, root)
    return _Frozen(images(found.images), texts(found.texts), found.labels, found.classes)


@functools.lru_cache(maxsize=64)
def _reductions(
    name: str,
    features: str,
    seed: int,
    size: int,
    noise: tuple[float | None, float | None],
    components: tuple[int, int],
    root: Path,
) -> tuple[Reduction, Reduction]:
    train = _features(name, features, seed, "train", size, *noise, root)
    return Reduction.of(train.images, components[0]), Reduction.of(train.texts, components[1])


@functools.lru_cache(maxsize=64)
def _features(
    name: str,
    features: str,
    seed: int,
    part: str,
    size: int,
    misspelt: float | None,
    stray: float | None,
    root: Path,
) -> _Frozen:
    """`root` is where official sets are: another folder may have another copy of them."""
    found = labelled_captions.load(name, part, seed=seed, size=size, misspelt=misspelt, stray=stray)
    if features == "pretrained":
        wanted = {"seed": seed, "size": size}
        images = torch.from_numpy(
            frozen_features(sources.pictures(name, part, **wanted), _resnet()).copy()
        )
        texts = torch.from_numpy(
            frozen_features(sources.captions(name, part, **wanted), _bert()).copy()
        )
    else:
        images, texts = picture_features(found.images), trigrams(found.captions)
    return _Frozen(images, texts, found.labels, found.classes)


def trigrams(captions: tuple[str, ...]) -> Float[Tensor, "caption trigram"]:
    """Counts of letter trigrams, hashed into 512 numbers, of length 1: no vocabulary is learned.

    A misspelt word keeps most of its trigrams, as it keeps most of the pieces that BERT reads.
    """
    hashed = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 3), n_features=TRIGRAMS)
    return torch.from_numpy(hashed.transform(captions).toarray()).float()


def _resnet() -> Encoder:
    """ResNet-18; its weights are looked for beside the data sets."""
    return resnet("resnet18", data_root() / "weights" / "resnet18.pth")


def _bert() -> Encoder:
    """BERT, likewise."""
    return text_model(data_root() / "weights" / "bert-base-uncased")
