"""A control for learned task weights: their ratios without their scale."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from mtlkit.balance.base import Weighting
from mtlkit.balance.uncertainty import Uncertainty


class SumNormalised(Weighting):
    """Kendall's weights, rescaled so that each replica's sum to the number of tasks.

    Learned uncertainties do two things at once: they order the tasks, and they scale the whole
    step (a high early loss shrinks it). Here only the order is left: the network sees
    `T * exp(-v) / sum(exp(-v))` as constants, while the log-variances learn as they do in
    `Uncertainty(form="kendall")`, from the same losses.

    Parameters
    ----------
    replicas, tasks, kind, bounds
        As in `mtlkit.balance.Uncertainty`.

    Raises
    ------
    UsageError
        As `mtlkit.balance.Uncertainty` does.
    """

    def __init__(
        self,
        replicas: int,
        tasks: int,
        kind: str = "regression",
        bounds: tuple[float, float] = (-10.0, 10.0),
    ) -> None:
        super().__init__()
        self.kendall = Uncertainty(replicas, tasks, form="kendall", kind=kind, bounds=bounds)

    def objective(self, losses: Float[Tensor, "replica task"]) -> Float[Tensor, " replica"]:
        """What the network follows: the sum of the losses under constant weights."""
        return (self.weights() * losses).sum(1)

    def backward(
        self, losses: Float[Tensor, "replica task"], shared: Sequence[Tensor] = ()
    ) -> None:
        """Differentiate the objective for the network, and Kendall's for the log-variances."""
        self.kendall.backward(losses.detach())
        super().backward(losses, shared)

    def weights(self) -> Float[Tensor, "replica task"]:
        """The rescaled weights; they sum to the number of tasks."""
        logits = -self.kendall.log_variance.detach().clamp(*self.kendall.bounds)
        return logits.shape[1] * logits.softmax(1)

    def uncertainty(self) -> Float[Tensor, "replica task"]:
        """The uncertainties s = exp(v), as in `mtlkit.balance.Uncertainty`."""
        return self.kendall.uncertainty()
