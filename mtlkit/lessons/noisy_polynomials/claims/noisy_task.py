"""Fig. 4.3: one of three tasks ever noisier."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import Cells, by_seed, doublings
from mtlkit.core.region import Region
from mtlkit.lessons.noisy_polynomials.claims.comparing import LARGE, by_level, claim, percent
from mtlkit.lessons.noisy_polynomials.studies import FIGURE_4_3_SERIES


def _dip(series: str) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[table["series"] == series].query(
            "degree == 8 and strategy == 'learned_kendall'"
        )
        loss = by_level(rows, "noise_3", "validation_noisy_loss")
        if not {2, 3, 4} <= loss.keys():
            return []
        return [percent(loss[3], (loss[2] + loss[4]) / 2, "degree 8")]

    return cells


def _noise_5_against_1(degrees: Iterable[int]) -> Cells:
    def cells(table: pd.DataFrame) -> list[Cell]:
        rows = table[(table["strategy"] == "learned_kendall") & (table["task"] == 1)]
        found = []
        for degree in degrees:
            for series in FIGURE_4_3_SERIES:
                part = rows[(rows["degree"] == degree) & (rows["series"] == series)]
                high, low = (
                    by_seed(part[part["noise_3"] == level], "test_clean_error") for level in (5, 1)
                )
                if len(high) and len(low):
                    found.append(doublings(high, low, f"degree {degree}, noise {series}"))
        return found

    return cells


def _weights_of_the_noisy_task(table: pd.DataFrame) -> list[Cell]:
    """How often the third task's weight b/s is halved as its noise goes from 1 to 5."""
    rows = table[(table["strategy"] == "learned_kendall") & (table["task"] == 3)]
    return [
        doublings(estimates[5], estimates[1], f"degree {degree}, noise {series}")
        for (degree, series), part in rows.groupby(["degree", "series"])
        if {1, 5} <= (estimates := by_level(part, "noise_3", "estimate")).keys()
    ]


CLAIMS = (
    *(
        claim(
            f"dip_at_three_{name}",
            f"Moderate noise is harder than strong noise (noise {series})",
            "section 4.2",
            "We do see a slight decline in performance for the degree 8 polynomial with "
            "σ₃² = 3, then a return to better performance for σ₃² = 4.",
            f"At degree 8 with noise {series}, the validation loss at x = 3 is more than 1 % "
            "above the mean of those at 2 and 4.",
            "figure_4_3",
            "%",
            Region.above(1),
            _dip(series),
            "The loss is a straight line in σ₃² by construction, so a dip would stand out "
            "of it. The source gives σ₂² both as 2 and as 1; each has a verdict.",
            figure="figure_4_3_as_plotted",
        )
        for name, series in zip(("1_2_x", "1_1_x"), FIGURE_4_3_SERIES, strict=True)
    ),
    claim(
        "robust_to_a_noisy_task",
        "On easier polynomials one noisy task does no harm",
        "section 4.2",
        "the model seems to be fairly robust to an increasingly noisy task. We also see that this "
        "is true for polynomials of degrees 5 and 8",
        "At degrees 5 and 8, task 1's clean error grows by less than half a doubling as "
        "σ₃² goes from 1 to 5.",
        "figure_4_3",
        "doublings",
        Region.below(LARGE),
        _noise_5_against_1((5, 8)),
        "Heads are separate, so a noisy third task can reach task 1 through the shared layer only. "
        "The noisy validation loss would rise with the third task's noise by construction.",
    ),
    claim(
        "degree_10_declines_with_noise",
        "On the hardest polynomial a noisy task does harm",
        "section 4.2",
        "but with the degree 10 polynomial, we do start to see a decrease in model performance as "
        "we increase the noise",
        "At degree 10, task 1's clean error is higher at σ₃² = 5 than at 1.",
        "figure_4_3",
        "doublings",
        Region.above(0),
        _noise_5_against_1((10,)),
        "The noisy validation loss grows with σ₃² by construction; task 1's clean error need not.",
    ),
    claim(
        "noisy_task_is_downweighted",
        "The noisy task is given less weight",
        "section 4.2",
        "the model is correctly able to downweight this noisy task while learning",
        "From σ₃² = 1 to 5 the third task's learned weight falls to less than half, at every "
        "degree and with either noise of the second task.",
        "figure_4_3",
        "halvings",
        Region.above(1),
        _weights_of_the_noisy_task,
        "A task weight is 1/(2s), so a doubling of s halves it. Five times the variance is 2.3 "
        "doublings.",
        figure="noisy_task_estimate",
    ),
)
