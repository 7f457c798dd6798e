"""The experiment of lesson 04: its laws on digits, and real and official pictures in small."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.data import superclasses
from mtlkit.data.official.tiny_imagenet import PACK, TINY_IMAGENET
from mtlkit.lessons.gated_experts import experiment
from mtlkit.lessons.gated_experts.config import STRATEGIES, GatedConfig
from mtlkit.lessons.gated_experts.program import GatedProgram
from tests.data.official.grouped_miniature import (
    SIZES,
    cifar_files,
    cifar_miniature,
    write_cifar,
)

CPU = torch.device("cpu")


def items_of(config: GatedConfig, seeds: Sequence[int]) -> list[Snapshot | Result]:
    return list(experiment.train(config, seeds, CPU))


def tables_of(config: GatedConfig, seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    items = items_of(config, seeds)
    return experiment.combine([item for item in items if isinstance(item, Result)])


@pytest.mark.parametrize("strategy", ["gated", "frozen_density", "routed", "true_families"])
def test_a_seed_is_the_same_alone_and_in_company(strategy: str) -> None:
    config = GatedConfig.preset("smoke", strategies=(strategy,))
    alone, beside = tables_of(config, (4,)), tables_of(config, (0, 4, 9))
    for name in ("selections", "structure", "gates", "history", "gradients", "costs"):
        own = beside[name].query("seed == 4").reset_index(drop=True)
        pd.testing.assert_frame_equal(
            alone[name].reset_index(drop=True), own, rtol=1e-3, atol=1e-5, check_dtype=False
        )


def test_a_strategy_is_the_same_alone_and_beside_others() -> None:
    config = GatedConfig.preset("smoke", strategies=("ungated", "gated", "frozen_density"))
    together = tables_of(config, (1,))
    for strategy in config.strategies:
        alone = tables_of(attrs.evolve(config, strategies=(strategy,)), (1,))
        for name in ("selections", "gates", "history"):
            own = together[name].query("strategy == @strategy").reset_index(drop=True)
            mine = alone[name].reset_index(drop=True)
            pd.testing.assert_frame_equal(mine, own, check_dtype=False)


def test_runs_repeat_bit_for_bit() -> None:
    config = GatedConfig.preset("smoke", strategies=("gated",))
    first, second = (tables_of(config, (0, 1)) for _ in range(2))
    for name, table in first.items():
        kept = [column for column in table if "seconds" not in column]
        pd.testing.assert_frame_equal(table[kept], second[name][kept])


class Sick(GatedProgram):
    """Seed 1 has no numbers from the start."""

    def __init__(self, config: GatedConfig, strategy: str, seeds: Sequence[int], *rest: Any):
        super().__init__(config, strategy, seeds, *rest)
        if 1 in seeds:
            with torch.no_grad():
                self.network.heads.weight[list(seeds).index(1)] = torch.nan


@pytest.mark.parametrize("strategy", ["gated", "frozen_density", "routed"])
def test_a_diverged_seed_is_told_and_leaves_the_others_alone(
    strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = GatedConfig.preset("smoke", strategies=(strategy,))
    healthy = tables_of(config, (0, 2))
    monkeypatch.setattr(experiment, "GatedProgram", Sick)
    items = items_of(config, (0, 1, 2))
    results = {item.seeds[0]: item for item in items if isinstance(item, Result)}
    tables = experiment.combine(list(results.values()))
    diverged = tables["runs"].set_index("seed")["diverged"]
    assert diverged.to_dict() == {0: False, 1: True, 2: False}
    assert f"gates_{strategy}" not in results[1].arrays
    for name in ("selections", "structure", "gates", "costs"):
        pd.testing.assert_frame_equal(
            tables[name].query("seed != 1").reset_index(drop=True),
            healthy[name].reset_index(drop=True),
            rtol=1e-3,
            atol=1e-5,
            check_dtype=False,
        )


def test_where_every_seed_diverged_there_are_tables_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(experiment, "GatedProgram", Sick)
    for strategy in ("gated", "ungated"):
        tables = tables_of(GatedConfig.preset("smoke", strategies=(strategy,)), (1,))
        assert tables["runs"]["diverged"].all()


def test_snapshots_count_steps_and_progress_rises_to_the_end() -> None:
    config = GatedConfig.preset("smoke", strategies=("gated", "frozen_density", "separate"))
    items = items_of(config, (0, 2))
    snapshots = [item for item in items if isinstance(item, Snapshot)]
    progress = [one.progress for one in snapshots]
    assert min(np.diff(progress)) > -1e-12
    assert progress[0] == 0
    assert progress[-1] == pytest.approx(1)
    assert {one.epoch for one in snapshots if one.epochs == config.steps} == {0, 10, 20}
    results = [item for item in items if isinstance(item, Result)]
    assert [result.seeds for result in results] == [(0,), (2,)]
    gates = [one.observed["gates"] for one in snapshots if "gates" in one.observed]
    assert all(one.shape[:2] == (2, 1) for one in gates)


def test_cost_counts_products_and_adds_up() -> None:
    config = GatedConfig.preset("smoke", strategies=("shared", "gated", "separate"))
    each = [experiment.cost(attrs.evolve(config, strategies=(n,))) for n in config.strategies]
    assert experiment.cost(config) == pytest.approx(sum(each))
    shared, gated, separate = each
    first, last = config.widths
    pictures = config.steps * config.tasks * config.batch_per_task
    assert shared == pictures * (64 * first + first * last)
    assert gated == shared * config.experts
    assert separate == shared * config.tasks
    frozen = experiment.cost(attrs.evolve(config, strategies=("frozen_density",)))
    assert frozen == 2 * gated  # the density is learned first


def test_every_strategy_beats_chance_on_digits() -> None:
    """One seed of few tasks, some steps: a class is guessed with probability 1/5."""
    config = GatedConfig.preset(
        "smoke",
        strategies=STRATEGIES,
        images_per_task=200,
        widths=(24, 8),
        steps=80,
        learning_rate=0.03,
    )
    tables = tables_of(config, (0,))
    read = tables["selections"].query("read").groupby("strategy")["accuracy"].mean()
    assert (read > 0.35).all()
    assert read["true_families"] > 0.6


def test_a_strong_penalty_leaves_one_expert_and_says_so() -> None:
    settings = {"strategies": ("gated",), "gate_rate": 0.2, "steps": 80}
    strong, none = (
        tables_of(GatedConfig.preset("smoke", penalty=penalty, **settings), (0,))
        for penalty in (5.0, 0.0)
    )
    kept = strong["selections"].query("selection == 'likely'")
    assert (kept["experts"] == 1).all()
    assert kept["rescued"].all()
    assert strong["structure"]["rescued_tasks"].item() == 4
    assert strong["structure"]["mean_k"].item() < 0.5 < none["structure"]["mean_k"].item()


def test_the_named_set_of_digits() -> None:
    found = experiment.dataset(GatedConfig.preset("smoke"))
    assert found.name == "digit_families"
    assert found.checksum


# --- pictures in groups ---

SMALL = {
    "families": 1,
    "tasks": 3,
    "experts": 2,
    "widths": (4, 4),
    "strategies": ("gated", "ungated"),
    "steps": 8,
    "looks": 2,
    "gate_rate": 0.1,
}


def check_pictures(config: GatedConfig, seeds: Sequence[int]) -> None:
    items = items_of(config, seeds)
    results = [item for item in items if isinstance(item, Result)]
    assert [result.seeds for result in results] == [(seed,) for seed in seeds]
    tables = experiment.combine(results)
    rows = len(seeds) * config.tasks
    assert len(tables["selections"]) == rows * 7
    assert len(tables["history"]) == rows * 3 * 2
    for name in ("selections", "history", "gates", "costs"):
        numbers = tables[name].select_dtypes("number").drop(columns="shift", errors="ignore")
        assert np.isfinite(numbers).all(axis=None), name
    assert (tables["gates"]["family"] == 0).all()
    assert tables["structure"]["rand_index"].isna().all()
    assert len(tables["gradients"]) == 0
    assert not tables["runs"]["diverged"].any()
    gated = tables["selections"].query("strategy == 'gated'")
    assert np.isfinite(gated["shift"]).all()
    arrays = results[0].arrays
    assert arrays["outputs_gated"].shape == (config.tasks, 3, 2, 4 * 8 * 8)
    assert arrays["families"].tolist() == [-1] * config.tasks
    progress = [item.progress for item in items if isinstance(item, Snapshot)]
    assert min(np.diff(progress)) > -1e-12
    assert progress[-1] == pytest.approx(1)
    last = {seed: results[place].tables["gates"] for place, seed in enumerate(seeds)}
    if len(seeds) > 1:
        # Each seed has gates of its own.
        assert not np.allclose(last[seeds[0]]["probability"], last[seeds[1]]["probability"])


def test_on_tiny_imagenet(mtlkit_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real pictures at a reduced size: three tasks, few pictures, few steps."""
    if not (mtlkit_data / TINY_IMAGENET.folder / PACK).is_file():
        pytest.skip("there is no Tiny ImageNet")
    monkeypatch.setenv("MTLKIT_DATA", str(mtlkit_data))
    config = GatedConfig.preset("smoke", data="tiny_imagenet", images_per_task=60, **SMALL)
    assert experiment.dataset(config).name == "tiny_imagenet"
    assert experiment.dataset(config).checksum
    check_pictures(config, (0,))


def test_on_a_miniature_of_cifar_100_in_the_official_layout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = cifar_files()
    write_cifar(tmp_path, files)
    small = attrs.evolve(
        superclasses._SETS["cifar100"], entry=cifar_miniature(files), sizes=dict(SIZES)
    )
    monkeypatch.setitem(superclasses._SETS, "cifar100", small)  # type: ignore[arg-type]
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    config = GatedConfig.preset("smoke", data="cifar100", images_per_task=12, **SMALL)
    assert experiment.dataset(config).name == "cifar100"
    check_pictures(config, (0, 1))
