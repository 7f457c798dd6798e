"""LibMTL's way of training, on lesson 01's problem: its `Trainer` with `UW` and `HPS`.

Version 1.1.5, the newest that is published as a package, is of 2021 and expects the libraries of
that time. Its own files run here as they are, because of three things around them, none of which
costs time: a module that torchvision has no more stands in its old place while LibMTL is imported;
iterators have a method `next` (`Labelled`); the processor takes the place of the first GPU
(`OnProcessor`).

Where it could be slow for a reason of no interest, it was made quick: batches come ready-made and
not point by point, no metric is computed (`Nothing`), its test after each epoch sees one point,
what it prints goes nowhere, and its Adam is the fused one.
"""

from __future__ import annotations

import contextlib
import io
import sys
import types
from collections.abc import Iterator, Sequence

import attrs
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from benchmarks.seed_starts import Start, starts
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig

_gone = types.ModuleType("torchvision.models.utils")
_gone.load_state_dict_from_url = torch.hub.load_state_dict_from_url
sys.modules[_gone.__name__] = _gone
try:
    from LibMTL import Trainer
    from LibMTL.architecture import HPS
    from LibMTL.loss import AbsLoss
    from LibMTL.weighting import UW
finally:
    del sys.modules[_gone.__name__]


class Batches:
    """What LibMTL takes for a data loader: its iterators have a method `next`."""

    def __init__(self, start: Start) -> None:
        self.start = start
        self.epoch = 0

    def __len__(self) -> int:
        return -(-len(self.start.x) // self.start.batch_size)

    def __iter__(self) -> Labelled:
        """The next epoch."""
        self.epoch += 1
        return Labelled(self.start.batches(self.epoch), tuple(self.start.heads))


@attrs.frozen(eq=False)
class Labelled:
    """Batches whose targets have their task's name."""

    batches: Iterator[tuple[Tensor, Tensor]]
    tasks: tuple[str, ...]

    def __iter__(self) -> Labelled:
        return self

    def __next__(self) -> tuple[Tensor, dict[str, Tensor]]:
        x, y = next(self.batches)
        return x, dict(zip(self.tasks, y.unsqueeze(2), strict=True))

    next = __next__


class Nothing:
    """A metric of LibMTL's kind that measures nothing."""

    def update_fun(self, predicted: Tensor, truth: Tensor) -> None:
        """Look away."""

    def score_fun(self) -> list[float]:
        """Always the same."""
        return [1.0]

    def reinit(self) -> None:
        """Forget nothing."""


class SquaredError(AbsLoss):
    """Mean over the points."""

    def compute_loss(self, predicted: Tensor, truth: Tensor) -> Tensor:
        return mse_loss(predicted, truth)


class OnProcessor(Trainer):
    """LibMTL's trainer, which would ask for the first GPU."""

    device = property(lambda self: torch.device("cpu"), lambda self, asked: None)


class LibMTL:
    """One seed after the other, by LibMTL's `Trainer`."""

    def __init__(self, config: PolynomialConfig, seeds: Sequence[int]) -> None:
        each = list(starts(config, seeds))
        self.batches = [Batches(start) for start in each]
        self.tests = [
            Batches(attrs.evolve(start, x=start.x[:1], y=start.y[:, :1])) for start in each
        ]
        with contextlib.redirect_stdout(io.StringIO()):
            self.trainers = [_trainer(start, config) for start in each]

    def train(self, epochs: int) -> None:
        """Go on for so many epochs."""
        trained = zip(self.trainers, self.batches, self.tests, strict=True)
        with contextlib.redirect_stdout(io.StringIO()):
            for trainer, batches, test in trained:
                trainer.train(batches, test, epochs)

    def uncertainty(self) -> Tensor:
        """Learned variances, (seed, task)."""
        return torch.stack([each.model.loss_scale.detach() for each in self.trainers]).exp()


def _trainer(start: Start, config: PolynomialConfig) -> Trainer:
    known = {"metrics": ["none"], "weight": [1]}
    trainer = OnProcessor(
        task_dict={
            name: {**known, "metrics_fn": Nothing(), "loss_fn": SquaredError()}
            for name in start.heads
        },
        weighting=UW,
        architecture=HPS,
        encoder_class=lambda: start.encoder,
        decoders=start.heads,
        rep_grad=False,
        multi_input=False,
        optim_param={"optim": "adam", "lr": config.learning_rate, "fused": True},
        scheduler_param=None,
        weight_args={},
        arch_args={},
    )
    trainer.model.loss_scale.data.zero_()  # it starts at -0.5, ours at 0
    return trainer
