"""Which negatives a loss listens to."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def negative_shares(
    loss: Callable[[Tensor], Tensor], scores: Float[Tensor, "*stack pair pair"]
) -> Float[Tensor, "*stack pair pair"]:
    """Each negative text's share in what image i's loss learns from its negatives.

    Row i is the derivative of the loss of pair i with respect to the scores of image i with all
    other texts, in absolute value, divided by its sum: it sums to 1, or to 0 where no negative has
    any gradient. The diagonal is 0. For the texts' side pass the scores transposed.

    Parameters
    ----------
    loss
        From scores to a loss for each pair. The loss of pair i may depend on row i and column i of
        the scores only, as all losses here do.

    Notes
    -----
    One backward pass gives a sum over pairs, in which s(i, c) counts for pair i and for pair c. So
    there is one for each binary digit of a pair's number, over the pairs that have it 1, and one
    over those that have it 0: any two pairs differ in a digit, and are told apart there.
    """
    pairs = scores.shape[-1]
    number = torch.arange(pairs, device=scores.device)
    with torch.enable_grad():
        scores = scores.detach().requires_grad_()
        losses = loss(scores)
    share = torch.zeros_like(scores)
    for digit in range((pairs - 1).bit_length()):
        ones = (number >> digit & 1).bool()
        for chosen in (ones, ~ones):
            weights = chosen.to(losses.dtype).expand_as(losses)
            (found,) = torch.autograd.grad(losses, scores, weights, retain_graph=True)
            share = torch.where(chosen[:, None] & ~chosen, found.abs(), share)
    total = share.sum(-1, keepdim=True)
    return share / torch.where(total == 0, 1.0, total)
