"""Captions as numbers: their words, a vocabulary, and bags or sequences of its words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.errors import UsageError

_ASCII_WORD = re.compile(r"[a-z0-9]+")

_SHOWN = 60
"""Of a caption in an error's sentence, in characters."""


def words(caption: str) -> tuple[str, ...]:
    """The caption's words: runs of letters and digits of any script, in lower case.

    Accents and vowel signs belong to their letter, however they are encoded (NFC is taken). Scripts
    that do not part words by spaces (Chinese, Thai) give a word for each run between punctuation
    marks. A caption without letters and digits has no words.

    >>> words("A dog's ball; 犬のボール, Straße 7")
    ('a', 'dog', 's', 'ball', '犬のボール', 'straße', '7')
    """
    lower = caption.lower()
    if lower.isascii():
        return tuple(_ASCII_WORD.findall(lower))
    normal = unicodedata.normalize("NFC", lower)
    parted = "".join(one if one.isalnum() or _is_mark(one) else " " for one in normal)
    return tuple(run for run in parted.split() if any(map(str.isalnum, run)))


def _is_mark(character: str) -> bool:
    """Whether it is an accent, a vowel sign or the like: Python counts none as a letter."""
    return unicodedata.category(character).startswith("M")


@attrs.frozen
class Vocabulary:
    """The words that count; a word's number is its place among them.

    Parameters
    ----------
    words
        Each once, the most frequent first.

    Raises
    ------
    UsageError
        If there is none.
    """

    words: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        if not self.words:
            raise UsageError("a vocabulary without words: at least one is needed.")

    @classmethod
    def of(cls, captions: Iterable[str], least: int = 1, most: int | None = None) -> Vocabulary:
        """The words of captions, the most frequent first, equally frequent ones by alphabet.

        Parameters
        ----------
        captions
            Of the training set.
        least
            How often a word has to occur in all.
        most
            How many words there may be; None: any number.

        Raises
        ------
        UsageError
            If there is no caption, a caption without words, or no word that occurs often enough.
        """
        if least < 1 or (most is not None and most < 1):
            raise UsageError(f"least = {least}, most = {most}: allowed is 1 or more.")
        counts = Counter(word for found in _checked(captions) for word in found)
        kept = sorted(
            (word for word in counts if counts[word] >= least), key=lambda w: (-counts[w], w)
        )
        if not kept:
            raise UsageError(
                f"least = {least}: no word of the captions occurs so often; allowed is at most "
                f"{max(counts.values())}."
            )
        return cls(tuple(kept[:most]))

    def __len__(self) -> int:
        return len(self.words)

    def bags(self, captions: Iterable[str]) -> Float[Tensor, "caption word"]:
        """How often each caption has each word; unknown words are left out.

        Raises
        ------
        UsageError
            If there is no caption, or one without words.
        """
        numbers = self._numbers(captions)
        bags = torch.zeros(len(numbers), len(self))
        row = torch.tensor(
            [at for at, known in enumerate(numbers) for _ in known], dtype=torch.int64
        )
        column = torch.tensor([one for known in numbers for one in known], dtype=torch.int64)
        return bags.index_put_((row, column), torch.ones(len(row)), accumulate=True)

    def sequences(self, captions: Iterable[str], length: int) -> Int64[Tensor, "caption place"]:
        """The known words of each caption in order, numbered from 1, cut or filled up with 0.

        Parameters
        ----------
        captions
            Any.
        length
            Places for words.

        Raises
        ------
        UsageError
            If there is no caption, or one without words, or no place.
        """
        if length < 1:
            raise UsageError(f"length = {length}: allowed is 1 or more.")
        rows = [
            [one + 1 for one in known[:length]] + [0] * (length - len(known))
            for known in self._numbers(captions)
        ]
        return torch.tensor(rows)

    def idf(self, captions: Iterable[str]) -> Float[Tensor, " word"]:
        """The inverse document frequency of each word, smoothed: log((1 + n) / (1 + n_w)) + 1.

        Of n captions n_w have the word w; one more caption is thought of that has every word.

        Raises
        ------
        UsageError
            If there is no caption, or one without words.
        """
        have = self.bags(captions) > 0
        return ((1 + len(have)) / (1 + have.sum(0))).log() + 1

    def _numbers(self, captions: Iterable[str]) -> list[list[int]]:
        """Of each caption, the numbers of its known words in order."""
        place = {word: at for at, word in enumerate(self.words)}
        return [[place[word] for word in found if word in place] for found in _checked(captions)]


def _checked(captions: Iterable[str]) -> Sequence[tuple[str, ...]]:
    """The words of each caption.

    Raises
    ------
    UsageError
        If there is no caption, or one without words.
    """
    found = []
    for number, caption in enumerate(captions):
        found.append(words(caption))
        if not found[-1]:
            shown = caption if len(caption) <= _SHOWN else caption[:_SHOWN] + "…"
            raise UsageError(
                f"caption {number} (counted from 0) has no word, but is {shown!r}: allowed are "
                "captions with at least one letter or digit."
            )
    if not found:
        raise UsageError("there are no captions: at least one is needed.")
    return found
