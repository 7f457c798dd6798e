"""Points of an exploration are placed by the method that its knob asks for, once."""

from __future__ import annotations

import numpy as np
import pytest

from mtlkit.errors import UsageError
from mtlkit.explore import embeddings
from mtlkit.explore.placing import placed_by, to_place

POINTS = np.random.default_rng(0).normal(size=(12, 3))


def test_the_knob_offers_the_methods_that_place_points_and_no_other() -> None:
    knob = placed_by("points placed by")
    for method in knob.values:
        assert embeddings.at_hand(POINTS, method).places.shape == (12, 2)
    with pytest.raises(UsageError, match="embedding"):
        knob.check("isomap")


def test_there_is_no_work_without_points_or_for_what_is_at_hand_at_once() -> None:
    assert to_place(None, "tsne") is None
    assert to_place(POINTS, "pca") is None


def test_work_once_done_is_at_hand() -> None:
    work = to_place(POINTS, "tsne")
    assert work is not None
    assert not embeddings.at_hand(POINTS, "tsne").final
    work()
    assert embeddings.at_hand(POINTS, "tsne").final
    assert to_place(POINTS, "tsne") is None
