"""What changes as labels get noisier: rates that suit, and four uncertainties instead of three."""

from __future__ import annotations

import attrs
import pandas as pd

from mtlkit.explore.by_level import levels_of
from mtlkit.explore.panels import IntervalFacet, Intervals
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import told
from mtlkit.lessons.digit_task_weights.views.common import by_strategy, command, of_runs, told_of
from mtlkit.lessons.digit_task_weights.views.uncertainties import uncertainty_order

_LOSS = "validation_noisy_loss"


def four_uncertainties(table: pd.DataFrame) -> Intervals:
    """The learned uncertainties of four tasks, beside the value each rests at.

    Parameters
    ----------
    table
        The study `four_uncertainties`.
    """
    return attrs.evolve(
        uncertainty_order(table),
        name="four_uncertainties",
        title="The learned uncertainty of four tasks with flipped labels",
        command=command("four_uncertainties"),
    )


def rate_by_noise(table: pd.DataFrame) -> Intervals:
    """The noisy validation loss at each rate, with little and with much noise in all three tasks.

    Parameters
    ----------
    table
        The study `rate_by_noise`.
    """
    rates = levels_of(table, "learning_rate")
    categories = [f"{rate:g}" for rate in rates]
    facets = [
        IntervalFacet(
            title=f"σ² = {noises}",
            series=by_strategy(
                of_runs(part, ("learning_rate",), (_LOSS,)), _LOSS, "learning_rate", rates
            ),
        )
        for noises, part in table.groupby("noises", sort=False)
    ]
    words = ". ".join(f"{facet.title}: {told(facet.series, categories, 3)}" for facet in facets)
    return Intervals(
        name="rate_by_noise",
        title="Which learning rate suits, with little and with much noise",
        alt=f"Noisy validation loss by SGD's learning rate. {words}.",
        caption=told_of(
            table,
            "The loss that a rate is chosen by, at its best epoch; the floor is the entropy of "
            "the flips, so only rates within one picture compare. Mean of the heads, "
            f"{table['seed'].nunique()} seeds. {OVER_SEEDS}",
        ),
        command=command("rate_by_noise"),
        x_label="SGD's learning rate",
        y_label="noisy validation loss (nats)",
        categories=categories,
        facets=facets,
    )
