"""Which experts a task keeps after training."""

from __future__ import annotations

import attrs
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mtlkit.errors import UsageError

SELECTIONS = ("likely", "mean_k", "rounded", "sampled", "all", "expected")
"""Ways to fix the experts, see `select`."""


@attrs.frozen(eq=False)
class Selected:
    """The experts that tasks keep.

    `gates` is 1 where an expert is kept, 0 where not (with `expected`, the probability);
    `rescued` says for which tasks no expert would have been kept, so that the most likely one was.
    """

    gates: Float[Tensor, "replica task expert"]
    rescued: Bool[Tensor, "replica task"]


def select(
    probabilities: Float[Tensor, "replica task expert"],
    how: str,
    uniform: Float[Tensor, "replica task expert"] | None = None,
) -> Selected:
    """Fix the experts of each task; never fewer than one.

    Parameters
    ----------
    probabilities
        How likely a task uses an expert.
    how
        `likely`: as many as expected, k(t) rounded to the nearest whole number, the most likely
        ones (yan2020, equation 3.4). `mean_k`: the same with k the mean over tasks. `rounded`: each
        probability to 0 or 1. `sampled`: one draw. `all`: every expert. `expected`: no choice, each
        expert is weighed by its probability, as dropout is after training (a control of ours).
    uniform
        Numbers on [0, 1) for `sampled`.

    Raises
    ------
    UsageError
        If there is no such way, or nothing to sample with.
    """
    nobody = torch.zeros(probabilities.shape[:2], dtype=torch.bool, device=probabilities.device)
    if how == "all":
        return Selected(torch.ones_like(probabilities), nobody)
    if how == "expected":
        return Selected(probabilities.clone(), nobody)
    if how in ("likely", "mean_k"):
        density = probabilities.sum(-1, keepdim=True)
        if how == "mean_k":
            density = density.mean(1, keepdim=True).expand_as(density)
        # Half goes up: k(t) = 0.5 is one expert.
        wanted = (density + 0.5).floor()
        gates = (_rank(probabilities) < wanted).to(probabilities.dtype)
    elif how == "rounded":
        gates = (probabilities >= 0.5).to(probabilities.dtype)
    elif how == "sampled" and uniform is not None:
        gates = (uniform < probabilities).to(probabilities.dtype)
    else:
        raise UsageError(
            f"selection = {how}: allowed is one of {', '.join(SELECTIONS)}; sampled needs numbers "
            "to sample with."
        )
    rescued = gates.sum(-1) == 0
    gates[rescued] = (_rank(probabilities)[rescued] == 0).to(gates.dtype)
    return Selected(gates, rescued)


def _rank(probabilities: Float[Tensor, "replica task expert"]) -> Tensor:
    """0 for the most likely expert; of equally likely ones the first counts as more so."""
    order = torch.argsort(probabilities, dim=-1, descending=True, stable=True)
    return torch.argsort(order, dim=-1)
