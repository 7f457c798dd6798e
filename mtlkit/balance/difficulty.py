"""Learned task weights that also look at how far each task still has to go."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.balance.base import Weighting
from mtlkit.balance.uncertainty import FACTORS, Uncertainty
from mtlkit.errors import UsageError

MEMORY = 0.95
"""Weight of the past in the running mean of a task's loss."""

_RANGE = (0.01, 0.99)
"""Where a difficulty is kept, so that its logarithm is finite."""


class DifficultyWeighted(Uncertainty):
    r"""Uncertainty weighting times a focal factor, so that a hard task is not merely doubted.

    With the difficulty :math:`D_t = \bar L_t / L_\text{chance}` from the running mean of a task's
    loss, and :math:`\kappa_t = 1 - D_t` for how well it is done,

    .. math:: w_t = a\, e^{-v_t} f_t, \qquad
        f_t = \frac{T\, g_t}{\sum_u g_u}, \qquad g_t = -(1 - \kappa_t) \log \kappa_t.

    The log-variances learn as without the factor: were it inside their objective, they would undo
    it, for s rests at a multiple of whatever they are shown. So too with a factor that is the
    difficulty itself: 1 / L times L is the same for all tasks. The focal factor grows faster.

    **Sources.** nahm2020, section 7.2, proposes "to consider task difficulty in addition to task
    uncertainty" and prints no formula. The factor is that of Guo et al. (2018), which nahm2020
    cites, with focus 1 and the loss in the place of an accuracy.

    Parameters
    ----------
    replicas, tasks, form, kind
        As of `Uncertainty`.
    chance
        The loss of a model that has learned nothing.

    Raises
    ------
    UsageError
        As `Uncertainty`, and if `chance` is not a positive number.
    """

    mean_loss: Tensor

    def __init__(
        self,
        replicas: int,
        tasks: int,
        chance: float,
        form: str = "kendall",
        kind: str = "regression",
    ) -> None:
        super().__init__(replicas, tasks, form=form, kind=kind)
        if not (math.isfinite(chance) and chance > 0):
            raise UsageError(f"chance is {chance:g}: it must be a positive number.")
        self.chance = chance
        self.register_buffer("mean_loss", torch.full((replicas, tasks), chance))

    def factor(self) -> Float[Tensor, "replica task"]:
        """The focal factors; their mean over the tasks is 1."""
        difficulty = (self.mean_loss / self.chance).clamp(*_RANGE)
        focal = -difficulty * torch.log1p(-difficulty)
        return focal / focal.mean(1, keepdim=True)

    def objective(self, losses: Float[Tensor, "replica task"]) -> Float[Tensor, " replica"]:
        """What gives losses their weights, and log-variances the gradient they always have."""
        now = losses.detach()
        self.mean_loss = MEMORY * self.mean_loss + (1 - MEMORY) * now
        a, b = FACTORS[self.form, self.kind]
        v = self.log_variance
        weighted = self.factor() * a * torch.exp(-v.detach()) * losses
        return (weighted + a * torch.exp(-v) * now + b * v).sum(1)

    def backward(
        self, losses: Float[Tensor, "replica task"], shared: Sequence[Tensor] = ()
    ) -> None:
        """Put the log-variances within their bounds, then let autograd do its own objective."""
        self.within_bounds()
        Weighting.backward(self, losses, shared)

    def weights(self) -> Float[Tensor, "replica task"]:
        """The effective task weights."""
        return self.factor() * super().weights()
