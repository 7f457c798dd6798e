"""Scores are cosines."""

from __future__ import annotations

import math

import pytest
import torch

from mtlkit.losses import cosine_scores

from .literal import normals


def test_scores_are_cosines_by_loops() -> None:
    images, texts = normals(4, 3, seed=1), normals(6, 3, seed=2)
    found = cosine_scores(images, texts)
    for i, x in enumerate(images.tolist()):
        for c, y in enumerate(texts.tolist()):
            angle = math.fsum(a * b for a, b in zip(x, y, strict=True))
            assert found[i, c].item() == pytest.approx(angle / math.hypot(*x) / math.hypot(*y))


def test_length_does_not_matter() -> None:
    images, texts = normals(4, 3, seed=1), normals(6, 3, seed=2)
    scaled = cosine_scores(images * torch.tensor([[1e-9], [2.0], [3e5], [1.0]]), 7 * texts)
    torch.testing.assert_close(scaled, cosine_scores(images, texts))


def test_a_zero_vector_scores_zero_and_has_a_gradient() -> None:
    images, texts = normals(3, 4, seed=1), normals(5, 4, seed=2)
    images[1] = 0
    images.requires_grad_()
    found = cosine_scores(images, texts)
    assert found[1].tolist() == [0] * 5
    found.sum().backward()
    unit = texts / texts.norm(dim=1, keepdim=True)
    torch.testing.assert_close(images.grad[1], unit.sum(0))


def test_gradients_agree_with_differences() -> None:
    images, texts = normals(2, 3, 4, seed=1), normals(2, 5, 4, seed=2)
    assert torch.autograd.gradcheck(cosine_scores, (images.requires_grad_(), texts))


def test_members_of_a_stack_do_not_influence_one_another() -> None:
    images, texts = normals(2, 3, 4, 5, seed=1), normals(2, 3, 6, 5, seed=2)
    found = cosine_scores(images, texts)
    assert found.shape == (2, 3, 4, 6)
    torch.testing.assert_close(found[1, 2], cosine_scores(images[1, 2], texts[1, 2]))
