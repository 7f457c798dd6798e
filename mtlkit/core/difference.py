"""What two results have in common and what not: settings, tables, provenance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from mtlkit.core.comparable import CONFIGS, Comparable, flat
from mtlkit.core.table_difference import TableDifference, compare_tables
from mtlkit.errors import UsageError

Fields = Mapping[str, tuple[Any, Any]]


@attrs.frozen(eq=False)
class Difference:
    """What differs between a first and a second result.

    Parameters
    ----------
    config, provenance
        The fields that differ, each with both values; None where a side has none. Of the digests
        of a published study's configs: those that the other side lacks.
    only_first, only_second
        Tables that only one side has.
    tables
        The tables that both have.
    tolerance
        How far two numbers may be apart, relative to the larger, and still agree.
    """

    config: Fields
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    tables: Mapping[str, TableDifference]
    provenance: Fields
    tolerance: float

    @property
    def agrees(self) -> bool:
        """Whether settings and tables agree; provenance may differ."""
        return (
            not (self.config or self.only_first or self.only_second)
            and bool(self.tables)
            and all(table.agrees for table in self.tables.values())
        )

    def as_dict(self) -> dict[str, Any]:
        """The difference as JSON has it."""
        return {
            "agrees": self.agrees,
            "tolerance": self.tolerance,
            "config": {name: list(pair) for name, pair in self.config.items()},
            "tables_only_in_first": list(self.only_first),
            "tables_only_in_second": list(self.only_second),
            "tables": {name: table.as_dict() for name, table in self.tables.items()},
            "provenance": {name: list(pair) for name, pair in self.provenance.items()},
        }


def compare(first: Comparable, second: Comparable, tolerance: float = 0.0) -> Difference:
    """Compare two results of the same kind.

    Parameters
    ----------
    tolerance
        How far two numbers may be apart, relative to the larger in size.

    Raises
    ------
    UsageError
        If they are of different kinds, or the tolerance is no number from 0 on.
    """
    if first.kind != second.kind:
        raise UsageError(
            f"{first.path} is {first.kind} and {second.path} is {second.kind}: allowed are two of "
            "a kind."
        )
    if not tolerance >= 0:
        raise UsageError(f"tolerance = {tolerance:g}: allowed is a number from 0 on.")
    both = [name for name in first.tables if name in second.tables]
    return Difference(
        config=_settings(first.config, second.config),
        only_first=tuple(name for name in first.tables if name not in second.tables),
        only_second=tuple(name for name in second.tables if name not in first.tables),
        tables={
            name: compare_tables(first.tables[name], second.tables[name], tolerance)
            for name in both
        },
        provenance=_fields(flat(first.provenance), flat(second.provenance)),
        tolerance=float(tolerance),
    )


def _fields(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (first.get(name), second.get(name))
        for name in dict.fromkeys((*first, *second))
        if first.get(name) != second.get(name)
    }


def _settings(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The settings that differ; of many configs' digests, those that only one side has."""
    found = _fields(first, second)
    for name in [name for name in found if name.endswith(CONFIGS)]:
        one, other = found.pop(name)
        if one is not None and other is not None:
            found[name] = (sorted({*one} - {*other}), sorted({*other} - {*one}))
    return found
