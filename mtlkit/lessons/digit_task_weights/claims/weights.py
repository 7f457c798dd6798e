"""Figures 5.2 and 5.3: learned weights against hand-tuned ones."""

from __future__ import annotations

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.region import Region
from mtlkit.lessons.digit_task_weights.claims.comparing import (
    AS_REPORTED,
    DRASTIC,
    MEAN,
    NOTICEABLE,
    accuracy,
    ahead,
    change,
    claim,
    points,
)
from mtlkit.lessons.digit_task_weights.studies import LONGEST, SHORTEST

_LEARNED, _TUNED = "learned_kendall", "hand_tuned"

_READINGS = (
    ("", "mean over the heads, epoch chosen on validation", MEAN),
    ("_as_reported", "first head, best test epoch", AS_REPORTED),
)


def _time_closes_the_gap(table: pd.DataFrame) -> list[Cell]:
    """Learned less hand-tuned after long training, less the same after the usual."""
    rows = table[table["noises"] == "1, 1, 3"]
    if rows.empty:
        return []
    longer, usual = (
        accuracy(part, _LEARNED, MEAN) - accuracy(part, _TUNED, MEAN)
        for training in (LONGEST, SHORTEST)
        for part in [rows[rows["training"] == training]]
    )
    return [points(longer, usual, "σ₃² = 3")]


def _frozen_against_the_grid(table: pd.DataFrame) -> list[Cell]:
    found = []
    for noises, rows in table.groupby("noises", sort=False):
        frozen = accuracy(rows, "learned_frozen", MEAN)
        grids = sorted(rows.loc[rows["strategy"] == _TUNED, "grid"].unique())
        found += [
            points(
                frozen,
                accuracy(rows[rows["grid"] == grid], _TUNED, MEAN),
                f"σ² = {noises}: frozen against a grid of {grid}",
            )
            for grid in grids
        ]
    return found


def _finer_grid(table: pd.DataFrame) -> list[Cell]:
    found = []
    for noises, rows in table.groupby("noises", sort=False):
        grids = sorted(rows.loc[rows["strategy"] == _TUNED, "grid"].unique())
        finest, coarsest = (
            accuracy(rows[rows["grid"] == grid], _TUNED, MEAN) for grid in (grids[-1], grids[0])
        )
        found.append(
            points(finest, coarsest, f"σ² = {noises}: {grids[-1]} vectors against {grids[0]}")
        )
    return found


