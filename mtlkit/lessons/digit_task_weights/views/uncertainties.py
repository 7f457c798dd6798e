"""What the uncertainty becomes, and the weights that it makes."""

from __future__ import annotations

import pandas as pd

from mtlkit.balance.uncertainty import FACTORS
from mtlkit.data.embedded.digits import N_CLASSES
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.summaries import mean_series, told
from mtlkit.lessons.digit_task_weights.views.common import command, told_of
from mtlkit.noise import least_cross_entropy

_FORMS = {
    "learned_kendall": ("kendall", "Kendall's form: s rests at 2 CE"),
    "learned_printed": ("printed", "As printed: s rests at CE/2"),
}


def _by_task(rows: pd.DataFrame) -> list[pd.DataFrame]:
    return [rows[rows["task"] == task] for task in sorted(rows["task"].unique())]


def uncertainty_order(table: pd.DataFrame) -> Intervals:
    """The learned uncertainty of each task, beside the value it rests at, for both forms.

    Parameters
    ----------
    table
        The study `uncertainty_order`.
    """
    facets = []
    for strategy, (form, title) in _FORMS.items():
        rows = table[table["strategy"] == strategy]
        if len(rows):
            facets.append(IntervalFacet(title=title, series=_beside_rest(rows, strategy, form)))
    first = table[table["strategy"] == "learned_kendall"]
    categories = [f"σ² = {part['noise'].iloc[0]:g}" for part in _by_task(first)]
    words = ". ".join(f"{f.title}: {told(f.series, categories, decimals=2)}" for f in facets)
    return Intervals(
        name="uncertainty_order",
        title="The learned uncertainty of tasks with flipped labels",
        alt=f"Learned uncertainty s by the noise of the labels. {words}.",
        caption=told_of(
            table,
            f"Mean of {first['seed'].nunique()} seeds and its 95 % interval, at the epoch with "
            "the lowest validation loss. At rest s is a multiple of the training cross-entropy "
            "(CE), not σ². Crosses: the same multiple of the least CE that these flips allow on "
            "labels not learned by heart.",
        ),
        command=command("uncertainty_order"),
        x_label="variance of the draws that flip labels",
        y_label="uncertainty s",
        categories=categories,
        facets=facets,
    )


def _beside_rest(rows: pd.DataFrame, strategy: str, form: str) -> list[Series]:
    """s, a multiple of the cross-entropy that was measured, and of that of the flips alone."""
    a, b = FACTORS[form, "classification"]
    tasks = _by_task(rows)
    floors = [least_cross_entropy(float(part["noise"].iloc[0]), N_CLASSES) for part in tasks]
    return [
        mean_series(strategy, [part["uncertainty"] for part in tasks]),
        mean_series(
            "data",
            [a / b * part["training_loss"] for part in tasks],
            label="at rest, by the training CE",
        ),
        Series(
            key="truth",
            label="at rest, by the flips alone",
            values=[a / b * floor for floor in floors],
        ),
    ]


def learned_weights(table: pd.DataFrame) -> Intervals:
    """The learned weights of each task, rescaled to sum to T, beside those of the flips alone.

    Parameters
    ----------
    table
        The study `uncertainty_order`.
    """
    shares = table["weight"] / table.groupby(["strategy", "seed"])["weight"].transform("mean")
    rows = table.assign(share=shares)
    first = _by_task(rows[rows["strategy"] == "learned_kendall"])
    noises = [float(part["noise"].iloc[0]) for part in first]
    inverse = [1 / least_cross_entropy(noise, N_CLASSES) for noise in noises]
    scale = len(inverse) / sum(inverse)
    series = [
        *(
            mean_series(strategy, [part["share"] for part in _by_task(own)])
            for strategy in _FORMS
            if len(own := rows[rows["strategy"] == strategy])
        ),
        Series(
            key="truth",
            label="1 / cross-entropy of the flips alone",
            values=[scale * value for value in inverse],
        ),
    ]
    categories = [f"σ² = {noise:g}" for noise in noises]
    return Intervals(
        name="learned_weights",
        title="The weights that each task gets",
        alt=f"Weights rescaled to sum to {len(noises)}: {told(series, categories, decimals=2)}.",
        caption=told_of(
            table,
            "Rescaled to sum to T, so that their ratios can be compared; the two forms differ "
            f"by a common factor alone. Mean of {table['seed'].nunique()} seeds, 95 % interval, at "
            "the epoch with the lowest validation loss. Crosses: what the flip rates alone would "
            "ask for.",
        ),
        command=command("uncertainty_order"),
        x_label="variance of the draws that flip labels",
        y_label="task weight (mean 1)",
        categories=categories,
        facets=[
            IntervalFacet(series=series, references=[Reference(1.0, "equal weights", "equal")])
        ],
    )
