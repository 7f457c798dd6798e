"""The one training loop: a generator that yields epochs and returns how each replica ended.

To cancel a training is to stop iterating; to run it headless is to exhaust it. The loop owns
epochs, early stopping, divergence and the best state; a `Program` owns its data, its step and its
optimisers, so that two players, sampled gates or ragged targets need no loop of their own.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import attrs
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core import checkpoint
from mtlkit.core.captured import capturing
from mtlkit.core.program import Program
from mtlkit.core.resuming import KeptTrack, Track
from mtlkit.core.running import Masked, Sliced

__all__ = ["Epoch", "Outcome", "Program", "fit"]


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
    step = capturing(program)
    running = Sliced(program) if step is None else Masked(program, step)
    look = running.look()
    replicas = len(look.score)
    rows = torch.arange(replicas)
    best = torch.full_like(look.score, torch.inf)
    best_epoch = [0] * replicas
    stop_epoch = [0] * replicas
    cause = ["epochs"] * replicas
    state = {n: p.detach().clone() for n, p in program.named_parameters()} if keep_best else None
    unknown = torch.full((replicas,), torch.nan)
    track = _track(program, running, replicas, epochs=epochs, patience=patience, best=keep_best)
    number = 0
    try:
        while True:
            track.before(number)
            shown = unknown if number == 0 else look.loss
            yield Epoch(number, epochs, rows, shown, look.score, look.observed)
            track.after(number, look)
            finite = torch.isfinite(look.loss) & torch.isfinite(look.score)
            improved = finite & (look.score < best[rows])
            best[rows[improved]] = look.score[improved]
            if state is not None and improved.any():
                running.copy(state, rows, improved)
            for place, row in enumerate(rows.tolist()):
                stop_epoch[row] = number
                if improved[place]:
                    best_epoch[row] = number
                elif not finite[place]:
                    lost = not torch.isfinite(look.loss[place])
                    what = "training loss" if lost else "validation loss"
                    cause[row] = f"diverged: the {what} was not a finite number in epoch {number}"
                elif patience is not None and number - best_epoch[row] >= patience:
                    cause[row] = "patience"
            going = [p for p, row in enumerate(rows.tolist()) if cause[row] == "epochs"]
            if number == epochs or not going:
                track.finish(number, state)
                running.end()
                return Outcome(tuple(best_epoch), tuple(stop_epoch), tuple(cause), state)
            if len(going) < len(rows):
                places = torch.tensor(going)
                rows = rows[places]
                if running.keep(places):
                    track.select(places)
            track.settle(number, state)
            number += 1
            look = track.recorded(number) or running.epoch(number)
    finally:
        track.leave()


def _track(program: Program, running: Sliced, replicas: int, **settings: Any) -> Track:
    """A record in the checkpoints of the run that this training belongs to, if it has any."""
    run = checkpoint.current()
    if run is None:
        return Track()
    # A state of one that leaves ended replicas in the program has more rows.
    asked = {**settings, "masked": isinstance(running, Masked)}
    return KeptTrack(program, list(program.optimisers), running.look, run, replicas, asked)
