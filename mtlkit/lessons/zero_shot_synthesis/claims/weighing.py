"""Equation (5.6): which of its parts are needed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, by_seed, difference, doublings
from mtlkit.core.region import Region
from mtlkit.lessons.zero_shot_synthesis.claims.comparing import (
    NOTICEABLE,
    SETS,
    chosen,
    claim,
    percent,
    sets,
)

PRINTED: Mapping[str, float] = {
    "classification": 0.01,
    "clustering": 10.0,
    "adversarial": 1.0,
    "noise_scale": 1.0,
}

SIGNS: Mapping[str, str] = {"classification": "λ", "clustering": "μ"}

SAY = 3.0
"""Doublings by which the clustering loss may pull harder, and the critic still has a say."""


def _with(table: pd.DataFrame, name: str, **change: float) -> pd.DataFrame:
    """The rows of a set with the printed weights, but for what is changed."""
    return chosen(table, compositions=name, **{**PRINTED, **change})


def _needed(**without: float) -> Cells:
    """In points: with the printed weights less with one changed."""

    def cells(table: pd.DataFrame) -> list[Cell]:
        return [
            difference(
                percent(_with(table, name), "closed"),
                percent(_with(table, name, **without), "closed"),
                SETS[name],
            )
            for name in sets(table)
        ]

    return cells


def _against_other_weights(table: pd.DataFrame) -> list[Cell]:
    found = []
    for name in sets(table):
        usual = percent(_with(table, name), "closed")
        for weight, sign in SIGNS.items():
            for value in sorted(set(table[weight]) - {PRINTED[weight]}):
                other = percent(_with(table, name, **{weight: float(value)}), "closed")
                found.append(difference(usual, other, f"{SETS[name]}, {sign} = {value:g}"))
    return found


def _drowned(table: pd.DataFrame) -> list[Cell]:
    """Doublings from the critic's pull at a synthetic feature to the clustering loss'."""
    return [
        doublings(
            by_seed(_with(table, name), "pull_clustering"),
            by_seed(_with(table, name), "pull_adversarial"),
            SETS[name],
        )
        for name in sets(table)
    ]


CLAIMS = (
    claim(
        "critic_has_a_say",
        "The critic has a say beside the clustering loss",
        "section 5.4, Overall Objective",
        "and we adopt λ = 0.01 and μ = 10 if not specified.",
        f"At the end, the clustering loss with mu = 10 pulls at a synthetic feature less than "
        f"{2**SAY:g} times as hard as the critic.",
        "weights",
        "doublings of the pull",
        Region.below(SAY),
        _drowned,
        "A pull is the norm of a term's gradient, with its weight, with respect to a feature. The "
        "penalty keeps the critic's near 1; the clustering loss' is 2 mu times the distance to a "
        "picture. Where both are in balance, the critic holds a feature off the mean of its "
        "composition by that distance over this ratio.",
        figure="weights_pulls",
    ),
    claim(
        "critic_helps",
        "The critic helps",
        "section 5.4, Adversarial Training",
        "We include a GAN loss to help train the generator.",
        "TDS with the critic is more accurate than without, in both sets.",
        "weights",
        "points",
        Region.above(0),
        _needed(adversarial=0.0),
        "Without it the generator learns by the clustering and classification losses alone.",
        figure="weights_parts",
    ),
    claim(
        "clustering_helps",
        "The clustering loss helps",
        "section 5.4, Clustering Loss",
        "We find this regularization term reduces the complexity of modeling the target image "
        "feature distribution.",
        "TDS with the clustering loss is more accurate than without, in both sets.",
        "weights",
        "points",
        Region.above(0),
        _needed(clustering=0.0),
        "Without it the critic is all that draws synthetic features to real ones.",
        figure="weights_parts",
    ),
    claim(
        "noise_helps",
        "Noise helps",
        "section 5.3",
        "which progressively injects task-driven variation to the immediate features of the "
        "generator.",
        "TDS with its noise is more accurate than without any, in both sets.",
        "weights",
        "points",
        Region.above(0),
        _needed(noise_scale=0.0),
        "In equation (5.1) noise of 0 takes the description with it, except at E_n's biases. The "
        "source calls a generator without randomness the extreme case that learns a prototype.",
        figure="weights_parts",
    ),
    claim(
        "printed_weights_best",
        "No other lambda or mu is better than the printed ones",
        "section 5.4, Overall Objective",
        "Ablations of λ and μ are provided in the supplementary material.",
        f"No other lambda or mu tried is better by {NOTICEABLE:g} point or more, in either set.",
        "weights",
        "points",
        Region.no_worse_score(NOTICEABLE),
        _against_other_weights,
        "The supplement is not among our sources.",
        figure="weights_mu",
    ),
)
