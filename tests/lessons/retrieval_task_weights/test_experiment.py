"""The experiment of lesson 08: its laws, what is left of a run, and frozen encoders."""

from __future__ import annotations

import functools
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
from mtlkit.lessons.retrieval_task_weights import experiment, inputs
from mtlkit.lessons.retrieval_task_weights.config import STRATEGIES, WeightedRetrievalConfig
from mtlkit.lessons.retrieval_task_weights.program import WeightedRetrievalProgram
from mtlkit.noise import flip_rate
from tests.data.features.test_pretrained import saved
from tests.lessons.retrieval_task_weights.small import CPU, small
from tests.lessons.retrieval_task_weights.test_program import average_precision

TABLES = ("map", "weights", "history", "runs")


def results_of(config: WeightedRetrievalConfig, seeds: Sequence[int]) -> list[Result]:
    return [one for one in experiment.train(config, seeds, CPU) if isinstance(one, Result)]


def tables_of(config: WeightedRetrievalConfig, seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    return experiment.combine(results_of(config, seeds))


def assert_close(one: pd.DataFrame, other: pd.DataFrame, rtol: float = 1e-3) -> None:
    pd.testing.assert_frame_equal(
        one.reset_index(drop=True),
        other.reset_index(drop=True),
        rtol=rtol,
        atol=1e-5,
        check_dtype=False,
    )


def test_a_seed_is_the_same_alone_and_beside_others() -> None:
    config = small(strategies=("learned_kendall", "tags_alone"))
    alone, beside = tables_of(config, (4,)), tables_of(config, (0, 4, 9))
    for name in ("map", "weights", "history"):
        assert_close(alone[name], beside[name].query("seed == 4"))


def test_a_strategy_is_the_same_alone_and_beside_others_and_runs_repeat() -> None:
    config = small(strategies=STRATEGIES)
    together = tables_of(config, (1,))
    torch.manual_seed(3)
    for strategy in ("difficulty", "equal", "sentences_alone", "hand_tuned"):
        alone = tables_of(attrs.evolve(config, strategies=(strategy,)), (1,))
        for name in TABLES:
            own = together[name].query("strategy == @strategy").reset_index(drop=True)
            pd.testing.assert_frame_equal(alone[name], own, check_dtype=False, check_exact=True)


def test_tables_have_every_row_once() -> None:
    tables = tables_of(small(strategies=STRATEGIES, noise=(0.0, 3.0)), (0, 2))
    tasks = {name: 2 for name in STRATEGIES} | {"sentences_alone": 1, "tags_alone": 1}
    each = 2 * sum(tasks.values())
    names = ["seed", "strategy", "task"]
    assert not any("point" in table for table in tables.values())
    assert len(tables["map"]) == 2 * each
    assert not tables["map"].duplicated([*names, "direction"]).any()
    assert len(tables["history"]) == 4 * each
    assert not tables["history"].duplicated([*names, "epoch"]).any()
    weights = tables["weights"].set_index(names).sort_index()
    assert len(weights) == each
    assert weights.index.is_unique
    assert set(weights.loc[(0, "sentences_alone")].index) == {1}
    assert set(weights.loc[(0, "tags_alone")].index) == {2}
    for task, level in ((1, 0.0), (2, 3.0)):
        own = weights.xs(task, level="task")
        assert (own["noise"] == level).all()
        assert own["flip_rate"].tolist() == pytest.approx([flip_rate(level)] * len(own))
    learned = weights.index.get_level_values("strategy").str.startswith(("learned", "diff"))
    assert weights.loc[learned, "uncertainty"].notna().all()
    assert weights.loc[~learned, "uncertainty"].isna().all()
    equal = weights.xs("equal", level="strategy")
    assert (equal["weight"] == 1).all()


def test_weights_are_read_at_the_epoch_of_the_least_validation_loss() -> None:
    config = small(strategies=("learned_printed",), epochs=12, learning_rate=0.3, noise=(4.0, 4.0))
    tables = tables_of(config, (0, 1, 2))
    epochs = []
    for seed in (0, 1, 2):
        history = tables["history"][tables["history"]["seed"] == seed]
        best = int(history.groupby("epoch")["noisy_loss"].mean().idxmin())
        epochs.append(best)
        run = tables["runs"].query("seed == @seed")
        assert run["best_epoch"].item() == best
        wanted = history.query("epoch == @best").set_index("task")
        found = tables["weights"].query("seed == @seed").set_index("task")
        for name in ("noisy_loss", "weight", "uncertainty"):
            np.testing.assert_allclose(found[name], wanted[name])
        # a exp(-v) with a = 1/2.
        np.testing.assert_allclose(found["weight"] * found["uncertainty"], 0.5, rtol=1e-5)
    assert min(epochs) < 12  # so that it matters


@pytest.mark.parametrize("strategy", ["learned_kendall", "tags_alone"])
def test_map_is_that_of_the_embeddings_that_are_kept(strategy: str) -> None:
    config = small(strategies=(strategy,), noise=(4.0, 1.0), epochs=6, learning_rate=0.1)
    for result in results_of(config, (3, 5)):
        (seed,) = result.seeds
        images, texts, labels = (
            torch.from_numpy(result.arrays[f"{name}_{strategy}"])
            for name in ("images", "texts", "labels")
        )
        torch.testing.assert_close(images.norm(dim=-1), torch.ones(images.shape[:-1]))
        part = inputs.inputs(config, seed, "test")
        for place, task in enumerate((0, 1) if strategy == "learned_kendall" else (1,)):
            assert torch.equal(labels[place], part.clean[task])
            s = images[place] @ texts[place].T
            for way, scores in (("image_to_text", s), ("text_to_image", s.T)):
                found = result.tables["map"].set_index(["task", "direction"])
                row = found.loc[(task + 1, way)]
                for column, own, divided in (
                    ("map", part.clean[task], True),
                    ("undivided", part.clean[task], False),
                    ("noisy_map", part.noisy[task], True),
                ):
                    each = [average_precision(scores[i], own == own[i], divided) for i in range(20)]
                    assert row[column] == pytest.approx(np.mean(each), rel=1e-5)
                shares = part.clean[task].bincount().double() / 20
                assert row["chance"] == pytest.approx(shares.square().sum().item())


def test_hand_tuned_weights_are_chosen_by_the_validation_loss_alone() -> None:
    results = results_of(small(strategies=("hand_tuned", "equal"), grid_points=3), (0, 1))
    grid = pd.concat([one.tables["weights"] for one in results]).query("strategy == 'hand_tuned'")
    means = grid.groupby("point")["noisy_loss"].mean()
    for wanted in (0, 1, 2):
        spoilt = []
        for one in results:
            tables = {name: table.copy() for name, table in one.tables.items()}
            own = tables["weights"]
            tuned = own["strategy"] == "hand_tuned"
            # The wanted one is least, by the mean over the seeds; test results say otherwise.
            lower = tuned & (own["point"] == wanted)
            own.loc[lower, "noisy_loss"] -= means.max() + 1 if one.seeds == (0,) else -0.5
            table = tables["map"]
            table.loc[table["point"] == wanted, ["map", "noisy_map", "undivided"]] = 0.0
            spoilt.append(attrs.evolve(one, tables=tables))
        found = experiment.combine(spoilt)
        kept = found["weights"].query("strategy == 'hand_tuned'")
        assert len(kept) == 4
        weight = grid.query("point == @wanted and seed == 0")["weight"].tolist()
        assert kept.query("seed == 0")["weight"].tolist() == weight
        assert (found["map"].query("strategy == 'hand_tuned'")["map"] == 0).all()
        assert len(found["weights"].query("strategy == 'equal'")) == 4
    plain = experiment.combine(results)["weights"].query("strategy == 'hand_tuned'")
    assert plain["noisy_loss"].mean() == pytest.approx(means.min())


class Sick(WeightedRetrievalProgram):
    """Seed 1 has no numbers from the start."""

    def __init__(self, config: WeightedRetrievalConfig, strategy: str, team: Any, *rest: Any):
        super().__init__(config, strategy, team, *rest)
        with torch.no_grad():
            for row, seed in enumerate(team.seeds):
                if seed == 1:
                    self.network.images.head.weight[row] = torch.nan


@pytest.mark.parametrize("strategy", ["difficulty", "hand_tuned", "tags_alone"])
def test_a_diverged_seed_is_told_and_leaves_the_others_alone(
    strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small(strategies=(strategy,))
    healthy = tables_of(config, (0, 2))
    monkeypatch.setattr(experiment, "WeightedRetrievalProgram", Sick)
    results = results_of(config, (0, 1, 2))
    tables = {
        name: pd.concat([one.tables[name] for one in results if one.seeds != (1,)])
        for name in TABLES
    }
    diverged = pd.concat([one.tables["runs"] for one in results]).groupby("seed")["diverged"]
    assert diverged.all().to_dict() == {0: False, 1: True, 2: False}
    assert results[1].tables["map"]["map"].isna().all()
    assert results[1].tables["weights"]["noisy_loss"].isna().all()
    others = experiment.combine([one for one in results if one.seeds != (1,)])
    for name in ("map", "weights", "history"):
        assert_close(others[name], healthy[name])
    assert len(tables["runs"]) == len(results[0].tables["runs"]) * 2


def test_snapshots_stream_and_progress_rises_to_the_end() -> None:
    config = small(strategies=("learned_kendall", "hand_tuned", "tags_alone"))
    items = list(experiment.train(config, (0, 2), CPU))
    snapshots = [one for one in items if isinstance(one, Snapshot)]
    progress = [one.progress for one in snapshots]
    assert progress[0] == 0
    assert progress[-1] == pytest.approx(1)
    assert min(np.diff(progress)) > -1e-12
    assert [one.epoch for one in snapshots] == [0, 1, 2, 3] * 3
    assert "map" in snapshots[0].observed
    each = [experiment.cost(attrs.evolve(config, strategies=(s,))) for s in config.strategies]
    assert experiment.cost(config) == pytest.approx(sum(each))


def test_training_beats_chance_on_both_collections() -> None:
    config = small(
        strategies=("equal",),
        n_train=300,
        n_test=100,
        width=64,
        dimensions=16,
        epochs=15,
        image_components=64,
        text_components=64,
        learning_rate=0.01,
        noise=(0.0, 0.0),
    )
    tables = tables_of(config, (0,))
    row = tables["map"].groupby("task")[["map", "noisy_map", "chance"]].mean()
    assert (row["map"] > 2 * row["chance"]).all()
    assert row["map"].tolist() == pytest.approx(row["noisy_map"].tolist())
    assert (tables["map"]["undivided"] > tables["map"]["map"]).all()


# --- frozen encoders ---


def test_frozen_encoders_are_read_from_their_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolated_cache: Path
) -> None:
    """Random weights in the official layouts; pictures at 32 pixels instead of 224."""
    from torchvision import models

    weights = tmp_path / "weights"
    weights.mkdir()
    torch.manual_seed(0)
    torch.save(models.resnet18(weights=None).state_dict(), weights / "resnet18.pth")
    saved(weights / "bert-base-uncased", "bert")
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    monkeypatch.setattr(inputs, "resnet", functools.partial(inputs.resnet, side=32))
    config = small(features="pretrained", text_components=0, strategies=("learned_kendall",))
    assert experiment.dataset(config).checksum.count("-") == 1
    (result,) = results_of(config, (0,))
    for name in ("map", "weights"):
        assert np.isfinite(result.tables[name].select_dtypes("number")).all(axis=None), name
    part = inputs.inputs(config, 0, "train")
    assert part.images.shape == (2, 40, 8)
    assert part.texts.shape == (2, 40, 12)
    assert len(list((isolated_cache / "features").glob("*.npy"))) == 12
