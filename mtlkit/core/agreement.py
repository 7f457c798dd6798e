"""How far recomputed numbers are from published ones, in half-widths of a mean's interval.

Measures that are all above zero, such as errors, are compared by their logarithms: errors are
skewed, and the figures show their geometric means. The half-width of a mean count (an epoch) is
taken as at least 1: seeds that agree on a whole number tell nothing finer.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
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


def rows_of(
    table: pd.DataFrame,
    labels: Mapping[str, Any],
    strategies: Collection[str],
    seeds: Collection[int],
) -> pd.DataFrame:
    """The rows of a study's table that a setting made with these seeds.

    Parameters
    ----------
    labels
        The setting's own; one that the table has no column for does not choose.
    strategies
        What it trained: another setting may have the same labels and other strategies.
    """
    chosen: dict[str, Collection[Any]] = {
        "seed": seeds,
        **{name: [value] for name, value in labels.items()},
    }
    if strategies:
        chosen["strategy"] = strategies
    mine = np.ones(len(table), bool)
    for name, values in chosen.items():
        if name in table:
            mine &= table[name].isin(list(values)).to_numpy()
    return table[mine]


def deviations(published: pd.DataFrame, recomputed: pd.DataFrame) -> Iterator[Deviation]:
    """Compare the means over the seeds, number by number.

    Parameters
    ----------
    published, recomputed
        The rows of one setting for the same seeds, with its labels.

    Yields
    ------
    Deviation
        One for each numeric column and everything that names a row but the seed. A row, a seed's
        number or a column that only one side has, whichever, is a deviation too.
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
    for where, before, now in _matched(published, recomputed, names):
        seeds = now["seed"].tolist()
        if before["seed"].tolist() != seeds:
            yield _missing("seed", where, _one_sided(before["seed"].tolist(), seeds))
            continue
        for name in columns:
            found = _deviation(name, where, before[name], now[name], seeds)
            if found is not None:
                yield found


def _matched(
    published: pd.DataFrame, recomputed: pd.DataFrame, names: Sequence[str]
) -> Iterator[tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]]:
    """What names a row, with both sides' rows in order of their seeds; one side may have none."""
    tables, keys = (published, recomputed), [*names, "seed"]
    both = pd.concat([table[keys] for table in tables], ignore_index=True)
    for key, rows in both.sort_values("seed").groupby(list(names), dropna=False):
        where = {name: _plain(value) for name, value in zip(names, key, strict=True)}
        first = rows.index < len(published)
        places = rows.index[first], rows.index[~first] - len(published)
        before, now = (table.iloc[place] for table, place in zip(tables, places, strict=True))
        yield where, before, now


def _one_sided(published: Sequence[int], recomputed: Sequence[int]) -> str:
    """Which seeds only one side has."""
    before, now = Counter(published), Counter(recomputed)
    sides = {"published": before - now, "recomputed": now - before}
    return "; ".join(
        f"only the {side} table has seed {', '.join(map(str, sorted(seeds.elements())))}"
        for side, seeds in sides.items()
        if seeds
    )


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
