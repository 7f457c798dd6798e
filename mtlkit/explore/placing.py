"""How an exploration's points are placed: the knob that asks for a method, and its work."""

from __future__ import annotations

from collections.abc import Callable

from mtlkit.explore import embeddings
from mtlkit.explore.embeddings import Features
from mtlkit.explore.knobs import Named


def placed_by(label: str) -> Named:
    """The knob `embedding`: PCA, or a method whose picture is not at hand without a kernel."""
    return Named(
        name="embedding",
        label=label,
        values=tuple(embeddings.NAMES),
        words=tuple(embeddings.NAMES.values()),
        default="pca",
        kind="view",
        live_only=True,
    )


def to_place(points: Features | None, method: str) -> Callable[[], object] | None:
    """The work that puts a picture of these points at hand; None if it is, or without points."""
    if points is None or embeddings.at_hand(points, method).final:
        return None
    return lambda: embeddings.embed(points, method)
