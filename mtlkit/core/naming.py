"""Which columns of a tidy table name its rows; the others are what was measured."""

from __future__ import annotations

import pandas as pd

_NAMES = ("strategy", "task", "split", "epoch")
"""Columns that name rows wherever they stand."""


def naming_columns(*tables: pd.DataFrame) -> list[str]:
    """The columns that tell the rows of each table apart, of those that all tables have.

    They are those up to `seed` (a study's labels stand before it), the well-known ones, and, only
    as far as rows are still alike, text and then whole numbers from left to right.

    Examples
    --------
    >>> rows = pd.DataFrame({"degree": [5, 5], "seed": [0, 0], "task": [1, 2], "error": [3, 3]})
    >>> naming_columns(rows)
    ['degree', 'seed', 'task']
    """
    first, *others = tables
    shared = [str(name) for name in first if all(name in other for other in others)]
    labels = shared[: shared.index("seed") + 1] if "seed" in shared else []
    names = [*labels, *(name for name in _NAMES if name in shared and name not in labels)]
    text = [name for name in shared if pd.api.types.is_string_dtype(first[name])]
    whole = [name for name in shared if pd.api.types.is_integer_dtype(first[name])]
    for name in (*text, *whole):
        if names and not any(table.duplicated(names).any() for table in tables):
            break
        if name not in names:
            names.append(name)
    return names
