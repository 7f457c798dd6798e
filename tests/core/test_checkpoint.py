"""Checkpoints: what goes on after a break is bit for bit what an unbroken training is."""

from __future__ import annotations

import errno
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mtlkit import lessons
from mtlkit.core import checkpoint, training
from mtlkit.core.cache import Cache
from mtlkit.core.captured import CapturedStep
from mtlkit.core.checkpoint import RunCheckpoints, keeping
from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.core.runner import Runner
from mtlkit.core.training import Epoch, Outcome, Program, fit

from .programs import Counter as Counted
from .programs import Linear, Normed, Remembering, Replayed, Scripted

MADE: Mapping[str, Callable[[], Program]] = {
    "Adam": lambda: Linear([1, 2, 3]),
    "one diverges": lambda: Linear([1, 2, 3], {2: 4}),
    "state of its own": lambda: Remembering([4, 5, 6, 7]),
    "that, and one diverges": lambda: Remembering([4, 5, 6, 7], {5: 3}),
    "batch normalisation": lambda: Normed(1),
}

EPOCHS, PATIENCE = 9, 2


@pytest.fixture(autouse=True)
def every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)


@attrs.frozen(eq=False)
class Seen:
    """All that a training shows: epochs, what was read of the program after each, the end."""

    epochs: list[Epoch]
    read: list[Tensor]
    outcome: Outcome | None
    program: Program


def trained(
    make: Callable[[], Program],
    run: RunCheckpoints | None = None,
    *,
    until: int | None = None,
    reads: bool = False,
    **more: Any,
) -> Seen:
    """Train a new program; break off once epoch `until` has been seen."""
    program = make()
    asked = {"epochs": EPOCHS, "patience": PATIENCE, "keep_best": True, **more}
    loop = fit(program, **asked)
    epochs: list[Epoch] = []
    read: list[Tensor] = []
    while True:
        try:
            with keeping(run):
                epochs.append(next(loop))
        except StopIteration as end:
            return Seen(epochs, read, end.value, program)
        if reads:
            read.append(next(program.parameters()).detach().clone())
            read.append(torch.tensor(getattr(program, "looks", 0)))
        if epochs[-1].number == until:
            return Seen(epochs, read, None, program)


def everything(program: Program) -> list[Any]:
    """Weights, buffers and optimisers' memories, in order."""
    states = [optimiser.state_dict() for optimiser in program.optimisers]
    return [
        *program.state_dict().items(),
        *[(at, own) for state in states for at, own in state["state"].items()],
        *[
            [value for name, value in group.items() if name != "params"]
            for state in states
            for group in state["param_groups"]
        ],
        *[(name, vars(program).get(name)) for name in ("rate", "trail", "looks")],
    ]


