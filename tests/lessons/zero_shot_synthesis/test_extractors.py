"""Extractors against scikit-learn and plain sums, and what they do not look at."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from mtlkit.core.streams import stream
from mtlkit.data.compositions import Compositions, Pictures, compositions, pictures
from mtlkit.errors import UsageError
from mtlkit.lessons.zero_shot_synthesis import extractors
from mtlkit.lessons.zero_shot_synthesis.config import EXTRACTORS
from mtlkit.lessons.zero_shot_synthesis.extractors import extractor, targets

UNSEEN, EACH = 0.8, 4
NETWORKS = ("cnn", "cnn_slots")


def found() -> Compositions:
    return compositions("digit_transforms", seed=1, unseen=UNSEEN)


def shown(part: str = "train") -> Pictures:
    return pictures("digit_transforms", part, seed=1, unseen=UNSEEN, per_composition=EACH)


def principal(training: np.ndarray, other: np.ndarray) -> np.ndarray:
    """By scikit-learn, scaled to a mean square of 1."""
    model = PCA(6, svd_solver="full").fit(training)
    return model.transform(other) / np.sqrt(np.square(model.transform(training)).mean())


def assert_same_but_for_signs(ours: torch.Tensor, theirs: np.ndarray) -> None:
    mine = ours.double().numpy()
    sign = np.sign((mine * theirs).sum(0))
    np.testing.assert_allclose(mine * sign, theirs, atol=1e-3)


def test_pca_is_that_of_scikit_learn() -> None:
    made = extractor("pca", found(), shown(), 6, seed=0)
    training, other = (
        (own.images.double() / 127.5 - 1).flatten(1).numpy() for own in (shown(), shown("test"))
    )
    assert_same_but_for_signs(made(shown("test").images), principal(training, other))


def test_random_convolutions_are_sums_over_windows() -> None:
    made = extractor("random_convolutions", found(), shown(), 6, seed=3)
    random = stream(3, "extractor/filters")
    weight, bias = torch.empty(64, 1, 5, 5), torch.empty(64)
    for own in (weight, bias):
        own.uniform_(-1 / 5, 1 / 5, generator=random)

    def read(images: torch.Tensor) -> np.ndarray:
        windows = (images.float() / 127.5 - 1)[:, 0].unfold(1, 5, 1).unfold(2, 5, 1)
        seen = torch.einsum("nrcij,fij->nfrc", windows, weight[:, 0]) + bias[:, None, None]
        seen = seen.clamp_min(0)
        # 12 places along each side, in thirds of 4.
        return seen.unflatten(3, (3, 4)).unflatten(2, (3, 4)).mean((3, 5)).flatten(1).numpy()

    training, other = (read(own.images) for own in (shown(), shown("test")))
    assert_same_but_for_signs(made(shown("test").images), principal(training, other))


@pytest.mark.parametrize("name", EXTRACTORS)
def test_the_seed_decides_and_each_picture_is_read_by_itself(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extractors, "EPOCHS", 1)
    images = shown("test").images
    torch.manual_seed(0)
    first = extractor(name, found(), shown(), 6, seed=3)(images)
    torch.manual_seed(1)
    read = extractor(name, found(), shown(), 6, seed=3)
    assert torch.equal(first, read(images))
    assert first.isfinite().all()
    torch.testing.assert_close(read(images[10:12]), first[10:12], rtol=1e-4, atol=1e-5)
    other = extractor(name, found(), shown(), 6, seed=4)(images)
    assert torch.equal(other, first) == (name == "pca")


def test_a_taught_network_tells_its_classes_in_other_pictures() -> None:
    """By the nearest mean: 16 classes, far above chance."""
    more = pictures("digit_transforms", "train", seed=1, unseen=UNSEEN, per_composition=30)
    place = torch.arange(len(more.labels)) % 30
    taught = Pictures(more.images[place < 20], more.labels[place < 20])
    images, labels = more.images[place >= 20], more.labels[place >= 20]
    for name in NETWORKS:
        read = extractor(name, found(), taught, 16, seed=3)
        features, own = read(taught.images), taught.labels
        classes = own.unique()
        means = torch.stack([features[own == one].mean(0) for one in classes])
        guess = classes[torch.cdist(read(images), means).argmin(1)]
        assert (guess == labels).double().mean() > 0.5
        assert (features >= 0).all()


def test_what_a_network_is_taught_names_seen_compositions_only() -> None:
    split, labels = found(), shown().labels
    classes, sizes = targets("cnn", split, labels)
    seen = split.candidates("train").nonzero()[:, 0]
    assert sizes == [len(seen)]
    assert torch.equal(seen[classes[:, 0]], labels)
    words, sizes = targets("cnn_slots", split, labels)
    assert sizes == [len(own) for own in split.words] == [8, 10]
    names = split.names()
    for label, (attribute, thing) in zip(labels.tolist(), words.tolist(), strict=True):
        assert names[label] == f"{split.words[0][attribute]} {split.words[1][thing]}"


def test_more_components_than_pixels_are_refused() -> None:
    with pytest.raises(UsageError, match="allowed is at most"):
        extractor("pca", found(), shown(), 257, seed=0)
