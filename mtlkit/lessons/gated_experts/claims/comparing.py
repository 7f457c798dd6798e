"""What the claims of this lesson have in common: their form, and the columns they compare.

Accuracies are those on test pictures, in percent, the mean over tasks, with the experts that a
method is read with: k(t) rounded, the likeliest, where gates learn; each expert weighed by its
probability where gates are frozen. So their differences are in percentage points.
"""

from __future__ import annotations

import pandas as pd

from mtlkit.core.claiming import ClaimForm, by_seed

LESSON = "gated_experts"

claim = ClaimForm(LESSON, "yan2020")

SOURCES_PENALTY = 0.1

WORDS = {
    "gated": "learned gates",
    "ungated": "ungated mixture",
    "routed": "one expert each",
    "frozen_half": "gates frozen at ½",
    "frozen_density": "gates frozen at the learned density",
}


def of(table: pd.DataFrame, column: str, **chosen: object) -> pd.Series[float]:
    """A column of the rows with some values elsewhere, by seed."""
    for name, value in chosen.items():
        table = table[table[name] == value]
    return by_seed(table, column)
