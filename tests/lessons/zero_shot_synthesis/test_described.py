"""Descriptions and the critic against torch's own modules."""

from __future__ import annotations

import pytest
import torch

from mtlkit.core.streams import stream
from mtlkit.lessons.zero_shot_synthesis.critic import Critic
from mtlkit.lessons.zero_shot_synthesis.described import Descriptions
from tests.lessons.zero_shot_synthesis.small import PlainCritic, PlainDescriptions

SEEDS, HIDDEN = (2, 5), 4
SIZES = {2: (3, 6), 3: (3, 2, 5)}
WORDS = {2: (2, 3), 3: (2, 3, 2)}


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=stream(seed, "test"), dtype=torch.float64)


def given(slots: int) -> tuple[list[torch.Tensor], torch.Tensor]:
    vectors = [
        drawn(len(SEEDS), words, size, seed=size)
        for words, size in zip(WORDS[slots], SIZES[slots], strict=True)
    ]
    members = torch.cartesian_prod(*(torch.arange(words) for words in WORDS[slots]))
    return vectors, members


@pytest.mark.parametrize("slots", SIZES)
def test_a_description_is_its_words_embeddings_beside_each_other(slots: int) -> None:
    ours = Descriptions(SEEDS, SIZES[slots], HIDDEN).double()
    vectors, members = given(slots)
    found = ours(vectors, members)
    assert found.shape == (len(SEEDS), len(members), slots * HIDDEN)
    for row in range(len(SEEDS)):
        expected = PlainDescriptions(ours, row)([own[row] for own in vectors], members)
        torch.testing.assert_close(found[row], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("slots", SIZES)
def test_the_order_of_words_and_compositions_does_not_matter(slots: int) -> None:
    ours = Descriptions(SEEDS, SIZES[slots], HIDDEN).double()
    vectors, members = given(slots)
    found = ours(vectors, members)
    flipped = [own.flip(1) for own in vectors]
    other = torch.tensor(WORDS[slots]) - 1 - members
    torch.testing.assert_close(ours(flipped, other), found, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(ours(vectors, members.flip(0)), found.flip(1), rtol=0, atol=0)


def test_the_critic_is_its_formula_and_starts_alike_beside_others() -> None:
    ours = Critic(SEEDS, 5, 6, HIDDEN).double()
    z, t = drawn(2, 3, 5), drawn(2, 3, 6, seed=1)
    for row in range(2):
        expected = PlainCritic(ours, row)(z[row], t[row])
        torch.testing.assert_close(ours(z, t)[row], expected, rtol=1e-12, atol=1e-12)
    pairs = (
        (Critic(SEEDS, 5, 6, HIDDEN), Critic(SEEDS[1:], 5, 6, HIDDEN)),
        (Descriptions(SEEDS, (3,), HIDDEN), Descriptions(SEEDS[1:], (3, 4), HIDDEN)),
    )
    for both, one in pairs:
        alone = dict(one.named_parameters())
        for name, parameter in both.named_parameters():
            assert torch.equal(parameter[1:], alone[name])
