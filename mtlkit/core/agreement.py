"""How far recomputed numbers are from published ones, in half-widths of a mean's interval.

Measures that are all above zero, such as errors, are compared by their logarithms: errors are
skewed, and the figures show their geometric means. The half-width of a mean count (an epoch) is
taken as at least 1: seeds that agree on a whole number tell nothing finer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd

from mtlkit.core.interval import mean_interval
from mtlkit.core.naming import naming_columns

SAME = 1e-6
"""How near a number must be, relative to its size, where the seeds do not differ."""


@attrs.frozen(eq=False)
class Deviation:
    """One mean over seeds, published and recomputed.

    Parameters
    ----------
    column
        The table's column.
    where
        The columns that name the mean, such as strategy and task, with their values.
    published, recomputed
        The means over the same seeds, geometric ones of positive numbers; None where there is
        none.
    half_widths
        Their distance as a share of the half-width of the published mean's 95 % interval;
        infinite where no interval can measure it.
    note
        Why it is infinite.
    """

    column: str
    where: dict[str, Any]
    published: float | None
    recomputed: float | None
    half_widths: float
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: null where the deviation is infinite."""
        finite = math.isfinite(self.half_widths)
        return {
            **{key: value for key, value in attrs.asdict(self).items() if key != "column"},
            "half_widths": self.half_widths if finite else None,
        }


def deviations(published: pd.DataFrame, recomputed: pd.DataFrame) -> Iterator[Deviation]:
    """Compare the means over the recomputed seeds, number by number.

    Parameters
    ----------
    published
        A study's table.
    recomputed
        Rows of one setting, with its labels and some of its seeds.

    Yields
    ------
    Deviation
        One for each numeric column and everything that names a row but the seed. A row, a seed's
        number or a column that only one side has is a deviation too.
    """
    for name in sorted(set(map(str, published)) ^ set(map(str, recomputed))):
        side = "published" if name in published else "recomputed"
        yield _missing(name, {}, f"only the {side} table has this column")
    names = [name for name in naming_columns(published, recomputed) if name != "seed"]
    columns = [
        str(name)
        for name in recomputed
        if name in published
        and name not in (*names, "seed")
        and pd.api.types.is_numeric_dtype(recomputed[name])
    ]
    known = {key: rows for key, rows in published.groupby(names, dropna=False)}
    for key, rows in recomputed.groupby(names, dropna=False):
        where = {name: _plain(value) for name, value in zip(names, key, strict=True)}
        rows = rows.sort_values("seed")
        seeds = rows["seed"].tolist()
        before = known.get(key, published.iloc[:0]).sort_values("seed")
        before = before[before["seed"].isin(seeds)]
        if before["seed"].tolist() != seeds:
            yield _missing("seed", where, "the published table has not the same seeds")
            continue
        for name in columns:
            found = _deviation(name, where, before[name], rows[name], seeds)
            if found is not None:
                yield found


def _deviation(
    column: str,
    where: dict[str, Any],
    published: pd.Series[Any],
    recomputed: pd.Series[Any],
    seeds: Sequence[int],
) -> Deviation | None:
    """One mean's deviation; None where neither side has a number."""
    old, new = (
        np.asarray(side.astype("Float64").fillna(np.nan), float) for side in (published, recomputed)
    )
    if recomputed.dtype == bool and not np.array_equal(old, new):
        return _missing(column, where, f"differs at {_told(seeds, old != new)}")
    there, here = np.isfinite(old), np.isfinite(new)
    if not np.array_equal(there, here):
        return _missing(
            column, where, f"only one side has a number at {_told(seeds, there != here)}"
        )
    if not there.any():
        return None
    old, new = old[there], new[there]
    counts = pd.api.types.is_integer_dtype(published.dtype)
    positive = not counts and bool((old > 0).all() and (new > 0).all())
    interval = mean_interval(np.log(old) if positive else old)
    mean = mean_interval(np.log(new) if positive else new).mean
    distance, half = abs(mean - interval.mean), interval.high - interval.mean
    half = max(half, 1.0) if counts else half
    # A difference of logarithms is relative as it is.
    size = 1.0 if positive else max(abs(mean), abs(interval.mean))
    before, now = (math.exp(each) if positive else each for each in (interval.mean, mean))
    if math.isfinite(half) and half > SAME * size:
        return Deviation(column, where, before, now, distance / half)
    near = distance <= SAME * size
    note = "" if near else "the published seeds all have the same number"
    return Deviation(column, where, before, now, 0.0 if near else math.inf, note)


def _missing(column: str, where: dict[str, Any], note: str) -> Deviation:
    return Deviation(column, where, None, None, math.inf, note)


def _told(seeds: Sequence[int], differ: np.ndarray) -> str:
    return "seed " + ", ".join(str(seed) for seed, no in zip(seeds, differ, strict=True) if no)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
