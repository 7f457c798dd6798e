"""The weights lambda and mu, and what is left without a part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mtlkit.explore.arrange import log_label
from mtlkit.explore.by_level import at_levels, levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference
from mtlkit.explore.summaries import mean_series
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    CLOSED,
    TERMS,
    by_set,
    chance_of,
    chances_by_set,
    intervals,
    named_set,
    over_seeds,
    percent,
    sets_in,
)

_WEIGHTS = ("classification", "clustering", "adversarial", "noise_scale")

_PARTS = {
    "all parts": {},
    "no GAN": {"adversarial": 0.0},
    "no clustering": {"clustering": 0.0},
    "neither": {"adversarial": 0.0, "clustering": 0.0},
    "no noise": {"noise_scale": 0.0},
    "no noise, no GAN": {"noise_scale": 0.0, "adversarial": 0.0},
}
"""What is left out, in words and in settings."""


def _default(name: str) -> float:
    return float(getattr(SynthesisConfig.preset("lesson"), name))


def _along(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows in which all weights but one are the default ones."""
    others = [other for other in _WEIGHTS if other != name]
    return table[np.logical_and.reduce([table[other] == _default(other) for other in others])]


def _told(levels: list[float], default: float) -> list[str]:
    """Weights as names of categories; the default one, which the source prints, is marked."""
    return [
        ("0" if level == 0 else log_label(level)) + (" (printed)" if level == default else "")
        for level in levels
    ]


def _accuracy(
    table: pd.DataFrame,
    weight: str,
    name: str,
    letter: str,
    *,
    title: str,
    what: str,
    scale: str,
) -> Intervals:
    rows = percent(_along(table, weight), "closed")
    levels = levels_of(rows, weight)
    return intervals(
        table,
        "weights",
        [
            IntervalFacet(
                series=by_set(rows, weight, levels, "closed"), references=chances_by_set(rows)
            )
        ],
        _told(levels, _default(weight)),
        name=name,
        title=title,
        said=f"Top-1 accuracy of TDS among unseen test compositions by {letter}",
        caption=f"{letter} is {what}; all other weights as printed. {over_seeds(rows, 'closed')}",
        x_label=f"{letter} ({scale})",
        y_label=CLOSED,
        unit=" %",
    )


def weights_lambda(table: pd.DataFrame) -> Intervals:
    """Accuracy by lambda."""
    return _accuracy(
        table,
        "classification",
        "weights_lambda",
        "λ",
        title="Does the classification term matter to the generator?",
        what="the weight of the classification loss, by which alone the classifier learns: there "
        "is no λ of 0",
        scale="logarithmic",
    )


def weights_mu(table: pd.DataFrame) -> Intervals:
    """Accuracy by mu."""
    return _accuracy(
        table,
        "clustering",
        "weights_mu",
        "μ",
        title="Does the clustering term help?",
        what="the weight of the clustering loss, a squared distance to real features",
        scale="logarithmic; 0 apart",
    )


def weights_pulls(table: pd.DataFrame) -> Intervals:
    """How hard each term pulls at a synthetic feature, by mu."""
    rows = _along(table, "clustering")
    levels = levels_of(rows, "clustering")
    facets = []
    for name in sets_in(rows):
        own = rows[rows["compositions"] == name]
        series = []
        for term, (key, words) in TERMS.items():
            # Nothing is drawn of a term without weight, whose logarithm there is none of.
            pull = own.assign(pull=own[f"pull_{term}"].where(own[f"pull_{term}"] > 0))
            groups = at_levels(pull, "clustering", levels, "pull")
            series.append(mean_series(key, groups, label=words, geometric=True))
        facets.append(IntervalFacet(title=named_set(name), series=series))
    return intervals(
        table,
        "weights",
        facets,
        _told(levels, _default("clustering")),
        name="weights_pulls",
        title="How hard does each term pull, by μ?",
        said="Norm of the gradient of each weighted term at a synthetic feature by μ",
        caption="The norm of the gradient of a term, with its weight, with respect to a synthetic "
        "feature of a seen composition, in the last epoch. Both axes are logarithmic; a term of "
        f"weight 0 does not pull and has no mark. Geometric means. {over_seeds(rows, 'closed')}",
        x_label="μ (logarithmic; 0 apart)",
        y_label="norm of the gradient",
        decimals=3,
        log_y=True,
    )


def _without(table: pd.DataFrame, changes: dict[str, float]) -> pd.DataFrame:
    wanted = [table[name] == changes.get(name, _default(name)) for name in _WEIGHTS]
    return table[np.logical_and.reduce(wanted)]


def weights_parts(table: pd.DataFrame) -> Intervals:
    """What is left without the critic, the clustering term or the noise."""
    rows = percent(table, "closed")
    parts = {words: _without(rows, changes) for words, changes in _PARTS.items()}
    shown = {words: own for words, own in parts.items() if len(own)}
    facets = []
    for name in sets_in(rows):
        groups = [own.loc[own["compositions"] == name, "closed"] for own in shown.values()]
        usual = Reference(groups[0].mean(), "all parts", "truth")
        chance = chance_of(rows[rows["compositions"] == name])
        series = [mean_series("tds", groups)]
        facets.append(
            IntervalFacet(title=named_set(name), series=series, references=[usual, chance])
        )
    return intervals(
        table,
        "weights",
        facets,
        list(shown),
        name="weights_parts",
        title="What is left of TDS without a part",
        said="Top-1 accuracy of TDS among unseen test compositions without a part",
        caption="No GAN: the critic has no say. No clustering: μ = 0. Neither: only "
        "the classification term teaches the generator. No noise: one feature a composition. All "
        f"else as printed. {over_seeds(rows, 'closed')}",
        x_label="what is left out",
        y_label=CLOSED,
        unit=" %",
    )


def weights_spread(table: pd.DataFrame) -> Intervals:
    """Variation within a composition, synthetic over real, by mu."""
    rows = _along(table, "clustering")
    rows = rows.assign(spread=rows["spread"].where(rows["spread"] > 0))
    levels = levels_of(rows, "clustering")
    series = by_set(rows, "clustering", levels, "spread", geometric=True)
    return intervals(
        table,
        "weights",
        [IntervalFacet(series=series, references=[Reference(1, "as real features")])],
        _told(levels, _default("clustering")),
        name="weights_spread",
        title="Do synthetic features vary as real ones do, by μ?",
        said="Variance of synthetic features within a composition over that of real ones, by μ",
        caption="At 1 synthetic features of an unseen composition vary as much as its real ones; "
        "far below, the generator makes prototypes. Both axes are logarithmic. Geometric means. "
        f"{over_seeds(rows, 'closed')}",
        x_label="μ (logarithmic; 0 apart)",
        y_label="variance, synthetic over real",
        decimals=3,
        log_y=True,
    )
