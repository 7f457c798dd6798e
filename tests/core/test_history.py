"""Histories: the loop's epochs as tidy tables."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

import numpy as np
import pandas as pd
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from mtlkit.core.history import History, epochs_to_converge, recorded
from mtlkit.core.lesson import Snapshot
from mtlkit.core.training import Epoch, Outcome

SEEDS = (7, 3)


def epoch(number: int, rows: Sequence[int], tasks: int, score: Sequence[float]) -> Epoch:
    """`seen` is 100 * replica + 10 * task + epoch, tasks counted from 1."""
    place = torch.tensor(rows)
    seen: Tensor = 100.0 * place[:, None] + 10.0 * torch.arange(1, tasks + 1) + number
    return Epoch(number, 2, place, torch.zeros(len(rows)), torch.tensor(score), {"seen": seen})


def loop(tasks: int) -> Generator[Epoch, None, Outcome]:
    """Replica 1 diverges in epoch 1."""
    yield epoch(0, (0, 1), tasks, (3.0, 3.0))
    yield epoch(1, (0, 1), tasks, (2.0, math.nan))
    yield epoch(2, (0,), tasks, (1.0,))
    return Outcome((2, 0), (2, 1), ("epochs", "diverged: ..."), None)


def run(replicas: pd.DataFrame, tasks: int) -> tuple[History, Outcome, list[Snapshot]]:
    history, snapshots = History(replicas), []
    passing = recorded(loop(tasks), history, "equal")
    while True:
        try:
            snapshots.append(next(passing))
        except StopIteration as end:
            return history, end.value, snapshots


def test_one_row_per_replica_task_and_epoch() -> None:
    history, _, _ = run(pd.DataFrame({"seed": SEEDS, "strategy": "equal"}), 3)
    frame = history.frame()
    assert list(frame) == ["replica", "seed", "strategy", "task", "epoch", "seen"]
    assert len(frame) == 3 * (2 + 2 + 1)
    assert not frame.duplicated(["replica", "task", "epoch"]).any()
    assert (frame["seen"] == 100 * frame["replica"] + 10 * frame["task"] + frame["epoch"]).all()
    assert (frame["seed"] == frame["replica"].map(dict(enumerate(SEEDS)))).all()


def test_replicas_of_one_task_each_keep_its_number() -> None:
    history, outcome, _ = run(pd.DataFrame({"seed": (7, 7), "task": (1, 2)}), 1)
    frame = history.frame()
    assert list(frame) == ["replica", "seed", "task", "epoch", "seen"]
    assert (frame["task"] == frame["replica"] + 1).all()
    assert history.runs(outcome)["task"].tolist() == [1, 2]


def test_runs_tell_how_each_replica_ended() -> None:
    history, outcome, _ = run(pd.DataFrame({"seed": SEEDS}), 2)
    runs = history.runs(outcome)
    assert runs["seed"].tolist() == list(SEEDS)
    assert runs["best_epoch"].tolist() == [2, 0]
    assert runs["stop_epoch"].tolist() == [2, 1]
    assert runs["diverged"].tolist() == [False, True]
    assert runs["cause"].tolist() == ["epochs", "diverged: ..."]
    assert runs["epochs_to_converge"].isna().tolist() == [False, True]
    assert runs["epochs_to_converge"][0] == 2
    assert runs["task"].isna().all()


def test_snapshots_name_the_running_seeds_and_the_progress() -> None:
    _, _, snapshots = run(pd.DataFrame({"seed": SEEDS}), 2)
    assert [snapshot.progress for snapshot in snapshots] == [0.0, 0.5, 1.0]
    assert [snapshot.seeds for snapshot in snapshots] == [SEEDS, SEEDS, SEEDS[:1]]
    assert [(s.part, s.epoch, s.epochs) for s in snapshots] == [("equal", i, 2) for i in range(3)]


def test_rows_at_each_replicas_own_epoch_are_in_the_order_of_replicas() -> None:
    # The first replica's epochs come later than the second's, so an order by epoch would show.
    history, outcome, _ = run(pd.DataFrame({"seed": SEEDS}), 2)
    stop, best = history.at_stop(outcome), history.at_best(outcome)
    assert stop["replica"].tolist() == best["replica"].tolist() == [0, 0, 1, 1]
    assert stop["task"].tolist() == best["task"].tolist() == [1, 2, 1, 2]
    assert stop["seen"].tolist() == [12.0, 22.0, 111.0, 121.0]
    assert best["epoch"].tolist() == [2, 2, 0, 0]
    assert best["seen"].tolist()[:2] == [12.0, 22.0]
    assert best["seen"].isna().tolist() == [False, False, True, True]


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20))
def test_converged_is_within_a_tenth_of_the_total_drop(scores: list[float]) -> None:
    found = epochs_to_converge(np.array(scores))
    bound = min(scores) + 0.1 * (scores[0] - min(scores))
    assert scores[found] <= bound
    assert all(score > bound for score in scores[:found])
