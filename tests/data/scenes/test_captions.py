"""Captions of scenes: true of their pictures, different, and misspelt no more than asked for."""

from __future__ import annotations

import itertools
import math
import string
from collections import Counter

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtlkit.data.generated.scenes import BACKGROUNDS, KINDS, Scenes, draw_scenes
from mtlkit.data.generated.scenes.slips import STRAY_WORDS, misspell

from .reading import KNOWN, is_true, truth_of

RATES = st.sampled_from([0.0, 0.05, 0.2, 0.5, 1.0])
MEANS = st.sampled_from([0.0, 0.3, 1.0, 3.0, 5.0])


@pytest.fixture(scope="module", params=[1, 2])
def sentences(request: pytest.FixtureRequest) -> Scenes:
    return draw_scenes(0, "train", 300, objects=request.param)


@pytest.fixture(scope="module", params=[1, 2])
def tags(request: pytest.FixtureRequest) -> Scenes:
    return draw_scenes(0, "train", 300, objects=request.param, kind="tags")


def every(scenes: Scenes) -> list[str]:
    return [caption for several in scenes.captions for caption in several]


def test_every_sentence_is_true_of_its_picture(sentences: Scenes) -> None:
    for image, several, objects, ground in zip(
        sentences.images,
        sentences.captions,
        truth_of(sentences),
        sentences.backgrounds.tolist(),
        strict=True,
    ):
        assert len(several) == 5
        for caption in several:
            assert is_true(caption, image, objects, BACKGROUNDS[ground]), caption


def test_the_reader_of_sentences_knows_what_is_false(sentences: Scenes) -> None:
    # A check of the check: captions of another scene are mostly false of this one.
    shifted = [*sentences.captions[1:], sentences.captions[0]]
    true = [
        is_true(caption, image, objects, BACKGROUNDS[ground])
        for image, several, objects, ground in zip(
            sentences.images,
            shifted,
            truth_of(sentences),
            sentences.backgrounds.tolist(),
            strict=True,
        )
        for caption in several
    ]
    assert sum(true) < 0.05 * len(true)


def test_articles_fit_the_word_that_follows(sentences: Scenes) -> None:
    for caption in every(sentences):
        words = caption.split()
        for article, word in itertools.pairwise(words):
            if article in ("a", "an"):
                assert (article == "an") == (word[0] in "aeiou"), caption


