"""Many independent linear layers, evaluated in one batched product."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.errors import UsageError
from mtlkit.nn.affine import affine


class StackedLinear(nn.Module):
    """Independent linear layers side by side: one for every index of `stack`.

    Copy `i` computes `x[i] @ weight[i].T + bias[i]`, as `torch.nn.Linear` does, and no copy's
    result or gradient involves another copy.

    Parameters
    ----------
    stack
        The leading axes: `(replicas,)` for a backbone, `(replicas, tasks)` for all heads.
    in_features, out_features
        The size of each layer.
    generators
        One per replica (the first axis of `stack`). Each draws its replica's copies in the order
        of the remaining axes, so that task 1 starts alike whether two tasks follow or six.
        None draws from torch's global generator.

    Raises
    ------
    UsageError
        If `stack` is empty, a size is not positive, or there is not one generator per replica.

    Notes
    -----
    Each copy starts as `torch.nn.Linear` does, number for number: first the weight, then the bias,
    both uniform on (-1/sqrt(in_features), 1/sqrt(in_features)).

    `weight` has the shape `(*stack, out_features, in_features)`, `bias` `(*stack, out_features)`.
    The stack is read off the weight: replicas may be taken out at any time
    (`mtlkit.nn.select_replicas`).
    """

    def __init__(
        self,
        stack: tuple[int, ...],
        in_features: int,
        out_features: int,
        *,
        generators: Sequence[torch.Generator] | None = None,
    ) -> None:
        super().__init__()
        _check(stack, in_features, out_features, generators)
        self.weight = nn.Parameter(torch.empty(*stack, out_features, in_features))
        self.bias = nn.Parameter(torch.empty(*stack, out_features))
        self._draw(generators)

    @property
    def stack(self) -> tuple[int, ...]:
        """The leading axes as they are now."""
        return tuple(self.weight.shape[:-2])

    def forward(
        self, x: Float[Tensor, "*#stack batch inputs"]
    ) -> Float[Tensor, "*stack batch outputs"]:
        """Apply every copy to its own batch; an axis of length 1 in `x` is shared by all copies."""
        stack = self.stack
        copies = x.expand(*stack, *x.shape[-2:]).flatten(0, -3)
        product = affine(copies, self.weight.flatten(0, -3), self.bias.flatten(0, -2))
        return product.view(*stack, *product.shape[1:])

    def extra_repr(self) -> str:
        """The sizes, for `print(module)`."""
        outputs, inputs = self.weight.shape[-2:]
        return f"stack={self.stack}, in_features={inputs}, out_features={outputs}"

    def _draw(self, generators: Sequence[torch.Generator] | None) -> None:
        weight, bias = self.weight.detach(), self.bias.detach()
        bound = 1 / math.sqrt(weight.shape[-1])
        for index in itertools.product(*map(range, self.stack)):
            generator = None if generators is None else generators[index[0]]
            # a = sqrt(5) is torch.nn.Linear's way of writing the same bound for the weight.
            nn.init.kaiming_uniform_(weight[index], a=math.sqrt(5), generator=generator)
            nn.init.uniform_(bias[index], -bound, bound, generator=generator)


def _check(
    stack: tuple[int, ...],
    in_features: int,
    out_features: int,
    generators: Sequence[torch.Generator] | None,
) -> None:
    if not stack:
        raise UsageError("stack is empty: it must have at least one axis, the replicas.")
    if min(stack) < 1:
        raise UsageError(f"stack is {stack}: each of its axes must be at least 1.")
    for name, size in (("in_features", in_features), ("out_features", out_features)):
        if size < 1:
            raise UsageError(f"{name} is {size}: it must be at least 1.")
    if generators is not None and len(generators) != stack[0]:
        raise UsageError(
            f"generators has {len(generators)} entries: it must have one for each of the "
            f"{stack[0]} replicas."
        )
