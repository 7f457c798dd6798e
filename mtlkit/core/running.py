"""The replicas of a program that still run: two ways to do without those that have ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from mtlkit.core.heap import freed_memory_kept
from mtlkit.core.program import Program
from mtlkit.nn import select_replicas


@attrs.frozen(eq=False)
class Look:
    """What an epoch came to: mean training loss, score, and everything observed."""

    loss: Float[Tensor, " replica"]
    score: Float[Tensor, " replica"]
    observed: Mapping[str, Tensor]


class Sliced:
    """Takes ended replicas out of the program, so that no work is done for them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.step: Callable[[Any], Tensor] = program.step

    def epoch(self, number: int) -> Look:
        """Train an epoch, then look."""
        self.program.train()
        with freed_memory_kept(self.program):
            losses = [self.step(batch).detach() for batch in self.program.batches(number)]
        return self.look(torch.stack(losses).mean(0).cpu())

    def look(self, loss: Float[Tensor, " replica"] | None = None) -> Look:
        """Score and observe; without a loss, before any step, that is 0."""
        self.program.eval()
        with torch.no_grad():
            # Copies: a program may hand over a parameter itself, which the next step changes.
            score = self.program.score().cpu().clone()
            observed = {n: v.cpu().clone() for n, v in self.program.observe().items()}
        return Look(torch.zeros(len(score)) if loss is None else loss, score, observed)

    def keep(self, places: Int64[Tensor, " kept"]) -> bool:
        """Go on with these of the running replicas; whether the program was cut to them."""
        select_replicas(self.program, self.program.optimisers, places)
        return True

    def copy(
        self,
        state: dict[str, Tensor],
        rows: Int64[Tensor, " replica"],
        improved: Bool[Tensor, " replica"],
    ) -> None:
        """Copy the improved replicas' parameters; `rows` maps running places to the first ones."""
        for name, parameter in self.program.named_parameters():
            if improved.all() and parameter.shape == state[name].shape:
                # Nobody has left yet; also the case of one replica whose modules have no such axis.
                state[name].copy_(parameter.detach())
            else:
                there = rows[improved].to(parameter.device)
                state[name][there] = parameter.detach()[improved.to(parameter.device)]

    def end(self) -> None:
        """Leave in the program the replicas that ran to the end."""


class Masked(Sliced):
    """Leaves ended replicas in the program and looks away: its tensors keep shape and place.

    Parameters
    ----------
    step
        The program's step, perhaps captured.
    """

    def __init__(self, program: Program, step: Callable[[Any], Tensor]) -> None:
        super().__init__(program)
        self.step = step
        self.rows: Int64[Tensor, " replica"] | None = None

    def look(self, loss: Float[Tensor, " replica"] | None = None) -> Look:
        """Of those still running."""
        every = super().look(loss)
        if self.rows is None:
            return every
        observed = {name: value[self.rows] for name, value in every.observed.items()}
        return Look(every.loss[self.rows], every.score[self.rows], observed)

    def keep(self, places: Int64[Tensor, " kept"]) -> bool:
        """Look away from the others."""
        self.rows = places if self.rows is None else self.rows[places]
        return False

    def copy(
        self,
        state: dict[str, Tensor],
        rows: Int64[Tensor, " replica"],
        improved: Bool[Tensor, " replica"],
    ) -> None:
        """As the program's rows are the first ones, they need no map."""
        for name, parameter in self.program.named_parameters():
            if improved.all() and self.rows is None:
                state[name].copy_(parameter.detach())
            else:
                there = rows[improved].to(parameter.device)
                state[name][there] = parameter.detach()[there]

    def end(self) -> None:
        """Take the others out, as had they been sliced."""
        if self.rows is not None:
            select_replicas(self.program, self.program.optimisers, self.rows)
