"""Whom a loss listens to, and what a batch says of the gallery: closed forms and enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.streams import stream
from mtlkit.lessons.retrieval_losses import negatives
from mtlkit.lessons.retrieval_losses.evaluation import Embedded
from mtlkit.lessons.retrieval_losses.inputs import Pairs
from mtlkit.lessons.retrieval_losses.negatives import _scaled, batches, shares
from tests.lessons.retrieval_losses.small import ragged, small
from tests.losses import literal


def table(found: Embedded, pairs: Pairs, **settings: object) -> pd.DataFrame:
    return shares(small(**settings), "simclr", found, pairs).set_index("loss")


@pytest.mark.parametrize("batch", [4, 11])
def test_shares_are_the_closed_forms(batch: int) -> None:
    """The sum: all violators alike. The max: one. SimCLR: softmax over the negatives."""
    pairs, found = ragged()
    told = table(found, pairs, batch_size=batch, margin=0.3, temperature=0.2)
    s = found.scores(pairs.first, batch).tolist()
    violators = [
        sum(0.3 + s[i][j] - s[i][i] > 0 for j in range(batch) if j != i) for i in range(batch)
    ]
    some = [count for count in violators if count]
    assert 0 < len(some) <= batch
    for loss in ("sum_triplet", "max_triplet"):
        assert told.loc[loss, "active"] == pytest.approx(len(some) / batch)
    assert told.loc["sum_triplet", "effective"] == pytest.approx(np.mean(some))
    assert told.loc["sum_triplet", "largest"] == pytest.approx(np.mean([1 / n for n in some]))
    assert told.loc["max_triplet", ["effective", "largest"]].tolist() == [1, 1]
    effective, largest = [], []
    for i in range(batch):
        weights = np.exp([s[i][j] / 0.2 for j in range(batch) if j != i])
        share = weights / weights.sum()
        effective.append(1 / np.square(share).sum())
        largest.append(share.max())
    assert told.loc["simclr", "effective"] == pytest.approx(np.mean(effective), rel=1e-5)
    assert told.loc["simclr", "largest"] == pytest.approx(np.mean(largest), rel=1e-5)
    assert told.loc["simclr", "active"] == 1


def test_triplets_that_all_keep_the_margin_listen_to_none() -> None:
    """Orthonormal pairs."""
    owner = torch.arange(6)
    pairs = Pairs(torch.eye(6), torch.eye(6), owner)
    told = table(Embedded(torch.eye(6), torch.eye(6)), pairs, batch_size=6)
    for loss in ("sum_triplet", "max_triplet"):
        assert told.loc[loss, "active"] == 0
        assert told.loc[loss, ["effective", "largest"]].isna().all()
    assert told.loc["simclr", "effective"] == pytest.approx(5)
    assert told.loc["simclr", "largest"] == pytest.approx(0.2)


def test_at_collapse_the_smooth_losses_listen_to_all() -> None:
    pairs = Pairs(torch.ones(6, 2), torch.ones(6, 2), torch.arange(6))
    told = table(Embedded(torch.ones(6, 2), torch.ones(6, 2)), pairs, batch_size=6)
    assert told["effective"].to_dict() == pytest.approx(
        {"sum_triplet": 5, "max_triplet": 1, "simclr": 5}
    )


# --- batches ---

PARAMETER = {"sum_triplet": 0.4, "max_triplet": 0.4, "simclr": 0.3}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [2, 3, 5])
def test_over_all_batches_the_sum_is_unbiased_and_the_max_too_low(size: int, seed: int) -> None:
    """Every batch of a gallery of six; the logarithm of a mean is above the mean of logarithms."""
    draw = torch.Generator().manual_seed(seed)
    images, texts = (torch.randn(6, 3, generator=draw).double() for _ in range(2))
    chosen = [list(some) for some in itertools.combinations(range(6), size)]
    for loss, parameter in PARAMETER.items():
        full = _scaled(loss, images, texts, parameter, 6)
        values = [_scaled(loss, images[some], texts[some], parameter, 6) for some in chosen]
        mean = np.mean(values)
        if loss == "sum_triplet":
            assert mean == pytest.approx(full, rel=1e-9)
        else:
            assert mean < full - 1e-6


@pytest.mark.parametrize("loss", [*PARAMETER, "barlow_twins"])
def test_a_batch_of_all_has_no_bias(loss: str) -> None:
    pairs, found = ragged()
    images, texts = found.images.double(), found.texts[pairs.first].double()
    order = torch.randperm(11, generator=torch.Generator().manual_seed(0))
    parameter = PARAMETER.get(loss, 0.05)
    full = _scaled(loss, images, texts, parameter, 11)
    assert _scaled(loss, images[order], texts[order], parameter, 11) == pytest.approx(full)


def test_the_table_has_the_means_over_whole_random_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(negatives, "BATCHES", (3, 5, 11, 16))
    pairs, found = ragged()
    config = small(margin=0.4, temperature=0.3)
    told = batches(config, "max_triplet", found, pairs, seed=3).set_index(["loss", "batch"])
    assert set(told.index.get_level_values("batch")) == {3, 5}  # smaller than the gallery
    assert (told["strategy"] == "max_triplet").all()
    order = torch.randperm(11, generator=stream(3, "batches of a gallery")).tolist()
    s = found.scores(pairs.first, 11).tolist()

    def value(loss: str, rows: list[int]) -> float:
        some = [[s[i][j] for j in rows] for i in rows]
        more = 10 / (len(rows) - 1)
        if loss == "sum_triplet":
            return more * float(np.mean(literal.sum_triplet(some, 0.4)))
        if loss == "max_triplet":
            return float(np.mean(literal.max_triplet(some, 0.4)))
        return float(np.mean(literal.simclr(some, 0.3, False))) + 2 * math.log(more)

    for loss in PARAMETER:
        full = value(loss, list(range(11)))
        for batch in (3, 5):
            parts = [order[k : k + batch] for k in range(0, 11 - batch + 1, batch)]
            mean = np.mean([value(loss, rows) for rows in parts])
            row = told.loc[(loss, batch)]
            assert row["full"] == pytest.approx(full, rel=1e-5)
            assert row["value"] == pytest.approx(mean, rel=1e-5)
            assert row["bias"] == pytest.approx((mean - full) / abs(full), abs=1e-4)


def test_a_loss_of_nothing_has_no_bias_to_tell() -> None:
    """Orthonormal pairs keep the margin in any batch."""
    pairs = Pairs(torch.eye(20), torch.eye(20), torch.arange(20))
    told = batches(small(), "simclr", Embedded(torch.eye(20), torch.eye(20)), pairs, 0)
    triplets = told[told["loss"].str.contains("triplet")]
    assert triplets["bias"].isna().all()
    assert (triplets[["value", "full"]] == 0).all(axis=None)
    assert told[told["loss"] == "simclr"]["bias"].abs().max() < 1e-5
