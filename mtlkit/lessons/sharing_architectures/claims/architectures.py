"""Sections 1.1 and 2.1 of yan2020: which architecture is best, and what grows with the tasks."""

from __future__ import annotations

import pandas as pd

from mtlkit.core.claim import Cell, Claim
from mtlkit.core.claiming import Cells, ClaimForm, by_seed, difference
from mtlkit.core.region import Region
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.network import Plan

LESSON = "sharing_architectures"

claim = ClaimForm(LESSON, "yan2020")

AROUND_TEN = Region(5, 15)
"""Points of accuracy that "around 10 %" may mean."""

WORDS = {
    "hard_sharing": "one backbone",
    "separate": "separate backbones",
    "separate_matched": "separate, same parameters",
    "cross_stitch": "cross-stitch",
}

_WHEN_SHARED = (
    "when tasks use the same features, using the multi-task and cross stitch network outperform "
    "single-task"
)
_WHEN_SEPARATE = (
    "when tasks use different features, using single-task outperforms both multi-task and "
    "cross-stitch"
)
_TEN = (
    "The figure depicts testing accuracy, showing differences of around 10% when using the "
    "appropriate architecture."
)


def _accuracy(table: pd.DataFrame, strategy: str) -> pd.Series[float]:
    """Each seed's test accuracy in percent, the mean over its tasks."""
    return 100 * by_seed(table[table["strategy"] == strategy], "accuracy")


def _ahead(overlap: float, *pairs: tuple[str, str]) -> Cells:
    """How far, in points, the first architecture of each pair is above the second."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[table["overlap"] == overlap]
        return [
            difference(
                _accuracy(rows, first),
                _accuracy(rows, second),
                f"{WORDS[first]} against {WORDS[second]}",
            )
            for first, second in pairs
        ]

    return cells


def _ten(table: pd.DataFrame) -> list[Cell]:
    """One backbone against separate ones where features are shared, the reverse where not."""
    pairs = {1.0: ("hard_sharing", "separate"), 0.0: ("separate", "hard_sharing")}
    found = []
    for overlap, (first, second) in pairs.items():
        rows = table[table["overlap"] == overlap]
        label = f"{'shared' if overlap else 'separate'} features: {WORDS[first]} ahead by"
        found.append(difference(_accuracy(rows, first), _accuracy(rows, second), label))
    return found


def _unlike(table: pd.DataFrame) -> list[Cell]:
    """How much less alike tasks' stitches are on separate than on shared features.

    From one half both backbones are alike to both tasks, so that nothing tells "own" from "other".
    """
    found = []
    rows = table[(table["columns"] == 2) & (table["stitch_start"] > 0.5)]
    for start in sorted(rows["stitch_start"].unique()):
        here = rows[rows["stitch_start"] == start]
        separate, shared = (
            by_seed(here[here["overlap"] == overlap], "unlike") for overlap in (0.0, 1.0)
        )
        found.append(difference(separate, shared, f"own weight starts at {start:g}"))
    return found


def _backbones(_: pd.DataFrame) -> list[Cell]:
    """Backbones that each further task adds, by counting, from one task to eight."""

    def count(tasks: int, strategy: str) -> int:
        config = SharingConfig(tasks=tasks, length=64, strategies=(strategy,))
        return Plan.of(config, strategy).columns

    return [
        Cell("fully shared", ((count(8, "hard_sharing") - count(1, "hard_sharing")) / 7,)),
    ]


def _figure(study: str, suffix: str, what: str) -> tuple[Claim, ...]:
    """The three sentences on Fig. 1.1, on one study of it."""
    shared = claim(
        f"sharing_helps_where_features_are_shared{suffix}",
        f"Shared features: one backbone and cross-stitch beat separate ones ({what})",
        "section 1.1",
        _WHEN_SHARED,
        "With shared features, test accuracy is higher with one backbone, and with a cross-stitch "
        "network, than with separate backbones.",
        study,
        "points",
        Region.above(0),
        _ahead(1.0, ("hard_sharing", "separate"), ("cross_stitch", "separate")),
        "A task's label tells the parity only where its own switch is off. The other task's switch "
        "is the reverse: one backbone is told the parity on every string, separate ones on half of "
        "them.",
    )
    separate = claim(
        f"separate_wins_where_features_are_separate{suffix}",
        f"Separate features: separate backbones beat both others ({what})",
        "section 1.1",
        _WHEN_SEPARATE,
        "With separate features, test accuracy is higher with separate backbones than with one "
        "backbone, and than with a cross-stitch network.",
        study,
        "points",
        Region.above(0),
        _ahead(0.0, ("separate", "hard_sharing"), ("separate", "cross_stitch")),
        "The separate backbones have twice the units. Give them no more parameters than one "
        "backbone has, and the figure shows what is left of their lead. A cross-stitch network can "
        "do as separate backbones do: its stitches have only to stay near the identity.",
    )
    ten = claim(
        f"around_ten_points{suffix}",
        f"The appropriate architecture is worth about ten points ({what})",
        "section 1.1",
        _TEN,
        "One backbone leads by 5 to 15 points where features are shared, separate backbones lead "
        "by as much where they are not.",
        study,
        "points",
        AROUND_TEN,
        _ten,
        "The lead depends on the number of strings: with few nobody learns anything (75 % is what "
        "a constant answer gets), with many everybody learns everything. Most runs end while "
        "accuracy still rises.",
    )
    return shared, separate, ten


CLAIMS = (
    *_figure("figure_1_1", "", "five bits"),
    *_figure("nine_bits", "_nine_bits", "nine bits"),
    claim(
        "stitches_learn_whether_to_share",
        "Stitches learn whether tasks should share",
        "section 1.1",
        "allowing tasks to learn whether they should use the same backbone or not",
        "The two tasks' rows of stitch weights are less alike (1 less the size of their cosine) "
        "where features are separate than where they are shared.",
        "stitches",
        "",
        Region.above(0),
        _unlike,
        "The cosine does not mind the size of the weights, which grow while backbones' outputs "
        "shrink. Two backbones with the same features can share without any stitch.",
    ),
    claim(
        "shared_backbones_grow_with_tasks",
        "Fully shared: the number of backbones grows with the tasks",
        "section 2.1",
        "as the number of tasks increases in the fully shared architecture, the number of "
        "backbones scales linearly, posing potential memory issues",
        "Each further task of a fully shared network adds one backbone.",
        None,
        "backbones",
        Region(0.5, 1.5),
        _backbones,
        "A fully shared network has one backbone however many tasks there are; a task adds its "
        "head. It is the fully separated one that grows by a backbone a task: the sentence names "
        "the wrong one of the two.",
        figure="parameters",
        by_construction=True,
    ),
)
