"""The gradient penalty: closed form, finite differences, and what must not matter."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mtlkit.losses import gradient_penalty

from .literal import normals


@settings(max_examples=15)
@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 6), st.integers(0, 1000))
def test_a_linear_critic_has_the_same_everywhere(
    replicas: int, examples: int, size: int, seed: int
) -> None:
    real, fake = normals(2, replicas, examples, size, seed=seed)
    (weight,) = normals(1, replicas, 1, size, seed=seed + 1)
    weight.requires_grad_()
    share = torch.rand(replicas, examples, dtype=real.dtype)
    found = gradient_penalty(lambda z: (weight * z).sum(-1) + 3, real, fake, share)
    norm = weight.norm(dim=-1)
    torch.testing.assert_close(found, (norm - 1).square().expand(-1, examples), rtol=1e-6, atol=0)
    (slope,) = torch.autograd.grad(found.sum(), weight)
    expected = examples * 2 * (norm - 1).unsqueeze(-1) * weight / norm.unsqueeze(-1)
    torch.testing.assert_close(slope, expected, rtol=1e-5, atol=1e-9)


def critic_of(z: Tensor, *weights: Tensor) -> Tensor:
    """Two layers with a smooth middle, so that finite differences have a limit."""
    first, second = weights
    return torch.tanh(z @ first) @ second


def test_its_slope_is_that_of_finite_differences() -> None:
    """By the weights: what a critic learns from it is a second derivative."""
    real, fake = normals(2, 4, 3, seed=5)
    first, second = normals(1, 3, 6, seed=6)[0], normals(1, 6, seed=7)[0]
    share = torch.rand(4, dtype=torch.float64)

    def penalty(*weights: Tensor) -> Tensor:
        return gradient_penalty(lambda z: critic_of(z, *weights), real, fake, share)

    weights = (first.requires_grad_(), second.requires_grad_())
    assert torch.autograd.gradcheck(penalty, weights)
    # Its value too, by differences of the critic between the two.
    between = share[:, None] * real + (1 - share)[:, None] * fake
    step = 1e-6 * torch.eye(3, dtype=torch.float64)
    with torch.no_grad():
        slope = torch.stack(
            [(critic_of(between + d, *weights) - critic_of(between - d, *weights)) for d in step], 1
        ) / (2 * 1e-6)
    expected = (slope.norm(dim=1) - 1).square()
    torch.testing.assert_close(penalty(*weights).detach(), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("share", "which"), [(1.0, "real"), (0.0, "fake")])
def test_the_share_is_that_of_what_is_real(share: float, which: str) -> None:
    real, fake = normals(2, 5, 2, seed=1)
    chosen = {"real": real, "fake": fake}[which]
    alpha = torch.full((5,), share, dtype=torch.float64)
    # D = |z|^2 / 2 has the slope z.
    found = gradient_penalty(lambda z: z.square().sum(-1) / 2, real, fake, alpha)
    torch.testing.assert_close(found, (chosen.norm(dim=-1) - 1).square())


def test_examples_and_replicas_are_independent_and_their_makers_get_no_gradient() -> None:
    real, fake = (x.requires_grad_() for x in normals(2, 2, 3, 4, seed=2))
    (weight,) = normals(1, 2, 4, 5, seed=3)
    weight.requires_grad_()

    def found(real: Tensor, fake: Tensor) -> Tensor:
        share = torch.full((2, 3), 0.4, dtype=torch.float64)
        return gradient_penalty(lambda z: torch.tanh(z @ weight).sum(-1), real, fake, share)

    before = found(real, fake)
    changed = real.detach().clone()
    changed[1, 2] += 1
    after = found(changed, fake)
    same = torch.ones(2, 3, dtype=torch.bool)
    same[1, 2] = False
    assert torch.equal(before[same], after[same])
    assert before[1, 2] != after[1, 2]
    (slope,) = torch.autograd.grad(before[0].sum(), weight, retain_graph=True)
    assert slope[0].abs().min() > 0
    assert not slope[1].any()
    before.sum().backward()
    assert real.grad is None
    assert fake.grad is None


def test_a_dead_critic_has_a_finite_slope() -> None:
    (x,) = normals(1, 3, 2, seed=4)
    weight = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    found = gradient_penalty(lambda z: z @ weight, x, x, torch.ones(3, dtype=torch.float64))
    torch.testing.assert_close(found, torch.ones(3, dtype=torch.float64), rtol=0, atol=1e-5)
    found.sum().backward()
    assert weight.grad.isfinite().all()
