"""The multiple-gradient descent algorithm, for two tasks."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.balance.base import Aggregator
from mtlkit.errors import UsageError


class MGDA(Aggregator):
    r"""Follow the shortest vector between two tasks' gradients: no task gets worse along it.

    Of all :math:`\gamma g_1 + (1 - \gamma) g_2` with :math:`0 \le \gamma \le 1`, the shortest has

    .. math:: \gamma = \frac{g_2 \cdot (g_2 - g_1)}{|g_1 - g_2|^2} \text{, clipped to } [0, 1].

    If the gradients are equal every :math:`\gamma` gives the same vector, and 1/2 is taken.

    Sources: Sener and Koltun (2018), described in xiao2020.

    Parameters
    ----------
    replicas
        How many.
    tasks
        Two: the closed form is for two tasks.

    Raises
    ------
    UsageError
        If `tasks` is not 2 or `replicas` is below 1.
    """

    def __init__(self, replicas: int, tasks: int = 2) -> None:
        if tasks != 2:
            raise UsageError(f"tasks is {tasks}: MGDA's closed form is for exactly 2.")
        super().__init__(replicas, tasks)

    def coefficients(
        self, jacobian: Float[Tensor, "replica 2 parameter"]
    ) -> Float[Tensor, "replica 2"]:
        """The factors (gamma, 1 - gamma) of each replica."""
        # gamma does not depend on the gradients' scale, but the squares of small ones vanish
        largest = jacobian.abs().amax((1, 2), keepdim=True)
        first, second = (jacobian / torch.where(largest == 0, 1, largest)).unbind(1)
        apart = second - first
        square = apart.square().sum(1)
        gamma = ((second * apart).sum(1) / square).clamp(0, 1)
        gamma = torch.where(square == 0, 0.5, gamma)
        return torch.stack([gamma, 1 - gamma], 1)
