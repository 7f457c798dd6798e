"""A trained network, read with each way of fixing the experts."""

from __future__ import annotations

import attrs
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.lessons.gated_experts.inputs import network_inputs, task_images
from mtlkit.lessons.gated_experts.network import GatedNetwork
from mtlkit.lessons.gated_experts.program import GatedProgram, element_losses
from mtlkit.nn.routing import SELECTIONS, BernoulliGates

CHUNK = 60
"""Pictures of a task that are read at once."""


@attrs.frozen(eq=False)
class Read:
    """What each task gets out of the experts it keeps.

    Parameters
    ----------
    loss, accuracy
        On all pictures of a part; the loss in nats.
    kept
        Experts of a task, over all gating layers; of `expected`, the sum of probabilities.
    rescued
        Whether no expert would have been kept in one of the layers, so that the likeliest was.
    """

    loss: Float[Tensor, "replica task"]
    accuracy: Float[Tensor, "replica task"]
    kept: Float[Tensor, "replica task"]
    rescued: Bool[Tensor, "replica task"]


def selections(network: GatedNetwork) -> tuple[str, ...]:
    """The ways in which experts can be fixed: all of them where gates are drawn, else one."""
    gates = network.gating[0].gates
    return SELECTIONS if isinstance(gates, BernoulliGates) else ("likely",)


@torch.no_grad()
def read(program: GatedProgram, part: str, how: str) -> Read:
    """Read a part with the experts that one of `SELECTIONS` keeps."""
    seeds = program.seed.tolist()
    found = task_images(program.config, seeds, part)
    device = program.seed.device
    uniform = _uniform(program)
    losses, right = [], []
    for start in range(0, found.labels.shape[2], CHUNK):
        pixels = found.pixels[:, :, start : start + CHUNK].to(device)
        labels = found.labels[:, :, start : start + CHUNK].to(device)
        passed, kept = program.network.fixed(network_inputs(pixels), how, uniform)
        losses.append(element_losses(passed.logits, labels)[0])
        right.append(passed.logits[0].argmax(-1) == labels)
    return Read(
        torch.cat(losses, -1).mean(-1).cpu(),
        torch.cat(right, -1).float().mean(-1).cpu(),
        torch.stack([one.gates.sum(-1) for one in kept]).sum(0).cpu(),
        torch.stack([one.rescued for one in kept]).any(0).cpu(),
    )


@torch.no_grad()
def shift(program: GatedProgram, how: str) -> Float[Tensor, "replica task"]:
    """How far a way of fixing the experts moves z(t, x) from what the heads were trained on.

    The length of the difference between the mean of z over validation pictures with the experts
    fixed and its mean over pictures and draws of the gates, as a share of the deviation of z over
    both (the root of its summed variances). Exact for one gating layer: z is linear in the gates.

    Notes
    -----
    Source: yan2020, section 3.4, supposes that k(t) is better than the mean k because z shifts
    less; it measures no shift.
    """
    network, pixels = program.network, program.get_buffer("pixels_validation")
    x = network_inputs(pixels)
    (router,) = network.gating
    p, weight = router.probabilities().detach(), router.weight.detach()
    outputs = network.banks[0].all(x.flatten(1, 2))
    outputs = outputs.view(*outputs.shape[:2], *x.shape[1:3], -1)
    expected = torch.einsum("rmtnf,rtm->rtnf", outputs, p * weight)
    gate_noise = torch.einsum("rmtnf,rtm->rtnf", outputs**2, p * (1 - p) * weight**2)
    deviation = (expected.var(2, correction=0) + gate_noise.mean(2)).sum(-1).sqrt()
    fixed, _ = router.fixed(how, _uniform(program)[0])
    moved = torch.einsum("rmtnf,rtm->rtnf", outputs, fixed - p * weight).mean(2).norm(dim=-1)
    share: Tensor = moved / deviation.clamp_min(1e-12)
    return share.cpu()


def _uniform(program: GatedProgram) -> Float[Tensor, "layer replica task expert"]:
    """The numbers that `sampled` draws with."""
    shape = (program.config.gating_layers, *program.network.gating[0].weight.shape[1:])
    own = [torch.rand(shape, generator=stream(seed, "selection")) for seed in program.seed.tolist()]
    return torch.stack(own, 1).to(program.seed.device)