@pytest.mark.parametrize(("misspelt", "stray"), [(0.0, 0.0), (0.3, 3.0)])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("objects", [1, 2])
def test_no_word_says_what_a_scene_does_not_have(
    objects: int, kind: str, misspelt: float, stray: float
) -> None:
    scenes = draw_scenes(
        0, "train", 500, objects=objects, kind=kind, misspelt=misspelt, stray=stray
    )
    for several, truth, ground, relation in zip(
        scenes.captions,
        truth_of(scenes),
        scenes.backgrounds.tolist(),
        scenes.relations.tolist(),
        strict=True,
    ):
        true = {pair for one in truth for pair in one.items()}
        true.add(("background", BACKGROUNDS[ground]))
        if relation >= 0:
            true.add(("axis", ("across", "upright")[relation // 2]))
        for caption in several:
            said = {KNOWN[word] for word in caption.split() if word in KNOWN}
            assert said <= true, caption


def test_tags_are_known_words_each_once(tags: Scenes) -> None:
    starts = Counter()
    for caption in every(tags):
        words = caption.split()
        assert words and len(set(words)) == len(words)
        assert set(words) <= set(KNOWN)
        starts[KNOWN[words[0]][0]] += 1
    assert {"shape", "colour", "size", "background"} <= set(starts)  # in any order


@pytest.mark.parametrize("kind", KINDS)
def test_captions_of_a_scene_differ_and_words_are_as_many_as_meant(kind: str) -> None:
    scenes = draw_scenes(0, "train", 1000, kind=kind)
    vocabulary = Counter(word for caption in every(scenes) for word in caption.split())
    low, high = {"sentences": (50, 70), "tags": (30, 50)}[kind]
    assert low <= len(vocabulary) <= high
    assert min(vocabulary.values()) > 20  # all can be learned
    different = [len(set(several)) for several in scenes.captions]
    assert sum(different) / len(different) > 4.5
    mentioned = [
        {KNOWN[word][0] for word in caption.split() if word in KNOWN} for caption in every(scenes)
    ]
    for attribute in ("shape", "colour", "size", "background"):
        share = sum(attribute in one for one in mentioned) / len(mentioned)
        assert 0.2 < share < 1 or (attribute == "shape" and kind == "sentences")


def test_slips_of_tags_make_hundreds_of_words() -> None:
    scenes = draw_scenes(0, "train", 500, kind="tags", misspelt=0.05, stray=0.5)
    assert 300 < len({word for caption in every(scenes) for word in caption.split()}) < 1000


@settings(max_examples=25)
@given(st.integers(0, 100), st.integers(1, 2), st.sampled_from(KINDS), RATES, MEANS)
def test_pictures_are_the_same_whatever_is_said_of_them(
    seed: int, objects: int, kind: str, misspelt: float, stray: float
) -> None:
    plain = draw_scenes(seed, "train", 20, objects=objects)
    other = draw_scenes(
        seed, "train", 20, objects=objects, kind=kind, misspelt=misspelt, stray=stray
    )
    for name in ("images", "objects", "relations", "backgrounds"):
        assert torch.equal(getattr(plain, name), getattr(other, name))
    few = draw_scenes(seed, "train", 7, objects=objects, kind=kind, misspelt=misspelt, stray=stray)
    assert few.captions == other.captions[:7]


@settings(max_examples=25)
@given(st.integers(0, 100), st.sampled_from(KINDS), st.tuples(RATES, RATES).map(sorted), MEANS)
def test_words_misspelt_at_a_low_rate_are_so_at_a_higher_one(
    seed: int, kind: str, rates: list[float], stray: float
) -> None:
    right, few, many = (
        draw_scenes(seed, "train", 10, kind=kind, misspelt=rate, stray=stray)
        for rate in (0.0, *rates)
    )
    for clean, low, high in zip(every(right), every(few), every(many), strict=True):
        for a, b, c in zip(clean.split(), low.split(), high.split(), strict=True):
            assert b in (a, c)


@settings(max_examples=25)
@given(st.integers(0, 100), st.sampled_from(KINDS), RATES, st.tuples(MEANS, MEANS).map(sorted))
def test_stray_words_only_ever_come_in(
    seed: int, kind: str, misspelt: float, means: list[float]
) -> None:
    none, few, many = (
        draw_scenes(seed, "train", 10, kind=kind, misspelt=misspelt, stray=mean)
        for mean in (0.0, *means)
    )
    for one, other in ((none, few), (few, many)):
        for short, long in zip(every(one), every(other), strict=True):
            left = iter(long.split())
            assert all(word in left for word in short.split())  # in this order


@pytest.mark.parametrize("kind", KINDS)
def test_slips_are_as_frequent_as_asked_for(kind: str) -> None:
    for rate, mean in ((0.1, 0.5), (0.6, 4.0)):
        scenes = [
            draw_scenes(0, "train", 500, kind=kind, misspelt=misspelt, stray=stray)
            for misspelt, stray in ((0.0, 0.0), (rate, 0.0), (0.0, mean))
        ]
        right, wrong, more = ([word.split() for word in every(one)] for one in scenes)
        pairs = [pair for a, b in zip(right, wrong, strict=True) for pair in zip(a, b, strict=True)]
        share = sum(a != b for a, b in pairs) / len(pairs)
        assert abs(share - rate) < 4 * math.sqrt(rate * (1 - rate) / len(pairs))
        added = [len(b) - len(a) for a, b in zip(right, more, strict=True)]
        average = sum(added) / len(added)
        assert abs(average - mean) < 4 * math.sqrt(mean / len(added))
        variance = sum((one - average) ** 2 for one in added) / len(added)
        assert abs(variance / mean - 1) < 0.2  # Poisson's equals its mean


CHANCE = st.floats(0, 1, exclude_max=True, width=32)


@given(st.text("abcdelrst", min_size=1, max_size=9), CHANCE, CHANCE, CHANCE)
@example("aa", 0.0, 0.0, 0.0)
@example("a", 0.3, 0.9, 0.0)
def test_a_misspelt_word_is_one_slip_away(
    word: str, sort: float, place: float, letter: float
) -> None:
    found = misspell(word, (sort, place, letter))
    assert found and found != word
    ways = [found in results for results in slips(word)]
    assert any(ways)
    if len(word) > 1 and sort >= 0.25:  # a swap of two letters alike is no slip
        assert ways[int(sort * 4)]


def slips(word: str) -> tuple[set[str], set[str], set[str], set[str]]:
    """All words with two neighbours swapped, with a letter dropped, doubled, replaced."""
    cuts = range(len(word))
    return (
        {word[:i] + word[i : i + 2][::-1] + word[i + 2 :] for i in cuts},
        {word[:i] + word[i + 1 :] for i in cuts},
        {word[:i] + word[i] + word[i:] for i in cuts},
        {word[:i] + c + word[i + 1 :] for i in cuts for c in string.ascii_lowercase},
    )


def test_no_slip_makes_a_word_that_says_something_else() -> None:
    # Such as "right", which was one letter away from a light background.
    telling = {*KNOWN, "left", "right", "above", "over", "below", "under", "beneath"}
    for word in telling | set(STRAY_WORDS):
        assert not (set().union(*slips(word)) - {word}) & telling, word
    assert not set(STRAY_WORDS) & telling
