"""A run under way: the partial table is the final one's beginning."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import attrs
import numpy as np
import pandas as pd
import pytest
import torch
from filelock import FileLock

from mtlkit import lessons
from mtlkit.core import checkpoint
from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.core.runner import Runner, merged, run_setting
from mtlkit.explore import trainings
from mtlkit.explore.knobs import Values
from mtlkit.explore.panels import Heatmap, Panel
from mtlkit.explore.subject import subject
from mtlkit.explore.trainings import Trainings
from mtlkit.explore.watching import Watch
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from tests.core.test_reserving import holder
from tests.explore.exploring import EPOCHS, EXPLORATION, SteppedExperiment, stepped_lesson

LESSON = lessons.get("noisy_polynomials")
OBSERVED = subject(LESSON).exploration.observed
COLUMNS = ["seed", "strategy", "task", "epoch", *OBSERVED.values()]


def smoke(*strategies: str, tasks: int = 2) -> PolynomialConfig:
    return PolynomialConfig.preset("smoke", strategies=strategies, tasks=tasks)


def watched(config: PolynomialConfig, seeds: range, last: int | None = None) -> Watch:
    """A watch that has seen the first `last` snapshots of a run, or all."""
    watch = Watch(LESSON.name, config, OBSERVED)
    snapshots = (
        item
        for item in LESSON.experiment.train(config, seeds, torch.device("cpu"))
        if isinstance(item, Snapshot)
    )
    for number, snapshot in enumerate(snapshots):
        if number == last:
            break
        watch.add(snapshot)
    return watch


def sorted_rows(table: pd.DataFrame) -> pd.DataFrame:
    keys = ["seed", "strategy", "task", "epoch"]
    return table[COLUMNS].sort_values(keys, ignore_index=True)


def test_after_the_last_epoch_it_is_the_results_table() -> None:
    config = smoke("learned_kendall", "equal")
    seen = watched(config, range(3)).result()
    whole = run_setting(LESSON, config, range(3), "cpu")
    assert seen.seeds == whole.seeds
    pd.testing.assert_frame_equal(
        sorted_rows(seen.tables["history"]),
        sorted_rows(whole.tables["history"]),
        check_dtype=False,
        check_exact=True,
    )


def test_on_the_way_it_is_the_beginning_of_it() -> None:
    config = smoke("learned_kendall", "equal")
    seen = watched(config, range(2), last=3).result().tables["history"]
    assert set(seen["strategy"]) == {"learned_kendall"}
    assert sorted(set(seen["epoch"])) == [0, 1, 2]
    assert len(seen) == 3 * 2 * 2
    assert seen["uncertainty"].notna().all()


def test_what_a_strategy_does_not_learn_is_a_gap() -> None:
    history = watched(smoke("equal"), range(2)).result().tables["history"]
    assert history["uncertainty"].isna().all()
    assert (history["weight"] == 1).all()


@pytest.mark.parametrize("strategy", ["hand_tuned", "single_task"])
def test_several_networks_a_seed_add_no_rows(strategy: str) -> None:
    history = watched(smoke(strategy), range(2)).result().tables["history"]
    assert list(history) == COLUMNS
    assert len(history) == 0


def test_before_the_first_epoch_there_is_nothing() -> None:
    result = Watch(LESSON.name, smoke("equal"), OBSERVED).result()
    assert result.seeds == ()
    assert list(result.tables["history"]) == COLUMNS


def test_arrays_have_the_names_that_the_merged_result_will_give_them(tmp_path: Path) -> None:
    watch = Watch("toy", smoke("equal"), {"a": "b"}, {"probability": "gates"})
    state = torch.rand(2, 3, 4)
    seen = {"a": torch.zeros(2, 3), "probability": state}
    watch.add(Snapshot(0.0, "gated", 0, 2, (7, 9), seen))
    first = state.clone()
    state[0] += 1  # the training goes on in the same memory
    watch.add(Snapshot(0.5, "gated", 1, 2, (7,), {"probability": state[:1]}))
    watch.add(Snapshot(0.6, "shared", 0, 2, (7, 9), {"a": torch.zeros(2, 3)}))
    result = watch.result()
    ended = [
        attrs.evolve(
            result,
            seeds=(seed,),
            arrays={"gates_gated": np.zeros((3, 4), np.float32)},
            provenance={"seconds": 0.0},
        )
        for seed in (7, 9)
    ]
    whole = merged(stepped_lesson(tmp_path)[0], smoke("equal"), ended)
    assert set(result.arrays) == set(whole.arrays)
    for name, array in result.arrays.items():
        assert array.shape == whole.arrays[name].shape
    np.testing.assert_array_equal(result.arrays["gates_gated/7"], first[0] + 1)
    np.testing.assert_array_equal(result.arrays["gates_gated/9"], first[1])  # it has stopped


class Gating(SteppedExperiment):
    """Observes a state of gates too, and leaves its last one."""

    def train(
        self, config: Any, seeds: Sequence[int], device: torch.device
    ) -> Iterator[Snapshot | Result]:
        for item in super().train(config, seeds, device):
            if isinstance(item, Snapshot):
                state = torch.full((len(seeds), 3, 2), float(item.epoch))
                yield attrs.evolve(item, observed={**item.observed, "probability": state})
            else:
                state = torch.full((3, 2), float(EPOCHS))
                yield attrs.evolve(item, arrays={"gates_equal": state.numpy()})


def test_one_function_draws_a_run_under_way_and_one_that_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gates(result: Result, values: Values) -> Sequence[Panel]:
        shown = Heatmap(
            title="Gates",
            alt="Gates.",
            x_label="expert",
            y_label="task",
            columns=("a", "b"),
            rows=("1", "2", "3"),
            values=result.arrays["gates_equal/0"],
            quantity="probability",
        )
        return [shown]

    monkeypatch.setattr(trainings, "PAUSE", 0.0)
    monkeypatch.setattr(trainings, "SHARE", 1.0)
    lesson = attrs.evolve(stepped_lesson(tmp_path)[0], toy=Gating())
    exploration = attrs.evolve(EXPLORATION, panels=gates, observed_arrays={"probability": "gates"})
    seen = []
    for look in Trainings(lesson, exploration, torch.device("cpu")).run(exploration.start("smoke")):
        assert look.result is not None
        (panel,) = exploration.panels(look.result, {})
        assert isinstance(panel, Heatmap)
        seen.append(panel.values[2][1])
    assert seen == [*range(EPOCHS + 1), EPOCHS]


def test_a_run_that_another_process_trains_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson, _ = stepped_lesson(tmp_path)
    values = EXPLORATION.start("smoke")
    runs = Trainings(lesson, EXPLORATION, torch.device("cpu"))
    runner = Runner(lesson, torch.device("cpu"))
    locks = runner.cache.locks(runner.key(runs.key(values)[0]))
    with holder(locks, 0):
        monkeypatch.setattr("time.sleep", _never)
        *_, end = runs.run(values)
    assert end.result is not None and end.result.seeds == (0,)


def _never(seconds: float) -> NoReturn:
    raise AssertionError("waited")


def test_a_run_that_is_left_half_seen_is_in_nobodys_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)
    exploration = subject(LESSON).exploration
    values = exploration.start("smoke")
    runs = Trainings(LESSON, exploration, torch.device("cpu"))
    looks = runs.run(values)  # as the traceback of a notebook's cell holds on to it
    for _ in range(3):
        next(looks)
    runner = Runner(LESSON, torch.device("cpu"))
    for lock in runner.cache.locks(runner.key(runs.key(values)[0])).glob("*"):
        with FileLock(lock, blocking=False):
            pass
    # Others keep theirs under the same names.
    assert not list(runner.cache.root.rglob("*.pt"))
    *_, end = looks
    assert end.result is not None


def test_several_networks_a_seed_add_no_arrays() -> None:
    watch = Watch("toy", smoke("equal"), {}, {"probability": "gates"})
    watch.add(Snapshot(0.0, "gated", 0, 2, (7, 7), {"probability": torch.rand(2, 3, 4)}))
    assert watch.result().arrays == {}


def test_a_seed_that_diverged_has_no_more_rows() -> None:
    watch = Watch("toy", smoke("equal"), {"a": "b"})
    watch.add(Snapshot(0.0, "equal", 0, 2, (7, 9), {"a": torch.tensor([[1.0], [math.nan]])}))
    watch.add(Snapshot(0.5, "equal", 1, 2, (7,), {"a": torch.tensor([[2.0]])}))
    history = watch.result().tables["history"]
    assert watch.result().seeds == (7, 9)
    assert history["seed"].tolist() == [7, 9, 7]
    assert history["epoch"].tolist() == [0, 0, 1]
    assert history["b"].fillna(-1).tolist() == [1.0, -1.0, 2.0]
