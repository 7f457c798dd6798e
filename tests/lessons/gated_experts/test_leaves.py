"""The tables and arrays that a training leaves."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from mtlkit.core.result import Result
from mtlkit.data.generated.digit_families import task_pictures
from mtlkit.lessons.gated_experts import experiment
from mtlkit.lessons.gated_experts.config import STRATEGIES, GatedConfig
from mtlkit.lessons.gated_experts.leaves import EMBEDDED
from mtlkit.metrics.task_structure import (
    adjusted_rand_index,
    gate_correlation,
    within_minus_between,
)
from mtlkit.nn.routing import SELECTIONS, select

CONFIG = GatedConfig.preset("smoke", tasks=5, strategies=STRATEGIES, gate_rate=0.3)
SEEDS = (0, 6)
GATED = ("gated", "frozen_half", "frozen_density")

Every = tuple[dict[str, pd.DataFrame], dict[int, Result]]


@pytest.fixture(scope="module")
def every() -> Every:
    """Every strategy, two seeds."""
    items = experiment.train(CONFIG, SEEDS, torch.device("cpu"))
    results = [item for item in items if isinstance(item, Result)]
    return experiment.combine(results), {result.seeds[0]: result for result in results}


def test_every_table_has_its_rows(every: Every) -> None:
    tables, _ = every
    seeds, tasks = len(SEEDS), CONFIG.tasks
    ways = len(STRATEGIES) - len(GATED) + len(SELECTIONS) * len(GATED)
    assert len(tables["selections"]) == seeds * tasks * ways
    assert len(tables["structure"]) == seeds * len(STRATEGIES)
    assert len(tables["costs"]) == seeds * len(STRATEGIES)
    assert len(tables["runs"]) == seeds * len(STRATEGIES)
    looks = CONFIG.looks + 1
    assert len(tables["history"]) == seeds * tasks * looks * len(STRATEGIES)
    assert len(tables["gradients"]) == seeds * 3 * 4  # looks measured, estimates
    assert set(tables["gradients"]["strategy"]) == {"gated"}
    keys = {
        "selections": ["seed", "strategy", "selection", "task"],
        "structure": ["seed", "strategy", "layer"],
        "gates": ["seed", "strategy", "layer", "task", "expert"],
        "costs": ["seed", "strategy"],
        "gradients": ["seed", "strategy", "epoch", "baseline", "samples"],
        "history": ["seed", "strategy", "task", "epoch"],
        "runs": ["seed", "strategy"],
    }
    assert tables.keys() == keys.keys()
    for name, columns in keys.items():
        assert not tables[name].duplicated(columns).any(), name
        assert set(tables[name]["strategy"]) <= set(STRATEGIES)


def test_history_counts_steps_and_ends_with_the_last(every: Every) -> None:
    history = every[0]["history"]
    assert sorted(history["epoch"].unique()) == [0, 10, 20]
    assert history["validation_accuracy"].between(0, 1).all()
    assert np.isfinite(history[["validation_loss", "density"]]).all(axis=None)
    assert not every[0]["runs"]["diverged"].any()


def test_a_strategy_is_read_in_one_way(every: Every) -> None:
    chosen = every[0]["selections"].query("read")
    assert not chosen.duplicated(["seed", "strategy", "task"]).any()
    assert len(chosen) == len(SEEDS) * CONFIG.tasks * len(STRATEGIES)
    way = chosen.groupby("strategy")["selection"].unique().map(list).to_dict()
    assert {name: way[name] for name in GATED} == {
        "gated": ["likely"],
        "frozen_half": ["expected"],
        "frozen_density": ["expected"],
    }
    assert chosen[["accuracy", "loss", "experts"]].notna().all(axis=None)
    assert chosen.set_index("strategy")["shift"].isna().groupby("strategy").all().to_dict() == {
        name: name not in GATED for name in STRATEGIES
    }


def matrix(tables: dict[str, pd.DataFrame], strategy: str, seed: int) -> np.ndarray:
    rows = tables["gates"].query("strategy == @strategy and seed == @seed")
    return rows.pivot(index="task", columns="expert", values="probability").to_numpy()


def test_structure_is_read_off_the_gates(every: Every) -> None:
    tables, results = every
    families = tables["gates"].groupby("task")["family"].first().to_numpy()
    assert families.tolist() == [1, 1, 1, 2, 2]
    for _, row in tables["structure"].iterrows():
        seed, strategy = row["seed"], row["strategy"]
        p = matrix(tables, strategy, seed)
        assert (results[seed].arrays[f"gates_{strategy}"][0] == p).all()
        assert row["mean_k"] == pytest.approx(p.sum(1).mean(), rel=1e-5)
        correlation = gate_correlation(p.astype(np.float64))
        assert row["rand_index"] == adjusted_rand_index(correlation, families)
        assert row["within_minus_between"] == within_minus_between(correlation, families)
        rescued = select(torch.tensor(p).unsqueeze(0), "likely").rescued.sum().item()
        assert row["rescued_tasks"] == rescued
    true = tables["structure"].query("strategy == 'true_families'")
    assert (true["rand_index"] == 1).all()


def test_gates_over_time_end_as_the_gates_and_start_as_asked(every: Every) -> None:
    _, results = every
    for seed, strategy in itertools.product(SEEDS, STRATEGIES):
        arrays = results[seed].arrays
        over_time = arrays[f"gates_over_time_{strategy}"]
        assert over_time.shape[0] == CONFIG.looks + 1
        assert (over_time[-1] == arrays[f"gates_{strategy}"]).all()
        if strategy in ("gated", "frozen_half"):
            assert (over_time[0] == 0.5).all()
        learns = strategy in ("gated", "routed", "top_k")
        assert (over_time[0] != over_time[-1]).any() == learns


def test_outputs_are_those_of_experts_on_the_first_test_pictures(every: Every) -> None:
    _, results = every
    for seed in SEEDS:
        found = results[seed].arrays["outputs_gated"]
        assert found.shape == (CONFIG.tasks, EMBEDDED, CONFIG.experts, CONFIG.widths[-1])
        assert (found >= 0).all()
        assert results[seed].arrays["families"].tolist() == [0, 0, 0, 1, 1]
        pictures = task_pictures(seed, "test", CONFIG.tasks, CONFIG.families).images[:, :EMBEDDED]
        # Pictures of one family are alike for all its tasks: so are what experts make of them.
        assert torch.equal(pictures[0], pictures[1])
        assert (found[0] == found[1]).all()
        assert (found[0] != found[3]).any()


def test_frozen_density_has_the_density_that_gated_learned(every: Every) -> None:
    tables, _ = every
    for seed in SEEDS:
        learned = matrix(tables, "gated", seed).sum(1)
        frozen = matrix(tables, "frozen_density", seed)
        assert frozen.sum(1) == pytest.approx(learned, rel=1e-4)
        assert np.ptp(frozen, axis=1).max() < 1e-6


def numbers(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_costs_are_those_of_plain_modules(every: Every) -> None:
    """What a task deploys: its experts as plain networks, their weights, and its head."""
    tables, _ = every
    first, last = CONFIG.widths

    def expert(hidden: int) -> nn.Module:
        return nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, last), nn.ReLU())

    head, plain = numbers(nn.Linear(last, 5)), numbers(expert(first))
    for _, row in tables["costs"].iterrows():
        seed, strategy = row["seed"], row["strategy"]
        shown = tables["selections"].query("read and strategy == @strategy and seed == @seed")
        p = matrix(tables, strategy, seed)
        kept = float(CONFIG.experts) if strategy.startswith("frozen") else shown["experts"].mean()
        if strategy != "shared_wide":
            assert row["parameters_of_a_task"] == pytest.approx(kept * (plain + 1) + head)
            operations = 64 * first + first * last
            assert row["operations_after"] == pytest.approx(kept * operations)
            assert row["operations_in_training"] == pytest.approx(p.sum(1).mean() * operations)
            gates = p.size if strategy in (*GATED, "routed", "top_k") else 0
            wanted = p.shape[1] * plain + p.size + gates + CONFIG.tasks * head
            assert row["parameters"] == wanted
    costs = tables["costs"].groupby("strategy")["parameters"].first()
    assert abs(costs["shared_wide"] - costs["ungated"]) < 0.1 * costs["ungated"]


def test_nobody_knows_the_families_of_a_single_family_or_of_as_many_as_tasks() -> None:
    for families in (1, 3):
        config = GatedConfig.preset(
            "smoke", tasks=3, families=families, strategies=("routed",), steps=4
        )
        items = experiment.train(config, (0,), torch.device("cpu"))
        (result,) = [item for item in items if isinstance(item, Result)]
        scores = result.tables["structure"][["rand_index", "within_minus_between"]]
        assert scores.isna().all(axis=None)


def test_two_layers_have_a_row_for_each() -> None:
    config = GatedConfig.preset("smoke", gating_layers=2, strategies=("gated", "ungated"))
    items = experiment.train(config, (0,), torch.device("cpu"))
    (result,) = [item for item in items if isinstance(item, Result)]
    assert result.tables["structure"].groupby("strategy")["layer"].apply(list).to_dict() == {
        "gated": [1, 2],
        "ungated": [1, 2],
    }
    assert result.arrays["gates_gated"].shape == (2, config.tasks, config.experts)
    assert result.tables["selections"]["shift"].isna().all()
    assert len(result.tables["gradients"]) == 0
    costs = result.tables["costs"].set_index("strategy")
    first, last = config.widths
    operations = config.experts * (64 * first + first * last)
    assert costs.loc["ungated", "operations_after"] == operations
