"""Word vectors of each kind, and the sentences that some are learnt from."""

from __future__ import annotations

import itertools
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlkit.data.compositions import EMBEDDED, compositions
from mtlkit.data.generated.corpus import DESCRIBED, DIGITS, LOOKS, SHAPES, sentences
from mtlkit.data.word_vectors import word_vectors
from mtlkit.errors import UsageError

WORDS = sorted(
    {
        word
        for name in EMBEDDED
        for words in compositions(name, seed=0, unseen=0.25).words
        for word in words
    }
)
KINDS = ("random", "one_hot", "corpus")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [3, 32, 300])
def test_vectors_have_a_mean_square_of_one(kind: str, size: int) -> None:
    found = word_vectors(WORDS, kind, seed=0, size=size)
    assert found.shape == (len(WORDS), len(WORDS) if kind == "one_hot" else size)
    assert torch.allclose(found.square().mean(1), torch.ones(len(WORDS)), atol=1e-5)
    assert torch.equal(found, word_vectors(WORDS, kind, seed=0, size=size))


@settings(max_examples=20)
@given(
    st.sampled_from(["random", "corpus"]),
    st.permutations(WORDS),
    st.integers(1, len(WORDS)),
    st.integers(0, 100),
    st.integers(1, 64),
)
def test_a_words_vector_depends_neither_on_its_neighbours_nor_on_their_order(
    kind: str, order: list[str], many: int, seed: int, size: int
) -> None:
    every = word_vectors(WORDS, kind, seed=seed, size=size)
    some = word_vectors(order[:many], kind, seed=seed, size=size)
    assert torch.equal(some, every[[WORDS.index(word) for word in order[:many]]])


def test_seeds_differ_in_random_vectors_only() -> None:
    for kind in KINDS:
        one, other = (word_vectors(WORDS, kind, seed=seed) for seed in (0, 1))
        assert torch.equal(one, other) == (kind != "random")


def test_random_vectors_are_unrelated_and_one_hot_ones_at_right_angles() -> None:
    random = word_vectors([f"word {number}" for number in range(200)], "random", seed=0, size=100)
    cosine = (random @ random.T / 100)[~torch.eye(200, dtype=torch.bool)]
    assert abs(cosine.mean()) < 0.005
    assert cosine.std() == pytest.approx(0.1, rel=0.05)  # of n normal numbers, 1 / sqrt(n)
    apart = word_vectors(["a", "b", "a", "c"], "one_hot", seed=0)
    assert torch.allclose(
        apart @ apart.T / 3,
        torch.tensor([[1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1.0]]),
    )


def nearness(size: int = 32) -> dict[tuple[str, str], float]:
    vectors = torch.nn.functional.normalize(word_vectors(DESCRIBED, "corpus", seed=0, size=size))
    cosine = (vectors @ vectors.T).tolist()
    return {
        (one, other): cosine[i][j]
        for (i, one), (j, other) in itertools.product(enumerate(DESCRIBED), repeat=2)
    }


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("seven", "one", "eight"),
        ("six", "nine", "one"),
        ("zero", "six", "four"),
        ("circle", "ellipse", "square"),
        ("circle", "ring", "cross"),
        ("triangle", "star", "ring"),
        ("dotted", "speckled", "blurred"),
        ("dotted", "striped", "outlined"),
        ("slanted", "rotated", "inverted"),
        ("red", "blue", "striped"),
        ("blue", "green", "red"),
        ("left of", "right of", "above"),
        ("above", "below", "left of"),
    ],
)
def test_words_for_like_looks_are_near(word: str, near: str, far: str) -> None:
    cosine = nearness()
    assert cosine[word, near] > cosine[word, far]


def test_words_are_nearer_to_their_own_sort_and_none_are_the_same() -> None:
    cosine = nearness()
    for sort in (DIGITS, SHAPES):
        within = [cosine[pair] for pair in itertools.combinations(sort, 2)]
        across = [cosine[one, other] for one in sort for other in DESCRIBED if other not in sort]
        assert sum(within) / len(within) > 3 * sum(across) / len(across)
    assert max(value for (one, other), value in cosine.items() if one != other) < 0.95


def test_all_numbers_keep_what_the_counts_say() -> None:
    """A full decomposition only turns the vectors: none of the words fall together."""
    short, full, padded = (nearness(size) for size in (8, len(DESCRIBED), 100))
    assert max(v for (a, b), v in full.items() if a != b) < max(
        v for (a, b), v in short.items() if a != b
    )
    for pair, value in full.items():
        assert padded[pair] == pytest.approx(value, abs=1e-5)


def test_the_corpus_is_some_hundred_different_sentences_of_plain_words() -> None:
    found = sentences()
    assert 300 < len(found) < 1000
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[a-z]+( [a-z]+)+", one) for one in found)
    assert not [
        one for one in found if re.search(r"\ban? an?\b|\ba (?!one)[aeio]|\ban [^aeio]", one)
    ]


def test_the_corpus_tells_of_every_word_and_of_no_composition() -> None:
    assert set(WORDS) <= set(DESCRIBED)
    words_of = [set(one.split()) for one in sentences()]
    for word in DESCRIBED:
        assert sum(word in f" {one} " for one in sentences()) >= 10
    for things in (DIGITS, SHAPES):
        assert not [one for one in words_of if one & set(things) and one & set(LOOKS)]


def test_bad_input_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^word vectors = corpus: .* do not tell of 'elephant'; "):
        word_vectors(["circle", "elephant"], "corpus", seed=0)
    with pytest.raises(UsageError, match=r"^word vectors = gossip: allowed is one of random, "):
        word_vectors(["circle"], "gossip", seed=0)
    with pytest.raises(UsageError, match=r"^size = 0: "):
        word_vectors(["circle"], "random", seed=0, size=0)
    with pytest.raises(UsageError, match=r"^words: none is given"):
        word_vectors([], "random", seed=0)
