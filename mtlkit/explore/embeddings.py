"""Pictures of points with many features: where each stands in two dimensions."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import attrs
import numpy as np
from jaxtyping import Float
from scipy.linalg import orthogonal_procrustes

from mtlkit.errors import UsageError
from mtlkit.explore import embedding_cache

Features = Float[np.ndarray, "point feature"]
Places = Float[np.ndarray, "point 2"]
Earlier = Float[np.ndarray, "earlier 2"]

NAMES = {"pca": "PCA", "umap": "UMAP", "tsne": "t-SNE"}
"""The methods as a reader knows them."""

_USUAL = {"umap": 15, "tsne": 30}
"""How many neighbours count, where one does not say: what both libraries take."""

_LEAST_DISTANCE = 0.1
"""How close UMAP lets points come: its library's own default."""


@attrs.frozen(eq=False)
class Picture:
    """Where points stand.

    Parameters
    ----------
    places
        A row for each point.
    method
        How they were found, with all settings, in words: an embedding's title ends with it.
    final
        Whether no other picture will follow.
    """

    places: Places
    method: str
    final: bool


def pictures(
    points: Features,
    method: str = "umap",
    *,
    seed: int = 0,
    neighbours: int | None = None,
    previous: Earlier | None = None,
) -> Generator[Picture, None, None]:
    """The PCA picture at once, then the one asked for, when it is ready; parameters as `embed`.

    A job for a worker. The second picture is aligned to the first or, if there is one, to the
    previous, so that one sees where the points move. It cannot be broken off while it is
    computed: 2,000 points of 64 features take about 5 s by UMAP and 15 s by t-SNE on one core;
    in each process UMAP is compiled first, for 10 s and more.
    """
    first = embed(points, "pca", previous=previous)
    yield Picture(first, in_words("pca", seed, 0), final=method == "pca")
    if method != "pca":
        count = _neighbours(method, len(points), neighbours)
        places = embed(points, method, seed=seed, neighbours=count, previous=previous)
        yield Picture(places, in_words(method, seed, count), final=True)


def at_hand(
    points: Features, method: str = "umap", *, seed: int = 0, previous: Earlier | None = None
) -> Picture:
    """The picture asked for if it was computed before, else the PCA picture; quick either way.

    Parameters and errors as for `embed`, which computes what is not at hand.
    """
    points = np.asarray(points, np.float64)
    _check(points, method)
    first = embed(points, "pca", previous=previous)
    if method == "pca":
        return Picture(first, in_words("pca", seed, 0), final=True)
    start = first if previous is None else np.asarray(previous, np.float64)
    count = _neighbours(method, len(points), None)
    settings = _settings(method, seed, count, previous is not None)
    found = embedding_cache.found(settings, (points, start))
    if found is None:
        return Picture(first, in_words("pca", seed, 0), final=False)
    return Picture(aligned(found, start), in_words(method, seed, count), final=True)


def series(looks: Sequence[Features], method: str = "tsne", *, seed: int = 0) -> list[Places]:
    """Pictures of the same points at several moments, so that one can follow each point.

    The first is as `embed` makes it; each other starts from the one before and is aligned to it.
    Parameters and errors as for `embed`.
    """
    found: list[Places] = []
    for points in looks:
        found.append(embed(points, method, seed=seed, previous=found[-1] if found else None))
    return found


def series_at_hand(
    looks: Sequence[Features], method: str = "tsne", *, seed: int = 0
) -> list[Picture]:
    """The pictures of `series` if all were computed before, else all by PCA; quick either way."""
    found: list[Picture] = []
    for points in looks:
        previous = found[-1].places if found else None
        found.append(at_hand(points, method, seed=seed, previous=previous))
        if not found[-1].final:
            first = series_at_hand(looks, "pca", seed=seed)
            return [Picture(each.places, each.method, final=False) for each in first]
    return found


