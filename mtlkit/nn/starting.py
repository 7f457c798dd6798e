"""How modules of torch's own start, drawn from a stream instead of the global generator."""

from __future__ import annotations

import math

import torch
from torch import nn


@torch.no_grad()
def draw_parameters(module: nn.Module, generator: torch.Generator) -> None:
    """Draw a module's parameters again, each as its own `reset_parameters` would.

    Linear layers and convolutions: uniform on ±1/sqrt(inputs). Embeddings: standard normal, the
    padding row 0. Recurrent layers: uniform on ±1/sqrt(hidden). Attention's projections: Xavier
    uniform. Normalisations have nothing to draw.

    Raises
    ------
    ValueError
        If a module with parameters of its own is of none of these kinds.
    """
    for part in module.modules():
        own = list(part.parameters(recurse=False))
        if isinstance(part, nn.Linear | nn.Conv2d):
            bound = 1 / math.sqrt(part.weight[0].numel())
            for parameter in own:
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
        elif isinstance(part, nn.Embedding | nn.EmbeddingBag):
            nn.init.normal_(part.weight, generator=generator)
            if part.padding_idx is not None:
                part.weight[part.padding_idx] = 0
        elif isinstance(part, nn.RNNBase):
            bound = 1 / math.sqrt(part.hidden_size)
            for parameter in own:
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
        elif isinstance(part, nn.MultiheadAttention):
            nn.init.xavier_uniform_(part.in_proj_weight, generator=generator)
            nn.init.zeros_(part.in_proj_bias)
        elif own and not isinstance(part, nn.LayerNorm | nn.BatchNorm1d | nn.BatchNorm2d):
            raise ValueError(f"{type(part).__name__} has parameters whose start is not known.")
    for part in module.modules():
        if isinstance(part, nn.MultiheadAttention):
            # It is a layer of its own and was drawn as any other.
            nn.init.zeros_(part.out_proj.bias)
