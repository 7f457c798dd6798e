"""Sections 7.1 and 7.2: do simpler inputs or smaller networks stand more noise?"""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, by_seed
from mtlkit.core.region import Region
from mtlkit.lessons.digit_task_weights.claims.comparing import claim, points
from mtlkit.noise import least_cross_entropy

_CLEAN, _NOISY = "1, 1, 1", "1, 1, 4"


def _loss_to_noise(rows: pd.DataFrame) -> pd.Series[float]:
    """How many points of accuracy each seed loses as the third task's noise goes from 1 to 4."""
    clean, noisy = (
        100 * by_seed(rows[rows["noises"] == noises], "test_accuracy")
        for noises in (_CLEAN, _NOISY)
    )
    return clean - noisy


def _less_lost(over: str, largest: int, smaller: Iterable[int], words: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        learned = table[table["strategy"] == "learned_kendall"]
        there = set(learned[over])
        return [
            points(
                _loss_to_noise(learned[learned[over] == largest]),
                _loss_to_noise(learned[learned[over] == level]),
                f"{level} {words} against {largest}",
            )
            for level in smaller
            if {level, largest} <= there
        ]

    return cells


def _off(rows: pd.DataFrame) -> pd.Series[float]:
    """Doublings between each seed's s_3 / mean(s_1, s_2) and what the flips' entropies imply."""
    noise = rows.groupby("task")["noise"].first()
    entropies = [least_cross_entropy(float(level), 10) for level in noise]
    s = rows.pivot(index="seed", columns="task", values="uncertainty").astype(float)
    found = s[3] / ((s[1] + s[2]) / 2)
    implied = entropies[2] / ((entropies[0] + entropies[1]) / 2)
    return (found / implied).map(math.log2).abs()


def _ratio_nearer(table: pd.DataFrame) -> list[Cell]:
    rows = table[(table["strategy"] == "learned_kendall") & (table["noises"] == _NOISY)]
    there = set(rows["width"])
    return [
        points(
            _off(rows[rows["width"] == width]),
            _off(rows[rows["width"] == 128]),
            f"{width} units against 128",
        )
        for width in (16, 32, 64)
        if {width, 128} <= there
    ]


CLAIMS = (
    claim(
        "smaller_networks_are_more_robust",
        "A smaller network learns weights that stand more noise",
        "section 7.2",
        "A smaller network could be able to learn task weights that are more robust to label "
        "noise.",
        "With learned weights, accuracy falls less from σ² = 1, 1, 1 to 1, 1, 4 in networks with "
        "16, 32 or 64 units in their first layer than with 128.",
        "width",
        "points",
        Region.above(0),
        _less_lost("width", 128, (16, 32, 64), "units"),
        "A small network cannot learn flipped labels by heart; reading a large one at the epoch "
        "with the lowest validation loss keeps most of that out too. The second layer has half the "
        "units of the first.",
    ),
    claim(
        "smaller_networks_learn_better_weights",
        "Smaller networks learn better task weights",
        "section 7.2",
        "We could then examine the behavior of networks of varying sizes to see if smaller "
        "networks are able to learn task weights properly and if they learn better task weights.",
        "At σ² = 1, 1, 4 the ratio of the noisy to the clean tasks' s is nearer to that of the "
        "flips' entropies in networks with 16, 32 or 64 units in their first layer than with 128.",
        "width",
        "doublings",
        Region.below(0),
        _ratio_nearer,
        "s follows the training cross-entropy, and that comes down to the entropy of the flips "
        "only in a network that can read the digits and does not learn flips by heart.",
        figure="width_uncertainty",
    ),
    claim(
        "simpler_inputs_are_more_robust",
        "Simpler inputs stand more noise",
        "section 7.1",
        "By reducing the dimensionality of our data, we can control the complexity of each task "
        "before using our uncertainty-based learned task weights.",
        "With learned weights, accuracy falls less from σ² = 1, 1, 1 to 1, 1, 4 when pictures are "
        "reduced to 8, 16 or 32 principal components than with all 64.",
        "components",
        "points",
        Region.above(0),
        _less_lost("inputs", 64, (8, 16, 32), "components"),
        "64 components are the whole picture, turned. The flips are drawn without looking at the "
        "pictures, so that fewer inputs take nothing of the noise away; what they leave out, at "
        "first, is what tells one writer from another.",
    ),
)
