"""Average precision against going down the list, and torchmetrics."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.retrieval import RetrievalMAP

import mtlkit.metrics.retrieval.precision
from mtlkit.errors import UsageError
from mtlkit.metrics.retrieval import average_precisions, mean_average_precision


@pytest.fixture(params=["compared", "sorted"], autouse=True, scope="module")
def way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test with many relevant items and with few, as far as the choice of a way goes."""
    few = {"compared": 10_000, "sorted": 0}[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mtlkit.metrics.retrieval.precision, "FEW", few)
        yield


def down_the_list(
    scores: list[float], relevant: list[bool], divided: bool = True, depth: int | None = None
) -> float:
    """Relevant ones last among equals."""
    order = sorted(zip(scores, relevant, strict=True), key=lambda item: (-item[0], item[1]))
    found, total = 0, Fraction(0)
    for place, (_, mine) in enumerate(order[:depth], 1):
        if mine:
            found += 1
            total += Fraction(found, place)
    if not any(relevant):
        return math.nan
    return float(total / min(sum(relevant), depth or len(scores)) if divided else total)


def drawn(seed: int, queries: int, items: int, labels: int) -> tuple[torch.Tensor, ...]:
    """Embeddings of small whole numbers: scores are exact, and ties frequent."""
    g = torch.Generator().manual_seed(seed)
    return (
        torch.randint(-2, 3, (queries, 2), generator=g).double(),
        torch.randint(-2, 3, (items, 2), generator=g).double(),
        torch.randint(-1, labels, (queries,), generator=g),
        torch.randint(0, labels + 1, (items,), generator=g),
    )


@given(
    st.integers(0, 10_000),
    st.integers(1, 10),
    st.integers(1, 15),
    st.integers(1, 4),
    st.booleans(),
    st.none() | st.integers(1, 15),
)
def test_is_what_going_down_the_list_gives(
    seed: int, queries: int, items: int, labels: int, divided: bool, depth: int | None
) -> None:
    depth = depth and min(depth, items)
    x, y, of, to = drawn(seed, queries, items, labels)
    found = average_precisions(x, y, of, to, divided=divided, depth=depth).tolist()
    scores, relevant = (x @ y.T).tolist(), (of[:, None] == to).tolist()
    wanted = [down_the_list(*row, divided, depth) for row in zip(scores, relevant, strict=True)]
    assert found == pytest.approx(wanted, rel=1e-13, nan_ok=True)
    known = [value for value in wanted if not math.isnan(value)]
    mean = mean_average_precision(torch.tensor(found, dtype=torch.float64))
    assert mean == pytest.approx(sum(known) / len(known) if known else math.nan, nan_ok=True)


def places(order: list[int]) -> tuple[torch.Tensor, ...]:
    """One query whose i-th item is relevant where there is a 1."""
    scores = torch.arange(len(order), 0, -1).double()
    return torch.ones(1, 1).double(), scores[:, None], torch.tensor([1]), torch.tensor(order)


def test_relevant_at_the_first_and_the_fifth_place() -> None:
    first_and_fifth = places([1, 0, 0, 0, 1, 0])
    assert average_precisions(*first_and_fifth).item() == pytest.approx(0.70)
    assert average_precisions(*first_and_fifth, divided=False).item() == pytest.approx(1.4)
    assert average_precisions(*first_and_fifth, depth=4).item() == pytest.approx(0.5)
    assert average_precisions(*first_and_fifth, depth=1).item() == 1


def test_the_best_order_has_one_at_any_depth() -> None:
    best = places([1, 1, 1, 0, 0, 0, 0])
    assert [average_precisions(*best, depth=k).item() for k in range(1, 8)] == [1] * 7
    assert average_precisions(*best, divided=False).item() == 3


def test_several_blocks_give_what_one_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    g = torch.Generator().manual_seed(1)
    x, y = torch.randn(500, 8, generator=g), torch.randn(1000, 8, generator=g)
    labels = torch.randint(0, 30, (1500,), generator=g)
    one = average_precisions(x, y, labels[:500], labels[500:])
    monkeypatch.setattr(mtlkit.metrics.retrieval.precision, "CELLS", 1)
    torch.testing.assert_close(average_precisions(x, y, labels[:500], labels[500:]), one)


