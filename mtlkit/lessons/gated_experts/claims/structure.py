"""Sections 3.1 and 3.5: what gates say of how tasks are related, and what diversity asks for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mtlkit.core.claim import Cell
from mtlkit.core.claiming import difference
from mtlkit.core.region import Region
from mtlkit.lessons.gated_experts.claims.comparing import claim, of
from mtlkit.metrics.task_structure import gate_correlation, within_minus_between

_SHUFFLES = 500
CLEAR = 0.2
"""Within minus between correlation from which we call a structure clear."""


def _beyond_chance(table: pd.DataFrame) -> list[Cell]:
    """Within minus between, less what 95 % of shuffled families stay below; most pictures."""
    if (table["family"] == 0).any():
        return []
    rows = table[table["images"] == table["images"].max()]
    found = []
    for seed, own in rows.groupby("seed"):
        gates = own.pivot(index="task", columns="expert", values="probability").to_numpy(float)
        families = own.groupby("task")["family"].first().to_numpy(int)
        correlation = gate_correlation(gates)
        shuffle = np.random.default_rng(int(str(seed)))
        chance = [
            within_minus_between(correlation, shuffle.permutation(families))
            for _ in range(_SHUFFLES)
        ]
        found.append(within_minus_between(correlation, families) - np.quantile(chance, 0.95))
    return [Cell("observed less the 95 % quantile of shuffled ones", tuple(found))]


def _at(table: pd.DataFrame, images: int) -> pd.Series[float]:
    return of(table, "within_minus_between", strategy="gated", images=images)


def _unclear_with_little(table: pd.DataFrame) -> list[Cell]:
    sizes = sorted(table["images"].unique().tolist())
    small = [size for size in sizes if 4 * size <= sizes[-1]]
    if not small or table["within_minus_between"].isna().all():
        return []
    rows = _at(table, small[-1])
    return [Cell(f"{small[-1]} pictures a task", tuple(rows.to_numpy(float)))]


def _clearer_with_more(table: pd.DataFrame) -> list[Cell]:
    sizes = sorted(table["images"].unique().tolist())
    small = [size for size in sizes if 4 * size <= sizes[-1]]
    if not small or table["within_minus_between"].isna().all():
        return []
    label = f"{sizes[-1]} against {small[-1]} pictures a task"
    return [difference(_at(table, sizes[-1]), _at(table, small[-1]), label)]


def _gain_of_experts(table: pd.DataFrame, families: int) -> pd.Series[float]:
    """What the most experts add to the accuracy of the fewest, by seed."""
    least, most = (getattr(table["experts_m"], end)() for end in ("min", "max"))
    rows = table[table["families"] == families]
    return of(rows, "accuracy", experts_m=most) - of(rows, "accuracy", experts_m=least)


def _more_experts_for_more_families(table: pd.DataFrame) -> list[Cell]:
    least, most = (int(getattr(table["families"], end)()) for end in ("min", "max"))
    return [
        difference(
            _gain_of_experts(table, most),
            _gain_of_experts(table, least),
            f"{most} families against {least}",
        )
    ]


def _same_density(table: pd.DataFrame) -> list[Cell]:
    rows = table[table["experts_m"] == table["experts_m"].max()]
    least, most = (getattr(rows["families"], end)() for end in ("min", "max"))
    return [
        difference(
            of(rows, "mean_k", families=most),
            of(rows, "mean_k", families=least),
            f"{most} families against {least}",
        )
    ]


CLAIMS = (
    claim(
        "related_tasks_correlate",
        "With much data, related tasks choose the same experts",
        "section 3.5",
        "With the larger dataset (bottom), there is a clear correlation in gating probabilities "
        "between tasks",
        "With the most pictures, the gates' correlation within families less that between them is "
        "beyond what 95 % of shuffled families reach.",
        "figure_3_3",
        "",
        Region.above(0),
        _beyond_chance,
        "The source shows one pair of tasks whose names suggest a likeness. Here the families are "
        "known, so that it can be tested. Settings were chosen by this very recovery, on these "
        "seeds, with 60 pictures; the four families are one fixed draw.",
    ),
    claim(
        "unclear_with_little_data",
        "With a quarter of the data, the correlation is unclear",
        "section 3.5",
        "With the smaller dataset (top), such correlations between tasks are unclear.",
        "With about a quarter of the pictures, correlation within families less that between them "
        f"is below {CLEAR:g}.",
        "structure",
        "",
        Region.below(CLEAR),
        _unclear_with_little,
        "What is little? The settings were chosen so that 60 pictures of each task tell the "
        "families apart, and that is the quarter; the figure has smaller sizes too.",
    ),
    claim(
        "clearer_with_more_data",
        "More data make the structure clearer",
        "section 3.5",
        "With the larger dataset (bottom), there is a clear correlation in gating probabilities "
        "between tasks",
        "Correlation within families less that between them is greater with the most pictures "
        "than with about a quarter of them.",
        "structure",
        "",
        Region.above(0),
        _clearer_with_more,
        "The number of training steps is the same for both.",
    ),
    claim(
        "diversity_needs_more_experts",
        "The more diverse the tasks, the more experts are needed",
        "section 3.1",
        "As the diversity of the set of tasks T increases, we must also increase the total number "
        "of experts M",
        "What 16 experts add to the accuracy of 2 is more with ten families of tasks than with "
        "one.",
        "diversity",
        "points",
        Region.above(0),
        _more_experts_for_more_families,
        "There are 20 tasks in each case; only the number of families differs.",
    ),
    claim(
        "diversity_needs_no_more_of_them",
        "The more diverse the tasks, no more experts for each",
        "section 3.1",
        "but not the task density k",
        "With 16 experts, the expected number of experts of a task is the same within a quarter of "
        "an expert for ten families and for one.",
        "diversity",
        "experts",
        Region.within(0.25),
        _same_density,
        "The penalty is the same in both: what k is worth to a task may still differ.",
    ),
)
