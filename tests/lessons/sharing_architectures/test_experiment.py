"""The experiment of lesson 03 on strings: its tables, and what a longer training finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.lessons.sharing_architectures import experiment
from mtlkit.lessons.sharing_architectures.bits import places
from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES, SharingConfig
from mtlkit.lessons.sharing_architectures.network import SharingNetwork
from mtlkit.lessons.sharing_architectures.program import BitsProgram

CPU = torch.device("cpu")
# So fast that some are best before their last step.
CONFIG = SharingConfig.preset("smoke", strategies=ARCHITECTURES, layers=2, learning_rate=0.1)
SEEDS = (0, 6)


def items_of(config: SharingConfig, seeds: Sequence[int]) -> list[Snapshot | Result]:
    return list(experiment.train(config, seeds, CPU))


def tables_of(config: SharingConfig, seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    items = items_of(config, seeds)
    return experiment.combine([item for item in items if isinstance(item, Result)])


Every = tuple[dict[str, pd.DataFrame], dict[int, Result]]


@pytest.fixture(scope="module")
def every() -> Every:
    results = [item for item in items_of(CONFIG, SEEDS) if isinstance(item, Result)]
    return experiment.combine(results), {result.seeds[0]: result for result in results}


def test_every_table_has_its_rows(every: Every) -> None:
    tables, _ = every
    runs = len(SEEDS) * len(ARCHITECTURES)
    assert len(tables["accuracy"]) == runs * CONFIG.tasks * 3
    assert len(tables["history"]) == runs * CONFIG.tasks * (CONFIG.looks + 1)
    assert len(tables["runs"]) == runs
    assert len(tables["stitches"]) == len(SEEDS) * CONFIG.layers * 2 * 2
    keys = {
        "accuracy": ["seed", "strategy", "task", "split"],
        "history": ["seed", "strategy", "task", "epoch"],
        "stitches": ["seed", "strategy", "layer", "stream", "unit"],
        "runs": ["seed", "strategy"],
    }
    assert tables.keys() == keys.keys()
    for name, columns in keys.items():
        assert not tables[name].duplicated(columns).any()
    assert not tables["runs"]["diverged"].any()


def test_accuracies_are_those_of_the_look_with_the_fewest_validation_errors(every: Every) -> None:
    tables, _ = every
    history = tables["history"]
    assert sorted(history["epoch"].unique()) == [0, 10, 20, 30, 40]
    assert (tables["runs"]["best_epoch"] < tables["runs"]["stop_epoch"]).any()
    accuracy = tables["accuracy"].set_index(["seed", "strategy", "split"]).sort_index()
    for run, rows in history.groupby(["seed", "strategy"]):
        mean = rows.groupby("epoch")["accuracy_validation"].mean()
        best = mean[mean >= mean.max() - 1e-9].index[0]
        for part in ("train", "validation", "test"):
            own = accuracy.loc[(*run, part)].sort_values("task")
            for look, column in ((best, "accuracy"), (40, "accuracy_at_end")):
                shown = rows[rows["epoch"] == look].sort_values("task")[f"accuracy_{part}"]
                assert own[column].to_numpy() == pytest.approx(shown.to_numpy(), abs=1e-6)


def test_parameters_are_counted(every: Every) -> None:
    for _, row in every[0]["runs"].iterrows():
        network = SharingNetwork(CONFIG, row["strategy"], (0,))
        assert row["parameters"] == sum(parameter.numel() for parameter in network.parameters())


def test_what_a_backbone_reads_and_what_tasks_depend_on(every: Every) -> None:
    _, results = every
    for result in results.values():
        assert (result.arrays["places"] == places(CONFIG).numpy()).all()
        for strategy in ARCHITECTURES:
            reads = result.arrays[f"reads_{strategy}"]
            columns = 1 if strategy == "hard_sharing" else CONFIG.tasks
            assert reads.shape == (columns, CONFIG.length)
            assert (reads > 0).all()


def test_a_seed_is_the_same_alone_and_in_company() -> None:
    config = SharingConfig.preset("smoke")
    alone, beside = tables_of(config, (4,)), tables_of(config, (0, 4, 9))
    for name, table in alone.items():
        own = beside[name].query("seed == 4").reset_index(drop=True)
        kept = [column for column in table if "seconds" not in column]
        pd.testing.assert_frame_equal(
            table[kept].reset_index(drop=True), own[kept], rtol=1e-3, atol=2e-3, check_dtype=False
        )


def test_an_architecture_is_the_same_alone_and_beside_others(every: Every) -> None:
    tables, _ = every
    for strategy in ("cross_stitch", "separate_matched"):
        alone = tables_of(attrs.evolve(CONFIG, strategies=(strategy,)), SEEDS)
        for name in ("accuracy", "history"):
            own = tables[name].query("strategy == @strategy").reset_index(drop=True)
            pd.testing.assert_frame_equal(alone[name].reset_index(drop=True), own)


def test_runs_repeat_bit_for_bit(every: Every) -> None:
    again = tables_of(CONFIG, SEEDS)
    for name, table in every[0].items():
        kept = [column for column in table if "seconds" not in column]
        pd.testing.assert_frame_equal(table[kept], again[name][kept])


class Sick(BitsProgram):
    """Seed 1 has no numbers from the start."""

    def __init__(self, config: SharingConfig, strategy: str, seeds: Sequence[int], *rest: Any):
        super().__init__(config, strategy, seeds, *rest)
        if 1 in seeds:
            with torch.no_grad():
                self.network.heads.weight[list(seeds).index(1)] = torch.nan


def test_a_diverged_seed_is_told_and_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not a number: its loss is not finite, though its share of wrong answers is."""
    config = SharingConfig.preset("smoke", strategies=("cross_stitch",))
    healthy = tables_of(config, (0, 2))
    monkeypatch.setattr(experiment, "BitsProgram", Sick)
    tables = tables_of(config, (0, 1, 2))
    diverged = tables["runs"].set_index("seed")["diverged"]
    assert diverged.to_dict() == {0: False, 1: True, 2: False}
    for name in ("accuracy", "stitches"):
        pd.testing.assert_frame_equal(
            tables[name].query("seed != 1").reset_index(drop=True),
            healthy[name].reset_index(drop=True),
            rtol=1e-3,
            atol=2e-3,
            check_dtype=False,
        )


