"""Tables and arrays of a run, computed again from what is left."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn.functional import normalize

from mtlkit.core.result import Result
from mtlkit.lessons.retrieval_losses import experiment
from mtlkit.lessons.retrieval_losses.inputs import LENGTH, pairs, vocabulary
from mtlkit.lessons.retrieval_losses.leaves import _epochs_to_half
from mtlkit.nn.encoders import text_encoder
from tests.lessons.retrieval_losses.small import CPU, small

STRATEGIES = ("simclr", "barlow_twins")
CONFIG = small(strategies=STRATEGIES, n_test=12)


@pytest.fixture(scope="module")
def result() -> Result:
    (found,) = [one for one in experiment.train(CONFIG, (3,), CPU) if isinstance(one, Result)]
    return found


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_recalls_and_ranks_are_those_of_the_embeddings_that_are_kept(
    result: Result, strategy: str
) -> None:
    images, texts = (result.arrays[f"{name}_{strategy}"] for name in ("images", "texts"))
    owner = result.arrays["captions_of"]
    np.testing.assert_allclose(np.linalg.norm(images, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(texts, axis=1), 1, rtol=1e-5)
    s = images.astype(float) @ texts.astype(float).T
    right = np.arange(len(images))[:, None] == owner
    best = np.where(right, s, -9).max(1, keepdims=True)
    own = s[owner, range(len(owner))]
    ranks = {
        "image_to_text": 1 + ((s >= best) & ~right).sum(1),
        "text_to_image": ((s >= own) & ~right).sum(0) + 1,
    }
    scoring = "standardised" if strategy == "barlow_twins" else "cosine"
    table = result.tables["retrieval"].query("split == 'test'")
    rows = table[(table["strategy"] == strategy) & (table["scoring"] == scoring)]
    assert len(rows) == 2
    for row in rows.to_dict("records"):
        found = ranks[row["direction"]]
        assert row["items"] == {"image_to_text": 60, "text_to_image": 12}[row["direction"]]
        assert row["mean_rank"] == pytest.approx(found.mean())
        assert row["median_rank"] == pytest.approx(np.median(found))
        for k in (1, 5, 10):
            assert row[f"recall_{k}"] == pytest.approx((found <= k).mean())


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_scores_are_of_pictures_with_first_captions(result: Result, strategy: str) -> None:
    images, texts = (result.arrays[f"{name}_{strategy}"] for name in ("images", "texts"))
    np.testing.assert_allclose(
        result.arrays[f"scores_{strategy}"], images @ texts[::5].T, atol=1e-6
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_the_text_branch_can_be_built_again(result: Result, strategy: str) -> None:
    own = {
        name.removeprefix("text/").removesuffix(f"_{strategy}"): torch.from_numpy(value)
        for name, value in result.arrays.items()
        if name.startswith("text/") and name.endswith(f"_{strategy}")
    }
    encoder = text_encoder("bag", len(vocabulary(CONFIG, 3)), LENGTH)
    encoder.load_state_dict(
        {k.removeprefix("backbone."): v for k, v in own.items() if k.startswith("backbone.")}
    )
    data = pairs(CONFIG, 3, "test")
    with torch.no_grad():
        told = encoder(data.words) @ own["head.weight"].T + own["head.bias"]
    shift, scale = (result.arrays[f"text_{name}_{strategy}"] for name in ("shift", "scale"))
    found = normalize((told - torch.from_numpy(shift)) / torch.from_numpy(scale), dim=1)
    np.testing.assert_allclose(found, result.arrays[f"texts_{strategy}"], atol=1e-5)
    assert data.pictures.tolist() == result.arrays["captions_of"].tolist()


def test_tables_have_every_row_once(result: Result) -> None:
    tables = result.tables
    retrieval = tables["retrieval"].set_index(["strategy", "split", "direction", "scoring"])
    assert retrieval.index.is_unique
    assert len(retrieval) == 2 * 2 * 2 * 2
    history = tables["history"].set_index(["strategy", "task", "epoch"])
    assert history.index.is_unique
    assert len(history) == 2 * 2 * 3
    assert (tables["history"].query("epoch == 0")["loss"].isna()).all()
    assert tables["runs"]["strategy"].tolist() == list(STRATEGIES)
    assert len(tables["negatives"]) == 2 * 3
    assert set(tables["batches"]["batch"]) == {8}
    for name, table in tables.items():
        assert (table["seed"] == 3).all(), name


def test_a_training_gallery_is_as_large_as_the_test_one() -> None:
    """Of 12 training pictures the first 10."""
    config = small(strategies=("simclr",))
    (found,) = [one for one in experiment.train(config, (0,), CPU) if isinstance(one, Result)]
    items = found.tables["retrieval"].groupby(["split", "direction"])["items"].unique()
    assert all(one.tolist() == [50] for one in items[:, "image_to_text"])
    assert all(one.tolist() == [10] for one in items[:, "text_to_image"])


def test_epochs_to_half_is_the_first_at_which_both_ways_together_find_half() -> None:
    frame = pd.DataFrame(
        {
            "epoch": [0, 0, 1, 1, 2, 2, 3, 3, 4, 4],
            "task": [1, 2] * 5,
            "recall_10": [0.1, 0.1, 0.9, 0.05, 0.6, 0.4, 0.2, 0.2, 0.9, 0.9],
        }
    )
    assert _epochs_to_half(frame) == 2
    assert math.isnan(_epochs_to_half(frame.query("epoch not in (2, 4)")))
