"""Frozen features, reduced, and labels with noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mtlkit.data import labelled_captions
from mtlkit.lessons.retrieval_task_weights.inputs import dataset, inputs, trigrams
from mtlkit.noise import flip_rate
from tests.lessons.retrieval_task_weights.small import small


def test_labels_are_the_collections_and_noise_is_each_tasks_own() -> None:
    config = small(noise=(0.0, 3.0), n_train=2000)
    found = inputs(config, 1, "train")
    for task, name in enumerate(("scene_sentences", "scene_tags")):
        clean = labelled_captions.load(name, "train", seed=1, size=2000).labels
        assert torch.equal(found.clean[task], clean)
    assert torch.equal(found.noisy[0], found.clean[0])
    share = (found.noisy[1] != found.clean[1]).double().mean().item()
    rate = flip_rate(3.0)
    assert share == pytest.approx(rate, abs=4 * (rate * (1 - rate) / 2000) ** 0.5)
    assert found.noisy[1].unique().tolist() == list(range(12))


def test_what_flips_at_a_low_level_flips_at_a_higher_one_too() -> None:
    low, high = (inputs(small(noise=(one, 0.0)), 0, "train") for one in (1.0, 4.0))
    flipped = low.noisy[0] != low.clean[0]
    assert torch.equal(high.noisy[0][flipped], low.noisy[0][flipped])
    assert torch.equal(low.images, high.images)
    assert torch.equal(low.texts, high.texts)


@pytest.mark.parametrize("components", [0, 8])
def test_features_have_mean_square_1_in_training_and_mean_0(components: int) -> None:
    config = small(image_components=components, text_components=components)
    found = inputs(config, 0, "train")
    for modality in (found.images, found.texts):
        for task in (0, 1):
            assert modality[task].square().mean().item() == pytest.approx(1, abs=1e-4)
            assert modality[task].mean(0).abs().max() < 1e-4
    assert found.images.shape == (2, 40, components or found.images.shape[2])
    if not components:
        assert found.texts.shape[2] == 512
    other = inputs(config, 0, "test")
    assert other.images.shape[1] == 20
    assert other.images.square().mean().item() != pytest.approx(1, abs=1e-3)


def test_a_reduction_leaves_less_of_a_modality_alone() -> None:
    """One modality's components change nothing of the other's."""
    few, more = (inputs(small(text_components=c), 0, "test") for c in (3, 8))
    assert torch.equal(few.images, more.images)
    # The same directions first, at another scale.
    ratio = few.texts / more.texts[:, :, :3]
    for task in (0, 1):
        torch.testing.assert_close(ratio[task], ratio[task, 0, 0].expand(20, 3), rtol=1e-3, atol=0)


def test_misspelt_and_stray_tags_reach_the_tags_texts_alone() -> None:
    plain = inputs(small(misspelt=0.0, stray=0.0), 0, "train")
    for settings in ({"misspelt": 0.9, "stray": 0.0}, {"misspelt": 0.0, "stray": 4.0}):
        noisy = inputs(small(**settings), 0, "train")
        assert torch.equal(noisy.images, plain.images)
        assert torch.equal(noisy.texts[0], plain.texts[0])
        assert not torch.allclose(noisy.texts[1].abs(), plain.texts[1].abs())
        assert torch.equal(noisy.noisy, plain.noisy)


def test_trigrams_are_of_length_1_and_a_slip_keeps_most() -> None:
    found = trigrams(("a red circle", "a red cirle", "two green stars", "a red circle", "犬"))
    np.testing.assert_allclose(found.norm(dim=1), 1, rtol=1e-6)
    assert torch.equal(found[0], found[3])
    near, far = float(found[0] @ found[1]), float(found[0] @ found[2])
    assert near > 0.6 > 0.4 > far


def test_the_named_sets_of_scenes_need_no_checksum() -> None:
    assert dataset(small()).name == "captioned_scenes"
    assert dataset(small()).checksum == ""
