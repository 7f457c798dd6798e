"""A small corpus of plain sentences that say what words look like, and vectors learnt from it."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.errors import UsageError

WINDOW = 4
"""Words to each side that count as a word's context."""


def sentences() -> tuple[str, ...]:
    """All sentences of the corpus."""
    from mtlkit.data.generated.compositions import SETS

    # Plain ones for now: each word beside the others of its slot.
    return tuple(
        " ".join(word.replace(" ", "_") for word in each)
        for one in SETS.values()
        for each in one.words
    )


def corpus_vectors(words: Sequence[str], size: int) -> Float[Tensor, "word size"]:
    """Vectors of words by positive pointwise mutual information and a truncated decomposition.

    Raises
    ------
    UsageError
        If the corpus has not all of the words, or too few for vectors of that size.
    """
    vocabulary, vectors = _learnt()
    missing = [word for word in words if word.replace(" ", "_") not in vocabulary]
    if missing:
        raise UsageError(f"word vectors = corpus: its sentences have no word {missing[0]!r}.")
    if size > len(vocabulary):
        raise UsageError(
            f"size = {size}: allowed is 1 to {len(vocabulary)}, the words of the corpus."
        )
    rows = [vocabulary[word.replace(" ", "_")] for word in words]
    return torch.from_numpy(vectors[rows, :size].copy()).float()


@functools.cache
def _learnt() -> tuple[dict[str, int], np.ndarray]:
    texts = [sentence.split() for sentence in sentences()]
    vocabulary = {word: row for row, word in enumerate(sorted({w for t in texts for w in t}))}
    counts = np.zeros((len(vocabulary),) * 2)
    for text in texts:
        for place, word in enumerate(text):
            for other in text[max(0, place - WINDOW) : place]:
                counts[vocabulary[word], vocabulary[other]] += 1
                counts[vocabulary[other], vocabulary[word]] += 1
    total = counts.sum()
    single = counts.sum(1)
    with np.errstate(divide="ignore"):
        information = np.log(counts * total / np.outer(single, single))
    left, strength, _ = np.linalg.svd(np.maximum(information, 0))
    biggest = np.abs(left).argmax(0)
    left *= np.sign(left[biggest, np.arange(len(left))])
    return vocabulary, left * np.sqrt(strength)
