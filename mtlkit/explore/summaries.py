"""From values of several seeds to what a panel shows: means with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.explore.panels import Line, Series


def mean_series(
    key: str,
    groups: Iterable[pd.Series[float]],
    *,
    label: str = "",
    geometric: bool = False,
) -> Series:
    """A dot with its interval for each group of values, one value a seed.

    Parameters
    ----------
    key, label
        As for `Series`.
    geometric
        Geometric means, with the interval of the mean logarithm: for errors, which are skewed,
        positive, and shown on a logarithmic axis.
    """
    numbers = [values.dropna().to_numpy(float) for values in groups]
    found = [mean_interval(np.log(values) if geometric else values) for values in numbers]
    back = math.exp if geometric else float
    return Series(
        key=key,
        label=label,
        values=[back(interval.mean) for interval in found],
        low=[back(interval.low) for interval in found],
        high=[back(interval.high) for interval in found],
    )


def mean_line(key: str, rows: pd.DataFrame, column: str, *, label: str = "") -> Line:
    """The mean over the seeds still running at each epoch, with its interval.

    `rows` has one row per seed and `epoch`; `key` and `label` as for `Line`.
    """
    epochs = sorted(rows["epoch"].unique())
    found = [mean_interval(rows.loc[rows["epoch"] == epoch, column]) for epoch in epochs]
    return Line(
        key,
        epochs,
        [interval.mean for interval in found],
        [interval.low for interval in found],
        [interval.high for interval in found],
        label,
    )
