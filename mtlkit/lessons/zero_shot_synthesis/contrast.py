"""What methods with a triplet loss share: another seen composition beside each picture's own."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Sequence

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.errors import UsageError
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram


@attrs.frozen(eq=False)
class Contrast:
    """A batch: training pictures, and for each a seen composition that it does not show."""

    rows: Int64[Tensor, "replica batch"]
    negatives: Int64[Tensor, "replica batch"]


class ContrastProgram(ZeroShotProgram):
    """A method that is to place a picture nearer its own composition than another seen one.

    Raises
    ------
    UsageError
        If there is one seen composition only.
    """

    def __init__(
        self,
        config: SynthesisConfig,
        seeds: Sequence[int],
        problems: Sequence[Problem],
        device: torch.device,
    ) -> None:
        super().__init__(config, seeds, problems, device)
        if int(self.seen.sum(1).min()) < 2:
            raise UsageError("seen compositions: 1; a triplet loss needs 2 or more.")

    @abc.abstractmethod
    def contrast(
        self,
        features: Float[Tensor, "replica batch feature"],
        labels: Int64[Tensor, "replica batch"],
        negatives: Int64[Tensor, "replica batch"],
    ) -> Float[Tensor, " replica"]:
        """The loss of a batch."""

    def batches(self, epoch: int) -> Iterator[Contrast]:
        """Negatives are drawn evenly from each seed's own stream."""
        drawn = [stream(seed, "negatives", epoch) for seed in self.seed.tolist()]
        among = [torch.nonzero(own).squeeze(1) for own in self.seen.cpu()]
        labels = self.get_buffer("labels_train").cpu()
        for rows in super().batches(epoch):
            found = [
                another(*one)
                for one in zip(among, labels.gather(1, rows.cpu()), drawn, strict=True)
            ]
            yield Contrast(rows, torch.stack(found).to(rows.device))

    def step(self, batch: Contrast) -> Float[Tensor, " replica"]:
        """One step of the only optimiser."""
        losses = self.contrast(*self.rows(batch.rows), batch.negatives)
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        losses.sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        return losses


def another(
    among: Int64[Tensor, " choice"], than: Int64[Tensor, " batch"], generator: torch.Generator
) -> Int64[Tensor, " batch"]:
    """For each entry of `than` another one of `among`, which ascends and has them all."""
    drawn = torch.randint(len(among) - 1, than.shape, generator=generator)
    return among[drawn + (drawn >= torch.searchsorted(among, than))]


def triplet(
    anchors: Float[Tensor, "replica batch number"],
    positives: Float[Tensor, "replica batch number"],
    negatives: Float[Tensor, "replica batch number"],
    margin: float,
) -> Float[Tensor, " replica"]:
    r"""The mean of :math:`[\|a - p\| - \|a - n\| + m]_+`, of distances that are not squared."""
    near, far = (torch.linalg.vector_norm(anchors - one, dim=-1) for one in (positives, negatives))
    found: Tensor = (near - far + margin).relu().mean(1)
    return found


def of_each(
    everything: Float[Tensor, "replica choice number"], chosen: Int64[Tensor, "replica batch"]
) -> Float[Tensor, "replica batch number"]:
    """The rows that each replica chooses among its own."""
    return everything.gather(1, chosen.unsqueeze(-1).expand(-1, -1, everything.shape[-1]))
