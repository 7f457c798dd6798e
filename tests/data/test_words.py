"""Captions as numbers, against scikit-learn's; what has no words is refused."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from mtlkit.data.words import Vocabulary, words
from mtlkit.errors import UsageError

WORD = st.sampled_from(["dog", "Cat", "a", "ball", "über", "красный", "7", "犬"])
CAPTION = st.lists(WORD, min_size=1, max_size=8).map(", ".join)
CAPTIONS = st.lists(CAPTION, min_size=1, max_size=12)
PATTERN = r"(?u)\b\w+\b"


@pytest.mark.parametrize(
    ("caption", "found"),
    [
        ("A man's dog -- runs!", "a man s dog runs"),
        ("dog_2019.jpg", "dog 2019 jpg"),
        ("Красный мяч, ÉCOLE", "красный мяч école"),
        ("一只狗在跑。公园", "一只狗在跑 公园"),
        ("कुत्ता दौड़ता है", "कुत्ता दौड़ता है"),  # vowel signs are marks and no letters
        ("كلب يجري", "كلب يجري"),
        (" \t\n", ""),
        ("?!… — ’ 🐕", ""),
        ("\u0301", ""),  # an accent without its letter
        ("", ""),
    ],
)
def test_words_are_runs_of_letters_and_digits_of_any_script(caption: str, found: str) -> None:
    expected = tuple(unicodedata.normalize("NFC", found).split())
    assert words(caption) == expected


@given(st.text())
def test_words_have_letters_and_are_the_same_however_they_are_encoded(caption: str) -> None:
    found = words(caption)
    assert all(any(map(str.isalnum, word)) and not word.isspace() for word in found)
    assert bool(found) == any(map(str.isalnum, unicodedata.normalize("NFC", caption.lower())))
    assert words(" ".join(found)) == found


@given(st.text("aéöñçИй ", max_size=20))
def test_composed_and_decomposed_letters_make_the_same_words(caption: str) -> None:
    assert words(unicodedata.normalize("NFD", caption)) == words(caption)


@given(CAPTIONS, st.integers(1, 3), st.none() | st.integers(1, 6))
def test_a_vocabulary_has_the_most_frequent_words_first(
    captions: list[str], least: int, most: int | None
) -> None:
    counts = Counter(" ".join(captions).lower().replace(",", " ").split())
    kept = [word for word in counts if counts[word] >= least]
    if not kept:
        with pytest.raises(UsageError, match=rf"^least = {least}: no word of the captions"):
            Vocabulary.of(captions, least, most)
        return
    found = Vocabulary.of(captions, least, most)
    assert len(found) == len(found.words) == len(kept[:most])
    ranks = [(-counts[word], word) for word in found.words]
    assert ranks == sorted(ranks)
    left = [(-counts[word], word) for word in kept if word not in found.words]
    assert all(one > ranks[-1] for one in left)
    assert Vocabulary.of(reversed(captions), least, most) == found


@given(CAPTIONS, CAPTIONS)
def test_bags_and_idf_are_scikit_learns(training: list[str], captions: list[str]) -> None:
    vocabulary = Vocabulary.of(training)
    counter = CountVectorizer(vocabulary=vocabulary.words, token_pattern=PATTERN)
    expected = counter.fit_transform(captions).toarray()
    bags = vocabulary.bags(captions)
    np.testing.assert_array_equal(bags.numpy(), expected)
    weighted = TfidfVectorizer(vocabulary=vocabulary.words, token_pattern=PATTERN).fit(captions)
    np.testing.assert_allclose(vocabulary.idf(captions).numpy(), weighted.idf_, rtol=1e-6)


@given(CAPTIONS, CAPTIONS, st.integers(1, 10))
def test_sequences_spell_the_known_words_in_order(
    training: list[str], captions: list[str], length: int
) -> None:
    vocabulary = Vocabulary.of(training)
    rows = vocabulary.sequences(captions, length)
    assert rows.shape == (len(captions), length)
    for caption, row in zip(captions, rows.tolist(), strict=True):
        known = [word for word in words(caption) if word in vocabulary.words]
        spelt = [vocabulary.words[number - 1] for number in row if number]
        assert spelt == known[:length]
        assert row == sorted(row, key=lambda number: number == 0)  # padding last


def test_a_caption_of_unknown_words_is_a_row_of_zeros() -> None:
    vocabulary = Vocabulary(("dog", "ball"))
    assert vocabulary.bags(["a cat", "Dog!"]).tolist() == [[0, 0], [1, 0]]
    assert vocabulary.sequences(["a cat", "ball, dog"], 3).tolist() == [[0, 0, 0], [2, 1, 0]]


@pytest.mark.parametrize("use", ["of", "bags", "sequences", "idf"])
def test_captions_without_words_are_refused_with_number_and_text(use: str) -> None:
    def ask(captions: list[str]) -> object:
        vocabulary = Vocabulary(("dog",))
        if use == "sequences":
            return vocabulary.sequences(captions, 3)
        return getattr(vocabulary, use)(captions)

    for caption in ("", "  ", "?!"):
        with pytest.raises(UsageError) as error:
            ask(["a dog", "собака", caption, ""])
        said = str(error.value)
        assert said.startswith("caption 2 (counted from 0)") and f"{caption!r}:" in said
        assert said.endswith("at least one letter or digit.") and "\n" not in said
    with pytest.raises(UsageError, match=r"^there are no captions: at least one is needed\.$"):
        ask([])
    with pytest.raises(UsageError) as error:
        ask(["." * 1000])
    assert len(str(error.value)) < 200


def test_what_leaves_no_vocabulary_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^least = 3: .* allowed is at most 2\.$"):
        Vocabulary.of(["a dog", "a cat"], 3)
    with pytest.raises(UsageError, match=r"^least = 0, most = None: allowed is 1 or more\.$"):
        Vocabulary.of(["a dog"], 0)
    with pytest.raises(UsageError, match=r"^least = 1, most = 0: allowed is 1 or more\.$"):
        Vocabulary.of(["a dog"], 1, 0)
    with pytest.raises(UsageError, match=r"^a vocabulary without words: at least one is needed\.$"):
        Vocabulary(())
    with pytest.raises(UsageError, match=r"^length = 0: allowed is 1 or more\.$"):
        Vocabulary(("dog",)).sequences(["dog"], 0)
