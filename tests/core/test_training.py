"""The loop: replicas do not touch one another, stop each on its own, and keep their best."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mtlkit.core.training import Epoch, Program, fit

from .programs import STEPS_AN_EPOCH, Linear, Scripted, exhausted

SEED_SETS = st.lists(st.integers(0, 1000), min_size=2, max_size=5, unique=True)


def of_row(epochs: list[Epoch], row: int) -> tuple[Tensor, Tensor, Tensor]:
    """One replica's losses, scores and weights over the epochs."""
    places = [epoch.rows.tolist().index(row) for epoch in epochs]
    pairs = list(zip(epochs, places, strict=True))
    return (
        torch.stack([epoch.loss[place] for epoch, place in pairs]),
        torch.stack([epoch.score[place] for epoch, place in pairs]),
        torch.stack([epoch.observed["weight"][place] for epoch, place in pairs]),
    )


@settings(max_examples=15)
@given(SEED_SETS, st.data())
def test_a_replica_alone_is_as_among_others(seeds: list[int], data: st.DataObject) -> None:
    row = data.draw(st.integers(0, len(seeds) - 1))
    together, _ = exhausted(fit(Linear(seeds), epochs=50 // STEPS_AN_EPOCH))
    alone, _ = exhausted(fit(Linear([seeds[row]]), epochs=50 // STEPS_AN_EPOCH))
    for ours, own in zip(of_row(together, row), of_row(alone, 0), strict=True):
        torch.testing.assert_close(ours, own, rtol=0, atol=1e-5, equal_nan=True)
    assert alone[-1].score < alone[0].score


@settings(max_examples=15)
@given(SEED_SETS, st.data())
def test_a_replica_made_nan_is_marked_and_harms_no_other(
    seeds: list[int], data: st.DataObject
) -> None:
    lost = data.draw(st.integers(0, len(seeds) - 1))
    when = data.draw(st.integers(1, 9))
    healthy, before = exhausted(fit(Linear(seeds), epochs=10, keep_best=True))
    harmed, outcome = exhausted(fit(Linear(seeds, {seeds[lost]: when}), epochs=10, keep_best=True))
    assert outcome.cause[lost] == (
        f"diverged: the training loss was not a finite number in epoch {when}"
    )
    assert outcome.stop_epoch[lost] == when
    assert outcome.best_epoch[lost] < when
    assert [row for row in range(len(seeds)) if outcome.diverged(row)] == [lost]
    for row in set(range(len(seeds))) - {lost}:
        together = slice(0, when + 1)  # the same replicas run
        for ours, theirs in zip(
            of_row(harmed[together], row), of_row(healthy[together], row), strict=True
        ):
            assert torch.equal(ours[1:], theirs[1:])
        for ours, theirs in zip(of_row(harmed, row), of_row(healthy, row), strict=True):
            torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5, equal_nan=True)
        assert outcome.cause[row] == before.cause[row] == "epochs"
    assert outcome.best_state is not None
    assert all(state.isfinite().all() for state in outcome.best_state.values())


def plain_stopping(
    losses: list[float], scores: list[float], patience: int | None
) -> tuple[int, int, str]:
    """What the loop should say of one replica: best epoch, last epoch, cause."""
    lowest, best = math.inf, 0
    for number, score in enumerate(scores):
        for what, value in (("training", losses[number]), ("validation", score)):
            if not math.isfinite(value):
                cause = f"diverged: the {what} loss was not a finite number in epoch {number}"
                return best, number, cause
        if score < lowest:
            lowest, best = score, number
        if patience is not None and number - best >= patience:
            return best, number, "patience"
    return best, len(scores) - 1, "epochs"


SCORES = st.one_of(*[st.integers(-3, 3).map(float)] * 8, st.sampled_from([math.nan, math.inf]))
LOSSES = st.one_of(*[st.just(1.0)] * 12, st.sampled_from([math.nan, -math.inf]))


@given(st.data(), st.none() | st.integers(1, 4), st.sampled_from([torch.float32, torch.float64]))
def test_stopping_is_each_replicas_own(
    data: st.DataObject, patience: int | None, dtype: torch.dtype
) -> None:
    replicas, epochs = data.draw(st.integers(1, 4)), data.draw(st.integers(0, 12))
    scores = [[data.draw(SCORES) for _ in range(epochs + 1)] for _ in range(replicas)]
    losses = [[1.0] + [data.draw(LOSSES) for _ in range(epochs)] for _ in range(replicas)]
    program = Scripted(torch.tensor(losses, dtype=dtype), torch.tensor(scores, dtype=dtype))
    seen, outcome = exhausted(fit(program, epochs=epochs, patience=patience, keep_best=True))
    expected = [plain_stopping(*pair, patience) for pair in zip(losses, scores, strict=True)]
    ended = zip(outcome.best_epoch, outcome.stop_epoch, outcome.cause, strict=True)
    assert list(ended) == expected
    assert outcome.best_state is not None
    assert outcome.best_state["value"][:, 0].tolist() == [float(best) for best, _, _ in expected]
    last = max(stop for _, stop, _ in expected)
    assert [epoch.number for epoch in seen] == list(range(last + 1))
    for epoch in seen:
        # A replica that has ended has left the work.
        running = [row for row in range(replicas) if expected[row][1] >= epoch.number]
        assert epoch.rows.tolist() == running
        assert epoch.last == epochs
        written = [scores[row][epoch.number] for row in running]
        shown = torch.tensor(written, dtype=dtype).nan_to_num(7)
        assert torch.equal(epoch.score.nan_to_num(7), shown)
        assert epoch.observed["value"].tolist() == [[float(epoch.number)]] * len(running)
    assert program.steps == 2 * last


def falling(replicas: int, epochs: int) -> Scripted:
    scores = -torch.arange(epochs + 1.0).expand(replicas, -1).clone()
    return Scripted(torch.ones_like(scores), scores)


def test_no_epochs_is_a_look_at_the_start() -> None:
    program = falling(2, 0)
    epochs, outcome = exhausted(fit(program, epochs=0))
    assert [epoch.number for epoch in epochs] == [0]
    assert epochs[0].loss.isnan().all()
    assert (outcome.best_epoch, outcome.cause) == ((0, 0), ("epochs", "epochs"))
    assert outcome.best_state is None
    assert program.steps == 0


def test_to_cancel_is_to_stop_iterating() -> None:
    program = falling(2, 10)
    for epoch in fit(program, epochs=10):
        if epoch.number == 3:
            break
    assert program.steps == 2 * 3
    loop = fit(program, epochs=10)
    next(loop)
    loop.close()
    with pytest.raises(StopIteration):
        next(loop)
    assert program.steps == 2 * 3


def test_steps_are_in_training_mode_and_scores_without_gradients() -> None:
    program = falling(1, 1)
    exhausted(fit(program, epochs=1))
    step, look = ("step", True, True), ("score", False, False)
    assert program.modes == [look, step, step, look]


def test_the_loss_is_the_mean_over_the_epochs_steps() -> None:
    class Counting(Scripted):
        def step(self, batch: int) -> Tensor:
            super().step(batch)
            return torch.tensor([float(self.steps)])

    epochs, _ = exhausted(fit(Counting(torch.ones(1, 3), torch.ones(1, 3)), epochs=2))
    assert [epoch.loss.item() for epoch in epochs[1:]] == [1.5, 3.5]


def test_a_program_must_say_how_it_steps() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Program()
