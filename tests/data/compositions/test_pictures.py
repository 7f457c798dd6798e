"""Pictures of compositions: how many there are, what they depend on, what they show."""

from __future__ import annotations

import hashlib
import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mtlkit.data import compositions as door
from mtlkit.data.compositions import (
    EMBEDDED,
    PARTS,
    Pictures,
    compositions,
    dataset,
    most_pictures,
    pictures,
)
from mtlkit.data.embedded import digits
from mtlkit.errors import UsageError

SHAPE = {"digit_transforms": (1, 16, 16), "textured_shapes": (3, 24, 24)}
NAMES = st.sampled_from(EMBEDDED)
SEEDS = st.integers(0, 1000)
SHARES = st.sampled_from([0.1, 0.25, 0.5, 0.8])


def of_composition(found: Pictures, number: int) -> Tensor:
    return found.images[found.labels == number]


def hashes(images: Tensor) -> set[bytes]:
    return {hashlib.sha256(one.numpy().tobytes()).digest() for one in images}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", EMBEDDED)
def test_each_candidate_has_as_many_different_pictures_as_asked_for(name: str, part: str) -> None:
    counts = []
    for seed in (0, 1):
        split = compositions(name, seed=seed, unseen=0.25)
        found = pictures(name, part, seed=seed, unseen=0.25, per_composition=9)
        assert found.images.shape[1:] == SHAPE.get(name, (3, 32, 32))
        expected = split.candidates(part).nonzero().flatten()
        assert found.labels.tolist() == [one for one in expected.tolist() for _ in range(9)]
        assert len(hashes(found.images)) == len(found.labels)
        counts.append(len(found.labels))
    assert counts[0] == counts[1]


@settings(max_examples=12)
@given(NAMES, st.sampled_from(PARTS), SEEDS, SHARES, SHARES, st.integers(1, 4), st.integers(1, 4))
def test_a_picture_depends_neither_on_how_many_there_are_nor_on_what_is_held_out(
    name: str, part: str, seed: int, one: float, other: float, few: int, more: int
) -> None:
    short = pictures(name, part, seed=seed, unseen=one, per_composition=few)
    long = pictures(name, part, seed=seed, unseen=other, per_composition=few + more)
    shared = set(short.labels.tolist()) & set(long.labels.tolist())
    assert shared
    for number in shared:
        assert torch.equal(of_composition(short, number), of_composition(long, number)[:few])


@pytest.mark.parametrize("name", EMBEDDED)
def test_seeds_and_parts_are_streams_of_their_own(name: str) -> None:
    several = {
        (seed, part): pictures(name, part, seed=seed, unseen=0.25, per_composition=4)
        for seed in (0, 1)
        for part in PARTS
    }
    for (key, one), (other_key, other) in itertools.combinations(several.items(), 2):
        shared = hashes(one.images) & hashes(other.images)
        if name != "digit_transforms":
            assert not shared
        elif key[1] != other_key[1]:
            assert not shared  # no digit stands in two parts
        else:
            assert len(shared) < len(one.labels)  # other digits of the same class
    before = torch.random.get_rng_state()
    door._pictures.cache_clear()
    again = pictures(name, "test", seed=1, unseen=0.25, per_composition=4)
    assert again is not several[1, "test"]
    assert torch.equal(again.images, several[1, "test"].images)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("part", PARTS)
def test_digits_come_from_their_part_and_stand_once_in_a_composition(part: str) -> None:
    most = most_pictures("digit_transforms", part)
    assert most is not None
    split = compositions("digit_transforms", seed=0, unseen=0.25)
    found = pictures("digit_transforms", part, seed=0, unseen=0.25, per_composition=most)
    source = digits.digits(part)
    for name in ("plain", "inverted"):
        for number in range(10):
            row = split.words[0].index(name) * 10 + number
            if not split.candidates(part)[row]:
                continue
            drawn = of_composition(found, row)[:, 0].double() / 255
            ink = (1 - drawn if name == "inverted" else drawn)[:, 1:-1, 1:-1]
            own = source.images[source.labels == number].double().reshape(-1, 8, 8)
            # Taken back to 8 x 8, each is nearest to a digit of that class and part, of its own.
            small = torch.nn.functional.interpolate(ink[:, None], (8, 8), mode="area")[:, 0]
            nearest = torch.cdist(small.flatten(1), own.flatten(1)).argmin(1)
            assert len(set(nearest.tolist())) > 0.95 * most
            assert len(own) >= most


