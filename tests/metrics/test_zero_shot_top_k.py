"""Hits against counting one by one and scikit-learn, and what their shares must be."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, top_k_accuracy_score

from mtlkit.errors import UsageError
from mtlkit.metrics.zero_shot import accuracy_by_composition, top_k, top_k_hits


def drawn(seed: int, pictures: int, compositions: int) -> tuple[torch.Tensor, ...]:
    """Small whole scores with some that are no number; about two in three are candidates."""
    g = torch.Generator().manual_seed(seed)
    scores = torch.randint(-2, 3, (pictures, compositions), generator=g).float()
    scores[torch.rand(scores.shape, generator=g) < 0.1] = math.nan
    candidates = torch.rand(compositions, generator=g) < 0.66
    candidates[0] = True
    allowed = candidates.nonzero()[:, 0]
    return scores, allowed[torch.randint(len(allowed), (pictures,), generator=g)], candidates


@given(st.integers(0, 10_000), st.integers(1, 8), st.integers(1, 6), st.integers(1, 4))
def test_hits_count_one_by_one(seed: int, pictures: int, compositions: int, k: int) -> None:
    scores, labels, candidates = drawn(seed, pictures, compositions)
    wanted = []
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        others = [s for i, s in enumerate(row) if candidates[i] and i != label]
        wanted.append(sum(not s < row[label] for s in others) < k)
    assert top_k_hits(scores, labels, candidates, k).tolist() == wanted


@pytest.mark.parametrize("k", [1, 2, 3])
def test_without_ties_this_is_scikit_learns(k: int) -> None:
    g = torch.Generator().manual_seed(k)
    scores, labels = torch.randn(300, 6, generator=g), torch.randint(6, (300,), generator=g)
    hits = top_k_hits(scores, labels, torch.ones(6).bool(), k)
    wanted = top_k_accuracy_score(labels, scores, k=k, labels=range(6))
    assert hits.double().mean().item() == pytest.approx(wanted)


def test_the_closed_world_leaves_out_what_was_seen() -> None:
    scores, labels = torch.tensor([[9.0, 8.0, 2.0, 1.0]] * 2), torch.tensor([2, 3])
    unseen = torch.tensor([False, False, True, True])
    assert top_k_hits(scores, labels, unseen).tolist() == [True, False]
    every = torch.ones(4).bool()
    assert [top_k_hits(scores, labels, every, k).tolist() for k in (2, 3, 4)] == [
        [False, False],
        [True, False],
        [True, True],
    ]


def test_blocks_of_any_size_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    some = drawn(0, 50, 7)
    whole = top_k_hits(*some, 2)
    monkeypatch.setattr(top_k, "CELLS", 30)
    assert torch.equal(top_k_hits(*some, 2), whole)


def test_the_accuracy_of_a_composition_is_the_confusion_matrix_diagonal() -> None:
    g = torch.Generator().manual_seed(1)
    scores, labels = torch.randn(200, 5, generator=g), torch.randint(4, (200,), generator=g)
    hits = top_k_hits(scores, labels, torch.ones(5).bool())
    found = accuracy_by_composition(hits, labels, 5)
    wanted = confusion_matrix(labels, scores.argmax(1), labels=range(5), normalize="true")
    assert found[:4].tolist() == pytest.approx(wanted.diagonal()[:4].tolist())
    assert found[4].isnan()


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_that_is_no_composition_is_refused(label: int) -> None:
    with pytest.raises(UsageError, match=f"label is {label}: it must be at least 0 and below 3"):
        accuracy_by_composition(torch.tensor([True]), torch.tensor([label]), 3)
    with pytest.raises(UsageError, match=f"label is {label}"):
        top_k_hits(torch.zeros(1, 3), torch.tensor([label]), torch.ones(3).bool())


def test_what_has_no_answer_is_refused() -> None:
    scores, labels, every = torch.zeros(2, 3), torch.tensor([0, 1]), torch.ones(3).bool()
    with pytest.raises(UsageError, match="k is 0"):
        top_k_hits(scores, labels, every, 0)
    with pytest.raises(UsageError, match="there are no candidates"):
        top_k_hits(scores, labels, ~every)
    with pytest.raises(UsageError, match="1 pictures have a label that is no candidate"):
        top_k_hits(scores, labels, torch.tensor([True, False, True]))
