"""What the pictures of this lesson have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from mtlkit.data.embedded import digits
from mtlkit.explore.by_level import series_by_strategy, those_in
from mtlkit.explore.panels import Reference, Series
from mtlkit.explore.study_figures import StudyFigures
from mtlkit.explore.summaries import with_data
from mtlkit.lessons.gated_experts.config import STRATEGIES
from mtlkit.lessons.gated_experts.inputs import N_CLASSES

ACCURACY = "test accuracy (%)"
POINTS = "difference (percentage points)"

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


def methods_in(rows: pd.DataFrame) -> list[str]:
    """The strategies of a table, in the order of the config."""
    return those_in(rows, STRATEGIES)


def by_strategy(
    rows: pd.DataFrame, column: str, over: str, levels: Sequence[object]
) -> list[Series]:
    """A series for each strategy there is: the column at each level, one value per seed."""
    return series_by_strategy(rows, STRATEGIES, column, over, levels)


def one_deviation(key: str, groups: Iterable[pd.Series[float]], *, label: str = "") -> Series:
    """Means with bars of one standard deviation over seeds, as the source draws them."""
    values = [group.to_numpy(float) for group in groups]
    means = np.array([one.mean() if len(one) else math.nan for one in values])
    spread = np.array([one.std(ddof=1) if len(one) > 1 else math.nan for one in values])
    return Series(key=key, values=means, low=means - spread, high=means + spread, label=label)


_FIGURES = StudyFigures("gated_experts", told_of)
command, intervals = _FIGURES.command, _FIGURES.intervals
