"""Lesson 01's problem with learned task weights, over ten seeds: ours against TorchJD and LibMTL.

All three train the same networks from the same start on the same batches with fused Adam, by
Kendall's objective; before anything is timed, their uncertainties must agree. TorchJD is used as
its documentation shows: a loop over the batches in which `torchjd.scalarization.UW` joins the
losses. LibMTL is used through its `Trainer` (`benchmarks/libmtl_trainer.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.functional import mse_loss
from torchjd.scalarization import UW

from benchmarks.seed_starts import starts
from benchmarks.timing import Ratio, Spread, compare
from mtlkit.errors import UsageError
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team

SEEDS = tuple(range(10))
CONFIG = PolynomialConfig.preset("lesson", log_variance_rate=0.01)
"""As the lesson has it, but with one learning rate for all, because LibMTL knows only one."""

EPOCHS = 10
"""Trained until uncertainties are compared."""

CLOSE = 1e-3
"""How far they may be apart: rounding, which training enlarges."""


class Trained(Protocol):
    """Networks of several seeds in training."""

    def __init__(self, config: PolynomialConfig, seeds: Sequence[int]) -> None: ...

    def train(self, epochs: int) -> None:
        """Go on for so many epochs."""

    def uncertainty(self) -> Tensor:
        """Learned variances, (seed, task)."""


def measure() -> Iterator[Ratio | Spread]:
    """How near the others come to our numbers, then how fast all are."""
    peers = _peers()
    ours = Ours(CONFIG, SEEDS)
    ours.train(EPOCHS)
    for name, peer in peers.items():
        theirs = peer(CONFIG, SEEDS)
        theirs.train(EPOCHS)
        yield agreement(name, theirs.uncertainty(), ours.uncertainty())
    for name, peer in peers.items():
        theirs, ours = peer(CONFIG, SEEDS), Ours(CONFIG, SEEDS)
        yield compare(
            f"{name}: {len(SEEDS)} seeds, an epoch",
            lambda theirs=theirs: theirs.train(1),
            lambda ours=ours: ours.train(1),
            turns=5,
        )


def _peers() -> dict[str, type[Trained]]:
    try:
        from benchmarks.libmtl_trainer import LibMTL
    except ModuleNotFoundError as error:
        raise UsageError(
            f"package = {error.name}: not installed; allowed is `pip install '.[bench]'`."
        ) from None
    return {"TorchJD": TorchJD, "LibMTL": LibMTL}


def agreement(name: str, theirs: Tensor, ours: Tensor) -> Spread:
    """How far the uncertainties are apart at most, seed by seed.

    Raises
    ------
    UsageError
        If that is too far for the same problem.
    """
    apart = (theirs - ours).abs().amax(1)
    if not bool((apart < CLOSE).all()):
        raise UsageError(
            f"{name}: learned uncertainties differ by {apart.max():.2g} from ours; allowed is "
            f"{CLOSE:g}, so that what is timed is the same problem."
        )
    told = f"{name}: uncertainties after {EPOCHS} epochs, away from ours"
    return Spread(told, apart.tolist(), CLOSE, "")


class Ours:
    """The lesson's own program: all seeds in one stack."""

    def __init__(self, config: PolynomialConfig, seeds: Sequence[int]) -> None:
        team = Team.of(config, "learned_kendall", seeds)
        self.program = PolynomialProgram(config, "learned_kendall", team, torch.device("cpu"))
        self.epoch = 0

    def train(self, epochs: int) -> None:
        """Go on for so many epochs."""
        for _ in range(epochs):
            self.epoch += 1
            for batch in self.program.batches(self.epoch):
                self.program.step(batch)

    def uncertainty(self) -> Tensor:
        """Learned variances, (seed, task)."""
        return self.program.observe()["uncertainty"]


class TorchJD:
    """One seed after the other; `UW` joins the losses."""

    def __init__(self, config: PolynomialConfig, seeds: Sequence[int]) -> None:
        self.starts = list(starts(config, seeds))
        self.epoch = 0
        self.scalarizers = [UW(config.tasks) for _ in seeds]
        self.optimisers = [
            torch.optim.Adam(
                [*start.encoder.parameters(), *start.heads.parameters(), *scalarizer.parameters()],
                lr=config.learning_rate,
                fused=True,
            )
            for start, scalarizer in zip(self.starts, self.scalarizers, strict=True)
        ]

    def train(self, epochs: int) -> None:
        """Go on for so many epochs."""
        trained = zip(self.starts, self.scalarizers, self.optimisers, strict=True)
        for start, scalarizer, optimiser in trained:
            for epoch in range(self.epoch + 1, self.epoch + epochs + 1):
                for x, y in start.batches(epoch):
                    features = start.encoder(x)
                    predicted = [head(features).squeeze(1) for head in start.heads.values()]
                    losses = torch.stack(
                        [mse_loss(mine, own) for mine, own in zip(predicted, y, strict=True)]
                    )
                    optimiser.zero_grad()
                    scalarizer(losses).backward()
                    optimiser.step()
        self.epoch += epochs

    def uncertainty(self) -> Tensor:
        """Learned variances, (seed, task)."""
        return torch.stack([each.log_var.detach().exp() for each in self.scalarizers])
