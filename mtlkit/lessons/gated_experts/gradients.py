"""How much the score-function gradient varies from draw to draw, by baseline."""

from __future__ import annotations

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.lessons.gated_experts.inputs import network_inputs
from mtlkit.lessons.gated_experts.program import GatedProgram, element_losses
from mtlkit.nn.routing import BernoulliGates, baseline

DRAWS = 128
"""Draws of the gates for each picture."""

ESTIMATES = (("none", 1), ("task_mean", 1), ("leave_one_out", 2), ("leave_one_out", 4))
"""Baselines, each with the number of gate samples that one estimate takes."""


def measurable(program: GatedProgram) -> bool:
    """Whether gates learn from a score, in a single layer, and pictures are small."""
    (first, *rest) = program.network.gating
    gates, small = first.gates, program.get_buffer("pixels_train").is_floating_point()
    scored = isinstance(gates, BernoulliGates) and first.learns_gates
    return scored and program.config.estimator == "score_function" and not rest and small


@torch.no_grad()
def gradient_noise(program: GatedProgram, step: int) -> pd.DataFrame:
    """Signal and noise of the estimates of the gate logits' gradient on one training batch.

    Columns: `seed`, `epoch` (the step), `baseline`, `samples` (draws of the gates that one estimate
    takes), `signal` (length of the gradient, the same for all baselines: leave-one-out over all
    draws), `noise` (root of the summed variances of one estimate), `ratio` (signal over noise). The
    gradient is that of the mean task loss, without the penalty, whose gradient is exact.
    """
    (router,) = program.network.gating
    gates = router.gates
    assert isinstance(gates, BernoulliGates)
    images = program.config.batch_per_task
    x = network_inputs(program.get_buffer("pixels_train")[:, :, :images])
    labels = program.get_buffer("labels_train")[:, :, :images]
    shape = (DRAWS, *labels.shape[1:], router.weight.shape[-1])
    own = [
        torch.rand(shape, generator=stream(seed, "gradient noise", step))
        for seed in program.seed.tolist()
    ]
    uniform = torch.stack(own, 1).to(x.device)
    losses = element_losses(program.network(x, uniform.unsqueeze(0)).logits, labels)
    score = gates.sample(uniform) - gates.probabilities().unsqueeze(2)
    # The least noisy estimate there is: a mean's own noise would be taken for signal.
    signal = _estimates(losses, score, "leave_one_out", DRAWS)[0].flatten(1).norm(dim=1)
    tables = []
    for kind, samples in ESTIMATES:
        found = _estimates(losses, score, kind, samples)
        noise = found.var(0).flatten(1).sum(1).sqrt()
        tables.append(
            pd.DataFrame(
                {
                    "seed": program.seed.tolist(),
                    "strategy": program.strategy,
                    "epoch": step,
                    "baseline": kind,
                    "samples": samples,
                    "signal": signal.tolist(),
                    "noise": noise.tolist(),
                    "ratio": (signal / noise.clamp_min(1e-30)).tolist(),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _estimates(
    losses: Float[Tensor, "draw replica task image"],
    score: Float[Tensor, "draw replica task image expert"],
    kind: str,
    samples: int,
) -> Float[Tensor, "estimate replica task expert"]:
    """Independent estimates, each from so many draws, of the gradient of the mean loss."""
    found = []
    elements = losses.shape[2] * losses.shape[3]
    for start in range(0, len(losses), samples):
        draws = slice(start, start + samples)
        advantage = losses[draws] - baseline(losses[draws], kind)
        found.append(torch.einsum("srtn,srtni->rti", advantage, score[draws]) / samples / elements)
    return torch.stack(found)
