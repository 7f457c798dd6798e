"""The one training loop: a generator that yields epochs and returns how each replica ended.

To cancel a training is to stop iterating; to run it headless is to exhaust it. The loop owns
epochs, early stopping, divergence and the best state; a `Program` owns its data, its step and its
optimisers, so that two players, sampled gates or ragged targets need no loop of their own.
"""

from __future__ import annotations

import abc
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from mtlkit.nn import select_replicas


class Program(nn.Module, abc.ABC):
    """What a lesson hands the loop.

    With more than one replica, every parameter and buffer (data too) has the replica as its
    leading axis: the loop takes finished replicas out by slicing them all, and the optimisers'
    states with them. A program of one replica may hold modules of any shape.
    """

    optimisers: Sequence[torch.optim.Optimizer] = ()

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


@attrs.frozen(eq=False)
class Epoch:
    """One epoch of the replicas still running; number 0 is the state before any step.

    `rows` are the replicas' places in the program as it was handed over; `loss` is the mean
    training loss over the epoch's steps (nan in epoch 0).
    """

    number: int
    last: int
    rows: Int64[Tensor, " replica"]
    loss: Float[Tensor, " replica"]
    score: Float[Tensor, " replica"]
    observed: Mapping[str, Tensor]


@attrs.frozen(eq=False)
class Outcome:
    """How each replica ended.

    `best_epoch` is where its score was lowest, `stop_epoch` its last epoch, `cause` one of
    `"epochs"` (ran to the end), `"patience"` (stopped early) or a sentence on how it diverged;
    `best_state` has every parameter as it was at the best epoch, if that was asked for.
    """

    best_epoch: tuple[int, ...]
    stop_epoch: tuple[int, ...]
    cause: tuple[str, ...]
    best_state: Mapping[str, Tensor] | None

    def diverged(self, row: int) -> bool:
        """Whether a replica's loss stopped being a finite number."""
        return self.cause[row] not in ("epochs", "patience")


def fit(
    program: Program, *, epochs: int, patience: int | None = None, keep_best: bool = False
) -> Generator[Epoch, None, Outcome]:
    """Train a program; yield after every epoch, return the outcome.

    Parameters
    ----------
    epochs
        At most so many.
    patience
        Stop a replica when its score has not improved for so many epochs; None for never.
    keep_best
        Keep a copy of the parameters at each replica's best epoch.

    Notes
    -----
    A replica whose loss or score is no longer finite is marked and taken out at the end of that
    epoch; a replica's arithmetic involves no other's, so the rest go on unharmed.
    """
    score, observed = _look(program)
    replicas = len(score)
    rows = torch.arange(replicas)
    best = torch.full_like(score, torch.inf)
    best_epoch = [0] * replicas
    stop_epoch = [0] * replicas
    cause = ["epochs"] * replicas
    state = {n: p.detach().clone() for n, p in program.named_parameters()} if keep_best else None
    unknown = torch.full((replicas,), torch.nan)
    loss = torch.zeros(replicas)
    number = 0
    while True:
        shown = unknown if number == 0 else loss
        yield Epoch(number, epochs, rows, shown, score, observed)
        finite = torch.isfinite(loss) & torch.isfinite(score)
        improved = finite & (score < best[rows])
        best[rows[improved]] = score[improved]
        if state is not None and improved.any():
            _copy_rows(program, state, rows, improved)
        for place, row in enumerate(rows.tolist()):
            stop_epoch[row] = number
            if improved[place]:
                best_epoch[row] = number
            elif not finite[place]:
                what = "training loss" if not torch.isfinite(loss[place]) else "validation loss"
                cause[row] = f"diverged: the {what} was not a finite number in epoch {number}"
            elif patience is not None and number - best_epoch[row] >= patience:
                cause[row] = "patience"
        going = [p for p, row in enumerate(rows.tolist()) if cause[row] == "epochs"]
        if number == epochs or not going:
            return Outcome(tuple(best_epoch), tuple(stop_epoch), tuple(cause), state)
        if len(going) < len(rows):
            places = torch.tensor(going)
            rows = rows[places]
            select_replicas(program, program.optimisers, places)
        number += 1
        loss = _one_epoch(program, number)
        score, observed = _look(program)


def _one_epoch(program: Program, number: int) -> Float[Tensor, " replica"]:
    program.train()
    losses: list[Tensor] = [program.step(batch).detach() for batch in program.batches(number)]
    return torch.stack(losses).mean(0).cpu()


def _look(program: Program) -> tuple[Float[Tensor, " replica"], dict[str, Tensor]]:
    program.eval()
    with torch.no_grad():
        # Copies: a program may hand over a parameter itself, which the next step changes.
        score = program.score().cpu().clone()
        return score, {name: value.cpu().clone() for name, value in program.observe().items()}


def _copy_rows(program: Program, state: dict[str, Tensor], rows: Tensor, improved: Tensor) -> None:
    """Copy the improved replicas' parameters; `rows` maps running places to the first ones."""
    for name, parameter in program.named_parameters():
        if improved.all() and parameter.shape == state[name].shape:
            # Nobody has left yet; also the case of one replica whose modules have no such axis.
            state[name].copy_(parameter.detach())
        else:
            there = rows[improved].to(parameter.device)
            state[name][there] = parameter.detach()[improved.to(parameter.device)]
