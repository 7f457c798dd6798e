"""What every loss on a batch of pairs obeys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.losses import (
    barlow_twins,
    class_triplet,
    cosine_scores,
    max_triplet,
    simclr,
    sum_triplet,
)

from .literal import normals

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
ON_SCORES: dict[str, Loss] = {
    "sum": lambda x, y: sum_triplet(cosine_scores(x, y), 0.2),
    "max": lambda x, y: max_triplet(cosine_scores(x, y), 0.2),
    "printed": lambda x, y: simclr(cosine_scores(x, y), 0.07),
    "nt_xent": lambda x, y: simclr(cosine_scores(x, y), 0.07, True),
    "class": lambda x, y: class_triplet(x, y, y.roll(1, -2), 1.0),
}
ALL = ON_SCORES | {"barlow": lambda x, y: barlow_twins(x, y, 0.01)}
sizes = st.tuples(st.integers(2, 6), st.integers(1, 4), st.integers(0, 1000))


@pytest.mark.parametrize("name", ALL)
@given(sizes)
def test_permuting_pairs_permutes_the_losses(name: str, size: tuple[int, int, int]) -> None:
    pairs, features, seed = size
    x, y = normals(2, pairs, features, seed=seed)
    order = torch.randperm(pairs, generator=torch.Generator().manual_seed(seed))
    one, other = ALL[name](x, y), ALL[name](x[order], y[order])
    if name == "class":  # the order of its arguments is the sampling's
        other = class_triplet(x[order], y[order], y.roll(1, -2)[order], 1.0)
    wanted = one if name == "barlow" else one[order]
    torch.testing.assert_close(other, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["sum", "max", "printed", "nt_xent"])
def test_images_and_texts_may_change_places(name: str) -> None:
    x, y = normals(2, 6, 4, seed=1)
    torch.testing.assert_close(ALL[name](x, y), ALL[name](y, x))


@pytest.mark.parametrize("name", ALL)
def test_members_of_a_stack_do_not_influence_one_another(name: str) -> None:
    x, y = normals(2, 3, 2, 5, 4, seed=2)
    found = ALL[name](x, y)
    assert found.shape == ((3, 2) if name == "barlow" else (3, 2, 5))
    for a in range(3):
        for b in range(2):
            torch.testing.assert_close(found[a, b], ALL[name](x[a, b], y[a, b]))


@pytest.mark.parametrize("name", ALL)
def test_gradients_agree_with_differences(name: str) -> None:
    x, y = normals(2, 5, 4, seed=3)
    assert torch.autograd.gradcheck(ALL[name], (x.requires_grad_(), y.requires_grad_()))


@pytest.mark.parametrize("name", ["sum", "max", "printed", "nt_xent"])
@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_extreme_scores_have_finite_losses_and_gradients(name: str, scale: float) -> None:
    losses: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "sum": lambda s: sum_triplet(s, 0.2),
        "max": lambda s: max_triplet(s, 0.2),
        "printed": lambda s: simclr(s, 0.07),
        "nt_xent": lambda s: simclr(s, 0.07, True),
    }
    for sign in (1, -1):
        scores = (sign * scale * normals(6, 6, seed=4, dtype=torch.float32)).requires_grad_()
        found = losses[name](scores)
        assert found.isfinite().all()
        found.sum().backward()
        assert scores.grad.isfinite().all()


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("scale", [0.0, 1e-12, 1e12])
def test_extreme_embeddings_have_finite_gradients(name: str, scale: float) -> None:
    x, y = (scale * normals(2, 6, 4, seed=5, dtype=torch.float32)).unbind()
    x.requires_grad_()
    found = ALL[name](x, y)
    found.sum().backward()
    assert found.isfinite().all()
    assert x.grad.isfinite().all()
