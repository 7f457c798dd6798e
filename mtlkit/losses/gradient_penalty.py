"""The penalty that keeps a critic's slope near 1."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def gradient_penalty(
    critic: Callable[[Float[Tensor, "*stack example feature"]], Float[Tensor, "*stack example"]],
    real: Float[Tensor, "*stack example feature"],
    fake: Float[Tensor, "*stack example feature"],
    share: Float[Tensor, "*stack example"],
) -> Float[Tensor, "*stack example"]:
    r"""How far the critic's slope between a real and a synthetic example is from 1, squared.

    .. math:: (\|\nabla_{\tilde z} D(\tilde z)\|_2 - 1)^2, \quad
              \tilde z = \alpha z + (1 - \alpha) \hat z

    Parameters
    ----------
    critic
        What it says of examples; of one, it depends on no other. Whatever else it sees (a task's
        description) is bound before.
    real, fake
        z and its partner; no gradient is passed on to what made them.
    share
        alpha, uniform on [0, 1].

    Notes
    -----
    yan2020, equation (5.4), whose expectation this is not yet: one number an example comes back.
    A critic that is linear, D(z) = w·z, has (|w| - 1)^2 everywhere.
    """
    weight = share.unsqueeze(-1)
    between = (weight * real + (1 - weight) * fake).detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    # The root has no slope at 0: a dead critic would get NaN.
    return ((slope.square().sum(-1) + 1e-12).sqrt() - 1).square()
