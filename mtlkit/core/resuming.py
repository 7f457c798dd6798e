"""How the loop keeps a training in checkpoints, and shows again what it had shown before a break.

A training that goes on yields its recorded epochs first, for those who collect them. Someone may
also have looked at the program itself between two epochs; the state that was seen then is kept
beside the epoch, and put back before the epoch is shown again.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor, nn

from mtlkit.core import checkpoint
from mtlkit.core.checkpoint import Past, Place, RunCheckpoints
from mtlkit.core.plain_data import Unkept
from mtlkit.core.program_state import ProgramState
from mtlkit.core.running import Look

BestState = Mapping[str, Tensor] | None


class Track:
    """What the loop tells of its epochs; this one keeps nothing."""

    def recorded(self, number: int) -> Look | None:
        """An epoch that need not be trained again."""
        return None

    def before(self, number: int) -> None:
        """An epoch is about to be shown."""

    def after(self, number: int, look: Look) -> None:
        """It has been."""

    def select(self, rows: Int64[Tensor, " kept"]) -> None:
        """Replicas were taken out of the program."""

    def settle(self, number: int, best: BestState) -> None:
        """An epoch is over, and the next one is to come."""

    def finish(self, number: int, best: BestState) -> None:
        """The last epoch is over."""

    def leave(self) -> None:
        """The loop has ended, or was broken off."""


class KeptTrack(Track):
    """Keeps a training in a place of a run's checkpoints.

    Once a state cannot be kept, the training has no further ones; nothing else happens to it.

    Parameters
    ----------
    program, optimisers
        What is trained, after its first look.
    look
        Looks at the program once more.
    run
        Where the run's checkpoints are.
    replicas
        How many are trained.
    settings
        What the loop was asked for; a training with others does not go on from here.
    """

    def __init__(
        self,
        program: nn.Module,
        optimisers: list[torch.optim.Optimizer],
        look: Callable[[], object],
        run: RunCheckpoints,
        replicas: int,
        settings: Mapping[str, Any],
    ) -> None:
        self.program, self.look, self.run = program, look, run
        self.state = ProgramState(program, optimisers, replicas)
        tensors = [*program.named_parameters(), *program.named_buffers()]
        shapes = {name: [str(value.device.type), *value.shape] for name, value in tensors}
        training = {**settings, "torch": str(torch.__version__), "tensors": shapes}
        self.place = Place(run.next_place(), training)
        self.past: Past | None = self.place.read()
        self.began = time.monotonic()
        self.earlier = 0.0
        if self.past is not None:
            self.earlier = self.past.state["seconds"]
            run.seconds += self.earlier
        self.unsaved: dict[int, dict[str, Any]] = {}
        earlier = self.past.epochs.values() if self.past else ()
        self.seen_bytes = sum(_bytes(epoch["seen"]) for epoch in earlier)
        self.watched = False
        self.fails = False

    def recorded(self, number: int) -> Look | None:
        """An epoch of before the break."""
        if self.past is None:
            return None
        kept = self.past.epochs[number]
        return Look(kept["loss"], kept["score"], kept["observed"])

    def before(self, number: int) -> None:
        """Bring the program to the state that was seen, or watch whether it is looked at."""
        if self.past is None:
            self._watch()
        elif (seen := self.past.epochs[number]["seen"]) is not None:
            self._put_back(seen)

    def after(self, number: int, look: Look) -> None:
        """Keep a new epoch until the next checkpoint."""
        looked_at = self._unwatch()
        if self.past is not None or not self._affordable:
            return
        seen = self._taken(self.state.changed) if looked_at else None
        if self.fails:
            return
        self.unsaved[number] = {
            "loss": look.loss,
            "score": look.score,
            "observed": dict(look.observed),
            "seen": seen,
        }
        self.seen_bytes += _bytes(seen)
        if self.seen_bytes > checkpoint.MOST_BYTES:
            self.unsaved = {}

    def select(self, rows: Int64[Tensor, " kept"]) -> None:
        """The program's beginning without the replicas that have left."""
        self.state.select(rows)

    def settle(self, number: int, best: BestState) -> None:
        """Write a checkpoint if one is due; after the last recorded epoch, go on from there."""
        if self.past is not None:
            self._resume(number, best)
        elif self.run.due and self._affordable:
            state = self._taken(lambda: self._now(best))
            if state is not None:
                self.run.write(lambda: self._write(number, state))

    def finish(self, number: int, best: BestState) -> None:
        """Have the whole training kept when the next checkpoint is due."""
        if self.past is not None:
            self._resume(number, best)
        elif self._affordable:
            state = self._taken(lambda: self._now(best))
            if state is not None:
                self.run.wait(lambda: self._write(number, state))

    def leave(self) -> None:
        """Watch the program no longer."""
        self._unwatch()

    @property
    def _affordable(self) -> bool:
        return self.seen_bytes <= checkpoint.MOST_BYTES and not self.fails

    def _taken(self, state: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
        """A state, or None and a warning."""
        try:
            return state()
        except Unkept as error:
            self.run.tell(f"{error} cannot be kept in a checkpoint")
        except Exception as error:  # memory, or what a module has to say when asked for its state
            self.run.tell(f"no checkpoint can be made ({type(error).__name__}: {error})")
        self.fails, self.unsaved = True, {}
        return None

    def _now(self, best: BestState) -> dict[str, Any]:
        return {
            "program": self.state.everything(),
            "best": None if best is None else {name: v.cpu().clone() for name, v in best.items()},
            "seconds": self.earlier + time.monotonic() - self.began,
        }

    def _write(self, number: int, state: Mapping[str, Any]) -> None:
        self.place.write(self.unsaved, number, state)
        self.unsaved = {}

    def _resume(self, number: int, best: BestState) -> None:
        if self.past is None or number < self.past.number:
            return
        self._put_back(self.past.state["program"])
        for name, value in (best or {}).items():
            value.copy_(self.past.state["best"][name])
        self.past = None
        self.began = time.monotonic()

    def _put_back(self, saved: Mapping[str, Any]) -> None:
        self.state.put_back(saved)
        if saved["derived"]:
            self.look()
            # A look may count itself.
            self.state.put_back(saved)

    def _watch(self) -> None:
        if self._affordable:
            _watch(self.program)
            self.watched = True

    def _unwatch(self) -> bool:
        """End the watching; whether the program was looked at."""
        seen = self.watched and _unwatch(self.program)
        self.watched = False
        return seen


def _bytes(seen: Mapping[str, Any] | None) -> int:
    return sum(value.nbytes for value in seen["tensors"].values()) if seen else 0


def _watch(program: nn.Module) -> None:
    """Notice whether anything of a program is asked for, in the way parametrisations do it."""
    object.__setattr__(program, "__class__", _watched(type(program)))  # type: ignore[arg-type]


def _unwatch(program: nn.Module) -> bool:
    object.__setattr__(program, "__class__", type(program).__mro__[1])
    return vars(program).pop("_seen", None) is not None


@functools.cache
def _watched(cls: type) -> Any:
    getattribute_of: Any = cls.__getattribute__

    def getattribute(self: Any, name: str) -> Any:
        if not name.startswith("__"):
            object.__getattribute__(self, "__dict__")["_seen"] = True
        return getattribute_of(self, name)

    return type(cls)(cls.__name__, (cls,), {"__getattribute__": getattribute})