def test_snapshots_count_steps_and_progress_rises_to_the_end() -> None:
    snapshots = [item for item in items_of(CONFIG, SEEDS) if isinstance(item, Snapshot)]
    progress = [one.progress for one in snapshots]
    assert min(np.diff(progress)) > -1e-12
    assert progress[-1] == pytest.approx(1)
    assert {one.epochs for one in snapshots} == {CONFIG.steps}
    assert {one.epoch for one in snapshots} == {0, 10, 20, 30, 40}


def test_cost_adds_up_and_grows_with_steps() -> None:
    each = [experiment.cost(attrs.evolve(CONFIG, strategies=(n,))) for n in ARCHITECTURES]
    assert experiment.cost(CONFIG) == pytest.approx(sum(each))
    twice = attrs.evolve(CONFIG, steps=2 * CONFIG.steps)
    assert experiment.cost(twice) == pytest.approx(2 * experiment.cost(CONFIG))
    assert experiment.dataset(CONFIG).name == "generated"


def test_three_bits_are_learned_and_backbones_read_what_their_tasks_depend_on() -> None:
    """Separate features: each tower has larger weights from its own four bits."""
    config = SharingConfig.preset(
        "lesson",
        bits=3,
        overlap=0.0,
        width=64,
        steps=250,
        looks=5,
        n_train=1500,
        strategies=("separate", "hard_sharing"),
    )
    results = [item for item in items_of(config, (0, 1)) if isinstance(item, Result)]
    test = experiment.combine(results)["accuracy"].query("split == 'test'")
    assert (test["accuracy"] > 0.95).all()
    for result in results:
        reads = result.arrays["reads_separate"]
        for task, own in enumerate(result.arrays["places"]):
            others = np.setdiff1d(np.arange(config.length), own)
            assert reads[task, own].min() > 1.5 * reads[task, others].max()
        shared = result.arrays["reads_hard_sharing"][0]
        used = np.unique(result.arrays["places"])
        assert shared[used].mean() > 1.5 * shared[np.setdiff1d(np.arange(20), used)].mean()
