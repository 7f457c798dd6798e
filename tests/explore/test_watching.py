"""A run under way: the partial table is the final one's beginning."""

from __future__ import annotations

import math

import pandas as pd
import pytest
import torch

from mtlkit import lessons
from mtlkit.core.lesson import Snapshot
from mtlkit.core.study import run_setting
from mtlkit.explore.subject import subject
from mtlkit.explore.watching import Watch
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig

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


def test_a_seed_that_diverged_has_no_more_rows() -> None:
    watch = Watch("toy", smoke("equal"), {"a": "b"})
    watch.add(Snapshot(0.0, "equal", 0, 2, (7, 9), {"a": torch.tensor([[1.0], [math.nan]])}))
    watch.add(Snapshot(0.5, "equal", 1, 2, (7,), {"a": torch.tensor([[2.0]])}))
    history = watch.result().tables["history"]
    assert watch.result().seeds == (7, 9)
    assert history["seed"].tolist() == [7, 9, 7]
    assert history["epoch"].tolist() == [0, 0, 1]
    assert history["b"].fillna(-1).tolist() == [1.0, -1.0, 2.0]
