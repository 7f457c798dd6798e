"""Search in the gallery of a run: from a typed caption to pictures, from a picture to captions."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import attrs
import numpy as np
import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import nn
from torch.nn.functional import normalize

from mtlkit.core.result import Result
from mtlkit.data import captioned
from mtlkit.data.words import words
from mtlkit.errors import UsageError
from mtlkit.lessons.retrieval_losses.config import READY_TEXTS, RetrievalConfig
from mtlkit.lessons.retrieval_losses.inputs import LENGTH, vocabulary
from mtlkit.nn.encoders import text_encoder
from mtlkit.nn.two_branch import Branch

NEAREST = 5
"""Pictures, or captions, that are shown."""


@attrs.frozen(eq=False)
class Gallery:
    """The pictures that are searched, with what is said of them.

    Parameters
    ----------
    pixels
        Red, green and blue from 0 to 255.
    captions
        Of all pictures, one picture's after another's.
    owner
        Which picture each caption is of.
    """

    pixels: UInt8[np.ndarray, "picture row column 3"]
    captions: tuple[str, ...]
    owner: Int[np.ndarray, " caption"]

    @functools.cached_property
    def first(self) -> Int[np.ndarray, " picture"]:
        """Where each picture's captions begin."""
        return np.searchsorted(self.owner, np.arange(len(self.pixels)))

    def of(self, picture: int) -> tuple[str, ...]:
        """What is said of a picture."""
        return tuple(self.captions[at] for at in np.flatnonzero(self.owner == picture))


@attrs.frozen(eq=False)
class Ranked:
    """What is nearest to a query, best first.

    Parameters
    ----------
    places
        Numbers of pictures or of captions, from 0.
    scores
        Their cosines with the query.
    right
        Whether each is a right answer.
    rank
        Of the best right answer among all, from 1; None where nobody knows a right one.
    count
        How many were searched.
    """

    places: tuple[int, ...]
    scores: tuple[float, ...]
    right: tuple[bool, ...]
    rank: int | None
    count: int


def first_seed(result: Result) -> int:
    """The seed whose gallery is searched."""
    return result.seeds[0]


def searchable(result: Result, wanted: str = "") -> str:
    """That loss if its embeddings are at hand, else the first of which they are; empty if none."""
    found = [
        name
        for name in result.config["strategies"]
        if f"images_{name}/{first_seed(result)}" in result.arrays
    ]
    return wanted if wanted in found else next(iter(found), "")


def gallery(result: Result) -> Gallery:
    """The pictures of the first seed whose embeddings the result has."""
    config, seed = RetrievalConfig(**result.config), first_seed(result)
    return _gallery(config.data, config.n_test, config.side, seed, len(_images(result)))


@functools.lru_cache(maxsize=4)
def _gallery(data: str, size: int, side: int, seed: int, kept: int) -> Gallery:
    found = captioned.load(data, "test", seed=seed, size=size, side=side)
    told = found.captions[:kept]
    return Gallery(
        found.images[:kept].permute(0, 2, 3, 1).contiguous().numpy(),
        tuple(caption for own in told for caption in own),
        np.repeat(np.arange(kept), [len(own) for own in told]),
    )


def by_caption(result: Result, strategy: str, caption: str, most: int = NEAREST) -> Ranked:
    """The pictures nearest to a caption; right are those of which one says just these words.

    Raises
    ------
    UsageError
        If no word of it is known, or a caption cannot be embedded by this run: see `embedded`.
    """
    found = gallery(result)
    scores = _images(result, strategy) @ embedded(result, strategy, caption)
    said = words(caption)
    same = {
        int(owner)
        for owner, own in zip(found.owner, found.captions, strict=True)
        if words(own) == said
    }
    return _ranked(scores, np.isin(np.arange(len(scores)), list(same)), most)


def by_picture(result: Result, strategy: str, picture: int, most: int = NEAREST) -> Ranked:
    """The captions nearest to a picture of the gallery, counted from 0; right are its own.

    Raises
    ------
    UsageError
        If there is no such picture.
    """
    images = _images(result, strategy)
    if not 0 <= picture < len(images):
        raise UsageError(f"picture = {picture + 1}: allowed is 1 to {len(images)}, the gallery.")
    scores = result.arrays[f"texts_{strategy}/{first_seed(result)}"] @ images[picture]
    return _ranked(scores, gallery(result).owner == picture, most)


def known_words(result: Result, caption: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a caption that the run's vocabulary has, and those that it has not."""
    known = set(vocabulary(RetrievalConfig(**result.config), first_seed(result)).words)
    said = tuple(dict.fromkeys(words(caption)))
    return tuple(w for w in said if w in known), tuple(w for w in said if w not in known)


def embedded(result: Result, strategy: str, caption: str) -> Float[np.ndarray, " feature"]:
    """A caption in the common space, of length 1, by the text branch as the run left it.

    Raises
    ------
    UsageError
        If no word of it is known, or if the run's text encoder was a ready network.
    """
    config = RetrievalConfig(**result.config)
    if config.text_encoder in READY_TEXTS:
        raise UsageError(
            f"text_encoder = {config.text_encoder}: a caption can be typed only where the encoder "
            "learned with the run, for a ready one is not kept with its result."
        )
    known, unknown = known_words(result, caption)
    if not known:
        raise UsageError(without_words(unknown))
    seed = first_seed(result)
    numbers = vocabulary(config, seed).sequences([caption], LENGTH)
    with torch.no_grad():
        found = _branch(result, strategy).projected(numbers)[0]
        shift, scale = (
            torch.from_numpy(result.arrays[f"text_{part}_{strategy}/{seed}"])
            for part in ("shift", "scale")
        )
        unit = normalize((found - shift) / scale, dim=-1)
    return np.asarray(unit.numpy())


def without_words(unknown: Sequence[str]) -> str:
    """The sentence for a caption of which no word is known."""
    if not unknown:
        return "caption is empty: allowed is a line with at least one word."
    listed = ", ".join(f"“{word}”" for word in unknown)
    which = f"the word {listed} is" if len(unknown) == 1 else f"none of the words {listed} is"
    tail = " not" if len(unknown) == 1 else ""
    return (
        f"caption has no known word: {which}{tail} among those of the training captions, which are "
        "English names of shapes, colours, sizes and places, such as “a red circle above a star”."
    )


def _images(result: Result, strategy: str = "") -> Float[np.ndarray, "picture feature"]:
    name = strategy or searchable(result)
    return result.arrays[f"images_{name}/{first_seed(result)}"]


def _branch(result: Result, strategy: str) -> Branch:
    """The text branch with the parameters that the result has."""
    config, seed = RetrievalConfig(**result.config), first_seed(result)
    backbone = text_encoder(config.text_encoder, len(vocabulary(config, seed)), LENGTH)
    branch = Branch(backbone, nn.Linear(backbone.features, config.features))
    state = {
        name: torch.from_numpy(result.arrays[f"text/{name}_{strategy}/{seed}"])
        for name in branch.state_dict()
    }
    branch.load_state_dict(state)
    branch.eval()
    return branch


def _ranked(
    scores: Float[np.ndarray, " item"], right: Bool[np.ndarray, " item"], most: int
) -> Ranked:
    order = np.argsort(-scores, kind="stable")
    best = scores[right].max() if right.any() else None
    # Ties count against the model, as in the metrics.
    rank = None if best is None else int((scores[~right] >= best).sum()) + 1
    top = order[:most]
    return Ranked(
        tuple(map(int, top)),
        tuple(map(float, scores[top])),
        tuple(map(bool, right[top])),
        rank,
        len(scores),
    )
