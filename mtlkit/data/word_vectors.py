"""Word vectors: what a model is told of the words that a composition is made of."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor
from torch.nn import functional

from mtlkit.core.streams import stream
from mtlkit.data.generated.corpus import DESCRIBED, sentences
from mtlkit.data.glove_vectors import glove_vectors
from mtlkit.errors import UsageError

KINDS = ("random", "one_hot", "corpus", "glove")
"""Vectors without meaning, the same at right angles to one another, learnt from sentences, and
published ones."""

WINDOW = 4
"""Words to each side of a word that are its context."""


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
        `"corpus"`: learnt from the sentences of `mtlkit.data.generated.corpus`, the same for every
        seed. Entry (i, j) of a matrix says how much more often the described word i and any word j
        stand within `WINDOW` words than by chance (the logarithm of that ratio, or 0 where it is
        below 0); a word's vector is its row of the matrix's first left singular vectors, each times
        the square root of its singular value, with zeros after the last. With fewer than about 30
        numbers, words alike in looks fall together (left of and right of at 16). Source: O. Levy,
        Y. Goldberg and I. Dagan, Improving distributional similarity with lessons learned from word
        embeddings (TACL, 2015).
        `"glove"`: those of GloVe, from this machine; see `mtlkit.data.glove_vectors`.
    seed
        Of random vectors.
    size
        Numbers of a vector; one-hot vectors have as many as there are different words; for GloVe
        it must be 300.

    Raises
    ------
    UsageError
        If there is no such kind or size, or if the corpus or GloVe does not tell of all of the
        words.
    """
    if kind not in KINDS:
        raise UsageError(f"word vectors = {kind}: allowed is one of {', '.join(KINDS)}.")
    if not words:
        raise UsageError("words: none is given, at least one is needed.")
    if size < 1:
        raise UsageError(f"size = {size}: allowed is 1 or more numbers of a word vector.")
    match kind:
        case "one_hot":
            different = list(dict.fromkeys(words))
            found = torch.eye(len(different))[[different.index(word) for word in words]]
        case "corpus":
            found = _of_corpus(words, size)
        case "glove":
            found = glove_vectors(words, size=size)
        case _:
            found = torch.stack([_random(word, seed, size) for word in words])
    return found / found.square().mean(1, keepdim=True).sqrt()


def _random(word: str, seed: int, size: int) -> Float[Tensor, " size"]:
    return torch.randn(size, generator=stream(seed, f"word_vectors/{word}"))


def _of_corpus(words: Sequence[str], size: int) -> Float[Tensor, "word size"]:
    for word in words:
        if word not in DESCRIBED:
            raise UsageError(
                f"word vectors = corpus: its sentences do not tell of {word!r}; random and one_hot "
                f"have vectors of any word."
            )
    rows = [DESCRIBED.index(word) for word in words]
    found = torch.from_numpy(_learnt()[rows, :size]).float()
    return functional.pad(found, (0, size - found.shape[1]))


@functools.cache
def _learnt() -> Float64[np.ndarray, "described number"]:
    """Vectors of the described words; their first numbers are those of shorter vectors."""
    texts = [_tokens(sentence) for sentence in sentences()]
    column = {word: place for place, word in enumerate(sorted(set().union(*texts)))}
    together = np.zeros((len(column), len(column)))
    for text in texts:
        for place, word in enumerate(text):
            for other in text[max(0, place - WINDOW) : place]:
                together[column[word], column[other]] += 1
                together[column[other], column[word]] += 1
    alone = together.sum(1)
    by_chance = np.outer(alone, alone) / alone.sum()
    matrix = np.log(np.maximum(together / by_chance, 1))[[column[word] for word in DESCRIBED]]
    left, strength, _ = np.linalg.svd(matrix, full_matrices=False)
    # A singular vector's sign is free: its greatest number is made positive.
    sign = np.sign(left[np.abs(left).argmax(0), np.arange(len(strength))])
    return np.asarray(left * sign * np.sqrt(strength))


def _tokens(sentence: str) -> list[str]:
    """The words of a sentence, in which those of a phrase that is described stay together."""
    for phrase in (word for word in DESCRIBED if " " in word):
        sentence = sentence.replace(phrase, phrase.replace(" ", "_"))
    return [word.replace("_", " ") for word in sentence.split()]
