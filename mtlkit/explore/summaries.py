"""From values of several seeds to what a panel shows: means with their 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from mtlkit.core.interval import Interval, mean_interval
from mtlkit.explore.palette import styles
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


STOPPED = "a seed that has stopped keeps its last value"
"""What a caption says of `mean_line`."""


def mean_line(
    key: str,
    rows: pd.DataFrame,
    column: str,
    *,
    label: str = "",
    geometric: bool = False,
    least: float = -math.inf,
    epochs: Collection[int] | None = None,
) -> Line:
    """The mean over all seeds at each epoch, with its interval; a gap without any.

    A seed that stopped keeps its last value until the last one stops: so no epoch has the interval
    of the few that trained longest. One whose value is not finite is left out from there on.

    Parameters
    ----------
    rows
        One row per `seed` and `epoch`.
    key, label
        As for `Line`.
    geometric
        As for `mean_series`.
    least
        The smallest value that the quantity can have; an interval that reaches below ends there.
    epochs
        Which epochs to show; None: all there are.
    """
    steps, values = _carried(rows, column)
    if geometric:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.log(values)
    if epochs is not None:
        shown = np.isin(steps, list(epochs))
        steps, values = steps[shown], values[:, shown]
    found = [_interval(at) for at in values.T.tolist()]
    back = np.exp if geometric else np.asarray
    low = back([interval.low for interval in found])
    return Line(
        key,
        steps,
        back([interval.mean for interval in found]),
        np.maximum(low, least),
        back([interval.high for interval in found]),
        label,
    )


def _carried(
    rows: pd.DataFrame, column: str
) -> tuple[Int64[np.ndarray, " epoch"], Float64[np.ndarray, "seed epoch"]]:
    """The epochs, and each seed's value there or, where it has stopped, its last one."""
    # Drawn again and again while a run is under way: pandas' own grouping is ten times slower.
    steps, at = np.unique(rows["epoch"].to_numpy(np.int64), return_inverse=True)
    seeds, who = np.unique(rows["seed"].to_numpy(), return_inverse=True)
    values = np.full((len(seeds), len(steps)), np.nan)
    last = np.zeros(values.shape, np.int64)
    values[who, at] = rows[column].to_numpy(float)
    last[who, at] = at
    return steps, np.take_along_axis(values, np.maximum.accumulate(last, axis=1), axis=1)


def _interval(values: Iterable[float]) -> Interval:
    """The interval of the finite values (a diverged seed has none)."""
    finite = [value for value in values if math.isfinite(value)]
    return mean_interval(finite) if finite else Interval(np.nan, np.nan, np.nan, 0)


def paired(rows: pd.DataFrame, other: pd.DataFrame, column: str) -> pd.Series[float]:
    """The differences of a column between two sets of runs with the same seeds, seed by seed."""
    mine, theirs = rows.set_index("seed")[column], other.set_index("seed")[column]
    return (mine - theirs).dropna()


def told(
    series: Iterable[Series], categories: Sequence[str], decimals: int = 1, unit: str = ""
) -> str:
    """The values of some series in words, for those who cannot see the figure.

    Examples
    --------
    >>> told([Series(key="equal", values=[94.12, None])], ["T = 2", "T = 3"], unit=" %")
    'equal weights 94.1 % at T = 2'
    """
    series = list(series)
    looks = styles(one.key for one in series)
    found = []
    for one in series:
        values = ", ".join(
            f"{value:.{decimals}f}{unit} at {category}"
            for category, value in zip(categories, one.values, strict=True)
            if math.isfinite(value)
        )
        if values:
            found.append(f"{one.label or looks[one.key].label} {values}")
    return "; ".join(found)


def with_data(sentences: Mapping[str, str], data: str | pd.DataFrame, caption: str) -> str:
    """A figure's caption, and at its end the data set that the numbers are of.

    Parameters
    ----------
    sentences
        What to say of each data set, by name.
    data
        Its name, as a run's config has it, or the table of a published study, which carries it in
        `attrs`; of a table without one nothing is said.
    caption
        What else is to be said.
    """
    name = data.attrs.get("data") if isinstance(data, pd.DataFrame) else data
    return f"{caption} {sentences[name]}" if name else caption
