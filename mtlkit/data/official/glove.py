"""GloVe: vectors of 400,000 English words, learnt from Wikipedia and newswire.

J. Pennington, R. Socher and C. Manning, GloVe: Global vectors for word representation, EMNLP 2014.
The archive has vectors of 50, 100, 200 and 300 numbers; those of 300 are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from mtlkit.data.official.entry import Download, Made, Official
from mtlkit.data.official.unpack import unzip_one
from mtlkit.errors import UsageError

ARCHIVE = "glove.6B.zip"
VECTORS = "glove.6B.300d.txt"
"""A line for each word, the frequent ones first: the word and its numbers, with spaces between."""

SIZE = 300
"""Numbers of a vector."""

WORDS = 400_000


def arrange(downloaded: Path, target: Path) -> None:
    """Unpack the vectors of 300 numbers."""
    unzip_one(downloaded / ARCHIVE, VECTORS, target / VECTORS)


def read_vectors(file: Path, words: Iterable[str]) -> dict[str, Float32[np.ndarray, " number"]]:
    """The vectors of those of the words that have one; the file is read until all are found.

    Raises
    ------
    UsageError
        If it is missing, or if a line has not 300 numbers.
    """
    left = {word.encode() for word in words}
    found = {}
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not left:
                    break
                word, _, numbers = line.partition(b" ")
                if word in left:
                    found[word.decode()] = _vector(file, number, numbers)
                    left.discard(word)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror or error}).") from None
    return found


def _vector(file: Path, line: int, numbers: bytes) -> Float32[np.ndarray, " number"]:
    try:
        vector = np.array(numbers.split(), np.float32)
    except ValueError:
        vector = np.empty(0, np.float32)
    if vector.shape != (SIZE,) or not np.isfinite(vector).all():
        raise UsageError(f"{file}: line {line} has not {SIZE} numbers after its word.")
    return vector


def flaw_of(path: Path, read: bool, words: int = WORDS) -> str:
    """What is wrong with the file, in words; empty if nothing.

    Parameters
    ----------
    read
        Count its lines; else only see whether it begins and ends as it should.
    words
        How many it must have.
    """
    with path.open("rb") as file:
        if len(file.readline().split()) != SIZE + 1:
            return f"does not begin with a word and {SIZE} numbers"
        file.seek(-1, 2)
        if file.read() != b"\n":
            return "is cut off"
        if not read:
            return ""
        file.seek(0)
        count = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
    return "" if count >= words else f"has {count:,} instead of {words:,} words"


GLOVE = Official(
    name="glove",
    title="GloVe",
    what="Vectors of 400,000 English words, 300 numbers each",
    licence="PDDL 1.0",
    page="https://nlp.stanford.edu/projects/glove/",
    downloads=(
        Download(ARCHIVE, 862_000_000, "", ("https://nlp.stanford.edu/data/glove.6B.zip",)),
    ),
    files=(Made(VECTORS, 1_040_000_000, flaw_of),),
    arrange=arrange,
    by_hand="its owners state no checksum",
)
