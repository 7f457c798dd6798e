"""Task weights that stay as they are: equal or tuned by hand."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.balance.base import Weighting, check_sizes
from mtlkit.errors import UsageError


class Fixed(Weighting):
    """The weighted sum of the losses, with weights chosen beforehand.

    Source: nahm2020, section 3.2, the loss with the task weights lambda.

    Parameters
    ----------
    weights
        The weights, `(replica, task)`: finite and not negative. Each replica may have its own (a
        grid of hand-tuned weights is one training).

    Raises
    ------
    UsageError
        If the weights have another number of axes, or one is negative or not finite.
    """

    task_weights: Tensor

    def __init__(self, weights: Float[Tensor, ...]) -> None:
        super().__init__()
        if weights.ndim != 2:
            raise UsageError(
                f"weights has shape {tuple(weights.shape)}: it must be (replicas, tasks)."
            )
        bad = weights[~(torch.isfinite(weights) & (weights >= 0))]
        if len(bad):
            raise UsageError(
                f"weights has the value {bad[0].item():g}: each must be a finite number, 0 or more."
            )
        self.register_buffer("task_weights", weights.detach().clone())

    @classmethod
    def equal(cls, replicas: int, tasks: int) -> Fixed:
        """Weight 1 for every task, so that a task's pull does not depend on their number.

        Raises
        ------
        UsageError
            If `replicas` or `tasks` is below 1.
        """
        check_sizes(replicas, tasks)
        return cls(torch.ones(replicas, tasks))

    def objective(self, losses: Float[Tensor, "replica task"]) -> Float[Tensor, " replica"]:
        """The weighted sum over tasks."""
        return (self.task_weights * losses).sum(1)

    def weights(self) -> Float[Tensor, "replica task"]:
        """The weights as they were given."""
        return self.task_weights.clone()
