"""What differs between two tidy tables: columns, rows, numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd

from mtlkit.core.naming import naming_columns

_SHOWN_ROWS = 5
_AGAIN = "row"
"""Counts rows that nothing tells apart."""


@attrs.frozen(eq=False)
class ColumnDifference:
    """The values of one column in the rows that both tables have.

    Parameters
    ----------
    compared, differing
        How many rows were compared, and in how many the values differ beyond the tolerance.
    largest
        The largest distance of two numbers, relative to the larger in size; infinite where only
        one side has a number, None for a column that holds none.
    where, first, second
        The row of the largest (of text: the first that differs), and both values there.
    """

    compared: int
    differing: int
    largest: float | None
    where: Mapping[str, Any]
    first: Any
    second: Any

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: null for a number that is not finite."""
        return {name: _finite(value) for name, value in attrs.asdict(self).items()}


@attrs.frozen(eq=False)
class Rows:
    """Rows that only one table has: how many, and what names the first few."""

    count: int
    names: tuple[Mapping[str, Any], ...]


@attrs.frozen(eq=False)
class TableDifference:
    """What differs between two tables; `columns` has those in which some value differs.

    `compared` counts the rows that both have.
    """

    columns_only_in_first: tuple[str, ...]
    columns_only_in_second: tuple[str, ...]
    rows_only_in_first: Rows
    rows_only_in_second: Rows
    compared: int
    columns: Mapping[str, ColumnDifference]

    @property
    def agrees(self) -> bool:
        """Whether columns and rows are the same and all values within the tolerance."""
        return not (
            self.columns_only_in_first
            or self.columns_only_in_second
            or self.rows_only_in_first.count
            or self.rows_only_in_second.count
            or any(column.differing for column in self.columns.values())
        )

    def as_dict(self) -> dict[str, Any]:
        """The difference as JSON has it."""
        return {
            "agrees": self.agrees,
            **attrs.asdict(self, filter=lambda field, _: field.name != "columns"),
            "columns": {name: column.as_dict() for name, column in self.columns.items()},
        }


def compare_tables(first: pd.DataFrame, second: pd.DataFrame, tolerance: float) -> TableDifference:
    """Compare two tidy tables; rows are matched by what names them, in whatever order they are."""
    names = naming_columns(first, second)
    left, right = _counted(first, names), _counted(second, names)
    keys = [*names, _AGAIN]
    left["_first"], right["_second"] = range(len(left)), range(len(right))
    joined = left[[*keys, "_first"]].merge(right[[*keys, "_second"]], on=keys, how="outer")
    both = joined.dropna(subset=["_first", "_second"])
    one = first.iloc[both["_first"].astype(int).tolist()].reset_index(drop=True)
    other = second.iloc[both["_second"].astype(int).tolist()].reset_index(drop=True)
    columns = {
        name: _column(one[name], other[name], one[names], tolerance)
        for name in map(str, first)
        if name in second and name not in names
    }
    return TableDifference(
        columns_only_in_first=tuple(str(name) for name in first if name not in second),
        columns_only_in_second=tuple(str(name) for name in second if name not in first),
        rows_only_in_first=_rows(joined[joined["_second"].isna()], names),
        rows_only_in_second=_rows(joined[joined["_first"].isna()], names),
        compared=len(both),
        columns={
            name: column
            for name, column in columns.items()
            if column.differing or (column.largest or 0) > 0
        },
    )


def _counted(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The naming columns, and a count of the rows that they do not tell apart."""
    named = table[list(names)].reset_index(drop=True)
    count = named.groupby(list(names), dropna=False).cumcount() if names else range(len(named))
    return named.assign(**{_AGAIN: count})


def _rows(rows: pd.DataFrame, names: Sequence[str]) -> Rows:
    shown = rows[list(names)].head(_SHOWN_ROWS)
    return Rows(len(rows), tuple(_names(shown, index) for index in range(len(shown))))


def _names(rows: pd.DataFrame, index: int) -> dict[str, Any]:
    return {str(name): _plain(value) for name, value in rows.iloc[index].to_dict().items()}


def _column(
    first: pd.Series[Any], second: pd.Series[Any], names: pd.DataFrame, tolerance: float
) -> ColumnDifference:
    numbers = all(pd.api.types.is_numeric_dtype(side) for side in (first, second))
    distance = _distances(first, second) if numbers else _unlike(first, second)
    if not len(distance):
        return ColumnDifference(0, 0, 0.0 if numbers else None, {}, None, None)
    worst = int(distance.argmax())
    return ColumnDifference(
        compared=len(distance),
        differing=int((distance > tolerance).sum()),
        largest=float(distance[worst]) if numbers else None,
        where=_names(names, worst),
        first=_plain(first.iloc[worst]),
        second=_plain(second.iloc[worst]),
    )


def _distances(first: pd.Series[Any], second: pd.Series[Any]) -> np.ndarray:
    """Relative to the larger in size; 0 where neither has a number, infinite where one has."""
    one, other = (
        side.astype("Float64").to_numpy(float, na_value=np.nan) for side in (first, second)
    )
    size = np.maximum(np.abs(one), np.abs(other))
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.abs(one - other) / size
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    return np.where(same, 0.0, np.where(np.isfinite(relative), relative, math.inf))


def _unlike(first: pd.Series[Any], second: pd.Series[Any]) -> np.ndarray:
    """Infinite where the values are not the same text (missing ones are alike)."""
    return np.array(
        [
            0.0 if (pd.isna(one) and pd.isna(other)) or _same(one, other) else math.inf
            for one, other in zip(first.tolist(), second.tolist(), strict=True)
        ]
    )


def _same(one: Any, other: Any) -> bool:
    return not (pd.isna(one) or pd.isna(other)) and bool(one == other)


def _plain(value: Any) -> Any:
    """A value as Python has it; None where it is missing."""
    if pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
