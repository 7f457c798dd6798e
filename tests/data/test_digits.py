"""The embedded digits: all of scikit-learn's, each in one part, with a checksum."""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits

from mtlkit.data.embedded.digits import SIZES, dataset, digits


def _pairs(images: torch.Tensor, labels: torch.Tensor) -> list[tuple[int, ...]]:
    pixels = (images * 16).round().int().tolist()
    return sorted((*row, label) for row, label in zip(pixels, labels.tolist(), strict=True))


def test_the_parts_are_scikit_learns_digits_each_once() -> None:
    bunch = load_digits()
    parts = [digits(name) for name in SIZES]
    together = _pairs(
        torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])
    )
    assert together == _pairs(torch.tensor(bunch.data) / 16, torch.tensor(bunch.target))


def test_sizes_range_and_types() -> None:
    for name, size in SIZES.items():
        part = digits(name)
        assert part.images.shape == (size, 64)
        assert part.images.dtype == torch.float32
        assert part.images.min() == 0
        assert part.images.max() == 1
        assert torch.unique(part.labels).tolist() == list(range(10))
    assert sum(SIZES.values()) == 1797


def test_the_split_is_the_same_every_time_and_shuffled() -> None:
    first, second = digits("test"), digits("test")
    assert torch.equal(first.images, second.images)
    assert torch.equal(first.labels, second.labels)
    assert not torch.equal(first.labels, torch.tensor(load_digits().target[-len(first.labels) :]))


def test_the_checksum_is_that_of_the_published_results() -> None:
    """Another scikit-learn with other digits would be seen here, and in every provenance."""
    assert dataset().name == "digits"
    assert dataset().checksum == "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"
