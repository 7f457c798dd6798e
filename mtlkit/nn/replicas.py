"""Taking finished replicas out of a training that goes on."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import torch
from jaxtyping import Int64
from torch import Tensor, nn


def select_replicas(
    module: nn.Module,
    optimisers: Sequence[torch.optim.Optimizer],
    rows: Int64[Tensor, " kept"],
) -> None:
    """Keep only some replicas of a module, in place, and of its optimisers' memory of them.

    Every parameter and buffer keeps the given rows of its leading axis and stays the same object,
    so the optimisers go on with it; gradients are dropped. Of an optimiser's state, every tensor
    shaped like its parameter is cut with it (Adam's moments, SGD's momentum); Adam's step count,
    common to all replicas, stays.

    Parameters
    ----------
    module
        What is trained; the replica is the leading axis of all its parameters and buffers.
    optimisers
        Those that step parameters of `module`, and of `module` only.
    rows
        The replicas to keep, as places in the leading axis.

    Raises
    ------
    ValueError
        If a parameter or buffer has no replica axis or another number of replicas, or if an
        optimiser steps a parameter that is not the module's. Nothing is changed then.
    """
    _check(module, optimisers)
    for parameter in module.parameters():
        for optimiser in optimisers:
            _cut_state(optimiser, parameter, rows)
        parameter.grad = None
        _cut(parameter, rows)
    for buffer in module.buffers():
        _cut(buffer, rows)


def _cut(tensor: Tensor, rows: Tensor) -> None:
    tensor.data = tensor.data.index_select(0, rows.to(tensor.device))


def _cut_state(optimiser: torch.optim.Optimizer, parameter: Tensor, rows: Tensor) -> None:
    # `.get`, because reading a missing key would create an empty state.
    for value in optimiser.state.get(parameter, {}).values():
        if isinstance(value, Tensor) and value.shape == parameter.shape:
            _cut(value, rows)


def _check(module: nn.Module, optimisers: Sequence[torch.optim.Optimizer]) -> None:
    named = dict(module.named_parameters()) | dict(module.named_buffers())
    for name, tensor in named.items():
        if tensor.ndim == 0:
            raise ValueError(f"{name} has no replica axis: it is a single number.")
    replicas = statistics.mode(len(tensor) for tensor in named.values())
    for name, tensor in named.items():
        if len(tensor) != replicas:
            raise ValueError(
                f"{name} has shape {tuple(tensor.shape)}: its leading axis must be the "
                f"{replicas} replicas, as elsewhere in the module."
            )
    known = {id(parameter) for parameter in module.parameters()}
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            for parameter in group["params"]:
                if id(parameter) not in known:
                    raise ValueError(
                        f"{type(optimiser).__name__} steps a parameter of shape "
                        f"{tuple(parameter.shape)} that does not belong to the module."
                    )
