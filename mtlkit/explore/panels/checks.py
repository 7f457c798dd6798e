"""What the fields of panels take, and the sentences said where they do not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from mtlkit.errors import UsageError


def numbers(values: Iterable[Any]) -> tuple[float, ...]:
    """Any sequence of numbers as floats; None and what is not finite become NaN."""
    try:
        found = tuple(math.nan if value is None else float(value) for value in values)
    except (TypeError, ValueError):
        raise UsageError(
            f"values = {values!r}: allowed are numbers, with None or NaN for a gap."
        ) from None
    return tuple(number if math.isfinite(number) else math.nan for number in found)


def optional_numbers(values: Iterable[Any] | None) -> tuple[float, ...] | None:
    """The same, where there may be none."""
    return None if values is None else numbers(values)


def items_of(items: Iterable[Any]) -> tuple[Any, ...]:
    """Any sequence as a tuple (plain `tuple` is too generic for the type checker here)."""
    return tuple(items)


def said(panel: object, field: attrs.Attribute[str], text: str) -> None:
    """A text that must not be empty."""
    if not text.strip():
        raise UsageError(
            f"{field.name} of {type(panel).__name__} is empty: allowed is text that says what "
            "the figure shows."
        )


def same_length(what: str, length: int, **columns: Sequence[Any] | None) -> None:
    """Columns that must be as long as that, where they are given."""
    for name, column in columns.items():
        if column is not None and len(column) != length:
            raise UsageError(
                f"{name} of {what} has {len(column)} values: allowed is {length}, as many as the "
                "others."
            )


def some(what: str, name: str, items: Sequence[Any]) -> None:
    """Items of which there must be at least one."""
    if not items:
        raise UsageError(f"{name} of {what} is empty: allowed is at least one.")
