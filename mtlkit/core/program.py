"""What a lesson hands the loop: data, a step, and what to look at."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Program(nn.Module, abc.ABC):
    """What a lesson hands the loop.

    With more than one replica, every parameter and buffer (data too) has the replica as its
    leading axis: the loop takes finished replicas out by slicing them all, and the optimisers'
    states with them. A program of one replica may hold modules of any shape.

    A long training is kept in checkpoints. What steps and looks change must therefore be a
    parameter, a buffer, an optimiser's state, a module's extra state, or an attribute that is plain
    data (numbers, strings, tensors, random generators, lists and dictionaries of them); or follow
    from these at the next look. Who reads the program between epochs asks the program itself
    (`program.layer.weight`, not a `layer` taken from it before), so that the loop notices.
    """

    optimisers: Sequence[torch.optim.Optimizer] = ()

    capturable: bool = False
    """Whether every `step` does the same operations on a batch of the same shape, of tensors only:
    nothing read on the host, nothing changed but parameters, buffers and optimisers. On CUDA such a
    step is recorded and replayed, and replicas that have ended stay in the program until all have.
    """

    @abc.abstractmethod
    def batches(self, epoch: int) -> Iterable[Any]:
        """The batches of an epoch, in whatever form `step` understands; epochs count from 1."""

    @abc.abstractmethod
    def step(self, batch: Any) -> Float[Tensor, " replica"]:
        """One training step (all players, all optimisers); the loss of each replica."""

    @abc.abstractmethod
    def score(self) -> Float[Tensor, " replica"]:
        """What early stopping watches, lower is better; called without gradients."""

    def observe(self) -> Mapping[str, Tensor]:
        """What else to record after an epoch, each with the replica as its leading axis."""
        return {}