def embed(
    points: Features,
    method: str = "pca",
    *,
    seed: int = 0,
    neighbours: int | None = None,
    previous: Earlier | None = None,
) -> Places:
    """Where points stand in two dimensions.

    Parameters
    ----------
    points
        A row for each, at least three, not all the same.
    method
        `pca`: the two directions of most variance. `umap` and `tsne` keep neighbours together;
        both start from `previous`, else from the PCA picture, and are kept on disk.
    seed
        Of the random generator; PCA needs none.
    neighbours
        How many neighbours of a point count: UMAP's `n_neighbors`, t-SNE's perplexity. None:
        15 and 30, or fewer where the points are few.
    previous
        An earlier picture of the same points, in the same order. The new one is turned, mirrored
        and moved onto it, but neither stretched nor shrunk.

    Returns
    -------
    Float[ndarray, "point 2"]
        The same for the same points, method, seed, neighbours and previous picture.

    Raises
    ------
    UsageError
        If there are too few points, or they cannot be told apart, or something is not finite;
        if there are more neighbours than points allow; if `previous` has other points; if the
        method is unknown, or is UMAP and not installed.

    References
    ----------
    McInnes, Healy and Melville (2018), UMAP; van der Maaten and Hinton (2008), t-SNE; Kobak and
    Linderman (2021) on why to start from PCA.
    """
    points = np.asarray(points, np.float64)
    _check(points, method)
    if previous is not None and previous.shape != (len(points), 2):
        raise UsageError(
            f"previous has the shape {previous.shape}: allowed is ({len(points)}, 2), a place for "
            "each of the points."
        )
    start = _pca(points) if previous is None else np.asarray(previous, np.float64)
    if method == "pca":
        return start if previous is None else aligned(_pca(points), start)
    count = _neighbours(method, len(points), neighbours)
    follows = previous is not None

    def compute() -> Places:
        if method == "umap":
            return _umap(points, start, count, seed)
        return _tsne(points, start, count, seed, follows)

    settings = _settings(method, seed, count, follows)
    return aligned(embedding_cache.kept(settings, (points, start), compute), start)


def _settings(method: str, seed: int, neighbours: int, follows: bool) -> dict[str, Any]:
    """What a picture is kept by, beside its points."""
    return {"method": method, "seed": seed, "neighbours": neighbours, "follows": follows}


def in_words(method: str, seed: int, neighbours: int) -> str:
    """A method with its settings; PCA has none.

    Examples
    --------
    >>> in_words("tsne", 0, 30)
    't-SNE, perplexity 30, seed 0'
    """
    if method == "pca":
        return NAMES[method]
    counted = f"{neighbours} neighbours" if method == "umap" else f"perplexity {neighbours}"
    return f"{NAMES[method]}, {counted}, seed {seed}"


def aligned(places: Places, previous: Places) -> Places:
    """Places turned, mirrored and moved as near to a previous picture as that brings them.

    Orthogonal Procrustes: distances between the points stay as they are.
    """
    centred, target = places - places.mean(0), previous - previous.mean(0)
    turn, _ = orthogonal_procrustes(centred, target)
    return np.asarray(centred @ turn + previous.mean(0), np.float64)


def _check(points: Features, method: str) -> None:
    if method not in NAMES:
        raise UsageError(f"method = {method}: allowed are pca, umap and tsne.")
    count, features = points.shape
    if count < 3 or features < 2:
        raise UsageError(
            f"points are {count} with {features} features: allowed are at least 3 with 2."
        )
    if not np.isfinite(points).all():
        raise UsageError("points have a number that is not finite: allowed are finite numbers.")
    if not np.ptp(points, axis=0).any():
        raise UsageError("points are all the same: allowed are points that can be told apart.")


def _neighbours(method: str, points: int, neighbours: int | None) -> int:
    """How many neighbours count, checked against the number of points."""
    # t-SNE's perplexity looks at three times as many neighbours.
    most = points - 1 if method == "umap" else max((points - 1) // 3, 1)
    least = 2 if method == "umap" else 1
    if neighbours is None:
        return max(min(_USUAL[method], most), least)
    if not least <= neighbours <= most:
        raise UsageError(
            f"neighbours = {neighbours} of {points} points by {NAMES[method]}: allowed are "
            f"{least} to {most}."
        )
    return neighbours


def _pca(points: Features) -> Places:
    from sklearn.decomposition import PCA

    return np.asarray(PCA(2, svd_solver="full").fit_transform(points), np.float64)


def _tsne(points: Features, start: Places, neighbours: int, seed: int, follows: bool) -> Places:
    from sklearn.manifold import TSNE

    # From PCA as its library does: small, and first drawn together until groups are found. A
    # picture that follows another has its groups, at the size where they come to rest.
    spread, drawn_together = (10.0, 1.0) if follows else (1e-4, 12.0)
    centred = start - start.mean(0)
    model = TSNE(
        2,
        perplexity=neighbours,
        init=spread * centred / (centred.std() or 1.0),
        early_exaggeration=drawn_together,
        random_state=seed,
        n_jobs=1,
    )
    return np.asarray(model.fit_transform(points), np.float64)


def _umap(points: Features, start: Places, neighbours: int, seed: int) -> Places:
    try:
        from umap import UMAP
    except ImportError:
        raise UsageError(
            "method = umap: needs the package umap-learn, which is not installed here; allowed "
            "without it are pca and tsne."
        ) from None
    model = UMAP(
        neighbours,
        n_components=2,
        min_dist=_LEAST_DISTANCE,
        init=start.astype(np.float32),
        random_state=seed,
        n_jobs=1,  # what a fixed seed asks for
    )
    return np.asarray(model.fit_transform(points), np.float64)
