"""Reduced features against scikit-learn's PCA."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from mtlkit.data.principal_components import Reduction
from mtlkit.errors import UsageError


def features(items: int, numbers: int, seed: int) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    mixing = torch.randn(numbers, numbers, generator=torch.Generator().manual_seed(9))
    return torch.randn(items, numbers, generator=draw) @ mixing + 3


@pytest.mark.parametrize(("examples", "components"), [(40, 3), (40, 8), (6, 5)])
def test_components_are_those_of_scikit_learn_up_to_sign(examples: int, components: int) -> None:
    training, others = features(examples, 8, 0), features(11, 8, 1)
    pca = PCA(components, svd_solver="full").fit(training.double().numpy())
    scale = np.sqrt(np.square(pca.transform(training.double().numpy())).mean())
    signs = np.sign(pca.components_[range(components), np.abs(pca.components_).argmax(1)])
    for some in (training, others):
        wanted = pca.transform(some.double().numpy()) * signs / scale
        found = Reduction.of(training, components)(some)
        np.testing.assert_allclose(found.numpy(), wanted, atol=1e-4)


def test_components_are_uncorrelated_and_of_mean_square_1_in_training() -> None:
    training = features(50, 8, 0)
    found = Reduction.of(training, 4)(training).double()
    products = found.T @ found / 50
    torch.testing.assert_close(products, products.diagonal().diag(), atol=1e-5, rtol=0)
    assert (products.diagonal().diff() < 0).all()
    torch.testing.assert_close(found.square().mean(), torch.tensor(1.0).double())


def test_without_components_features_are_centred_and_scaled_by_one_number() -> None:
    training, others = features(50, 8, 0), features(5, 8, 1)
    found = Reduction.of(training, 0)(others)
    centred = others.double() - training.double().mean(0)
    scale = training.double().var(0, correction=0).mean().sqrt()
    torch.testing.assert_close(found, (centred / scale).float(), atol=1e-5, rtol=1e-5)


def test_all_components_keep_distances() -> None:
    training, others = features(50, 8, 0), features(6, 8, 1)
    whole, turned = (Reduction.of(training, count)(others) for count in (0, 8))
    torch.testing.assert_close(torch.cdist(whole, whole), torch.cdist(turned, turned))


def test_features_without_any_spread_stay_finite() -> None:
    flat = torch.ones(5, 3)
    assert (Reduction.of(flat, 0)(flat) == 0).all()
    assert (Reduction.of(flat, 2)(flat) == 0).all()


@pytest.mark.parametrize(("examples", "most"), [(40, 8), (6, 6)])
def test_more_components_than_there_are_is_told(examples: int, most: int) -> None:
    with pytest.raises(UsageError, match=f"components = 9: allowed is at most {most}, "):
        Reduction.of(features(examples, 8, 0), 9)
