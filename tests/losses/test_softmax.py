"""SimCLR in both readings: closed forms, double loops, other libraries."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pytorch_metric_learning.losses import NTXentLoss, SelfSupervisedLoss
from torch.nn.functional import cross_entropy

from mtlkit.errors import UsageError
from mtlkit.losses import cosine_scores, simclr

from . import literal
from .literal import normals

each_dtype = pytest.mark.parametrize(
    ("dtype", "within"), [(torch.float32, 1e-6), (torch.float64, 1e-12)]
)


@given(st.integers(2, 7), st.integers(0, 1000), st.sampled_from([0.07, 0.5, 2.0]), st.booleans())
def test_is_its_formula(size: int, seed: int, temperature: float, positive: bool) -> None:
    scores = normals(size, size, seed=seed)
    wanted = literal.simclr(scores.tolist(), temperature, positive)
    assert simclr(scores, temperature, positive).tolist() == pytest.approx(wanted, abs=1e-11)


def test_the_pair_is_below_only_if_asked() -> None:
    scores = normals(5, 5, seed=1)
    torch.testing.assert_close(simclr(scores, 0.5), simclr(scores, 0.5, False))
    assert (simclr(scores, 0.5, True) > simclr(scores, 0.5)).all()
    assert (simclr(scores, 0.5, True) >= 0).all()


@pytest.mark.parametrize("size", [2, 4, 9])
def test_closed_forms(size: int) -> None:
    """Orthonormal pairs, and a collapsed model: ln N a direction, or ln (N - 1) as printed."""
    best = simclr(torch.eye(size, dtype=torch.float64), 0.5, True)
    wanted = 2 * math.log(1 + (size - 1) * math.exp(-2))
    assert best.tolist() == pytest.approx([wanted] * size, rel=1e-14)
    collapsed = torch.full((size, size), 0.3, dtype=torch.float64)
    assert simclr(collapsed, 0.07, True).tolist() == pytest.approx([2 * math.log(size)] * size)
    assert simclr(collapsed, 0.07).tolist() == pytest.approx([2 * math.log(size - 1)] * size)


def both_modalities(images: torch.Tensor, texts: torch.Tensor) -> torch.Tensor:
    """Scores with positives on the diagonal and negatives from both modalities, as in SimCLR."""
    one, other = torch.cat([images, texts]), torch.cat([texts, images])
    scores = cosine_scores(one, other)
    half = len(images)
    own = torch.arange(2 * half)
    scores[own, own.roll(half)] = -torch.inf  # an embedding with itself
    return scores


def test_negatives_of_both_modalities_give_nt_xent() -> None:
    eye = torch.eye(4, dtype=torch.float64)
    best = simclr(both_modalities(eye, eye), 0.5, True)
    assert (best / 2).tolist() == pytest.approx([0.594438] * 8, abs=5e-7)
    assert best[0].item() / 2 == pytest.approx(math.log(1 + 6 * math.exp(-2)), rel=1e-14)
    same = torch.ones(5, 3, dtype=torch.float64)
    collapsed = simclr(both_modalities(same, same), 0.07, True)
    assert (collapsed / 2).tolist() == pytest.approx([math.log(2 * 5 - 1)] * 10)


@each_dtype
def test_agrees_with_pytorch_metric_learning(dtype: torch.dtype, within: float) -> None:
    images, texts = normals(12, 8, seed=1, dtype=dtype), normals(12, 8, seed=2, dtype=dtype)
    loss = SelfSupervisedLoss(NTXentLoss(0.5), symmetric=True)
    ours = simclr(both_modalities(images, texts), 0.5, True).mean() / 2
    assert ours.item() == pytest.approx(loss(images, texts).item(), rel=within)
    labels = torch.arange(12)
    between = sum(
        NTXentLoss(0.5)(a, labels, ref_emb=b, ref_labels=labels.clone())
        for a, b in ((images, texts), (texts, images))
    )
    ours = simclr(cosine_scores(images, texts), 0.5, True).mean()
    assert ours.item() == pytest.approx(between.item(), rel=within)


@each_dtype
def test_with_the_positive_it_is_two_cross_entropies(dtype: torch.dtype, within: float) -> None:
    logits = normals(9, 9, seed=4, dtype=dtype)
    own = torch.arange(9)
    wanted = [cross_entropy(x, own, reduction="none") for x in (logits, logits.T)]
    found = simclr(logits * 0.3, 0.3, True)
    torch.testing.assert_close(found, sum(wanted), rtol=5 * within, atol=5 * within)


def test_the_temperature_can_be_learned() -> None:
    scores = normals(2, 4, 4, seed=5)
    temperature = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    for positive in (False, True):
        assert torch.autograd.gradcheck(lambda t, p=positive: simclr(scores, t, p), (temperature,))


def test_one_pair() -> None:
    scores = torch.tensor([[0.4]], requires_grad=True)
    assert simclr(scores, 0.07, True).tolist() == [0]
    message = "^SimCLR without the positive in the denominator needs two pairs or more in a batch"
    with pytest.raises(UsageError, match=message):
        simclr(scores, 0.07)


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_a_temperature_that_is_none_is_refused(temperature: float) -> None:
    message = f"^temperature is {temperature:g}: it must be a finite number above 0.$"
    with pytest.raises(UsageError, match=message):
        simclr(torch.eye(3), temperature)
