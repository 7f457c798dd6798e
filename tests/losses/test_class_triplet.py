"""Triplets by class: the loss by loops, and how they are drawn."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.reducers import SumReducer
from scipy.stats import chisquare

from mtlkit.errors import UsageError
from mtlkit.losses import class_triplet, sample_class_triplets

from . import literal
from .literal import normals


@given(st.integers(1, 6), st.integers(1, 4), st.integers(0, 1000))
def test_is_its_formula(size: int, features: int, seed: int) -> None:
    a, p, n = normals(3, size, features, seed=seed)
    wanted = literal.class_triplet(a.tolist(), p.tolist(), n.tolist(), 1.0)
    assert class_triplet(a, p, n, 1.0).tolist() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_agrees_with_pytorch_metric_learning(dtype: torch.dtype, within: float) -> None:
    images, texts = normals(2, 30, 8, seed=1, dtype=dtype)
    labels = torch.arange(30) % 4
    positive, negative = sample_class_triplets(labels, torch.Generator().manual_seed(0))
    squared = LpDistance(normalize_embeddings=False, p=2, power=2)
    loss = TripletMarginLoss(1.0, distance=squared, reducer=SumReducer())
    triplets = (torch.arange(30), positive, negative)
    theirs = loss(images, indices_tuple=triplets, ref_emb=texts, ref_labels=labels.clone())
    ours = class_triplet(images, texts[positive], texts[negative], 1.0).sum()
    assert ours.item() == pytest.approx(theirs.item(), rel=within)


@given(st.lists(st.integers(-3, 3), min_size=2, max_size=20), st.integers(0, 100))
def test_positives_are_of_the_class_and_negatives_are_not(names: list[int], seed: int) -> None:
    labels = torch.tensor(names)
    generator = torch.Generator().manual_seed(seed)
    if len(set(names)) == 1:
        with pytest.raises(UsageError, match=r"^a batch for triplets needs examples"):
            sample_class_triplets(labels, generator)
        return
    positive, negative = sample_class_triplets(labels, generator)
    assert torch.equal(labels[positive], labels)
    assert (labels[negative] != labels).all()


def test_every_example_that_may_be_drawn_is_drawn_equally_often() -> None:
    names = [4, 1, 4, 1, 9, 4, 1, 4]
    labels = torch.tensor(names)
    generator = torch.Generator().manual_seed(1)
    drawn = torch.stack(
        [torch.stack(sample_class_triplets(labels, generator)) for _ in range(2000)]
    )
    for anchor, name in enumerate(names):
        for kind in (0, 1):
            allowed = [i for i, other in enumerate(names) if (other == name) == (kind == 0)]
            counts = torch.bincount(drawn[:, kind, anchor], minlength=len(names))
            assert counts.sum() == counts[allowed].sum() == 2000
            if len(allowed) > 1:
                assert chisquare(counts[allowed]).pvalue > 0.05 / (2 * len(names))


def test_positives_and_negatives_of_different_anchors_are_drawn_on_their_own() -> None:
    """Of two anchors of one class each pair of positives is equally likely."""
    labels = torch.tensor([0, 0, 1])
    generator = torch.Generator().manual_seed(2)
    drawn = [sample_class_triplets(labels, generator)[0] for _ in range(1000)]
    codes = [2 * int(positive[0]) + int(positive[1]) for positive in drawn]
    assert chisquare([codes.count(code) for code in range(4)]).pvalue > 0.01


def test_the_same_generator_draws_the_same() -> None:
    labels = torch.arange(50) % 7
    one, other = (sample_class_triplets(labels, torch.Generator().manual_seed(3)) for _ in "ab")
    assert all(torch.equal(x, y) for x, y in zip(one, other, strict=True))


@pytest.mark.parametrize("names", [[], [3], [2, 2, 2]])
def test_without_a_second_class_there_is_no_triplet(names: list[int]) -> None:
    labels = torch.tensor(names, dtype=torch.int64)
    with pytest.raises(UsageError, match=rf"or more: it has {len(set(names))}\.$"):
        sample_class_triplets(labels, torch.Generator())


@pytest.mark.parametrize("margin", [0.0, -1.0, float("inf")])
def test_a_margin_that_is_none_is_refused(margin: float) -> None:
    x = torch.ones(2, 3)
    with pytest.raises(UsageError, match=f"^margin is {margin:g}: it must be a finite number"):
        class_triplet(x, x, x, margin)
