"""Replicas that have ended: masked they come to the same as sliced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from mtlkit.core import training
from mtlkit.core.captured import CapturedStep
from mtlkit.core.program import Program
from mtlkit.core.training import fit

from .programs import Linear, Replayed, Scripted, exhausted


def ended(make: Callable[[], Program], epochs: int) -> tuple[Any, tuple[str, ...]]:
    """What a training shows and leaves."""
    program = make()
    seen, outcome = exhausted(fit(program, epochs=epochs, patience=2, keep_best=True))
    return (
        [(one.number, one.rows, one.loss, one.score, dict(one.observed)) for one in seen],
        (list(outcome.best_epoch), list(outcome.stop_epoch)),
        dict(outcome.best_state or {}),
        dict(program.state_dict()),
        [list(one.state_dict()["state"].values()) for one in program.optimisers],
    ), outcome.cause


def masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        training, "capturing", lambda program: CapturedStep(program, Replayed(program))
    )


@pytest.mark.parametrize("poison", [{}, {2: 3}, {1: 2, 4: 5}])
def test_masked_is_as_sliced(monkeypatch: pytest.MonkeyPatch, poison: dict[int, int]) -> None:
    def make() -> Linear:
        # A rate at which scores soon rise, at an epoch of each seed's own.
        program = Linear([1, 2, 3, 4], poison)
        program.optimisers[0].param_groups[0]["lr"] = 0.1
        return program

    sliced, causes = ended(make, 12)
    assert len(set(sliced[1][1])) > 1  # some end before others
    masked(monkeypatch)
    ours, found = ended(make, 12)
    assert found == causes
    torch.testing.assert_close(ours, sliced, rtol=1e-5, atol=1e-5, equal_nan=True)


def test_a_masked_replica_keeps_its_best_and_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one's best is epoch 1; it would be far better later, when nobody looks."""
    scores = torch.tensor([[3.0, 1, 2, 2, -9, -9], [5, 4, 3, 2, 1, 0]])
    masked(monkeypatch)
    losses = torch.ones_like(scores)
    losses[0, 4] = torch.nan  # it would diverge, too
    program = Scripted(losses, scores)
    seen, outcome = exhausted(fit(program, epochs=5, patience=2, keep_best=True))
    assert outcome.best_epoch == (1, 5)
    assert outcome.stop_epoch == (3, 5)
    assert outcome.cause == ("patience", "epochs")
    assert [one.rows.tolist() for one in seen] == [[0, 1]] * 4 + [[1]] * 2
    assert outcome.best_state is not None
    state: Tensor = outcome.best_state["value"]
    assert state[:, 0].tolist() == [1, 5]
    # At the end the program has the replicas that ran last, as had the other been taken out.
    assert program.value.shape == (1, 1)
