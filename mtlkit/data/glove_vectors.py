"""Vectors of GloVe for words and names of several words."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.core.paths import data_root
from mtlkit.data.official.captioned_index import first_of
from mtlkit.data.official.glove import GLOVE, SIZE, VECTORS, read_vectors
from mtlkit.data.official.store import folder_of
from mtlkit.errors import UsageError

STAND_INS = {"nubuck": "leather"}
"""What is taken for a word that has no vector of its own; for nubuck, what the code that
Purushwalkam et al. publish with their split takes."""


def glove_vectors(words: Sequence[str], *, size: int = SIZE) -> Float[Tensor, "word size"]:
    """The vector of each word, as published.

    A name of several words ("faux fur") has the mean of theirs; so has a word with hyphens, if it
    has no vector itself.

    Parameters
    ----------
    words
        Capitals are as small letters.
    size
        300: the other sizes are not kept.

    Raises
    ------
    UsageError
        If the vectors are not here, if another size is asked for, or if a word has no vector.
    """
    if size != SIZE:
        raise UsageError(f"size = {size}: allowed with word vectors of glove is {SIZE}.")
    file = folder_of(GLOVE, data_root()) / VECTORS
    if not file.is_file():
        raise UsageError(
            f"word vectors = glove: not in {data_root()}; `python data_scripts/glove.py FOLDER` "
            f"makes them from the official download ({GLOVE.page})."
        )
    return torch.from_numpy(np.stack(_means(file, tuple(words))))


@functools.lru_cache(maxsize=8)
def _means(file: Path, names: tuple[str, ...]) -> list[np.ndarray]:
    if any(not name.strip() for name in names):
        raise UsageError("words = '': a name without a word has no vector.")
    wanted = {word for name in names for word in name.lower().split()}
    parts = {word: tuple(filter(None, word.split("-"))) for word in wanted}
    alone = {part for those in parts.values() for part in those}
    stand_ins = {STAND_INS[word] for word in wanted | alone if word in STAND_INS}
    vectors = read_vectors(file, wanted | alone | stand_ins)
    found = {word: _of_word(word, parts[word], vectors.keys()) for word in wanted}
    if missing := sorted(word for word, those in found.items() if not those):
        names_with = [name for name in names if missing[0] in name.lower().split()]
        raise UsageError(
            f"word vectors = glove: {file} has no vector of {first_of(missing)}, which "
            f'"{names_with[0]}" needs; allowed are words that stand in it, and word vectors that '
            "need none, as random or one_hot."
        )
    of_word = {word: np.stack([vectors[one] for one in own]).mean(0) for word, own in found.items()}
    return [np.stack([of_word[word] for word in name.lower().split()]).mean(0) for name in names]


def _of_word(word: str, parts: Sequence[str], there: Collection[str]) -> tuple[str, ...]:
    """The words whose vectors' mean is taken for a word; none if it can have no vector."""
    for taken in ((word,), tuple(parts), (STAND_INS.get(word, ""),)):
        if taken and all(one in there for one in taken):
            return taken
    return ()
