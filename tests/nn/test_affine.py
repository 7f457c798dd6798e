"""Products of many copies against autograd of `torch.baddbmm`, bit for bit, and in all orders."""

import pytest
import torch
from torch import Tensor

from mtlkit.nn.affine import affine

SHAPES = [
    (inputs, outputs)
    for inputs in (1, 2, 3, 12, 16, 17, 64, 100, 300)
    for outputs in (1, 2, 5, 10, 16, 33, 64)
]


EXACT = torch.backends.mkl.is_available() and "AMD" in torch.cpu.get_capabilities()["cpu_name"]
"""Other libraries and processors may round a transposed product otherwise."""


def drawn(*shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(*shape, generator=generator, dtype=dtype)


def by_autograd(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)


def told(function: object, inputs: tuple[Tensor, ...], pull: Tensor) -> list[Tensor]:
    """The product and its gradients."""
    leaves = [tensor.detach().clone().requires_grad_() for tensor in inputs]
    product = function(*leaves)
    product.backward(pull)
    return [product.detach(), *(leaf.grad for leaf in leaves)]


@pytest.mark.parametrize(("inputs", "outputs"), SHAPES)
@pytest.mark.parametrize("batch", [1, 7, 128])
def test_is_baddbmm_and_its_gradients(inputs: int, outputs: int, batch: int) -> None:
    given = (drawn(6, batch, inputs), drawn(6, outputs, inputs), drawn(6, outputs))
    pull = drawn(6, batch, outputs)
    agree(told(affine, given, pull), told(by_autograd, given, pull), max(batch, inputs, outputs))


def agree(ours: list[Tensor], theirs: list[Tensor], terms: int) -> None:
    for mine, other in zip(ours, theirs, strict=True):
        bound = 0.0 if EXACT else 4e-7 * terms**0.5 * other.abs().max().item()
        torch.testing.assert_close(mine, other, rtol=0.0, atol=bound)


def with_penalty(function: object, inputs: tuple[Tensor, ...]) -> list[Tensor]:
    """A critic of two layers, and the gradients of the squared slope of what it says."""
    x, *layers = (tensor.detach().clone().requires_grad_() for tensor in inputs)
    hidden = function(x, *layers[:2]).relu()
    verdict = function(hidden, *layers[2:])
    (slope,) = torch.autograd.grad(verdict.sum(), x, create_graph=True)
    (verdict.square().mean() + slope.square().sum()).backward()
    return [leaf.grad for leaf in (x, *layers)]


def test_a_penalty_on_slopes_is_that_of_baddbmm() -> None:
    given = (drawn(2, 30, 20), drawn(2, 64, 20), drawn(2, 64), drawn(2, 1, 64), drawn(2, 1))
    agree(with_penalty(affine, given), with_penalty(by_autograd, given), 64)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 3), (4, 1), (5, 3), (16, 16)])
def test_derivatives_of_first_and_second_order(inputs: int, outputs: int) -> None:
    given = tuple(
        drawn(*shape, dtype=torch.float64).requires_grad_()
        for shape in ((2, 3, inputs), (2, outputs, inputs), (2, outputs))
    )
    assert torch.autograd.gradcheck(affine, given)
    assert torch.autograd.gradgradcheck(affine, given)


def test_the_weights_gradient_is_laid_out_as_the_weight_is() -> None:
    weight = drawn(3, 20, 16).requires_grad_()
    affine(drawn(3, 8, 16), weight, drawn(3, 20)).sum().backward()
    assert weight.grad.is_contiguous()


def test_what_needs_no_gradient_gets_none() -> None:
    x, weight, bias = drawn(2, 5, 4), drawn(2, 3, 4), drawn(2, 3).requires_grad_()
    affine(x, weight, bias).sum().backward()
    assert x.grad is None
    assert weight.grad is None
    assert torch.equal(bias.grad, torch.full((2, 3), 5.0))
