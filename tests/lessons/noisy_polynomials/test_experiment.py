"""Lesson 01's experiment: its tables, what is chosen over seeds, and the synthetic truth."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit import lessons
from mtlkit.balance.simplex import simplex_grid
from mtlkit.core.result import Result
from mtlkit.core.runner import run_setting
from mtlkit.errors import UsageError
from mtlkit.lessons.noisy_polynomials.config import STRATEGIES, PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import PolynomialProgram, Team

LESSON = lessons.get("noisy_polynomials")
SEEDS = (0, 3)


@pytest.fixture(scope="module")
def everything() -> Result:
    """All strategies at `smoke`, two seeds."""
    config = PolynomialConfig.preset("smoke", strategies=STRATEGIES, noise=(0.5, 2.0))
    return run_setting(LESSON, config, SEEDS, "cpu")


def test_tables_have_a_row_for_each_seed_strategy_and_task(everything: Result) -> None:
    keys = set(itertools.product(SEEDS, STRATEGIES, (1, 2)))
    for _, errors in everything.tables["errors"].groupby("split"):
        assert set(zip(errors.seed, errors.strategy, errors.task, strict=True)) == keys
        assert len(errors) == len(keys)
    estimates = everything.tables["noise_estimates"]
    assert set(estimates.strategy) == {"learned_kendall", "learned_printed"}
    assert len(estimates) == 2 * 2 * 2
    truth = estimates.groupby("task")["true_noise"].unique()
    np.testing.assert_allclose([truth[1].item(), truth[2].item()], [0.5, 2.0])
    history = everything.tables["history"]
    assert not history.duplicated(["seed", "strategy", "task", "epoch"]).any()
    assert set(history.epoch) == set(range(4))
    runs = everything.tables["runs"]
    assert len(runs) == 2 * (len(STRATEGIES) - 1 + 2)  # a single task has a run of its own


def test_errors_and_estimates_are_those_of_the_best_epoch(everything: Result) -> None:
    history = everything.tables["history"]
    shared = history[history["strategy"] != "single_task"]
    score = shared.groupby(["seed", "strategy", "epoch"])["noisy_loss"].mean()
    best = score.groupby(["seed", "strategy"]).idxmin().map(lambda key: key[2])
    errors = everything.tables["errors"].query("split == 'validation'")
    for row in errors[errors["strategy"] != "single_task"].itertuples():
        there = history.query(
            "seed == @row.seed and strategy == @row.strategy and task == @row.task"
        ).set_index("epoch")
        assert there["noisy_loss"][best[row.seed, row.strategy]] == row.noisy_loss
        assert there["clean_error"][best[row.seed, row.strategy]] == row.clean_error
    for row in everything.tables["noise_estimates"].itertuples():
        there = history.query(
            "seed == @row.seed and strategy == @row.strategy and task == @row.task"
        ).set_index("epoch")
        assert there["uncertainty"][best[row.seed, row.strategy]] == row.estimate
        assert there["uncertainty"][there.index.max()] == row.estimate_at_stop


def test_fixed_weights_of_one_are_equal_weights(everything: Result) -> None:
    errors = everything.tables["errors"].set_index(["strategy", "seed", "task", "split"])
    for column in ("noisy_loss", "clean_error"):
        assert errors[column]["fixed"].equals(errors[column]["equal"])


def test_one_hand_tuned_vector_is_chosen_on_validation_over_the_seeds(everything: Result) -> None:
    grid = everything.tables["hand_tuned_grid"]
    points = simplex_grid(2)
    assert set(grid["point"]) == set(range(len(points)))
    by_point = grid.groupby("point")["noisy_loss"].mean()
    (chosen,) = grid.loc[grid["chosen"], "point"].unique()
    assert by_point[chosen] == by_point.min()
    for row in grid.itertuples():
        assert row.weight == points[row.point, row.task - 1].item()
    errors = everything.tables["errors"].query("strategy == 'hand_tuned' and split == 'validation'")
    expected = grid[grid["chosen"]].set_index(["seed", "task"])["noisy_loss"].sort_index()
    found = errors.set_index(["seed", "task"])["noisy_loss"].sort_index()
    pd.testing.assert_series_equal(found, expected)


def test_a_seed_does_not_depend_on_those_beside_it(everything: Result) -> None:
    config = PolynomialConfig.preset("smoke", strategies=STRATEGIES[:3], noise=(0.5, 2.0))
    alone = run_setting(LESSON, config, [3], "cpu").tables["history"]
    beside = everything.tables["history"].query("seed == 3")
    keys = ["strategy", "task", "epoch"]
    both = alone.merge(beside, on=keys, suffixes=("", "_beside"))
    assert len(both) == len(alone)
    for column in ("noisy_loss", "clean_error", "weight"):
        np.testing.assert_allclose(both[column], both[f"{column}_beside"], rtol=1e-5)


def test_uncertainties_are_the_noise_plus_what_is_not_yet_fitted() -> None:
    """And half of that for the printed form."""
    noise, points, seeds = (0.5, 1.0, 4.0), 1500, 4
    config = PolynomialConfig.preset(
        "lesson",
        degree=2,
        noise=noise,
        n_train=points,
        width=16,
        epochs=100,
        patience=100,
        strategies=("learned_kendall", "learned_printed"),
    )
    tables = run_setting(LESSON, config, range(seeds), "cpu").tables
    estimates = tables["noise_estimates"].groupby(["strategy", "task"])["estimate_at_stop"].mean()
    last = (
        tables["history"].query("epoch == epoch.max()").groupby(["strategy", "task"])["clean_error"]
    )
    # Four standard deviations of a sample variance of so many points.
    scatter = 4 * (2 / (points * seeds)) ** 0.5
    for task, variance in enumerate(noise, start=1):
        for strategy, part in (("learned_kendall", 1.0), ("learned_printed", 0.5)):
            expected = part * (variance + last.mean()[strategy, task])
            assert estimates[strategy, task] == pytest.approx(expected, rel=scatter)


def test_frozen_heads_stay_and_the_shared_layer_learns() -> None:
    config = PolynomialConfig.preset("smoke", frozen_heads=True)
    team = Team.of(config, "equal", [0])
    program = PolynomialProgram(config, "equal", team, torch.device("cpu"))
    before = {n: p.detach().clone() for n, p in program.network.named_parameters()}
    for batch in program.batches(1):
        program.step(batch)
    moved = {n for n, p in program.network.named_parameters() if not torch.equal(p, before[n])}
    assert moved == {"shared.weight", "shared.bias"}


def test_noise_may_be_given_as_a_deviation() -> None:
    config = PolynomialConfig.preset("smoke", noise_kind="std", noise=(1.0, 3.0))
    estimates = run_setting(LESSON, config, [0], "cpu").tables["noise_estimates"]
    np.testing.assert_allclose(sorted(set(estimates["true_noise"])), [1.0, 9.0])


def test_one_number_of_noise_and_weight_for_each_task() -> None:
    with pytest.raises(UsageError, match=r"noise = 1, 2: .* each of the 3 tasks"):
        PolynomialConfig.preset("lesson", tasks=3, noise=(1.0, 2.0))
    with pytest.raises(UsageError, match=r"task_weights = 1: .* each of the 2 tasks"):
        PolynomialConfig.preset("lesson", tasks=2, task_weights="1")


def test_wide_inputs_at_a_high_degree_warn() -> None:
    assert PolynomialConfig.preset("lesson", x_distribution="normal", degree=10).warnings()
    assert not PolynomialConfig.preset("lesson", degree=10).warnings()
