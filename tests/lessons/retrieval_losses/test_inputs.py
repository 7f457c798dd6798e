"""What the networks see: captions of pictures, and of others where they are outliers."""

from __future__ import annotations

import pytest
import torch

from mtlkit.data import captioned
from mtlkit.lessons.retrieval_losses.inputs import LENGTH, mismatched, pairs, pixels, vocabulary
from tests.lessons.retrieval_losses.small import COUNTS, ragged, small


@pytest.mark.parametrize("pictures", [10, 37, 200])
def test_mismatched_captions_are_a_derangement_of_exactly_the_share(pictures: int) -> None:
    before: set[int] = set()
    for share in (0.2, 0.35, 0.6, 0.9):
        owner = mismatched(pictures, share, seed=1)
        assert owner.sort().values.tolist() == list(range(pictures))
        moved = (owner != torch.arange(pictures)).nonzero()[:, 0].tolist()
        assert len(moved) == round(share * pictures)
        assert before <= set(moved)
        before = set(moved)
    assert not torch.equal(mismatched(pictures, 0.5, 1), mismatched(pictures, 0.5, 2))
    assert torch.equal(mismatched(pictures, 0.0, 1), torch.arange(pictures))


@pytest.mark.parametrize("outliers", [0.0, 0.5])
def test_words_are_those_of_each_pictures_captions(outliers: float) -> None:
    config = small(outliers=outliers)
    for part, size in (("train", 12), ("validation", 10), ("test", 10)):
        found = pairs(config, 2, part)
        shown = captioned.load("scenes", part, seed=2, size=size)
        owner = mismatched(size, outliers if part == "train" else 0.0, 2).tolist()
        assert torch.equal(found.images, shown.images)
        words = vocabulary(config, 2).words
        for row, picture in enumerate(found.pictures.tolist()):
            told = shown.captions[owner[picture]][row - int(found.first[picture])]
            known = [word for word in told.lower().replace(",", " ").split() if word in words]
            read = [words[number - 1] for number in found.words[row].tolist() if number]
            assert read == known[:LENGTH]


def test_words_that_training_captions_lack_are_not_read() -> None:
    config = small()
    told = captioned.load("scenes", "train", seed=0, size=12).captions
    known = {word for own in told for one in own for word in one.lower().split()}
    assert set(vocabulary(config, 0).words) <= known


def test_first_count_and_head_of_ragged_captions() -> None:
    found, _ = ragged()
    place = 0
    for picture, count in enumerate(COUNTS):
        assert found.first[picture] == place
        assert found.count[picture] == count
        place += count
    head = found.head(4)
    assert head.pictures.tolist() == [0, 1, 1, 1, 2, 2, 3, 3, 3, 3, 3]
    assert head.words[:, 0].tolist() == list(range(11))
    assert torch.equal(head.images, found.images[:4])
    assert len(found.head(99).words) == len(found.words)


def test_pixels_run_from_minus_1_to_1_and_ready_features_stay() -> None:
    byte = torch.tensor([0, 51, 255], dtype=torch.uint8).expand(1, 3, 1, 3)
    torch.testing.assert_close(pixels(byte)[0, 0, 0], torch.tensor([-1.0, -0.6, 1.0]))
    ready = torch.randn(3, 4)
    assert pixels(ready) is ready
