"""The share of each negative in the gradient: pair by pair, and what it is for each loss."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from mtlkit.losses import max_triplet, negative_shares, simclr, sum_triplet

from .literal import normals, others

Loss = Callable[[torch.Tensor], torch.Tensor]
LOSSES: dict[str, Loss] = {
    "sum": lambda scores: sum_triplet(scores, 0.4),
    "max": lambda scores: max_triplet(scores, 0.4),
    "printed": lambda scores: simclr(scores, 0.3),
    "nt_xent": lambda scores: simclr(scores, 0.3, True),
    "mixed": lambda scores: 0.3 * sum_triplet(scores, 0.4) + 0.7 * max_triplet(scores, 0.4),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("size", [2, 3, 4, 5, 8, 13])
def test_is_the_gradient_of_each_pair_on_its_own(name: str, size: int) -> None:
    scores = normals(size, size, seed=size).requires_grad_()
    found = negative_shares(LOSSES[name], scores)
    assert not found.requires_grad
    for i in range(size):
        (gradient,) = torch.autograd.grad(LOSSES[name](scores)[i], scores)
        row = gradient[i].abs()
        row[i] = 0
        total = row.sum()
        torch.testing.assert_close(found[i], row / total if total else row)


def test_the_sum_listens_to_all_that_cost_alike() -> None:
    scores = normals(9, 9, seed=1)
    s = scores.tolist()
    for i, row in enumerate(negative_shares(LOSSES["sum"], scores).tolist()):
        close = [c for c in others(i, 9) if 0.4 + s[i][c] > s[i][i]]
        assert row == pytest.approx([1 / len(close) if c in close else 0 for c in range(9)])


def test_the_maximum_listens_to_one() -> None:
    scores = normals(9, 9, seed=1)
    scores[4, 4] = 10  # nothing costs
    for i, row in enumerate(negative_shares(LOSSES["max"], scores).tolist()):
        hardest = max(others(i, 9), key=scores[i].tolist().__getitem__)
        assert row == [float(c == hardest and i != 4) for c in range(9)]


@pytest.mark.parametrize("name", ["printed", "nt_xent"])
def test_simclr_listens_by_the_softmax(name: str) -> None:
    """In both readings alike: the positive takes from all negatives in proportion."""
    scores = normals(7, 7, seed=2)
    for i, row in enumerate(negative_shares(LOSSES[name], scores).tolist()):
        weights = [math.exp(s / 0.3) if c != i else 0 for c, s in enumerate(scores[i].tolist())]
        assert row == pytest.approx([w / sum(weights) for w in weights])


@pytest.mark.parametrize("name", LOSSES)
def test_rows_sum_to_one_or_to_nothing(name: str) -> None:
    scores = normals(2, 3, 6, 6, seed=3)
    scores[0] += 50 * torch.eye(6)  # far beyond the margin; a softmax still listens, faintly
    found = negative_shares(LOSSES[name], scores)
    sums = found.sum(-1)
    assert (found.diagonal(dim1=-2, dim2=-1) == 0).all()
    torch.testing.assert_close(sums, sums.round())
    listens = name in ("printed", "nt_xent")
    torch.testing.assert_close(sums[0], torch.full_like(sums[0], float(listens)))
    for a in range(2):
        for b in range(3):
            torch.testing.assert_close(found[a, b], negative_shares(LOSSES[name], scores[a, b]))


def test_one_pair_has_no_negatives() -> None:
    assert negative_shares(LOSSES["sum"], torch.ones(1, 1)).tolist() == [[0]]


def test_works_where_gradients_are_off() -> None:
    with torch.no_grad():
        assert negative_shares(LOSSES["printed"], torch.eye(3)).sum().item() == pytest.approx(3)
