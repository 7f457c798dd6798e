"""From values of several seeds to what a panel shows: means with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from mtlkit.core.interval import Interval, mean_interval
from mtlkit.explore.panels import Line, Series


def mean_series(
    key: str,
    groups: Iterable[pd.Series[float]],
    *,
    label: str = "",
    geometric: bool = False,
) -> Series:
    """A dot with its interval for each group of values, one value a seed; a gap without any.

    Parameters
    ----------
    key, label
        As for `Series`.
    geometric
        Geometric means, with the interval of the mean logarithm: for errors, which are skewed,
        positive, and shown on a logarithmic axis.
    """
    found = [_interval(values.map(np.log) if geometric else values) for values in groups]
    back = np.exp if geometric else np.asarray
    return Series(
        key=key,
        label=label,
        values=back([interval.mean for interval in found]),
        low=back([interval.low for interval in found]),
        high=back([interval.high for interval in found]),
    )


def mean_line(
    key: str, rows: pd.DataFrame, column: str, *, label: str = "", geometric: bool = False
) -> Line:
    """The mean over the seeds still running at each epoch, with its interval; a gap without any.

    `rows` has one row per seed and `epoch`; `key` and `label` as for `Line`, `geometric` as for
    `mean_series`.
    """
    # Drawn again and again while a run is under way: pandas' own grouping is ten times slower.
    at: dict[int, list[float]] = {}
    for epoch, value in zip(rows["epoch"].tolist(), rows[column].tolist(), strict=True):
        at.setdefault(epoch, []).append(math.log(value) if geometric else value)
    epochs = sorted(at)
    found = [_interval(at[epoch]) for epoch in epochs]
    back = np.exp if geometric else np.asarray
    return Line(
        key,
        epochs,
        back([interval.mean for interval in found]),
        back([interval.low for interval in found]),
        back([interval.high for interval in found]),
        label,
    )


def _interval(values: Iterable[float]) -> Interval:
    """The interval of the finite values (a diverged seed has none)."""
    finite = [value for value in values if math.isfinite(value)]
    return mean_interval(finite) if finite else Interval(np.nan, np.nan, np.nan, 0)
