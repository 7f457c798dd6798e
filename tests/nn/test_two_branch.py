"""Two branches end in a common space, at length 1."""

from __future__ import annotations

import torch
from torch import nn

from mtlkit.nn import StackedLinear
from mtlkit.nn.two_branch import Branch, TwoBranch


def test_embeddings_are_projections_brought_to_length_1() -> None:
    torch.manual_seed(0)
    branch = Branch(nn.Sequential(nn.Linear(6, 5), nn.ReLU()), nn.Linear(5, 4))
    inputs = torch.randn(7, 6)
    projected = branch.head(branch.backbone(inputs))
    assert torch.equal(branch.projected(inputs), projected)
    found = branch(inputs)
    torch.testing.assert_close(found.square().sum(1), torch.ones(7))
    torch.testing.assert_close(found * projected.square().sum(1, keepdim=True).sqrt(), projected)


def test_a_stack_of_heads_gives_a_space_for_each() -> None:
    torch.manual_seed(0)
    heads = StackedLinear((2, 3), 5, 4)
    branch = Branch(nn.Identity(), heads)
    inputs = torch.randn(2, 3, 7, 5)
    found = branch(inputs)
    torch.testing.assert_close(found.square().sum(-1), torch.ones(2, 3, 7))
    own = inputs[1, 2] @ heads.weight[1, 2].T + heads.bias[1, 2]
    torch.testing.assert_close(found[1, 2], own / own.square().sum(1, keepdim=True).sqrt())


def test_a_zero_vector_stays_zero_and_has_a_finite_gradient() -> None:
    head = nn.Linear(3, 3, bias=False)
    nn.init.zeros_(head.weight)
    branch = Branch(nn.Identity(), head)
    found = branch(torch.ones(1, 3))
    assert (found == 0).all()
    found.sum().backward()
    assert head.weight.grad.isfinite().all()


def test_the_branches_share_nothing() -> None:
    network = TwoBranch(
        Branch(nn.Linear(4, 3), nn.Linear(3, 2)), Branch(nn.Linear(5, 3), nn.Linear(3, 2))
    )
    network.images(torch.ones(1, 4)).sum().backward()
    assert all(one.grad is not None for one in network.images.parameters())
    assert all(one.grad is None for one in network.texts.parameters())
