"""Ranks against counting one by one, torchmetrics, and models that know nothing."""

from __future__ import annotations

import statistics

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.retrieval import RetrievalHitRate

from mtlkit.errors import UsageError
from mtlkit.metrics.retrieval import best_ranks, mean_rank, median_rank, recall_at
from mtlkit.metrics.retrieval.blocks import LANE

Grid = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def whole(queries: int, items: int, groups: int, features: int = 2, seed: int = 0) -> Grid:
    """Embeddings of small whole numbers: scores are exact, and ties frequent."""
    g = generator(seed)
    return (
        torch.randint(-2, 3, (queries, features), generator=g).double(),
        torch.randint(-2, 3, (items, features), generator=g).double(),
        torch.randint(-1, groups, (queries,), generator=g),
        torch.randint(0, groups + 1, (items,), generator=g),
    )


def counted(
    queries: torch.Tensor, gallery: torch.Tensor, of: list[int], to: list[int]
) -> list[int]:
    found = []
    for q, group in zip(queries.tolist(), of, strict=True):
        scores = [sum(a * b for a, b in zip(q, x, strict=True)) for x in gallery.tolist()]
        own = [s for s, other in zip(scores, to, strict=True) if other == group]
        rest = [s for s, other in zip(scores, to, strict=True) if other != group]
        found.append(1 + sum(s >= max(own) for s in rest) if own else len(scores) + 1)
    return found


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5), st.integers(0, 10_000))
def test_ranks_count_one_by_one(queries: int, items: int, groups: int, seed: int) -> None:
    grid = whole(queries, items, groups, seed=seed)
    assert best_ranks(*grid).tolist() == counted(*grid[:2], *(g.tolist() for g in grid[2:]))


@pytest.mark.parametrize("groups", [3, 60, 2000])
@pytest.mark.parametrize("block", [1, 192, 1000])
def test_blocks_of_any_size_give_the_same(groups: int, block: int) -> None:
    """Several tiles of items, several blocks of queries; groups smaller and larger than these."""
    queries, gallery, of, to = whole(500, 2500, groups, features=6, seed=1)
    scores, own = queries @ gallery.T, of[:, None] == to
    best = scores.masked_fill(~own, -torch.inf).amax(1, keepdim=True)
    wanted = 1 + ((scores >= best) & ~own).sum(1)
    wanted[~own.any(1)] = 2501
    assert torch.equal(best_ranks(queries, gallery, of, to, block=block), wanted)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("queries", "items"), [(1, 2), (7, 33), (200, 1000), (300, 2017)])
@pytest.mark.parametrize("features", [1, 33, 128])
def test_a_collapsed_model_comes_last(
    dtype: torch.dtype, queries: int, items: int, features: int
) -> None:
    """All vectors equal: the own one is behind all others, whatever the last digit of a sum is."""
    vector = torch.randn(1, features, dtype=dtype, generator=generator(queries))
    own = torch.arange(queries)
    ranks = best_ranks(
        vector.expand(queries, -1), vector.expand(items, -1), own, torch.arange(items)
    )
    assert ranks.tolist() == [items if i < items else items + 1 for i in range(queries)]
    assert recall_at(ranks, items - 1, items) == 0


def test_a_model_collapsed_to_few_points_is_at_chance_or_worse() -> None:
    """Images and captions fall on any of four points: no better than drawing items in any order."""
    g = generator(5)
    points = torch.randn(4, 16, generator=g)
    gallery = points[torch.randint(4, (2000,), generator=g)]
    queries = points[torch.randint(4, (400,), generator=g)]
    ranks = best_ranks(queries, gallery, torch.arange(400), torch.arange(2000))
    for k in (1, 5, 10, 50):
        assert recall_at(ranks, k, 2000) <= k / 2000
    assert mean_rank(ranks) > 1000


def test_a_perfect_model_comes_first() -> None:
    vectors = torch.eye(30)
    ranks = best_ranks(vectors, vectors.repeat_interleave(5, 0), *both(30, 5))
    assert ranks.tolist() == [1] * 30
    assert (recall_at(ranks, 1, 150), mean_rank(ranks), median_rank(ranks)) == (1, 1, 1)


