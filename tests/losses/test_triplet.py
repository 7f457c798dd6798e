"""Triplet losses against double loops, and against another library's."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning.distances import CosineSimilarity
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner
from pytorch_metric_learning.reducers import SumReducer

from mtlkit.errors import UsageError
from mtlkit.losses import cosine_scores, max_triplet, sum_triplet

from . import literal
from .literal import normals

PAIRS = {"sum": (sum_triplet, literal.sum_triplet), "max": (max_triplet, literal.max_triplet)}
each = pytest.mark.parametrize("name", PAIRS)


@each
@given(st.integers(1, 7), st.integers(0, 1000), st.sampled_from([0.05, 0.2, 1.0, 3.0]))
def test_is_its_formula(name: str, size: int, seed: int, margin: float) -> None:
    ours, loops = PAIRS[name]
    scores = normals(size, size, seed=seed)
    found = ours(scores, margin)
    assert found.tolist() == pytest.approx(loops(scores.tolist(), margin), abs=1e-12)


@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
@each
def test_agrees_with_pytorch_metric_learning(name: str, dtype: torch.dtype, within: float) -> None:
    images, texts = normals(24, 16, seed=1, dtype=dtype), normals(24, 16, seed=2, dtype=dtype)
    labels = torch.arange(24)
    theirs = torch.zeros((), dtype=dtype)
    for anchors, refs in ((images, texts), (texts, images)):
        known = {"ref_emb": refs, "ref_labels": labels.clone()}
        mined = BatchHardMiner(distance=CosineSimilarity())(anchors, labels, **known)
        loss = TripletMarginLoss(0.2, distance=CosineSimilarity(), reducer=SumReducer())
        theirs += loss(anchors, labels, mined if name == "max" else None, **known)
    ours = PAIRS[name][0](cosine_scores(images, texts), 0.2).sum()
    assert ours.item() == pytest.approx(theirs.item(), rel=within)


@pytest.mark.parametrize("size", [2, 5])
def test_of_a_collapsed_model(size: int) -> None:
    """All scores alike: every negative costs the margin, the hardest one of each side too."""
    scores = torch.full((size, size), 0.7, dtype=torch.float64)
    assert sum_triplet(scores, 0.2).tolist() == pytest.approx([2 * (size - 1) * 0.2] * size)
    assert max_triplet(scores, 0.2).tolist() == pytest.approx([2 * 0.2] * size)


@each
def test_one_pair_has_no_negative_and_no_gradient(name: str) -> None:
    scores = torch.tensor([[0.3]], requires_grad=True)
    found = PAIRS[name][0](scores, 0.2)
    assert found.tolist() == [0]
    found.sum().backward()
    assert scores.grad.tolist() == [[0]]


@each
def test_a_negative_at_the_margin_exactly_is_left_alone(name: str) -> None:
    scores = torch.tensor([[1.0, 0.5], [0.5, 1.0]], requires_grad=True)
    PAIRS[name][0](scores, 0.5).sum().backward()
    assert scores.grad.tolist() == [[0, 0], [0, 0]]


@each
def test_the_margin_can_be_learned(name: str) -> None:
    """Its derivative counts the negatives that cost."""
    scores = normals(6, 6, seed=3)
    margin = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)
    PAIRS[name][0](scores, margin).sum().backward()
    s = scores.tolist()
    close = [
        [[0.2 + s[i][c] - s[i][i] > 0, 0.2 + s[c][i] - s[i][i] > 0] for c in range(6) if c != i]
        for i in range(6)
    ]
    count = sum if name == "sum" else any
    assert margin.grad.item() == sum(
        int(count(pair[side] for pair in row)) for row in close for side in (0, 1)
    )


@each
@pytest.mark.parametrize("margin", [0.0, -0.2, float("nan"), float("inf")])
def test_a_margin_that_is_none_is_refused(name: str, margin: float) -> None:
    message = f"^margin is {margin:g}: it must be a finite number above 0.$"
    with pytest.raises(UsageError, match=message):
        PAIRS[name][0](torch.eye(3), margin)
