"""The experiment of lesson 07: its laws on scenes, frozen encoders, and real photographs."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.lessons.retrieval_losses import experiment, inputs
from mtlkit.lessons.retrieval_losses.config import STRATEGIES, RetrievalConfig
from tests.data.features.test_pretrained import saved
from tests.lessons.retrieval_losses.small import CPU, small

TABLES = ("retrieval", "history", "negatives", "batches")


def items_of(config: RetrievalConfig, seeds: Sequence[int]) -> list[Snapshot | Result]:
    return list(experiment.train(config, seeds, CPU))


def tables_of(config: RetrievalConfig, seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    return experiment.combine([one for one in items_of(config, seeds) if isinstance(one, Result)])


def assert_same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(
        one.reset_index(drop=True), other.reset_index(drop=True), check_exact=True
    )


def test_a_seed_is_the_same_alone_and_beside_others_bit_for_bit() -> None:
    config = small(strategies=("simclr", "max_after_sum"), within=0.5, start="random")
    alone, beside = tables_of(config, (4,)), tables_of(config, (0, 4))
    for name in TABLES:
        assert_same(alone[name], beside[name].query("seed == 4"))
        assert (
            not alone[name]
            .drop(columns="seed")
            .equals(beside[name].query("seed == 0").drop(columns="seed").reset_index(drop=True))
        )


def test_a_loss_is_the_same_alone_and_beside_others_and_runs_repeat() -> None:
    config = small(strategies=STRATEGIES)
    together = tables_of(config, (1,))
    torch.manual_seed(5)
    for strategy in ("sum_triplet", "barlow_twins"):
        alone = tables_of(attrs.evolve(config, strategies=(strategy,)), (1,))
        for name in TABLES:
            assert_same(alone[name], together[name].query("strategy == @strategy"))
    first = together["history"].query("epoch == 0").groupby("strategy")["mean_rank"].apply(list)
    assert all(one == first["simclr"] for one in first.drop("barlow_twins"))


def test_the_max_after_the_sum_is_the_sum_until_then() -> None:
    config = small(strategies=("sum_triplet", "max_after_sum"), warm=2, epochs=3)
    history = tables_of(config, (0,))["history"].set_index(["strategy", "epoch", "task"])
    both = [history.loc[name].drop(columns="seed") for name in config.strategies]
    pd.testing.assert_frame_equal(both[0].loc[:2], both[1].loc[:2])
    assert not np.allclose(both[0].loc[3, "loss"], both[1].loc[3, "loss"])


def test_snapshots_stream_scores_and_progress_rises_to_the_end() -> None:
    items = items_of(small(strategies=("sum_triplet", "simclr")), (0, 2))
    snapshots = [one for one in items if isinstance(one, Snapshot)]
    progress = [one.progress for one in snapshots]
    assert progress[0] == 0
    assert progress[-1] == pytest.approx(1)
    assert min(np.diff(progress)) > -1e-12
    assert [(one.part, one.seeds, one.epoch) for one in snapshots] == [
        (part, (seed,), epoch)
        for part in ("sum_triplet", "simclr")
        for seed in (0, 2)
        for epoch in range(3)
    ]
    for one in snapshots:
        assert one.observed["scores"].shape == (1, 10, 10)
        assert one.observed["scores"].abs().max() <= 1 + 1e-5
    results = [one for one in items if isinstance(one, Result)]
    assert [one.seeds for one in results] == [(0,), (2,)]
    assert {"images_simclr", "texts_sum_triplet"} <= set(results[0].arrays)


def test_costs_add_up() -> None:
    config = small(strategies=("sum_triplet", "simclr"))
    one = experiment.cost(attrs.evolve(config, strategies=("simclr",)))
    assert experiment.cost(config) == pytest.approx(2 * one)
    assert experiment.cost(small(strategies=("simclr",), epochs=4)) == pytest.approx(2 * one)
    assert experiment.cost(small(strategies=("simclr",), image_encoder="resnet18")) > 50 * one


@pytest.mark.parametrize(
    "settings",
    [
        {"image_encoder": "classical", "text_encoder": "transformer"},
        {"text_encoder": "gru", "captions": "all", "schedule": "warmup", "trained": "text"},
        {"learnable": True, "projector": 6, "outliers": 0.5, "schedule": "cosine"},
    ],
)
def test_settings_run_together(settings: dict[str, object]) -> None:
    tables = tables_of(small(strategies=("simclr", "barlow_twins"), **settings), (0,))
    assert np.isfinite(tables["retrieval"].select_dtypes("number")).all(axis=None)
    assert not tables["runs"]["diverged"].any()


@pytest.mark.parametrize("strategy", ["sum_triplet", "simclr", "barlow_twins"])
def test_on_scenes_a_few_epochs_beat_chance(strategy: str) -> None:
    config = small(
        strategies=(strategy,),
        n_train=300,
        n_test=50,
        batch_size=50,
        epochs=12,
        features=32,
        schedule="constant",
    )
    found = tables_of(config, (0,))["retrieval"].query("split == 'test'")
    scoring = "standardised" if strategy == "barlow_twins" else "cosine"
    recall = found[found["scoring"] == scoring]["recall_10"]
    assert recall.min() > 0.35  # chance 0.2


# --- frozen encoders ---


def test_frozen_encoders_are_read_from_their_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolated_cache: Path
) -> None:
    """Random weights in the official layouts; pictures at 32 pixels instead of 224."""
    from torchvision import models

    weights = tmp_path / "weights"
    weights.mkdir()
    torch.manual_seed(0)
    torch.save(models.resnet34(weights=None).state_dict(), weights / "resnet34.pth")
    saved(weights / "distilbert-base-uncased", "distilbert")
    monkeypatch.setenv("MTLKIT_DATA", str(tmp_path))
    monkeypatch.setattr(inputs, "resnet", functools.partial(inputs.resnet, side=32))
    config = small(
        image_encoder="frozen_resnet34",
        text_encoder="frozen_distilbert",
        strategies=("simclr",),
        outliers=0.5,
    )
    checksum = experiment.dataset(config).checksum
    assert checksum.count("-") == 1
    assert experiment.dataset(attrs.evolve(config, image_encoder="cnn")).checksum in checksum
    (result,) = [one for one in items_of(config, (0,)) if isinstance(one, Result)]
    assert np.isfinite(result.tables["retrieval"].select_dtypes("number")).all(axis=None)
    assert result.arrays["text/head.weight_simclr"].shape == (8, 8)
    assert len(list((isolated_cache / "features").glob("*.npy"))) == 6
    # Outliers' captions are those of the pictures that the words are taken from elsewhere.
    plain = inputs.pairs(attrs.evolve(config, outliers=0.0), 0, "train")
    moved = inputs.pairs(config, 0, "train")
    owner = inputs.mismatched(12, 0.5, 0)
    for picture in range(12):
        own, theirs = (
            one.words[one.pictures == at]
            for one, at in ((moved, picture), (plain, int(owner[picture])))
        )
        assert torch.equal(own, theirs)


# --- photographs ---


def test_on_800_photographs_pictures_find_their_captions_above_chance(
    mtlkit_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """100 of them, chance 10 %; where most captions are others' hardly above it."""
    if not (mtlkit_data / "flickr8k_800").is_dir():
        pytest.skip("there is no flickr8k_800")
    monkeypatch.setenv("MTLKIT_DATA", str(mtlkit_data))
    recall = {}
    for outliers in (0.0, 0.9):
        config = small(
            data="flickr8k_800",
            n_train=600,
            n_validation=100,
            n_test=100,
            image_encoder="classical",
            strategies=("sum_triplet",),
            batch_size=100,
            epochs=20,
            learning_rate=0.001,
            schedule="constant",
            features=64,
            outliers=outliers,
        )
        assert experiment.dataset(config).checksum
        found = tables_of(config, (0, 1))["retrieval"]
        assert np.isfinite(found.select_dtypes("number")).all(axis=None)
        rows = found.query("split == 'test' and scoring == 'cosine'")
        items = rows.groupby("direction")["items"].unique()
        assert items["image_to_text"].tolist() == [500]
        recall[outliers] = rows["recall_10"].mean()
    # The captions of 100 pictures have a standard error of 3 points at chance, at most.
    assert recall[0.0] > 0.17
    assert recall[0.9] < 0.15