def both(queries: int, captions: int) -> tuple[torch.Tensor, torch.Tensor]:
    own = torch.arange(queries)
    return own, own.repeat_interleave(captions)


@pytest.mark.parametrize("k", [1, 5, 10, 100])
def test_recall_with_five_captions_is_torchmetrics_hit_rate(k: int) -> None:
    g = generator(3)
    images, captions = torch.randn(40, 8, generator=g), torch.randn(200, 8, generator=g)
    own, theirs = both(40, 5)
    ranks = best_ranks(images, captions, own, theirs)
    rate = RetrievalHitRate(top_k=k)
    # Above 0: a relevant item that scores 0 or less torchmetrics takes for irrelevant.
    scores = (images @ captions.T).flatten() + 100
    indexes = own.repeat_interleave(200)
    wanted = rate(scores, (own[:, None] == theirs).flatten(), indexes=indexes)
    assert recall_at(ranks, k, 200) == pytest.approx(wanted.item())
    back = best_ranks(captions, images, theirs, own)
    assert recall_at(back, 40, 40) == 1


def test_permuting_queries_permutes_and_permuting_items_does_nothing() -> None:
    queries, gallery, of, to = whole(300, 1100, 50, features=4, seed=4)
    ranks = best_ranks(queries, gallery, of, to)
    g = generator(1)
    order, other = torch.randperm(300, generator=g), torch.randperm(1100, generator=g)
    assert torch.equal(
        best_ranks(queries[order], gallery[other], of[order], to[other]), ranks[order]
    )


def test_a_score_that_is_no_number_counts_against_the_model() -> None:
    queries, gallery = torch.eye(4), torch.eye(4)
    own = torch.arange(4)
    queries[1, 0] = torch.nan
    gallery[2, 3] = torch.nan
    ranks = best_ranks(queries, gallery, own, own)
    assert ranks.tolist() == [2, 4, 4, 2]


def test_embeddings_under_training_can_be_ranked() -> None:
    x = torch.eye(3).requires_grad_()
    assert best_ranks(x, x, torch.arange(3), torch.arange(3)).tolist() == [1, 1, 1]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=30))
def test_what_is_read_off_the_ranks(values: list[int]) -> None:
    ranks = torch.tensor(values)
    assert mean_rank(ranks) == pytest.approx(statistics.mean(values))
    assert median_rank(ranks) == statistics.median(values)
    for k in (1, 10, 50):
        assert recall_at(ranks, k, 50) == pytest.approx(sum(v <= k for v in values) / len(values))


@pytest.mark.parametrize("k", [0, -1, 51])
def test_k_that_the_gallery_does_not_have_is_refused(k: int) -> None:
    message = f"^k is {k}: it must be at least 1 and at most 50, the number of items.$"
    with pytest.raises(UsageError, match=message):
        recall_at(torch.tensor([1, 2]), k, 50)


def test_nothing_to_rank_is_refused() -> None:
    none = torch.empty(0, dtype=torch.int64)
    for measure in (mean_rank, median_rank, lambda ranks: recall_at(ranks, 1, 5)):
        with pytest.raises(UsageError, match=r"^there are no ranks: at least one query is needed"):
            measure(none)
    with pytest.raises(UsageError, match=r"^the gallery is empty: at least one item is needed"):
        best_ranks(torch.ones(2, 3), torch.ones(0, 3), torch.arange(2), none)
    with pytest.raises(UsageError, match=r"^block is 0: it must be at least 1"):
        best_ranks(torch.eye(2), torch.eye(2), torch.arange(2), torch.arange(2), block=0)
    found = best_ranks(torch.ones(0, 3), torch.ones(2, 3), none, torch.arange(2))
    assert found.tolist() == []


def test_copies_of_an_item_tie_at_any_size() -> None:
    """Sums go in one order wherever an item stands in a matrix product of whole lanes."""
    for lanes in (1, 3, 22):
        vector = torch.randn(1, 67, dtype=torch.float64, generator=generator(lanes))
        scores = vector.expand(LANE, -1) @ vector.expand(lanes * LANE, -1).mT.contiguous()
        assert (scores == scores[0, 0]).all()
