"""Task weights learned from each task's uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from mtlkit.balance.base import Weighting, check_sizes
from mtlkit.errors import UsageError

# (a, b) of a * exp(-v) * L + b * v
FACTORS = {
    ("kendall", "regression"): (0.5, 0.5),
    ("printed", "regression"): (0.5, 1.0),
    ("kendall", "classification"): (1.0, 0.5),
    ("printed", "classification"): (0.5, 1.0),
}
FORMS = ("kendall", "printed")
KINDS = ("regression", "classification")


class Uncertainty(Weighting):
    r"""Learned task weights: each loss is divided by an uncertainty that is learned beside it.

    With the log-variance :math:`v = \log s` of each task the objective is

    .. math:: \sum_t \left( a\, e^{-v_t} L_t + b\, v_t \right).

    **Derivation.** The targets of a regression are taken as Gaussian around the network's output,
    with variance :math:`s`: the negative logarithm of the density at squared error :math:`L` is
    :math:`L / 2s + \tfrac12 \log s`, up to a constant. So :math:`a = b = \tfrac12`, and a task
    that fits badly is believed less. For a classification the logits are divided by :math:`s`;
    then :math:`-\log p` is about :math:`L / s + \tfrac12 \log s` with the cross-entropy :math:`L`,
    so :math:`a = 1, b = \tfrac12`.

    **Fixed point.** The derivative by :math:`v` is :math:`b - a e^{-v} L`. It vanishes at
    :math:`v^* = \log(a L / b)`, that is :math:`s^* = a L / b`, where the effective weight
    :math:`a / s^*` is :math:`b / L` whatever :math:`a` is.

    ========= ============== ============ =============== ======================
    form      kind           (a, b)       s at rest       effective weight there
    ========= ============== ============ =============== ======================
    kendall   regression     (1/2, 1/2)   L               1 / (2 L)
    printed   regression     (1/2, 1)     L / 2           1 / L
    kendall   classification (1, 1/2)     2 L             1 / (2 L)
    printed   classification (1/2, 1)     L / 2           1 / L
    ========= ============== ============ =============== ======================

    So only Kendall's regression form rests at the noise variance once the network fits, and only
    in regression is :math:`s` a noise estimate at all.

    **Sources.** `kendall`: Kendall, Gal and Cipolla (2018), also xiao2020. `printed` regression:
    nahm2020, section 3.3, where the log term lacks its half. For classification nahm2020 prints
    no formula ("derived similarly"); `printed` stands there for the author's notebook.

    Parameters
    ----------
    replicas, tasks
        The shape of the losses.
    form
        `"kendall"` or `"printed"`.
    kind
        `"regression"` (losses are mean squared errors) or `"classification"` (cross-entropies).
    bounds
        The range of a log-variance; it must contain 0, where each starts.

    Raises
    ------
    UsageError
        If a size is below 1, a name is unknown or the bounds do not contain 0.

    Notes
    -----
    The log-variances learn by the optimiser that steps them. They want a larger learning rate than
    the network: give `balancer.parameters()` a parameter group of their own.

    As a training loss goes to 0, its log-variance would go to minus infinity. After a step beyond
    its bounds a log-variance is put back onto them at the next backward pass; `weights` and
    `uncertainty` never show it outside. Its gradient is not cut off, so it leaves the bound again
    when its loss rises.
    """

    def __init__(
        self,
        replicas: int,
        tasks: int,
        form: str = "kendall",
        kind: str = "regression",
        bounds: tuple[float, float] = (-10.0, 10.0),
    ) -> None:
        super().__init__()
        check_sizes(replicas, tasks)
        _check(form, kind, bounds)
        self.form = form
        self.kind = kind
        self.bounds = bounds
        self.log_variance = nn.Parameter(torch.zeros(replicas, tasks))

    def objective(self, losses: Float[Tensor, "replica task"]) -> Float[Tensor, " replica"]:
        """The sum over tasks of a exp(-v) L + b v."""
        a, b = FACTORS[self.form, self.kind]
        v = self.log_variance
        return (a * torch.exp(-v) * losses + b * v).sum(1)

    def backward(
        self, losses: Float[Tensor, "replica task"], shared: Sequence[Tensor] = ()
    ) -> None:
        """Put the log-variances within their bounds, then differentiate the objective.

        By formula, which is a dozen small operations fewer than autograd's and rounds as it does.
        """
        self.within_bounds()
        a, b = FACTORS[self.form, self.kind]
        v = self.log_variance
        with torch.no_grad():
            inverse = torch.exp(-v)
            slope = b - a * losses * inverse
        v.grad = slope if v.grad is None else v.grad.add_(slope)
        if losses.requires_grad:
            torch.autograd.backward(losses, a * inverse)

    @torch.no_grad()
    def within_bounds(self) -> None:
        """Put the log-variances back that a step took out of their bounds."""
        self.log_variance.clamp_(*self.bounds)

    def weights(self) -> Float[Tensor, "replica task"]:
        """The effective task weights a exp(-v)."""
        a, _ = FACTORS[self.form, self.kind]
        return a / self.uncertainty()

    def uncertainty(self) -> Float[Tensor, "replica task"]:
        """The uncertainties s = exp(v); in regression the tasks' noise variances as estimated."""
        return self.log_variance.detach().clamp(*self.bounds).exp()


def _check(form: str, kind: str, bounds: tuple[float, float]) -> None:
    for name, value, allowed in (("form", form, FORMS), ("kind", kind, KINDS)):
        if value not in allowed:
            raise UsageError(f"{name} is {value!r}: it must be one of {', '.join(allowed)}.")
    low, high = bounds
    if not (low <= 0 <= high and low < high and math.isfinite(high - low)):
        raise UsageError(
            f"bounds is ({low:g}, {high:g}): it must be two finite numbers, with 0 between them."
        )
