"""Section 5.1: how labels are flipped, and which flips are harder."""

from __future__ import annotations

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.region import Region
from mtlkit.data.printed import printed_table
from mtlkit.lessons.digit_task_weights.claims.comparing import (
    MEAN,
    WORDS,
    accuracy,
    claim,
    groups,
    points,
)
from mtlkit.noise import flip_rate


def _rates(_: pd.DataFrame) -> list[Cell]:
    printed = printed_table("nahm2020_label_flip_rates")
    return [
        Cell(f"σ² = {variance:g}", (percent - 100 * flip_rate(variance),))
        for variance, percent in zip(printed["variance"], printed["percent"], strict=True)
    ]


def _symmetric_less_random(table: pd.DataFrame) -> list[Cell]:
    return [
        points(
            accuracy(rows[rows["noise_kind"] == "symmetric"], strategy, MEAN),
            accuracy(rows[rows["noise_kind"] == "uniform"], strategy, MEAN),
            f"{rates} flipped, {WORDS[strategy]}",
        )
        for (rates, strategy), rows in groups(table, "rates", "strategy")
    ]


CLAIMS = (
    claim(
        "flip_rates",
        "How many labels each noise level flips",
        "section 5.1",
        "approximately 5% of labels being changed for σᵢ² = 1, approximately 16.5% of labels being "
        "changed for σᵢ² = 2, approximately 25% of labels being changed for σᵢ² = 3, and "
        "approximately 32% of labels being changed for σᵢ² = 4",
        "Each printed percentage is within one point of 2(1 − Φ(1.96/σ)).",
        None,
        "points",
        Region.within(1),
        _rates,
        "A label flips where a draw of N(0, σ²) is beyond ±1.96, and σ² is a variance: with "
        "deviations 1 to 4 it would be 5, 33, 51 and 62 %.",
        figure="flip_rates",
    ),
    claim(
        "random_flips_are_harder",
        "Random flips are harder than symmetric ones",
        "section 5.1",
        "Since the true labels for a given class under randomly sampled label noise could be in "
        "any of the n classes, randomly sampled label noise was a difficult type of label noise to "
        "overcome.",
        "At equal rates, test accuracy is higher after symmetric flips (i to 9 − i) than after "
        "flips to a random other class.",
        "flip_kinds",
        "points",
        Region.above(0),
        _symmetric_less_random,
        "What a network must find is the most frequent label of each kind of picture. Random flips "
        "spread over nine classes, so that the true one stays far ahead; symmetric ones all go to "
        "one rival, and near a rate of one half nobody can tell which of the two was meant.",
    ),
)