def assert_same(ours: Seen, whole: Seen) -> None:
    for one, other in zip(ours.epochs, whole.epochs, strict=True):
        torch.testing.assert_close(
            (one.number, one.rows, one.loss, one.score, dict(one.observed)),
            (other.number, other.rows, other.loss, other.score, dict(other.observed)),
            rtol=0,
            atol=0,
            equal_nan=True,
        )
    assert ours.outcome is not None and whole.outcome is not None
    for name in ("best_epoch", "stop_epoch", "cause"):
        assert getattr(ours.outcome, name) == getattr(whole.outcome, name)
    for one, other in (
        (ours.read, whole.read),
        (dict(ours.outcome.best_state or {}), dict(whole.outcome.best_state or {})),
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)
    assert repr(everything(ours.program)) == repr(everything(whole.program))
    ours_state, whole_state = ours.program.state_dict(), whole.program.state_dict()
    torch.testing.assert_close(ours_state, whole_state, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("name", MADE)
@settings(max_examples=6, deadline=None)
@given(breaks=st.lists(st.integers(0, EPOCHS), max_size=3), reads=st.booleans())
def test_broken_off_and_gone_on_is_as_unbroken(
    name: str, breaks: Sequence[int], reads: bool
) -> None:
    make = MADE[name]
    with tempfile.TemporaryDirectory() as folder:
        for until in breaks:
            trained(make, RunCheckpoints(Path(folder)), until=until, reads=reads)
        ours = trained(make, RunCheckpoints(Path(folder)), reads=reads)
    assert_same(ours, trained(make, reads=reads))


def test_what_is_recorded_is_not_trained_again(tmp_path: Path) -> None:
    scores = -torch.arange(11.0).expand(2, -1).clone()

    def make() -> Scripted:
        return Scripted(torch.ones_like(scores), scores)

    trained(make, RunCheckpoints(tmp_path), until=7, epochs=10)
    program = trained(make, RunCheckpoints(tmp_path), epochs=10).program
    # Seven epochs are over when the seventh is shown; its checkpoint comes after it was seen.
    assert isinstance(program, Scripted)
    steps = [mode for mode in program.modes if mode[0] == "step"]
    assert len(steps) == 2 * 10  # of the list, which the checkpoint had
    assert program.steps == 2 * 10
    again = trained(make, RunCheckpoints(tmp_path), epochs=10).program
    assert isinstance(again, Scripted)
    assert again.steps == 2 * 10


def test_short_trainings_write_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "INTERVAL", 300.0)
    trained(MADE["Adam"], RunCheckpoints(tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_trainings_that_are_over_wait_for_the_next_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunCheckpoints(tmp_path / "run")
    monkeypatch.setattr(checkpoint, "INTERVAL", 300.0)
    first = trained(MADE["Adam"], run)
    assert not run.folder.exists()
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)
    trained(MADE["batch normalisation"], run, until=3)
    again = RunCheckpoints(tmp_path / "run")
    assert_same(trained(MADE["Adam"], again, epochs=EPOCHS), first)
    assert again.seconds > 0
    ours = trained(MADE["batch normalisation"], again)
    assert_same(ours, trained(MADE["batch normalisation"]))


def test_only_what_changes_is_written(tmp_path: Path) -> None:
    trained(MADE["Adam"], RunCheckpoints(tmp_path), until=5)
    files = sorted((tmp_path / "1").glob("state-*.pt"))
    assert [file.name for file in files] == ["state-3.pt", "state-4.pt"]
    (head,) = [checkpoint._read(files[-1])]
    assert set(head["state"]["program"]["tensors"]) == {"layer.weight", "layer.bias"}


def damage(file: Path, how: str) -> None:
    raw = file.read_bytes()
    middle = len(raw) // 2
    flipped = raw[:middle] + bytes([raw[middle] ^ 1]) + raw[middle + 1 :]
    file.write_bytes({"cut": raw[:middle], "flipped": flipped, "empty": b""}[how])


@pytest.mark.parametrize(
    ("which", "how"),
    [
        *[("state-4.pt", how) for how in ("cut", "flipped", "empty", "gone")],
        *[(which, how) for which in ("epochs-4-4.pt", "epochs-0-0.pt") for how in ("cut", "gone")],
        *[("all", how) for how in ("flipped", "gone")],
    ],
)
def test_a_damaged_file_is_named_and_an_older_checkpoint_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, which: str, how: str
) -> None:
    make = MADE["that, and one diverges"]
    trained(make, RunCheckpoints(tmp_path), until=5)
    hit = sorted(tmp_path.rglob("*.pt")) if which == "all" else [tmp_path / "1" / which]
    for file in hit:
        if how == "gone":
            file.unlink()
        else:
            damage(file, how)
    with caplog.at_level(logging.WARNING):
        ours = trained(make, RunCheckpoints(tmp_path))
    assert_same(ours, trained(make))
    named = [record.getMessage() for record in caplog.records]
    if how == "gone" and which in ("state-4.pt", "all"):
        assert not named  # as if it had never been written
    else:
        assert any(str(hit[0].parent) in line and "\n" not in line for line in named)


