"""Mixing experts' outputs: by calling every expert, or only those that are used."""

from __future__ import annotations

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.nn.routing.experts import ConvExperts, Experts

Execution = Literal["dense", "gather"]


def mixture(
    experts: Experts,
    x: Float[Tensor, "replica batch ..."],
    coefficients: Float[Tensor, "sample replica batch expert"],
    execution: Execution,
) -> Float[Tensor, "sample replica batch feature"]:
    """z = sum over i of coefficient i x f_i(x), for several draws of the coefficients.

    Parameters
    ----------
    experts
        The bank.
    x
        A batch for each replica.
    coefficients
        b_i w_i for each element; where it is exactly 0 the expert need not be called.
    execution
        `dense` calls every expert on everything; `gather` calls each expert on those elements that
        use it in one of the draws. The results differ by the order of sums alone, and so do the
        gradients, unless a coefficient of 0 passes a gradient on (straight-through gates): that
        takes `dense`.

    Notes
    -----
    Source: yan2020, equation (3.1), and the paragraph after (3.2) on what sparsity saves.
    """
    if execution == "dense":
        return torch.einsum("rmbf,srbm->srbf", experts.all(x), coefficients)
    replicas = [
        _gathered(experts, replica, x[replica], coefficients[:, replica])
        for replica in range(experts.stack[0])
    ]
    return torch.stack(replicas, 1)


def _gathered(
    experts: Experts,
    replica: int,
    x: Float[Tensor, "batch ..."],
    coefficients: Float[Tensor, "sample batch expert"],
) -> Float[Tensor, "sample batch feature"]:
    """One replica's mixtures, each expert called on the elements that use it."""
    mixed: Tensor | None = None
    used = (coefficients != 0).any(0)
    for expert in range(experts.stack[1]):
        rows = used[:, expert].nonzero().squeeze(1)
        if len(rows) == 0 and (mixed is not None or expert + 1 < experts.stack[1]):
            continue
        outputs = experts.one(replica, expert, x[rows])
        part = coefficients[:, rows, expert].unsqueeze(-1) * outputs
        if mixed is None:
            mixed = part.new_zeros(len(coefficients), len(x), outputs.shape[-1])
        mixed = mixed.index_add(1, rows, part)
    assert mixed is not None  # a bank has at least one expert
    return mixed


def choose_execution(experts: Experts, device: torch.device) -> Execution:
    """The faster of the two, by what `benchmarks/expert_dispatch.py` measured.

    A call of an expert costs tens of microseconds however small its batch is, so that small linear
    experts are fastest all at once. Convolutions cost so much more than a call that leaving some
    out wins on a processor; on an accelerator they run side by side.
    """
    convolutions = isinstance(experts, ConvExperts)
    return "gather" if convolutions and device.type == "cpu" else "dense"
