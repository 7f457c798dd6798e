"""Section 7.1: what the learned uncertainties tell."""

from __future__ import annotations

import itertools

import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.region import Region
from mtlkit.lessons.digit_task_weights.claims.comparing import claim


def _steps(table: pd.DataFrame) -> list[Cell]:
    """From each task to the next noisier one: the rise of s, paired by seed."""
    learned = table[table["strategy"] == "learned_kendall"]
    tasks = [
        rows.set_index("seed")[["noise", "uncertainty"]]
        for _, rows in learned.sort_values("seed").groupby("task")
    ]
    return [
        Cell(
            f"σ² = {noisier['noise'].iloc[0]:g} against {task['noise'].iloc[0]:g}",
            tuple(noisier["uncertainty"] - task["uncertainty"]),
        )
        for task, noisier in itertools.pairwise(tasks)
    ]


def _fourth_above_third(table: pd.DataFrame) -> list[Cell]:
    learned = table[table["strategy"] == "learned_kendall"]
    s = learned.pivot(index="seed", columns="task", values="uncertainty")
    return [Cell("σ² = 4 against 3", tuple(s[4] - s[3]))]


CLAIMS = (
    claim(
        "uncertainty_order",
        "Uncertainties are ordered by label noise",
        "section 7.1",
        "The learned task weights provide an easily interpreted measure of how much uncertainty "
        "each task contains.",
        "On digits whose labels are flipped with σ² = 1, 2 and 3, a task's learned uncertainty s "
        "is larger, the noisier its labels.",
        "uncertainty_order",
        "",
        Region.above(0),
        _steps,
        "The order is all that can be asked. In classification s follows the task's training "
        "cross-entropy CE (Kendall's form rests at s = 2 CE), and that can come down to the "
        "entropy of the flips: 0.31, 0.81 and 1.14 nats for σ² = 1, 2 and 3. So s is to be "
        "expected near 0.6, 1.6 and 2.3, not at 1, 2, 3. Were the flipped labels learned by "
        "heart, it would fall further; it is read at the epoch with the lowest validation loss.",
    ),
    claim(
        "fourth_uncertainty_is_not_learned",
        "With a fourth task the uncertainties are no longer learned",
        "section 5.1",
        "the model was not able to effectively learn the uncertainty in each task",
        "With σ² = 1, 2, 3, 4 the learned uncertainty of the fourth task is not above that of the "
        "third.",
        "four_uncertainties",
        "",
        Region.below(0),
        _fourth_above_third,
        "Each s follows its own task's cross-entropy, whatever the others do; a fourth task takes "
        "nothing away from that.",
    ),
)
