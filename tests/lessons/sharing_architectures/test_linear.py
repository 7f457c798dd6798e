"""What a walk along a linear method's path leaves: its snapshots, tables and arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.lesson import Snapshot
from mtlkit.core.parts import Part
from mtlkit.lessons.sharing_architectures.config import LINEAR_METHODS, SharingConfig
from mtlkit.lessons.sharing_architectures.linear import train_linear
from mtlkit.lessons.sharing_architectures.linear_data import examples, true_coefficients
from mtlkit.lessons.sharing_architectures.linear_methods import DEVIATION_WEIGHTS, STEPS

CONFIG = SharingConfig(
    problem="linear", tasks=3, inputs=15, n_train=20, relevant=3, strategies=LINEAR_METHODS
)
SEEDS = (7, 2)
OBSERVED = {
    "coefficient_error",
    "validation_error",
    "test_error",
    "nonzero",
    "strength",
    "deviation_weight",
}


def _walked(config: SharingConfig, strategy: str, seeds: tuple[int, ...]) -> tuple[list, Part]:
    snapshots: list[Snapshot] = []
    walk = train_linear(config, strategy, seeds)
    while True:
        try:
            snapshots.append(next(walk))
        except StopIteration as end:
            return snapshots, end.value


@pytest.fixture(scope="module", params=LINEAR_METHODS)
def walked(request: pytest.FixtureRequest) -> tuple[str, list[Snapshot], Part]:
    return request.param, *_walked(CONFIG, request.param, SEEDS)


def test_snapshots_are_the_history(walked: tuple[str, list[Snapshot], Part]) -> None:
    strategy, snapshots, part = walked
    assert [snapshot.epoch for snapshot in snapshots] == list(range(STEPS))
    assert snapshots[-1].epochs == STEPS - 1
    assert snapshots[-1].progress == 1
    history = part.tables["history"]
    assert set(history) == {"seed", "strategy", "task", "epoch", *OBSERVED}
    assert len(history) == STEPS * 2 * 3
    for snapshot in snapshots:
        assert (snapshot.part, snapshot.seeds) == (strategy, SEEDS)
        assert set(snapshot.observed) == OBSERVED
        rows = history[history["epoch"] == snapshot.epoch]
        assert rows["seed"].tolist() == [7, 7, 7, 2, 2, 2]
        assert rows["task"].tolist() == [1, 2, 3, 1, 2, 3]
        for name, values in snapshot.observed.items():
            np.testing.assert_array_equal(rows[name].to_numpy().reshape(2, 3), values)


def test_validation_chooses_and_the_rest_is_measured_there(
    walked: tuple[str, list[Snapshot], Part],
) -> None:
    strategy, _, part = walked
    of_seeds = part.tables["coefficients_error"].set_index("seed")
    of_tasks = part.tables["errors"].set_index(["seed", "task"])
    curves = part.tables["history"].groupby(["seed", "epoch"])["validation_error"].mean()
    for seed in SEEDS:
        a = part.arrays[seed][f"coefficients_{strategy}"]
        truth = part.arrays[seed]["truth"]
        assert np.array_equal(truth, true_coefficients(CONFIG, seed))
        row = of_seeds.loc[seed]
        assert row["strategy"] == strategy
        assert row["step"] == curves[seed].idxmin()
        assert row["validation_error"] == pytest.approx(curves[seed].min())
        error = np.linalg.norm(a - truth) / np.linalg.norm(truth)
        assert row["coefficient_error"] == pytest.approx(error)
        for split in ("validation", "test"):
            x, y = (values.numpy() for values in examples(CONFIG, seed, split))
            squares = [np.mean((y[t] - x[t] @ a[:, t]) ** 2) for t in range(3)]
            assert row[f"{split}_error"] == pytest.approx(np.mean(squares))
            assert of_tasks.loc[seed, f"{split}_error"].to_numpy() == pytest.approx(squares)
        _check_support(row, a, truth)
        for task in range(3):
            mine = of_tasks.loc[(seed, task + 1)]
            _check_support(mine, a[:, task], truth[:, task])
            error = np.linalg.norm(a[:, task] - truth[:, task]) / np.linalg.norm(truth[:, task])
            assert mine["coefficient_error"] == pytest.approx(error)


def _check_support(row: pd.Series, found: np.ndarray, truth: np.ndarray) -> None:
    chosen = set(zip(*np.nonzero(found), strict=True))
    right = set(zip(*np.nonzero(truth), strict=True))
    assert row["nonzero"] == len(chosen)
    assert row["recall"] == len(chosen & right) / len(right)
    if chosen:
        assert row["precision"] == len(chosen & right) / len(chosen)
    else:
        assert np.isnan(row["precision"])


def test_only_the_mean_regularised_method_has_a_second_strength(
    walked: tuple[str, list[Snapshot], Part],
) -> None:
    strategy, _, part = walked
    weights = part.tables["coefficients_error"]["deviation_weight"]
    if strategy == "mean_regularised":
        assert weights.isin(DEVIATION_WEIGHTS).all()
    else:
        assert weights.isna().all()


def test_a_seed_does_not_depend_on_the_others(walked: tuple[str, list[Snapshot], Part]) -> None:
    strategy, _, part = walked
    _, alone = _walked(CONFIG, strategy, (2,))
    for name, table in part.tables.items():
        mine = table[table["seed"] == 2].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone.tables[name], rtol=1e-9)
    for name, array in part.arrays[2].items():
        np.testing.assert_allclose(array, alone.arrays[2][name], atol=1e-10)


def test_rows_are_shared_with_profit_only_where_tasks_agree() -> None:
    errors = {
        (method, overlap): _walked(
            SharingConfig(problem="linear", tasks=6, overlap=overlap), method, (0, 1)
        )[1].tables["coefficients_error"]["coefficient_error"]
        for method in ("lasso", "l1_l2")
        for overlap in (0.0, 1.0)
    }
    assert (errors["l1_l2", 1.0] < errors["lasso", 1.0]).all()
    assert (errors["l1_l2", 0.0] > errors["lasso", 0.0]).all()


def test_a_mean_helps_as_far_as_tasks_lie_around_it() -> None:
    near, far = (
        {
            method: _walked(
                SharingConfig(problem="linear", coefficients="around_mean", spread=spread),
                method,
                (0, 1, 2),
            )[1].tables["coefficients_error"]
            for method in ("mean_regularised", "pooled", "ridge")
        }
        for spread in (0.1, 2.0)
    )
    error = "coefficient_error"
    assert (near["mean_regularised"][error] < near["ridge"][error] / 3).all()
    assert (far["mean_regularised"][error] < far["pooled"][error]).all()
    # From the two deviations the best λ follows: 1 + T / spread².
    weights = [table["mean_regularised"]["deviation_weight"] for table in (near, far)]
    assert weights[0].min() >= 100 > 10 >= weights[1].max()
    assert torch.tensor(weights[1].to_numpy()).min() > 1
