"""What every method of lesson 09 is given: features of pictures, and words of compositions."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import attrs
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mtlkit.core.lesson import Dataset
from mtlkit.data import compositions as door
from mtlkit.data import official_compositions
from mtlkit.data.compositions import HELD_TEST, HELD_VALIDATION, PARTS, SEEN, Compositions, Pictures
from mtlkit.data.principal_components import Reduction
from mtlkit.data.word_vectors import word_vectors
from mtlkit.lessons.zero_shot_synthesis.config import TEACHING, SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.extractors import Extractor, extractor

HELD = {"validation": HELD_VALIDATION, "test": HELD_TEST}


@attrs.frozen(eq=False)
class Part:
    """Features of a part's pictures, and the composition of each."""

    features: Float[Tensor, "picture feature"]
    labels: Int64[Tensor, " picture"]


@attrs.frozen(eq=False)
class Problem:
    """A seed's.

    Parameters
    ----------
    slots
        `("attribute", "object")`, or subject, predicate and object.
    members
        Of each composition, its word in each slot.
    vectors
        Of each slot's words.
    group
        Of each composition: seen, or held out to validate or to test.
    parts
        Training, validation and test; no validation where a published split has none.
    """

    slots: tuple[str, ...]
    members: Int64[Tensor, "composition slot"]
    vectors: tuple[Float[Tensor, "_ _"], ...]
    group: Int64[Tensor, " composition"]
    parts: Mapping[str, Part]

    def unseen(self, part: str) -> Bool[Tensor, " composition"]:
        """The compositions that are first met in this part."""
        return self.group == HELD[part]

    def candidates(self, part: str) -> Bool[Tensor, " composition"]:
        """The compositions that a picture of this part may be of: those, and the seen ones."""
        return self.unseen(part) | (self.group == SEEN)


def dataset(config: SynthesisConfig) -> Dataset:
    """The collection that the config's set belongs to, with the set's checksum.

    A study runs through several sets, and is published under one name.
    """
    kind = "embedded" if config.data in door.EMBEDDED else "official"
    source = door if kind == "embedded" else official_compositions
    return Dataset(f"{kind}_compositions", source.dataset(config.data).checksum)


def problem(config: SynthesisConfig, seed: int) -> Problem:
    """Load or draw the pictures, extract their features, and look the words up.

    Features have mean 0 and mean square 1 over the training pictures: one number scales all of
    them, so that lambda, mu and a rate mean the same whatever the extractor.

    Raises
    ------
    UsageError
        If a word was never seen in training, a composition has no pictures, a word has no vector,
        there are not so many pictures, or an official set is not here.
    """
    if config.data in door.EMBEDDED:
        found = door.compositions(config.data, seed=seed, unseen=config.unseen)
        parts = _parts(
            config.data,
            config.unseen,
            (config.per_composition, config.per_validation, config.per_test),
            config.extractor,
            config.features,
            seed,
        )
    else:
        found = official_compositions.compositions(config.data, split=config.split)
        parts = _official(config, found)
    vectors = tuple(
        word_vectors(words, config.vectors, seed=seed, size=config.vector_size)
        for words in found.words
    )
    return Problem(found.slots, found.members, vectors, found.group, parts)


def _official(config: SynthesisConfig, found: Compositions) -> Mapping[str, Part]:
    """The parts of a published split, which is the same for every seed."""
    load = functools.partial(
        official_compositions.load, config.data, split=config.split, extractor=config.extractor
    )
    there = [part for part in PARTS if part != "validation" or (found.group == HELD[part]).any()]
    read = {part: load(part) for part in there}
    scale = Reduction.of(read["train"].features, 0)
    return {part: Part(scale(own.features), own.labels) for part, own in read.items()}


@functools.lru_cache(maxsize=64)
def _parts(
    data: str,
    unseen: float,
    sizes: tuple[int, int, int],
    name: str,
    features: int,
    seed: int,
) -> Mapping[str, Part]:
    given = functools.partial(door.pictures, data, seed=seed, unseen=unseen)
    found = {
        "train": _after_teaching(given("train", per_composition=TEACHING + sizes[0])),
        **{
            part: given(part, per_composition=size)
            for part, size in zip(HELD, sizes[1:], strict=True)
        },
    }
    extract = _extractor(data, unseen, name, features, seed)
    read = {part: extract(pictures.images) for part, pictures in found.items()}
    scale = Reduction.of(read["train"], 0)
    return {part: Part(scale(read[part]), found[part].labels) for part in PARTS}


@functools.lru_cache(maxsize=64)
def _extractor(data: str, unseen: float, name: str, features: int, seed: int) -> Extractor:
    """The same whatever number of pictures the methods learn from."""
    given = door.pictures(data, "train", seed=seed, unseen=unseen, per_composition=TEACHING)
    found = door.compositions(data, seed=seed, unseen=unseen)
    return extractor(name, found, given, features, seed)


def _after_teaching(pictures: Pictures) -> Pictures:
    """Without each composition's first pictures, which the extractor has learned from."""
    _, sizes = torch.unique_consecutive(pictures.labels, return_counts=True)
    place = torch.cat([torch.arange(size) for size in sizes.tolist()])
    kept = place >= TEACHING
    return Pictures(pictures.images[kept], pictures.labels[kept])
