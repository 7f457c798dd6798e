"""A table of formatted values."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from mtlkit.errors import UsageError
from mtlkit.explore.panels.base import Panel
from mtlkit.explore.panels.checks import items_of, same_length, some


@attrs.frozen
class ColumnGroup:
    """A heading over several columns."""

    label: str
    span: int


def _rows(rows: Iterable[Iterable[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)


@attrs.frozen(kw_only=True)
class Table(Panel):
    """A table of formatted values; the first column names the row.

    `groups` are headings over the columns from left to right and span them all; an empty label
    leaves a place free.
    """

    columns: tuple[str, ...] = attrs.field(converter=items_of)
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_rows)
    groups: tuple[ColumnGroup, ...] = attrs.field(default=(), converter=items_of)

    def __attrs_post_init__(self) -> None:
        """Check that rows and groups fit the columns."""
        some("Table", "columns", self.columns)
        for number, row in enumerate(self.rows, start=1):
            same_length(f"Table, row {number}", len(self.columns), cells=row)
        spanned = sum(group.span for group in self.groups)
        if self.groups and spanned != len(self.columns):
            raise UsageError(
                f"groups of Table span {spanned} columns: allowed is {len(self.columns)}, all "
                "there are."
            )
