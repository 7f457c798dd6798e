"""What the experiment finds on real digits, at a reduced size."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.decomposition import PCA

from mtlkit.balance.simplex import simplex_grid
from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.data import pictures
from mtlkit.errors import UsageError
from mtlkit.lessons.digit_task_weights import experiment
from mtlkit.lessons.digit_task_weights.config import STRATEGIES, DigitConfig
from mtlkit.lessons.digit_task_weights.inputs import images, noisy_labels
from mtlkit.lessons.digit_task_weights.program import DigitProgram
from mtlkit.lessons.digit_task_weights.team import Team
from mtlkit.noise import flip_rate

CPU = torch.device("cpu")


def _run(config: DigitConfig, seeds: tuple[int, ...]) -> dict[str, pd.DataFrame]:
    items = experiment.train(config, seeds, CPU)
    return experiment.combine([item for item in items if isinstance(item, Result)])


@pytest.fixture(scope="module")
def noisy() -> dict[str, pd.DataFrame]:
    config = DigitConfig.preset("lesson", widths=(32, 16), epochs=20)
    return _run(config, (0, 1))


def test_uncertainties_are_ordered_by_noise(noisy: dict[str, pd.DataFrame]) -> None:
    table = noisy["uncertainties"].query("strategy == 'learned_kendall'")
    for column in ("uncertainty", "uncertainty_at_stop", "training_loss"):
        s = table.pivot(index="seed", columns="task", values=column)
        assert s.shape == (2, 3)
        assert (s[1] < s[2]).all()
        assert (s[2] < s[3]).all()


def test_uncertainty_is_near_twice_the_cross_entropy_and_not_the_noise(
    noisy: dict[str, pd.DataFrame],
) -> None:
    table = noisy["uncertainties"].query("strategy == 'learned_kendall' and task == 3")
    # Mini-batches are seen while the loss falls, so s lags a little above its resting point.
    ratio = table["uncertainty_at_stop"] / (2 * table["training_loss_at_stop"])
    assert ratio.between(0.8, 1.25).all()
    assert (table["noise"] == 3).all()
    assert (table["flip_rate"] == flip_rate(3)).all()


def test_weights_are_those_of_the_strategy(noisy: dict[str, pd.DataFrame]) -> None:
    history = noisy["history"]
    equal = history[history["strategy"] == "equal"]
    assert (equal["weight"] == 1).all()
    assert equal["uncertainty"].isna().all()
    learned = history[history["strategy"] == "learned_kendall"]
    assert ((learned["weight"] * learned["uncertainty"] - 1).abs() < 1e-5).all()
    assert (learned.query("epoch == 0")["uncertainty"] == 1).all()


def test_test_labels_are_clean_and_the_others_have_a_noisy_loss(
    noisy: dict[str, pd.DataFrame],
) -> None:
    accuracy = noisy["accuracy"].set_index("split")
    assert accuracy.loc["test", "noisy_loss"].isna().all()
    assert accuracy.loc[["train", "validation"], "noisy_loss"].notna().all()
    assert accuracy["accuracy"].between(0, 1).all()
    assert len(accuracy) == 3 * 2 * 2 * 3  # splits, seeds, strategies, tasks


def test_clean_labels_give_more_than_90_percent() -> None:
    config = DigitConfig.preset("lesson", noise=(0.0,), epochs=35)
    tables = _run(config, (0, 1))
    test = tables["accuracy"].query("split == 'test'")
    assert len(test) == 4
    assert (test["accuracy"] > 0.9).all()
    assert not tables["runs"]["diverged"].any()


def test_noisy_labels_differ_by_task_and_part_but_not_by_company() -> None:
    three = DigitConfig.preset("smoke", noise=(2.0, 2.0, 2.0))
    one = DigitConfig.preset("smoke", noise=(2.0,))
    labels = noisy_labels(three, 5, "train")
    clean = pictures.load("digits", "train").labels[: three.n_train]
    assert torch.equal(labels[:1], noisy_labels(one, 5, "train"))
    assert not torch.equal(labels[0], labels[1])
    assert not torch.equal(labels, noisy_labels(three, 6, "train"))
    # A share of flips within six standard deviations of the closed form.
    rate, n = flip_rate(2.0), labels.numel()
    assert abs(float((labels != clean).float().mean()) - rate) < 6 * (rate * (1 - rate) / n) ** 0.5


def test_a_replica_is_the_same_alone_and_in_company() -> None:
    config = DigitConfig.preset("smoke", strategies=("learned_kendall",), epochs=2)
    alone = _run(config, (4,))["history"]
    beside = _run(config, (0, 4, 9))["history"].query("seed == 4").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, beside, rtol=1e-5)


def test_a_diverged_replica_is_told_and_has_no_numbers() -> None:
    config = DigitConfig.preset("smoke", learning_rate=10, strategies=("equal",), epochs=3)
    program = DigitProgram(config, "equal", Team.of(config, "equal", (0,)), CPU)
    with torch.no_grad():
        program.network.first.weight.fill_(float("nan"))
    assert torch.isnan(program.score()).all()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(experiment, "DigitProgram", lambda *_: program)
        tables = _run(config, (0,))
    assert tables["runs"]["diverged"].all()
    assert "not a finite number" in tables["runs"]["cause"].iloc[0]
    assert tables["accuracy"][["noisy_loss", "accuracy"]].isna().all(axis=None)


def test_snapshots_come_before_results_and_progress_rises() -> None:
    config = DigitConfig.preset("smoke")
    items = list(experiment.train(config, (0, 1), CPU))
    snapshots = [item for item in items if isinstance(item, Snapshot)]
    assert [item.seeds for item in items[len(snapshots) :]] == [(0,), (1,)]
    progress = [snapshot.progress for snapshot in snapshots]
    assert progress == sorted(progress)
    assert progress[-1] == pytest.approx(1)
    assert {snapshot.part for snapshot in snapshots} == set(config.strategies)


def test_the_data_are_named_with_a_checksum() -> None:
    for scale, name in (("smoke", "digits"), ("lesson", "digits"), ("paper", "mnist")):
        data = experiment.dataset(DigitConfig.preset(scale))
        assert data.name == name
        assert len(data.checksum) == 64


@pytest.mark.parametrize(
    ("field", "text"),
    [("noise", "1,-2"), ("noise", "one"), ("widths", "128"), ("strategies", "mgda")],
)
def test_bad_settings_name_the_field(field: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"^{field} = .*: allowed is"):
        DigitConfig.preset("lesson", **{field: text})


@pytest.fixture(scope="module")
def every_strategy() -> tuple[DigitConfig, dict[str, pd.DataFrame], list[Result]]:
    config = DigitConfig.preset(
        "smoke", noise=(2.0, 1.0, 3.0), strategies=STRATEGIES, task_weights=(1.0, 2.0, 0.5)
    )
    items = experiment.train(config, (0, 1), CPU)
    results = [item for item in items if isinstance(item, Result)]
    return config, experiment.combine(results), results


Every = tuple[DigitConfig, dict[str, pd.DataFrame], list[Result]]


def test_the_hand_tuned_weights_are_the_grids_best_on_validation(every_strategy: Every) -> None:
    config, tables, _ = every_strategy
    grid = tables["hand_tuned_grid"]
    assert sorted(grid["point"].unique()) == [0, 1, 2]
    losses = {point: sum(rows["noisy_loss"]) / len(rows) for point, rows in grid.groupby("point")}
    best = min(losses, key=lambda point: losses[point])
    assert set(grid.loc[grid["chosen"], "point"]) == {best}
    used = tables["uncertainties"].query("strategy == 'hand_tuned' and seed == 0")["weight"]
    assert used.tolist() == pytest.approx(simplex_grid(3, config.grid_points)[best].tolist())


def test_a_point_of_the_grid_is_a_run_with_those_fixed_weights(every_strategy: Every) -> None:
    config, tables, _ = every_strategy
    weights = tuple(simplex_grid(3, config.grid_points)[1].tolist())
    alone = _run(attrs.evolve(config, strategies=("fixed",), task_weights=weights), (0, 1))
    fixed = alone["accuracy"].query("split == 'validation'")["noisy_loss"].to_numpy()
    in_grid = tables["hand_tuned_grid"].query("point == 1").sort_values(["seed", "task"])
    assert in_grid["noisy_loss"].to_numpy() == pytest.approx(fixed, rel=1e-5)


def test_frozen_weights_are_the_learned_ones_rescaled(every_strategy: Every) -> None:
    _, tables, _ = every_strategy
    weights = tables["uncertainties"].pivot(
        index=["seed", "task"], columns="strategy", values="weight"
    )
    for seed in (0, 1):
        learned, frozen = (
            weights.loc[seed, name].to_numpy() for name in ("learned_kendall", "learned_frozen")
        )
        assert frozen == pytest.approx(3 * learned / learned.sum(), rel=1e-5)
    frozen_history = tables["history"].query("strategy == 'learned_frozen'")
    assert (frozen_history.groupby(["seed", "task"])["weight"].nunique() == 1).all()


def test_the_single_task_is_the_cleanest(every_strategy: Every) -> None:
    _, tables, _ = every_strategy
    alone = tables["accuracy"].query("strategy == 'single_task'")
    assert set(alone["task"]) == {2}
    assert set(tables["uncertainties"].query("strategy == 'single_task'")["noise"]) == {1.0}


def test_a_single_task_is_a_network_of_its_own() -> None:
    config = DigitConfig.preset("smoke", noise=(1.0, 3.0), strategies=("single_task",))
    one = DigitConfig.preset("smoke", noise=(1.0,), strategies=("equal",))
    mine, theirs = (
        _run(each, (3,))["history"][["epoch", "noisy_validation", "accuracy_test"]]
        for each in (config, one)
    )
    pd.testing.assert_frame_equal(mine, theirs)


def test_sum_normalised_weights_sum_to_the_tasks(every_strategy: Every) -> None:
    _, tables, _ = every_strategy
    history = tables["history"].query("strategy == 'sum_normalised'")
    sums = history.groupby(["seed", "epoch"])["weight"].sum()
    assert sums.to_numpy() == pytest.approx(3, rel=1e-5)
    assert history["uncertainty"].notna().all()


def test_the_readings_are_read_off_the_heads(every_strategy: Every) -> None:
    _, tables, _ = every_strategy
    heads = tables["accuracy"].query("split == 'test'")
    history = tables["history"]
    for _, row in tables["readings"].iterrows():
        mine = (heads["seed"] == row["seed"]) & (heads["strategy"] == row["strategy"])
        by_head = heads[mine].sort_values("task")["accuracy"].to_numpy()
        read = {"first": by_head[0], "mean": by_head.mean(), "best": by_head.max()}
        assert row["accuracy"] == pytest.approx(read[row["reading"]])
        epochs = history.query("seed == @row.seed and strategy == @row.strategy")
        over = epochs.pivot(index="epoch", columns="task", values="accuracy_test").to_numpy()
        most = {"first": over[:, 0], "mean": over.mean(1), "best": over.max(1)}[row["reading"]]
        assert row["best_test_accuracy"] == pytest.approx(most.max())


def test_confusions_count_the_test_pictures_and_agree_with_the_accuracy(
    every_strategy: Every,
) -> None:
    _, tables, results = every_strategy
    clean = pictures.load("digits", "test").labels
    counts = torch.bincount(clean, minlength=10).numpy()
    for seed, result in enumerate(results):
        assert result.seeds == (seed,)
        for strategy in ("learned_kendall", "equal", "learned_frozen"):
            confusion = result.arrays[f"confusion_{strategy}"]
            assert (confusion.sum(2) == counts).all()
            test = tables["accuracy"].query(
                "split == 'test' and seed == @seed and strategy == @strategy"
            )
            right = confusion.diagonal(axis1=1, axis2=2).sum(1) / len(clean)
            assert right == pytest.approx(test.sort_values("task")["accuracy"].to_numpy())
        assert "confusion_hand_tuned" not in result.arrays
        assert result.arrays["features_equal"].shape == (300, 8)
        assert (result.arrays["noisy"] != result.arrays["clean"]).any(axis=1).all()


def test_principal_components_are_scikit_learns_up_to_their_sign() -> None:
    config = DigitConfig.preset("lesson", components=5)
    found = images(config)
    train, test = (pictures.load("digits", part).images.numpy() for part in ("train", "test"))
    pca = PCA(5, svd_solver="full").fit(train)
    for ours, theirs in (
        (found["train"].numpy(), pca.transform(train)),
        (found["test"].numpy(), pca.transform(test)),
    ):
        signs = np.sign((ours * theirs).sum(0))
        assert ours == pytest.approx(theirs * signs, abs=1e-4)


def test_all_components_keep_every_distance() -> None:
    raw = images(DigitConfig.preset("lesson"))["test"].double()
    turned = images(DigitConfig.preset("lesson", components=63))["test"].double()
    # The one direction that is left out is empty: border pixels that no digit uses.
    torch.testing.assert_close(
        torch.cdist(turned, turned), torch.cdist(raw, raw), rtol=0, atol=1e-5
    )


def test_adam_and_other_noise_kinds_train() -> None:
    for kind, noise in (("std", (1.0, 2.0)), ("uniform", (0.1, 0.3)), ("symmetric", (0.1, 0.3))):
        config = DigitConfig.preset(
            "smoke", noise=noise, noise_kind=kind, optimiser="adam", epochs=8
        )
        tables = _run(config, (0,))
        assert tables["uncertainties"]["flip_rate"].tolist()[:2] == [
            flip_rate(level, kind) for level in noise
        ]
        losses = tables["history"].query("strategy == 'equal' and task == 1")["noisy_validation"]
        assert losses.iloc[-1] < losses.iloc[0]


def test_no_epoch_reaches_90_percent_before_its_history_does(
    noisy: dict[str, pd.DataFrame],
) -> None:
    mean = noisy["history"].groupby(["strategy", "seed", "epoch"])["accuracy_validation"].mean()
    for _, run in noisy["runs"].iterrows():
        reached = mean[run["strategy"], run["seed"]]
        there = reached[reached >= 0.9]
        if len(there):
            assert run["epochs_to_90"] == there.index[0]
        else:
            assert pd.isna(run["epochs_to_90"])
    assert noisy["runs"].query("strategy == 'equal'")["epochs_to_90"].notna().all()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"noise": (0.5, 1.2), "noise_kind": "symmetric"}, "rate = 1.2: allowed is a number from"),
        ({"n_train": 2000}, "n_train = 2000: allowed is at most 1,257"),
        ({"components": 65}, "components = 65: allowed is at most 64"),
        ({"components": 40, "n_train": 30}, "components = 40: allowed is at most 64"),
        ({"task_weights": (1.0, 1.0)}, "task_weights = 1, 1: allowed is one number for each"),
        ({"data": "cifar10"}, "data = cifar10: allowed is one of digits"),
    ],
)
def test_settings_that_do_not_fit_one_another_are_refused(
    settings: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(said)}"):
        DigitConfig.preset("lesson", **settings)


@pytest.fixture(scope="module")
def on_mnist(mtlkit_data: Path) -> dict[str, pd.DataFrame]:
    """Real MNIST at a reduced size: three noise levels, and one clean task."""
    config = DigitConfig.preset(
        "paper", n_train=6000, epochs=8, strategies=("learned_kendall",), noise=(1.0, 2.0, 3.0)
    )
    assert experiment.dataset(config).name == "mnist"
    return _run(config, (0, 1))


def test_on_mnist_uncertainties_are_ordered_by_noise(on_mnist: dict[str, pd.DataFrame]) -> None:
    s = on_mnist["uncertainties"].pivot(index="seed", columns="task", values="uncertainty")
    weights = on_mnist["uncertainties"].pivot(index="seed", columns="task", values="weight")
    assert (s[1] < s[2]).all()
    assert (s[2] < s[3]).all()
    assert (weights[1] > weights[2]).all()
    assert (weights[2] > weights[3]).all()


def test_on_mnist_clean_labels_give_more_than_90_percent_by_epoch_15(mtlkit_data: Path) -> None:
    config = DigitConfig.preset(
        "paper", n_train=6000, epochs=15, strategies=("equal",), noise=(0.0,)
    )
    history = _run(config, (0,))["history"]
    assert history.query("epoch == 15")["accuracy_test"].item() > 0.9
