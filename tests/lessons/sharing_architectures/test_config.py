"""What can be set in lesson 03, what is derived, and what is refused before any training."""

from __future__ import annotations

import re

import pytest

from mtlkit.errors import UsageError
from mtlkit.lessons.sharing_architectures.config import (
    ARCHITECTURES,
    LINEAR_METHODS,
    SharingConfig,
)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tasks": 0}, "tasks = 0: allowed is a whole number from 1 to 20"),
        ({"overlap": 1.5}, "overlap = 1.5: allowed is a number from 0 up to 1"),
        ({"overlap": -0.1}, "overlap = -0.1: allowed is a number from 0 up to 1"),
        ({"bits": 10}, "bits = 10: allowed is at most 9, as each of the 2 tasks has 10 of the 20"),
        ({"tasks": 4}, "bits = 5: allowed is at most 4, as each of the 4 tasks has 5 of the 20"),
        ({"columns": 0}, "columns = 0: allowed is a whole number from 1"),
        ({"stitch_layers": (2,)}, "stitch_layers = 2: allowed are layers 1 to 1 of the backbone"),
        ({"stitch_start": 1.1}, "stitch_start = 1.1: allowed is a number from 0 up to 1"),
        ({"soft_strength": -1.0}, "soft_strength = -1.0: allowed is a number from 0 up to 1000"),
        ({"looks": 30, "steps": 20}, "looks = 30: allowed is at most 20, the training steps"),
        ({"n_train": 100, "batch_size": 101}, "batch_size = 101: allowed is at most 100, the tr"),
        ({"strategies": ("ridge",)}, "strategies = ridge: allowed with problem = bits are hard_"),
        ({"noise": 1.0}, "noise = 1.0: allowed with problem = bits is 0.5, as it matters to"),
        (
            {"problem": "linear", "strategies": ("separate",)},
            "strategies = separate: allowed with problem = linear are ridge, lasso",
        ),
        (
            {"problem": "linear", "width": 64},
            "width = 64: allowed with problem = linear is 128, as it matters to problem = bits",
        ),
        (
            {"problem": "linear", "columns": 3},
            "columns = 3: allowed with problem = linear is nothing, as it matters to problem",
        ),
        (
            {"problem": "linear", "relevant": 61},
            "relevant = 61: allowed is at most 60, the inputs",
        ),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(settings: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(said)}") as told:
        SharingConfig.preset("lesson", **settings)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)


def test_paper_is_as_printed() -> None:
    """yan2020, section 1.1: strings of length 20, two tasks, nine bits and a switch each."""
    paper = SharingConfig.preset("paper")
    assert (paper.length, paper.tasks, paper.bits) == (20, 2, 9)
    assert {"hard_sharing", "separate", "cross_stitch"} <= set(paper.strategies)


def test_sizes_follow_the_problem() -> None:
    bits, linear = (SharingConfig.preset("lesson", problem=name) for name in ("bits", "linear"))
    assert (bits.tasks, bits.n_train, bits.columns, bits.stitch_layers) == (2, 1500, 2, (1,))
    assert (linear.tasks, linear.n_train) == (10, 30)
    assert set(bits.strategies) <= set(ARCHITECTURES)
    assert set(linear.strategies) <= set(LINEAR_METHODS)
    assert SharingConfig.preset("lesson", n_train=100).batch_size == 100
    assert SharingConfig.preset("lesson", layers=3).stitch_layers == (1, 2, 3)
    assert SharingConfig.preset("lesson", tasks=3).columns == 3


def test_regressions_are_alike_at_all_scales() -> None:
    for scale in ("smoke", "paper"):
        ours = SharingConfig.preset(scale, problem="linear")
        assert ours == SharingConfig.preset("lesson", problem="linear")
