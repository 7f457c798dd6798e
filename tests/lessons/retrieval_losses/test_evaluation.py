"""Ranks and scorings against counts by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import zscore

from mtlkit.lessons.retrieval_losses import evaluation
from mtlkit.lessons.retrieval_losses.evaluation import Embedded, embed, ranks
from mtlkit.lessons.retrieval_losses.inputs import Pairs
from mtlkit.metrics.retrieval import mean_rank, recall_at
from tests.lessons.retrieval_losses.small import CPU, program, ragged


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / math.sqrt((one @ one) * (other @ other)))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ranks_are_those_counted_one_by_one(seed: int) -> None:
    pairs, found = ragged(seed=seed)
    images, texts = found.images.double().numpy(), found.texts.double().numpy()
    owner = pairs.pictures.tolist()
    to_texts, to_images = ranks(found, pairs)
    for query, image in enumerate(images):
        scores = [cosine(image, text) for text in texts]
        best = max(s for s, own in zip(scores, owner, strict=True) if own == query)
        above = [s for s, own in zip(scores, owner, strict=True) if own != query and s >= best]
        assert to_texts.ranks[query] == 1 + len(above)
    for query, text in enumerate(texts):
        scores = [cosine(image, text) for image in images]
        own = scores.pop(owner[query])
        assert to_images.ranks[query] == 1 + sum(s >= own for s in scores)
    assert (to_texts.items, to_images.items) == (len(texts), len(images))
    assert (to_texts.direction, to_images.direction) == ("image_to_text", "text_to_image")


def test_standardised_embeddings_are_z_scores_by_the_others_statistics() -> None:
    _, found = ragged()
    own = found.standardised(found.statistics())
    np.testing.assert_allclose(own.images, zscore(found.images.numpy()), atol=1e-5)
    np.testing.assert_allclose(own.texts, zscore(found.texts.numpy()), atol=1e-5)
    _, other = ragged(seed=1)
    by = other.statistics()
    images = other.images.numpy()
    wanted = (found.images.numpy() - images.mean(0)) / images.std(0)
    np.testing.assert_allclose(found.standardised(by).images, wanted, atol=1e-4, rtol=1e-4)


def test_a_number_that_never_changes_stays_finite() -> None:
    pairs, found = ragged()
    flat = Embedded(found.images.clone(), found.texts.clone())
    flat.images[:, 0], flat.texts[:, 0] = 3.0, 3.0
    own = flat.standardised(flat.statistics())
    assert own.images.isfinite().all()
    rest = Embedded(found.images[:, 1:], found.texts[:, 1:])
    wanted = ranks(rest.standardised(rest.statistics()), pairs)
    for one, other in zip(ranks(own, pairs), wanted, strict=True):
        assert torch.equal(one.ranks, other.ranks)


def test_scores_and_those_of_others_are_cosines() -> None:
    pairs, found = ragged()
    images, texts = found.images.double().numpy(), found.texts.double().numpy()
    first = pairs.first.tolist()
    table = [[cosine(image, texts[place]) for place in first] for image in images]
    np.testing.assert_allclose(found.scores(pairs.first, 4), np.array(table)[:4, :4], atol=1e-6)
    np.testing.assert_allclose(found.scores(pairs.first, 99), table, atol=1e-6)
    off = [s for i, row in enumerate(table) for j, s in enumerate(row) if i != j]
    assert found.others(pairs) == pytest.approx(np.mean(off), abs=1e-6)


def _gallery(pictures: int) -> Pairs:
    owner = torch.arange(pictures).repeat_interleave(5)
    return Pairs(torch.zeros(pictures, 1), torch.zeros(5 * pictures, 1), owner)


def test_a_collapsed_network_finds_nothing_and_a_random_one_scores_chance() -> None:
    pictures, pairs = 400, _gallery(400)
    one_point = Embedded(torch.ones(pictures, 3), torch.ones(5 * pictures, 3))
    for scored in (one_point, one_point.standardised(one_point.statistics())):
        for found in ranks(scored, pairs):
            assert recall_at(found.ranks, 10, found.items) == 0
    assert one_point.others(pairs) == pytest.approx(1)
    draw = torch.Generator().manual_seed(0)
    near = Embedded(
        1 + 1e-3 * torch.randn(pictures, 8, generator=draw),
        1 + 1e-3 * torch.randn(5 * pictures, 8, generator=draw),
    )
    images, texts = ranks(near, pairs)
    # Any of 5 of 2,000 among the first 10; one of 400; the mean of the least of 5 draws.
    chance = 1 - math.comb(1995, 10) / math.comb(2000, 10)
    error = math.sqrt(chance / 400)
    assert recall_at(images.ranks, 10, 2000) == pytest.approx(chance, abs=4 * error)
    assert recall_at(texts.ranks, 10, 400) == pytest.approx(10 / 400, abs=0.02)
    assert mean_rank(images.ranks) == pytest.approx(1995 / 6, rel=0.2)
    assert mean_rank(texts.ranks) == pytest.approx(200, rel=0.1)


def test_what_is_embedded_does_not_depend_on_how_many_are_read_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = program()
    for batch in own.batches(1):
        own.step(batch)
    whole = own.embedded("test")
    assert not own.network.training
    monkeypatch.setattr(evaluation, "CHUNK", 3)
    parts = embed(own.network.train(), own.pairs["test"], CPU)
    torch.testing.assert_close(parts.images, whole.images, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(parts.texts, whole.texts, atol=1e-5, rtol=1e-4)
