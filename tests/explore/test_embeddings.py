"""Where points stand in two dimensions, against numpy, known turns and well separated groups."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.stats import ortho_group
from sklearn.manifold import trustworthiness

from mtlkit.errors import UsageError
from mtlkit.explore import embeddings
from mtlkit.explore.embeddings import aligned, at_hand, embed, pictures, series, series_at_hand

GROUPS, EACH = 4, 25
SLOW = [pytest.param("tsne"), pytest.param("umap", marks=pytest.mark.slow)]


def blobs(seed: int = 0) -> np.ndarray:
    """Four groups of points in eight dimensions, ten spreads apart."""
    rng = np.random.default_rng(seed)
    centres = 10 * np.eye(8)[:GROUPS]
    return np.repeat(centres, EACH, 0) + rng.normal(size=(GROUPS * EACH, 8))


def own_group(places: np.ndarray) -> float:
    """The share of points whose nearest neighbour is of their own group."""
    distances = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    group = np.arange(len(places)) // EACH
    return float((group[distances.argmin(1)] == group).mean())


@pytest.mark.parametrize("shape", [(3, 2), (50, 6), (5, 40)])
def test_pca_is_the_projection_onto_the_first_singular_vectors(shape: tuple[int, int]) -> None:
    points = np.random.default_rng(1).normal(size=shape) * np.arange(1, shape[1] + 1)
    places = embed(points, "pca")
    left, sizes, _ = np.linalg.svd(points - points.mean(0))
    told = left[:, :2] * sizes[:2]
    # A singular vector's sign is free.
    signs = np.sign((places * told).sum(0))
    np.testing.assert_allclose(places, told * signs, atol=1e-9 * sizes[0])


@given(st.integers(0, 2**32 - 1), st.integers(3, 30))
def test_alignment_undoes_a_turn_a_mirroring_and_a_move(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 2))
    turn = ortho_group.rvs(2, random_state=rng)
    turned = points @ turn + rng.normal(size=2)
    np.testing.assert_allclose(aligned(turned, points), points, atol=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_alignment_neither_stretches_nor_makes_worse(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places, previous = rng.normal(size=(12, 2)), rng.normal(size=(12, 2))
    found = aligned(places, previous)
    np.testing.assert_allclose(pdist(found), pdist(places))
    moved = places - places.mean(0) + previous.mean(0)
    assert np.linalg.norm(found - previous) <= np.linalg.norm(moved - previous) + 1e-9


def test_a_pca_picture_does_not_flip_from_one_to_the_next() -> None:
    first = embed(blobs())
    flipped = embed(blobs(), previous=-first)
    np.testing.assert_allclose(flipped, -first, atol=1e-9)


@pytest.mark.parametrize("method", ["pca", *SLOW])
def test_neighbours_stay_neighbours_on_well_separated_groups(method: Any) -> None:
    places = embed(blobs(), method)
    assert places.shape == (GROUPS * EACH, 2)
    least = 0.9 if method == "pca" else 0.95
    assert trustworthiness(blobs(), places, n_neighbors=EACH - 1) > least
    if method != "pca":
        assert own_group(places) == 1.0


@pytest.mark.parametrize("method", SLOW)
def test_the_same_seed_gives_the_same_picture(
    method: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = embed(blobs(), method, seed=3)
    monkeypatch.setenv("MTLKIT_CACHE", str(tmp_path / "another"))
    assert np.array_equal(embed(blobs(), method, seed=3), first)
    if method == "umap":  # t-SNE draws nothing when it is told where to start
        assert not np.array_equal(embed(blobs(), method, seed=4), first)


def centres(places: np.ndarray) -> np.ndarray:
    return places.reshape(GROUPS, EACH, 2).mean(1)


@pytest.mark.parametrize("method", SLOW)
def test_a_picture_starts_from_the_previous_one(method: Any) -> None:
    """Groups that changed places in the previous picture stay where they are in the next."""
    before = embed(blobs(), method, neighbours=10).reshape(GROUPS, EACH, 2)
    swapped = before.copy()
    swapped[[1, 2]] = before[[2, 1]]
    previous = swapped.reshape(-1, 2)
    followed, alone = (
        embed(blobs(), method, neighbours=10, previous=each) for each in (previous, None)
    )
    apart = [
        np.linalg.norm(centres(aligned(places, previous)) - centres(previous))
        for places in (followed, alone)
    ]
    assert apart[0] < apart[1] / 2


def test_a_picture_seen_before_is_not_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    first = embed(blobs(), "tsne")

    def refuse(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(embeddings, "_tsne", refuse)
    assert np.array_equal(embed(blobs(), "tsne"), first)
    changes: list[tuple[np.ndarray, dict[str, Any]]] = [
        (blobs(1), {}),
        (blobs(), {"seed": 1}),
        (blobs(), {"neighbours": 5}),
        (blobs(), {"previous": blobs()[:, :2]}),
    ]
    for points, settings in changes:
        with pytest.raises(AssertionError, match="computed again"):
            embed(points, "tsne", **settings)


def test_the_job_shows_pca_first_and_then_what_was_asked_for() -> None:
    job = pictures(blobs(), "tsne", seed=2, neighbours=10)
    first = next(job)
    assert (first.method, first.final) == ("PCA", False)
    assert np.array_equal(first.places, embed(blobs(), "pca"))
    second = next(job)
    assert (second.method, second.final) == ("t-SNE, perplexity 10, seed 2", True)
    assert np.array_equal(second.places, embed(blobs(), "tsne", seed=2, neighbours=10))
    assert next(job, None) is None


def test_pca_alone_is_one_picture() -> None:
    (only,) = pictures(blobs(), "pca")
    assert (only.method, only.final) == ("PCA", True)


@pytest.mark.parametrize("method", SLOW)
@pytest.mark.parametrize("count", [3, 4, 10])
def test_few_points_are_enough(method: Any, count: int) -> None:
    points = np.random.default_rng(0).normal(size=(count, 4))
    places = embed(points, method)
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: embed(np.zeros((2, 5))), "at least 3"),
        (lambda: embed(np.arange(9.0).reshape(9, 1)), "at least 3 with 2"),
        (lambda: embed(np.ones((9, 5))), "all the same"),
        (lambda: embed(np.full((9, 5), np.nan)), "finite"),
        (lambda: embed(blobs(), "isomap"), "method = isomap"),
        (lambda: embed(blobs(), "tsne", neighbours=50), "allowed are 1 to 33"),
        (lambda: embed(blobs(), "umap", neighbours=1), "allowed are 2 to 99"),
        (lambda: embed(blobs(), previous=np.zeros((3, 2))), r"\(100, 2\)"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(ask: Callable[[], object], told: str) -> None:
    with pytest.raises(UsageError, match=told) as found:
        ask()
    assert "allowed" in str(found.value)
    assert str(found.value).endswith(".")


def test_umap_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(UsageError, match="umap-learn, which is not installed"):
        embed(blobs(), "umap")
    assert embed(blobs()).shape == (GROUPS * EACH, 2)


def test_what_was_computed_is_at_hand_and_until_then_pca_is(isolated_cache: Path) -> None:
    points = blobs()
    before = at_hand(points, "tsne")
    assert (before.final, before.method) == (False, "PCA")
    np.testing.assert_array_equal(before.places, embed(points, "pca"))
    places = embed(points, "tsne")
    after = at_hand(points, "tsne")
    assert (after.final, after.method) == (True, "t-SNE, perplexity 30, seed 0")
    np.testing.assert_array_equal(after.places, places)
    assert at_hand(points, "pca").final


def test_what_is_at_hand_is_checked_as_what_is_computed() -> None:
    with pytest.raises(UsageError, match=r"^method = mds"):
        at_hand(blobs(), "mds")


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_each_picture_of_a_series_starts_from_the_one_before(
    method: str, isolated_cache: Path
) -> None:
    rng = np.random.default_rng(3)
    looks = [blobs() + step * rng.normal(size=blobs().shape) for step in range(3)]
    first = embed(looks[0], method)
    second = embed(looks[1], method, previous=first)
    third = embed(looks[2], method, previous=second)
    for found, expected in zip(series(looks, method), (first, second, third), strict=True):
        np.testing.assert_array_equal(found, expected)
    for picture, expected in zip(
        series_at_hand(looks, method), (first, second, third), strict=True
    ):
        assert picture.final
        np.testing.assert_array_equal(picture.places, expected)


def test_a_series_is_by_pca_until_all_of_it_is_at_hand(isolated_cache: Path) -> None:
    looks = [blobs(seed) for seed in range(2)]
    embed(looks[0], "tsne")
    for picture, expected in zip(series_at_hand(looks, "tsne"), series(looks, "pca"), strict=True):
        assert (picture.method, picture.final) == ("PCA", False)
        np.testing.assert_array_equal(picture.places, expected)
    series(looks, "tsne")
    assert all(picture.final for picture in series_at_hand(looks, "tsne"))
