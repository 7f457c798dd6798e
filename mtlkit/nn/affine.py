"""`x W^T + b` for many copies at once, with derivatives that cost what they must."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

WHOLE_BLOCK = 16
"""Floats in a vector of AVX-512: a product with a thinner side may round otherwise transposed."""


def affine(
    x: Float[Tensor, "copy batch inputs"],
    weight: Float[Tensor, "copy outputs inputs"],
    bias: Float[Tensor, "copy outputs"],
) -> Float[Tensor, "copy batch outputs"]:
    """Each copy's `x @ weight.T + bias`: `torch.baddbmm` and its derivatives, bit for bit on a CPU.

    What autograd does for `baddbmm` costs more than it must. It makes the gradient of the
    transposed weight, which is copied to be the weight's; and it asks for general products where
    one side of a matrix is 1, which a CPU does at a tenth of its speed. Derivatives of all orders
    exist; `torch.func`'s transforms do not reach into it.
    """
    found: Tensor = _Affine.apply(x, weight, bias)
    return found


class _Affine(torch.autograd.Function):
    # With `setup_context`, which torch.func asks for, each call takes a tenth of a small step.
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        if weight.shape[2] == 1:
            return (x * weight.mT).add_(bias.unsqueeze(1))
        return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (grad,) = grads
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        return (
            _of_x(grad, weight) if of_x else None,
            _of_weight(grad, x) if of_weight else None,
            grad.sum(1) if of_bias else None,
        )


# Where these are differentiated in turn, they stay as autograd has them: the others' derivatives
# round otherwise.


def _of_x(grad: Tensor, weight: Tensor) -> Tensor:
    thin = weight.shape[1] == 1 and not torch.is_grad_enabled()
    return grad * weight if thin else torch.bmm(grad, weight)


def _of_weight(grad: Tensor, x: Tensor) -> Tensor:
    inputs, outputs = x.shape[2], grad.shape[2]
    alike = min(inputs, outputs) >= WHOLE_BLOCK or (outputs == 1 and inputs % 4 == 0)
    if alike and not torch.is_grad_enabled():
        return torch.bmm(grad.mT, x)
    return torch.bmm(x.mT, grad).mT
