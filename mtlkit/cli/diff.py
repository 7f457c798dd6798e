"""`mtlkit diff`: two results side by side."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mtlkit.core.difference import Difference
    from mtlkit.core.table_difference import ColumnDifference, Rows, TableDifference


@click.command()
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "--tolerance",
    type=float,
    default=0.0,
    show_default=True,
    help="How far two numbers may be apart, relative to the larger.",
)
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
def diff(first: Path, second: Path, tolerance: float, as_json: bool) -> None:
    """Compare two results: settings, tables, provenance.

    A and B are two runs' folders, two published studies (.parquet), or two packs' folders. Exit
    code 1 if settings or tables differ.
    """
    from mtlkit.core.comparable import read_comparable
    from mtlkit.core.difference import compare

    found = compare(read_comparable(first), read_comparable(second), tolerance)
    if as_json:
        click.echo(json.dumps(found.as_dict(), indent=1, default=str, allow_nan=False))
    else:
        for line in _lines(found):
            click.echo(line)
    if not found.agrees:
        sys.exit(1)


def _lines(found: Difference) -> Iterator[str]:
    yield from _fields("settings", found.config)
    for name in found.only_first:
        yield f"table {name}: only in A"
    for name in found.only_second:
        yield f"table {name}: only in B"
    for name, table in found.tables.items():
        yield from _table(name, table)
    yield from _fields("provenance", found.provenance)
    within = f" within {found.tolerance:g}" if found.tolerance else ""
    yield f"A and B {'agree' if found.agrees else 'differ'}{within}."


def _fields(title: str, fields: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    if not fields:
        yield f"{title}: the same"
        return
    yield f"{title}:"
    width = max(map(len, fields))
    for name, (one, other) in fields.items():
        yield f"  {name:{width}}  A {_value(one)}   B {_value(other)}"


def _table(name: str, table: TableDifference) -> Iterator[str]:
    what = [
        *(f"column {column} only in A" for column in table.columns_only_in_first),
        *(f"column {column} only in B" for column in table.columns_only_in_second),
        *_rows(table.rows_only_in_first, "A"),
        *_rows(table.rows_only_in_second, "B"),
        *(_column(column, found) for column, found in table.columns.items()),
    ]
    yield f"table {name}: {table.compared} rows in both" + ("" if what else ", all the same")
    for line in what:
        yield f"  {line}"


def _rows(rows: Rows, side: str) -> Iterator[str]:
    if rows.count:
        shown = "; ".join(map(_place, rows.names))
        more = "; ..." if rows.count > len(rows.names) else ""
        yield f"{rows.count} rows only in {side}: {shown}{more}"


def _column(name: str, found: ColumnDifference) -> str:
    told = f"{name}: {found.differing} of {found.compared} differ"
    if found.largest is not None and math.isfinite(found.largest):
        told += f", at most by {found.largest:.2g} of the larger"
    sides = f"A {_value(found.first)}, B {_value(found.second)}"
    return f"{told}, at {_place(found.where)}: {sides}"


def _place(names: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in names.items())


def _value(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
