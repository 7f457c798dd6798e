"""What the experiment finds on real digits, at a reduced size."""

from __future__ import annotations

import pandas as pd
import pytest
import torch

from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.data import pictures
from mtlkit.errors import UsageError
from mtlkit.lessons.digit_task_weights import experiment
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.inputs import noisy_labels
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
