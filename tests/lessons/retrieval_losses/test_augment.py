"""Second views: what is left of a picture and of a caption."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mtlkit.lessons.retrieval_losses import augment
from mtlkit.lessons.retrieval_losses.augment import second_captions, second_pictures


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_no_shift_and_no_light_is_the_picture_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "SHIFT", 0)
    monkeypatch.setattr(augment, "BRIGHTNESS", 0.0)
    pixels = torch.rand(5, 3, 8, 16, generator=draw()) * 2 - 1
    assert torch.equal(second_pictures(pixels, draw()), pixels)


def test_pictures_are_moved_with_their_edges_repeated_and_lit() -> None:
    """Each is one of all 49 moved pictures, plus a number."""
    pixels = torch.rand(120, 3, 8, 8, generator=draw()) - 0.5  # nothing is cut off at 1
    found = second_pictures(pixels, draw(1)).numpy()
    moves, lights = [], []
    for one, own in zip(pixels.numpy(), found, strict=True):
        wide = np.pad(one, ((0, 0), (3, 3), (3, 3)), mode="edge")
        fits = {}
        for down in range(7):
            for right in range(7):
                change = own - wide[:, down : down + 8, right : right + 8]
                if np.ptp(change) < 1e-5:
                    fits[down, right] = change.mean()
        ((move, light),) = fits.items()
        moves.append(move)
        lights.append(light)
    assert len(set(moves)) > 35
    assert np.abs(lights).max() < 0.2 + 1e-6
    assert min(lights) < -0.15 < 0.15 < max(lights)


def test_pictures_stay_in_their_range() -> None:
    bright = second_pictures(torch.ones(20, 3, 8, 8), draw())
    assert bright.max() == 1
    assert bright.min() >= 0.8 - 1e-6


def test_words_are_dropped_in_order_and_at_least_one_stays() -> None:
    lengths = torch.randint(1, 13, (400,), generator=draw())
    words = torch.randint(1, 99, (400, 12), generator=draw())
    words[torch.arange(12) >= lengths.unsqueeze(1)] = 0
    found = second_captions(words, draw(1))
    left = 0
    for one, own in zip(words.tolist(), found.tolist(), strict=True):
        kept = [word for word in own if word]
        assert kept
        assert own == kept + [0] * (12 - len(kept))
        rest = iter(one)
        assert all(word in rest for word in kept)  # a subsequence
        left += len(kept)
    long = lengths >= 4  # hardly ever all but one
    share = (found[long] > 0).sum() / (words[long] > 0).sum()
    assert share == pytest.approx(0.8, abs=0.02)


def test_a_caption_of_one_word_or_none_stays() -> None:
    words = torch.tensor([[7, 0, 0], [0, 0, 0]])
    for seed in range(20):
        assert torch.equal(second_captions(words, draw(seed)), words)