CLAIMS = (
    *(
        made
        for suffix, words, reading in _READINGS
        for made in (
            claim(
                f"as_good_with_2_and_3_tasks{suffix}",
                f"Learned weights are as good as tuned ones with two or three tasks ({words})",
                "Fig. 5.2",
                "the learned task weight model is able to perform as well or better than the model "
                "with hand-tuned task weights for 2 and 3 task models",
                "With σᵢ² = i and T = 2 or 3, the test accuracy with learned weights is less than "
                f"{NOTICEABLE:g} points below that with the best hand-tuned ones ({words}).",
                "figure_5_2",
                "points",
                Region.no_worse_score(NOTICEABLE),
                ahead("tasks", (2, 3), _LEARNED, _TUNED, reading),
                "The hand-tuned vector is the best of up to 18 on the validation loss, in either "
                "reading, and equal weights are among them. Learned ratios follow 1/(2 CE): a "
                "noisy task gets little weight, though its labels, most of which are right, teach "
                "the shared layers what the others do.",
            ),
            claim(
                f"better_with_3_tasks{suffix}",
                f"Learned weights are better than tuned ones with three tasks ({words})",
                "section 5.1",
                "For the model with 3 tasks, we actually see an improvement in performance over "
                "the hand-tuned model.",
                "With σ² = 1, 2, 3 the test accuracy with learned weights is above that with the "
                f"best hand-tuned ones ({words}).",
                "figure_5_2",
                "points",
                Region.above(0),
                ahead("tasks", (3,), _LEARNED, _TUNED, reading),
                "All heads classify the same pictures, so every task's gradient teaches the shared "
                "layers much the same: there is little for a weight to win, and what a noisy task "
                "knows is lost where it is turned down.",
            ),
            claim(
                f"drop_with_4_tasks{suffix}",
                f"Learned weights drop off with a fourth task ({words})",
                "section 5.1",
                "the performance drops off once the 4th task is added",
                "With learned weights and σᵢ² = i, test accuracy at T = 4 is more than "
                f"{NOTICEABLE:g} points below that at T = 3 ({words}).",
                "figure_5_2",
                "points",
                Region.below(-NOTICEABLE),
                change("tasks", 4, 3, (_LEARNED,), reading),
                "A fourth view of the same pictures adds labels that are right two times in three: "
                "more evidence for the shared layers, not less. The mean over heads has a noisier "
                "head more to carry; the first head has not.",
            ),
            claim(
                f"ahead_at_low_noise{suffix}",
                f"Learned weights are slightly ahead while the third task is clean ({words})",
                "section 5.1",
                "In these cases, the model is actually able to slightly outperform the model with "
                "hand-tuned task weights",
                "With σ² = 1, 1, x the test accuracy with learned weights is above that with the "
                f"best hand-tuned ones at x = 1 and 2 ({words}).",
                "figure_5_3",
                "points",
                Region.above(0),
                ahead("noise_3", (1, 2), _LEARNED, _TUNED, reading),
                "Where all three tasks are alike the best weights are equal ones, and those are in "
                "the grid.",
            ),
            claim(
                f"behind_at_3{suffix}",
                f"Learned weights dip when the third task gets noisy ({words})",
                "section 5.1",
                "For σ₃² = 3, we see that the learned task weight model starts to dip in "
                "performance compared to the hand-tuned task weight model.",
                "With σ² = 1, 1, 3 the test accuracy with learned weights is below that with the "
                f"best hand-tuned ones ({words}).",
                "figure_5_3",
                "points",
                Region.below(0),
                ahead("noise_3", (3,), _LEARNED, _TUNED, reading),
                "While losses are high all learned weights are small and so is every step; once "
                "the clean tasks are learned their weights rise, and steps become longer than with "
                "equal weights. How far either matters depends on when the training is read.",
            ),
            claim(
                f"drastic_drop_at_4{suffix}",
                f"Everyone drops drastically when the third task is very noisy ({words})",
                "section 5.1",
                "Once σ₃² = 4, we see a drastic drop in performance in both the learned task "
                "weight and hand-tuned task weight model",
                f"From σ₃² = 3 to 4 test accuracy falls by more than {DRASTIC:g} points, both with "
                f"learned and with hand-tuned weights ({words}).",
                "figure_5_3",
                "points",
                Region.below(-DRASTIC),
                change("noise_3", 4, 3, (_LEARNED, _TUNED), reading),
                "The noise rises from 26 to 33 % flipped labels in one task of three; two clean "
                "tasks go on teaching the shared layers.",
            ),
        )
    ),
    claim(
        "dip_is_training_time",
        "The dip is a matter of training time",
        "section 5.1",
        "This is likely due to the longer training times required for the learned task weight "
        "model",
        "At σ² = 1, 1, 3, learned weights gain on hand-tuned ones when both train four times as "
        "long, with three times the patience.",
        "longer_training",
        "points",
        Region.above(0),
        _time_closes_the_gap,
        "Learned weights begin with short steps, so a cap on the epochs cuts them off first. The "
        "patience grows with the epochs, as early stopping would end the runs otherwise.",
    ),
    claim(
        "gain_is_granularity",
        "What learned weights gain is their fineness",
        "section 5.1",
        "the learned task weight model can learn more specific, non-whole number task weights that "
        "would be too granular for a grid search to find",
        "Weights that were learned, then frozen and trained with anew, give a higher test accuracy "
        "than the best vector of a grid of 6, 18 or 36.",
        "granularity",
        "points",
        Region.above(0),
        _frozen_against_the_grid,
        "Freezing leaves the ratios of the learned weights and takes away how they came about. "
        "The learned ones follow 1/(2 CE), a rule about losses; accuracy need not agree with it.",
    ),
    claim(
        "finer_grids_are_better",
        "A finer grid finds better weights",
        "section 7.1",
        "Programmers would be naturally biased towards choosing task weights that are whole "
        "numbers when the optimal weights likely are not whole numbers.",
        "The best of 36 hand-tuned vectors gives a higher test accuracy than the best of 6.",
        "granularity",
        "points",
        Region.above(0),
        _finer_grid,
        "The choice is made on 180 validation pictures, whose labels are noisy, over tasks and "
        "seeds: more candidates also mean more of them that look best by luck.",
    ),
)