@pytest.mark.parametrize(
    "change", [{"epochs": 12}, {"patience": None}, {"keep_best": False}, {"torch": "0.1"}]
)
def test_checkpoints_of_another_training_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    make = MADE["Adam"]
    trained(make, RunCheckpoints(tmp_path), until=6)
    if "torch" in change:
        monkeypatch.setattr(torch, "__version__", change.pop("torch"))
    run = RunCheckpoints(tmp_path)
    assert_same(trained(make, run, **change), trained(make, **change))
    assert run.seconds == 0


@pytest.mark.parametrize("first", [False, True])
def test_checkpoints_of_cut_and_of_masked_replicas_are_not_mixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    """As on a GPU that captures, and one that does not."""
    make = MADE["one diverges"]

    def capturing(captures: bool) -> None:
        def step(program: Program) -> CapturedStep | None:
            return CapturedStep(program, Replayed(program)) if captures else None

        monkeypatch.setattr(training, "capturing", step)

    capturing(first)
    trained(make, RunCheckpoints(tmp_path), until=3)
    for captures in (not first, first):
        capturing(captures)
        run = RunCheckpoints(tmp_path)
        assert_same(trained(make, run), trained(make))
        assert run.seconds == 0


def test_another_layout_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained(MADE["Adam"], RunCheckpoints(tmp_path), until=6)
    monkeypatch.setattr(checkpoint, "FORMAT", checkpoint.FORMAT + 1)
    run = RunCheckpoints(tmp_path)
    assert_same(trained(MADE["Adam"], run), trained(MADE["Adam"]))
    assert run.seconds == 0


def test_a_full_disk_stops_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor is anything lost of what comes after space was made."""
    real, full = checkpoint.write_file, [True]

    def write_file(target: Path, write: Callable[[Path], Any]) -> None:
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(target, write)

    monkeypatch.setattr(checkpoint, "write_file", write_file)
    make, run = MADE["state of its own"], RunCheckpoints(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert_same(trained(make, run), trained(make))
    (line,) = [record.getMessage() for record in caplog.records]
    assert "No space left" in line
    full[0] = False
    trained(MADE["Adam"], run, until=4)
    fresh = RunCheckpoints(tmp_path)
    assert_same(trained(make, fresh), trained(make))
    assert_same(trained(MADE["Adam"], fresh), trained(MADE["Adam"]))


def test_what_is_too_large_to_keep_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A training that is looked at, with more weights than there is room for."""
    monkeypatch.setattr(checkpoint, "MOST_BYTES", 100)
    make = MADE["Adam"]
    trained(make, RunCheckpoints(tmp_path), until=6, reads=True)
    run = RunCheckpoints(tmp_path)
    assert_same(trained(make, run, reads=True), trained(make, reads=True))


class Hoarding(Linear):
    """What it has learned lies in objects of a list."""

    def __init__(self) -> None:
        super().__init__([1, 2])
        self.hoard = [Counted()]

    def step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        self.hoard[0].count += 1
        return super().step(batch) / self.hoard[0].count


class Secretive(Linear):
    """Has an extra state that is no plain data."""

    def get_extra_state(self) -> object:
        return object()

    def set_extra_state(self, state: object) -> None:
        pass


class Refusing(Linear):
    """Has an extra state that cannot be had."""

    def get_extra_state(self) -> object:
        raise ValueError("not now")

    def set_extra_state(self, state: object) -> None:
        pass


