"""What the plain loops of several lessons are made of: torch's own modules and nothing of ours."""

from __future__ import annotations

import torch
from torch import nn


def linear(inputs: int, outputs: int, generator: torch.Generator) -> nn.Linear:
    """Torch's layer with torch's distribution, drawn from a generator of one's own."""
    layer = nn.Linear(inputs, outputs)
    bound = inputs**-0.5
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound, generator=generator)
        layer.bias.uniform_(-bound, bound, generator=generator)
    return layer
