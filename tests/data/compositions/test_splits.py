"""Which compositions are held out of training."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlkit.data.compositions import (
    EMBEDDED,
    HELD_TEST,
    HELD_VALIDATION,
    PARTS,
    SEEN,
    Compositions,
    compositions,
    unseen_shares,
)
from mtlkit.data.generated.compositions.splits import held_out
from mtlkit.errors import UsageError

NAMES = st.sampled_from(EMBEDDED)
SHARES = st.integers(5, 87).map(lambda percent: percent / 100)
SEEDS = st.integers(0, 10**6)


def seen_of_each_word(found: Compositions) -> list[int]:
    """In how many seen compositions each word of each slot stands, by plain counting."""
    seen = [
        row
        for row, group in zip(found.members.tolist(), found.group.tolist(), strict=True)
        if group == SEEN
    ]
    return [
        sum(row[slot] == number for row in seen)
        for slot, words in enumerate(found.words)
        for number in range(len(words))
    ]


@settings(max_examples=60)
@given(NAMES, SEEDS, SHARES)
def test_as_many_are_held_out_as_asked_and_every_word_stays_seen(
    name: str, seed: int, unseen: float
) -> None:
    found = compositions(name, seed=seed, unseen=unseen)
    every = math.prod(map(len, found.words))
    counts = [int((found.group == group).sum()) for group in (SEEN, HELD_VALIDATION, HELD_TEST)]
    assert sum(counts) == len(found.group) == every
    assert counts[1] == counts[2] == max(2, round(unseen / 2 * every))
    twice = counts[0] >= 2 * max(map(len, found.words))
    assert min(seen_of_each_word(found)) >= (2 if twice else 1)


@settings(max_examples=30)
@given(NAMES, SEEDS, SHARES, SHARES)
def test_a_higher_share_holds_out_the_same_ones_and_more(
    name: str, seed: int, one: float, other: float
) -> None:
    few, many = (
        compositions(name, seed=seed, unseen=min(share, 0.7)) for share in sorted((one, other))
    )
    for group in (HELD_VALIDATION, HELD_TEST):
        assert not ((few.group == group) & (many.group != group)).any()


@pytest.mark.parametrize("name", EMBEDDED)
def test_seeds_differ_in_what_they_hold_out_and_in_nothing_else(name: str) -> None:
    several = [compositions(name, seed=seed, unseen=0.25) for seed in range(5)]
    for one, other in itertools.combinations(several, 2):
        assert torch.equal(one.members, other.members)
        assert (one.slots, one.words) == (other.slots, other.words)
        assert not torch.equal(one.group, other.group)
    again = compositions(name, seed=0, unseen=0.25)
    assert torch.equal(several[0].group, again.group)


@pytest.mark.parametrize("name", EMBEDDED)
def test_each_composition_is_held_out_about_equally_often(name: str) -> None:
    seeds = 400
    groups = torch.stack([compositions(name, seed=seed, unseen=0.3).group for seed in range(seeds)])
    for group in (HELD_VALIDATION, HELD_TEST):
        held = (groups == group).float().mean(0)
        share = held.mean()
        # Five standard errors of a binomial share: passed by chance once in a thousand runs.
        assert (held - share).abs().max() < 5 * (share * (1 - share) / seeds).sqrt()


@pytest.mark.parametrize("name", EMBEDDED)
def test_all_compositions_of_the_words_are_there_once_under_their_names(name: str) -> None:
    found = compositions(name, seed=0, unseen=0.25)
    expected = [" ".join(words) for words in itertools.product(*found.words)]
    assert list(found.names()) == expected
    assert len(set(expected)) == len(expected)


def test_names_read_as_one_says_them() -> None:
    digits, scenes = (compositions(name, seed=0, unseen=0.2) for name in (EMBEDDED[0], EMBEDDED[2]))
    assert digits.slots == ("attribute", "object")
    assert "inverted seven" in digits.names()
    assert scenes.slots == ("subject", "predicate", "object")
    assert "circle above square" in scenes.names()


def test_each_part_meets_the_seen_compositions_and_its_own_unseen_ones() -> None:
    found = compositions("textured_shapes", seed=3, unseen=0.4)
    met = {part: set(found.candidates(part).nonzero().flatten().tolist()) for part in PARTS}
    assert met["train"] == set((found.group == SEEN).nonzero().flatten().tolist())
    assert met["validation"] & met["test"] == met["train"]
    assert len(met["validation"] | met["test"]) == len(found.group)


def test_a_share_that_would_leave_a_word_unseen_is_refused() -> None:
    for name in EMBEDDED:
        lowest, highest = unseen_shares(name)
        for allowed in (lowest, highest):
            assert min(seen_of_each_word(compositions(name, seed=1, unseen=allowed))) >= 1
        for refused in (0.0, lowest - 0.01, highest + 0.02, 1.0, math.nan):
            with pytest.raises(UsageError, match=r"^unseen = .* never seen in training\.$"):
                compositions(name, seed=1, unseen=refused)


def test_few_words_can_be_too_few() -> None:
    with pytest.raises(UsageError, match="would leave 0 of 4 compositions seen, where 2"):
        held_out("few", (("a", "b"), ("c", "d")), 0, 0.25)
    groups = held_out("few", (("a", "b", "c"), ("d", "e", "f")), 0, 0.1)
    assert groups.bincount().tolist() == [5, 2, 2]


def test_bad_names_are_refused() -> None:
    with pytest.raises(UsageError, match=r"^data = fruit: allowed is one of digit_transforms, "):
        compositions("fruit", seed=0, unseen=0.25)
    found = compositions("scene_triplets", seed=0, unseen=0.25)
    with pytest.raises(UsageError, match=r"^part = dev: allowed is one of train, validation, test"):
        found.candidates("dev")
