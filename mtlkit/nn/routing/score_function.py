"""The gradient of an expectation over gates, estimated from samples of them."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.errors import UsageError

BASELINES = ("none", "task_mean", "leave_one_out")
"""What is subtracted from a loss before it weighs the score, see `baseline`."""

Losses = Float[Tensor, "sample replica task image"]


def baseline(losses: Losses, kind: str) -> Losses:
    """A baseline for each sampled loss that does not depend on its own gates.

    Parameters
    ----------
    losses
        Of `sample` draws of the gates for each element of the batch.
    kind
        `none`: 0. `task_mean`: the mean loss of the task's other elements in the same draw (0 where
        there is no other). `leave_one_out`: the mean loss of the same element in its other draws.

    Notes
    -----
    All leave the estimate unbiased: what is subtracted is independent of the gates whose score it
    weighs. Source: yan2020, section 3.6, asks for less variance and names no way;
    leave-one-out is that of Kool, van Hoof and Welling (2019).

    Raises
    ------
    UsageError
        If there is no such baseline, or a single draw to leave one out of.
    """
    losses = losses.detach()
    if kind == "none":
        return torch.zeros_like(losses)
    if kind == "task_mean":
        others = losses.shape[-1] - 1
        return (losses.sum(-1, keepdim=True) - losses) / others if others else losses * 0
    if kind == "leave_one_out" and len(losses) > 1:
        return (losses.sum(0, keepdim=True) - losses) / (len(losses) - 1)
    raise UsageError(
        f"baseline = {kind} with {len(losses)} gate samples: allowed is one of "
        f"{', '.join(BASELINES)}, the last with two samples and more."
    )


def score_function(losses: Losses, log_probability: Losses, kind: str) -> Losses:
    """What to average and differentiate: its gradient estimates that of the expected loss.

    In a parameter of the experts the gradient is the loss's own; in a gate's logit it is
    (loss - baseline) x the gradient of the log-probability. Its value is not the loss's.

    Parameters
    ----------
    losses
        Of each draw and element of the batch.
    log_probability
        Of the draw.
    kind
        The baseline, see `baseline`.

    Notes
    -----
    Source: yan2020, equation (3.3).
    """
    advantage = (losses - baseline(losses, kind)).detach()
    return losses + advantage * log_probability