def ridge(images: Tensor, numbers: Tensor) -> Tensor:
    """A linear least-squares classifier of raw pixels, by the normal equations."""
    x = torch.cat([images, torch.ones(len(images), 1, dtype=images.dtype)], 1)
    y = torch.nn.functional.one_hot(numbers).to(x.dtype)
    return torch.linalg.solve(x.T @ x + 10 * torch.eye(x.shape[1], dtype=x.dtype), x.T @ y)


def pixels(found: Pictures, name: str) -> Tensor:
    """Raw pixels; of scenes, how far each is from grey, since grounds have no hue."""
    images = found.images.double() / 255
    if name == "scene_triplets":
        images = images.amax(1) - images.amin(1)
    return images.flatten(1)


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_linear_classifier_or_a_class_mean_tells_every_word_of_every_slot(name: str) -> None:
    split = compositions(name, seed=0, unseen=0.25)
    train = pictures(name, "train", seed=0, unseen=0.25, per_composition=30)
    test = pictures(name, "test", seed=0, unseen=0.25, per_composition=20)
    x, t = pixels(train, name), pixels(test, name)
    for slot, words in enumerate(split.words):
        own, truth = split.members[train.labels, slot], split.members[test.labels, slot]
        weights = ridge(x, own)
        linear = (torch.cat([t, torch.ones(len(t), 1)], 1) @ weights).argmax(1)
        means = torch.stack([x[own == number].mean(0) for number in range(len(words))])
        nearest = torch.cdist(t, means).argmin(1)
        chance = 1 / len(words)
        error = (chance * (1 - chance) / len(truth)) ** 0.5
        assert (linear == truth).double().mean() > chance + 5 * error
        for number in range(len(words)):
            # Of a word's pictures more are taken for it than of all other pictures are.
            is_it = truth == number
            for guess in (linear, nearest):
                hit = (guess == number).double()
                if hit[is_it].mean() > hit[~is_it].mean() + 3 * error:
                    break
            else:
                pytest.fail(f"{words[number]} is not seen")


@pytest.mark.parametrize("name", EMBEDDED)
def test_pictures_are_drawn_once_and_kept(name: str) -> None:
    found = pictures(name, "train", seed=91, unseen=0.25, per_composition=2)
    again = pictures(name, "train", seed=91, unseen=0.25, per_composition=2)
    assert again.images is found.images


def test_too_many_and_too_few_pictures_are_refused() -> None:
    for part in PARTS:
        most = min(torch.bincount(digits.digits(part).labels).tolist())
        assert most_pictures("digit_transforms", part) == most
        for wrong in (0, most + 1):
            with pytest.raises(UsageError, match=rf"^per_composition = {wrong}: .* 1 to {most}, "):
                pictures("digit_transforms", part, seed=0, unseen=0.25, per_composition=wrong)
    for name in ("textured_shapes", "scene_triplets"):
        assert most_pictures(name, "test") is None
        with pytest.raises(UsageError, match=r"^per_composition = 0: allowed is 1 or more"):
            pictures(name, "test", seed=0, unseen=0.25, per_composition=0)
    with pytest.raises(UsageError, match=r"^part = dev: "):
        pictures("scene_triplets", "dev", seed=0, unseen=0.25, per_composition=1)
    with pytest.raises(UsageError, match=r"^data = fruit: "):
        pictures("fruit", "test", seed=0, unseen=0.25, per_composition=1)
    with pytest.raises(UsageError, match=r"^unseen = 0.99: "):
        pictures("scene_triplets", "test", seed=0, unseen=0.99, per_composition=1)


def test_a_data_set_has_a_checksum_where_it_is_made_of_real_pictures() -> None:
    assert [dataset(name).name for name in EMBEDDED] == list(EMBEDDED)
    assert dataset("digit_transforms").checksum == digits.dataset().checksum
    assert dataset("textured_shapes").checksum == dataset("scene_triplets").checksum == ""
    with pytest.raises(UsageError, match=r"^data = fruit: "):
        dataset("fruit")
