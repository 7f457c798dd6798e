"""What the pictures of this lesson have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mtlkit.data.embedded import digits
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import IntervalFacet, Intervals, Reference, Series
from mtlkit.explore.summaries import mean_series, told, with_data
from mtlkit.lessons.gated_experts.config import STRATEGIES
from mtlkit.lessons.gated_experts.inputs import N_CLASSES

ACCURACY = "test accuracy (%)"
POINTS = "difference (percentage points)"

OVER_SEEDS = "Intervals: 95 % over seeds."

CHANCE = Reference(100 / N_CLASSES, "chance", "data")

_DATA = {
    "digit_families": "Tasks in families, made of the "
    f"{sum(digits.SIZES.values()):,} digits of scikit-learn.",
    "tiny_imagenet": "On Tiny ImageNet in groups of five classes.",
    "cifar100": "On CIFAR-100 in its superclasses.",
}

SELECTED = {
    "likely": "k(t) likeliest (3.4)",
    "mean_k": "mean k likeliest",
    "rounded": "probabilities rounded",
    "sampled": "one draw",
    "all": "all experts",
    "expected": "weighed by probability",
}
"""Ways to fix the experts after training, in words; see `nn.routing.select`."""


def told_of(data: str | pd.DataFrame, caption: str) -> str:
    """A figure's caption with the data set that its numbers are of; see `with_data`."""
    return with_data(_DATA, data, caption)


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce gated_experts {study}"


def label(strategy: str) -> str:
    """What figures call a strategy."""
    return styles([strategy])[strategy].label


def levels_of(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in order."""
    return sorted(rows[column].unique().tolist())


def in_order(rows: pd.DataFrame, column: str) -> list[Any]:
    """The values of a column in the order of the table: for those that are words."""
    found: list[Any] = list(dict.fromkeys(rows[column]))
    return found


def methods_in(rows: pd.DataFrame) -> list[str]:
    """The strategies of a table, in the order of the config."""
    found = set(rows["strategy"])
    return [name for name in STRATEGIES if name in found]


def by_strategy(
    rows: pd.DataFrame, column: str, over: str, levels: Sequence[object]
) -> list[Series]:
    """A series for each strategy there is: the column at each level, one value per seed."""
    found = []
    for strategy in methods_in(rows):
        part = rows[rows["strategy"] == strategy]
        groups = [part.loc[part[over] == level, column] for level in levels]
        found.append(mean_series(strategy, groups))
    return found


def one_deviation(key: str, groups: Iterable[pd.Series[float]], *, label: str = "") -> Series:
    """Means with bars of one standard deviation over seeds, as the source draws them."""
    values = [group.to_numpy(float) for group in groups]
    means = np.array([one.mean() if len(one) else math.nan for one in values])
    spread = np.array([one.std(ddof=1) if len(one) > 1 else math.nan for one in values])
    return Series(key=key, values=means, low=means - spread, high=means + spread, label=label)


def intervals(
    table: pd.DataFrame,
    study: str,
    series: Sequence[Series],
    categories: Sequence[str],
    *,
    title: str,
    said: str,
    caption: str,
    x_label: str,
    y_label: str,
    name: str = "",
    decimals: int = 1,
    unit: str = "",
    references: Sequence[Reference] = (),
    log_y: bool = False,
) -> Intervals:
    """A figure of a study with a single facet; `said` begins its text for who cannot see it."""
    return Intervals(
        name=name or study,
        title=title,
        alt=f"{said}: {told(series, categories, decimals, unit)}.",
        caption=told_of(table, caption),
        command=command(study),
        x_label=x_label,
        y_label=y_label,
        log_y=log_y,
        categories=categories,
        facets=[IntervalFacet(series=series, references=references)],
    )


def over_seeds(table: pd.DataFrame) -> str:
    """How many seeds a table has, for its caption."""
    return f"Mean of {table['seed'].nunique()} seeds. {OVER_SEEDS}"