@pytest.mark.parametrize(("interval", "reads"), [(0.0, True), (300.0, False)])
@pytest.mark.parametrize(
    ("make", "named"),
    [
        (Hoarding, "hoard, a list cannot be kept"),
        (lambda: Secretive([1, 2]), "extra state of it cannot be kept"),
        (lambda: Refusing([1, 2]), "ValueError: not now"),
    ],
)
def test_a_state_that_cannot_be_kept_stops_no_training(
    make: Callable[[], Program],
    named: str,
    interval: float,
    reads: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It has no checkpoints, and one warning; the next training of the run has them."""
    monkeypatch.setattr(checkpoint, "INTERVAL", interval)
    run = RunCheckpoints(tmp_path)
    with caplog.at_level(logging.WARNING):
        ours = trained(make, run, reads=reads)
    (line,) = [record.getMessage() for record in caplog.records]
    assert named in line
    # Before the first step, nothing has changed.
    assert {file.name for file in tmp_path.rglob("*.pt")} <= {"state-0.pt", "epochs-0-0.pt"}
    whole = [one.loss for one in trained(make, reads=reads).epochs]
    for again in (ours, trained(make, RunCheckpoints(tmp_path), reads=reads)):
        found = [one.loss for one in again.epochs]
        torch.testing.assert_close(found, whole, rtol=0, atol=0, equal_nan=True)
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)
    trained(MADE["Adam"], run, until=5)
    assert [file.parent.name for file in tmp_path.rglob("state-4.pt")] == ["2"]


def test_a_rate_that_is_a_number_of_numpy_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def make() -> Program:
        program = Linear([1, 2])
        rate: Any = np.float64(0.02)
        program.optimisers = [torch.optim.Adam(program.parameters(), rate)]
        return program

    trained(make, RunCheckpoints(tmp_path), until=5)
    run = RunCheckpoints(tmp_path)
    assert_same(trained(make, run), trained(make))
    assert run.seconds > 0
    assert not caplog.records


SMALL: Mapping[str, dict[str, Any]] = {
    "noisy_polynomials": {"strategies": ("hand_tuned", "single_task"), "patience": 1},
    "digit_task_weights": {"strategies": ("learned_frozen",)},
    "sharing_architectures": {"strategies": ("cross_stitch",), "steps": 8},
    "gated_experts": {"strategies": ("gated", "frozen_density"), "steps": 6},
    "retrieval_losses": {"strategies": ("barlow_twins",), "n_train": 32, "epochs": 2},
    "retrieval_task_weights": {"strategies": ("learned_kendall", "hand_tuned"), "epochs": 2},
    "zero_shot_synthesis": {"strategies": ("tds", "label_embed"), "epochs": 2},
}
"""What is changed of a lesson's `smoke`: little work, and trainings that differ."""


def results_of(
    name: str, cache: Path, breaks: Sequence[int]
) -> tuple[list[Result], list[Path], bool]:
    """A lesson's results, broken off after so many snapshots of each attempt but the last.

    Also the checkpoints that were there before the last attempt, and whether any is left.
    """
    lesson = lessons.get(name)
    config = lesson.experiment.Config.preset("smoke", **SMALL.get(name, {}))
    for seen in breaks:
        training = Runner(lesson, torch.device("cpu"), Cache(cache)).run(config, [0, 1])
        for _ in range(seen):
            assert isinstance(next(training), Snapshot)
        del training
    there = list(cache.rglob("*.pt"))
    *_, results = Runner(lesson, torch.device("cpu"), Cache(cache)).run(config, [0, 1])
    assert isinstance(results, list)
    return results, there, any(cache.rglob("*.pt"))


@pytest.mark.parametrize("name", lessons.names())
def test_every_lesson_goes_on_to_the_same_numbers(name: str, tmp_path: Path) -> None:
    whole, _, _ = results_of(name, tmp_path / "whole", [])
    broken, there, left = results_of(name, tmp_path / "broken", [2, 4])
    assert there
    assert not left
    for ours, other in zip(broken, whole, strict=True):
        assert ours.tables.keys() == other.tables.keys()
        for table, found in ours.tables.items():
            pd.testing.assert_frame_equal(found, other.tables[table], check_exact=True)
        assert ours.arrays.keys() == other.arrays.keys()
        for array, values in ours.arrays.items():
            np.testing.assert_array_equal(values, other.arrays[array])