@pytest.mark.parametrize("labels", [4, 40])
def test_agrees_with_torchmetrics(labels: int) -> None:
    g = torch.Generator().manual_seed(2)
    # Above 0: a relevant item that scores 0 or less torchmetrics takes for irrelevant.
    x, y = torch.rand(50, 8, generator=g), torch.rand(300, 8, generator=g)
    of, to = (torch.randint(0, labels, (n,), generator=g) for n in (50, 300))
    relevant = (of[:, None] == to).flatten()
    theirs = RetrievalMAP(empty_target_action="skip")
    wanted = theirs((x @ y.T).flatten(), relevant, indexes=torch.arange(50).repeat_interleave(300))
    found = mean_average_precision(average_precisions(x, y, of, to))
    assert found == pytest.approx(wanted.item(), rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("items", "relevant"), [(10, 3), (700, 100), (4097, 2)])
def test_a_collapsed_model_has_its_relevant_items_last(
    dtype: torch.dtype, items: int, relevant: int
) -> None:
    """Below chance, which is about the share of relevant items."""
    vector = torch.randn(1, 33, dtype=dtype, generator=torch.Generator().manual_seed(items))
    to = (torch.arange(items) < relevant).long()
    found = average_precisions(
        vector.expand(3, -1), vector.expand(items, -1), torch.ones(3).long(), to
    )
    last = [Fraction(j, items - relevant + j) for j in range(1, relevant + 1)]
    wanted = float(sum(last) / relevant)
    assert found.tolist() == pytest.approx([wanted] * 3, rel=1e-6)
    assert wanted < relevant / items


def test_permuting_queries_permutes_and_permuting_items_does_nothing() -> None:
    x, y, of, to = drawn(3, 40, 60, 5)
    found = average_precisions(x, y, of, to)
    g = torch.Generator().manual_seed(4)
    order, other = torch.randperm(40, generator=g), torch.randperm(60, generator=g)
    moved = average_precisions(x[order], y[other], of[order], to[other])
    torch.testing.assert_close(moved, found[order], equal_nan=True)


def test_a_score_that_is_no_number_counts_against_the_model() -> None:
    queries, gallery = torch.eye(3), torch.eye(3)
    own = torch.arange(3)
    gallery[0] = torch.nan
    found = average_precisions(queries, gallery, own, own)
    assert found.tolist() == pytest.approx([1 / 3, 1 / 2, 1 / 2])
    queries[1] = torch.nan
    assert average_precisions(queries, gallery, own, own)[1].item() == pytest.approx(1 / 3)


def test_no_number_beside_a_relevant_item_does_no_harm_to_it() -> None:
    """Both are relevant, the first has no score: places 1 and 3 of 3."""
    gallery = torch.tensor([[torch.nan], [2.0], [1.0]])
    found = average_precisions(
        torch.ones(1, 1), gallery, torch.ones(1).long(), torch.tensor([1, 1, 0])
    )
    assert found.item() == pytest.approx((1 + 2 / 3) / 2)


@pytest.mark.parametrize("depth", [0, -3, 7])
def test_a_depth_that_the_gallery_does_not_have_is_refused(depth: int) -> None:
    message = f"^depth is {depth}: it must be at least 1 and at most 6, the number of items.$"
    with pytest.raises(UsageError, match=message):
        average_precisions(*places([1, 0, 0, 0, 1, 0]), depth=depth)


def test_an_empty_gallery_is_refused_and_no_query_is_none() -> None:
    none = torch.empty(0, dtype=torch.int64)
    with pytest.raises(UsageError, match=r"^the gallery is empty: at least one item is needed"):
        average_precisions(torch.ones(2, 3), torch.ones(0, 3), torch.arange(2), none)
    found = average_precisions(torch.ones(0, 3), torch.ones(2, 3), none, torch.arange(2))
    assert found.tolist() == []
    assert math.isnan(mean_average_precision(found))
