"""Word vectors: what a model is told of the words that a composition is made of."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.data.generated.corpus import corpus_vectors
from mtlkit.errors import UsageError

KINDS = ("random", "one_hot", "corpus")
"""Vectors of no meaning, of no meaning and at right angles, and learnt from sentences."""


def word_vectors(
    words: Sequence[str], kind: str, *, seed: int, size: int = 32
) -> Float[Tensor, "word size"]:
    """The vector of each word, scaled to a mean square of 1 a number.

    Parameters
    ----------
    words
        At least one; a word that stands there twice has the same vector twice.
    kind
        `"random"`: normal numbers, which depend on the word, the seed and the size only.
        `"one_hot"`: one number that is not 0, in a place of the word's own.
        `"corpus"`: learnt from sentences that say what the words look like; see
        `mtlkit.data.generated.corpus`. They are the same for every seed.
    seed
        Of random vectors.
    size
        Numbers of a vector; of one-hot vectors, it is how many different words there are.

    Raises
    ------
    UsageError
        If there is no such kind or size, or if the corpus has not all of the words.
    """
    if kind not in KINDS:
        raise UsageError(f"word vectors = {kind}: allowed is one of {', '.join(KINDS)}.")
    if not words:
        raise UsageError("words = (): at least one is needed.")
    if size < 1:
        raise UsageError(f"size = {size}: allowed is 1 or more.")
    match kind:
        case "one_hot":
            distinct = list(dict.fromkeys(words))
            found = torch.eye(len(distinct))[[distinct.index(word) for word in words]]
        case "corpus":
            found = corpus_vectors(words, size)
        case _:
            found = torch.stack(
                [
                    torch.randn(size, generator=stream(seed, f"word_vectors/{word}"))
                    for word in words
                ]
            )
    return found / found.square().mean(1, keepdim=True).sqrt()
