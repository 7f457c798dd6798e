"""A table of a study by level, against plain loops over its rows."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from mtlkit.explore.by_level import at_levels, in_order, levels_of, series_by_strategy, those_in

TABLE = pd.DataFrame(
    [
        {"strategy": strategy, "size": size, "seed": seed, "error": error}
        for strategy, size, seed, error in (
            ("equal", 20, 0, 4.0),
            ("equal", 20, 1, 16.0),
            ("equal", 10, 0, 1.0),
            ("hand_tuned", 10, 0, 2.0),
            ("hand_tuned", 10, 1, 8.0),
        )
    ]
)


def test_levels_are_sorted_and_words_stay_as_they_come() -> None:
    assert levels_of(TABLE, "size") == [10, 20]
    assert in_order(TABLE, "size") == [20, 10]


def test_names_that_a_column_lacks_are_left_out() -> None:
    assert those_in(TABLE, ("hand_tuned", "single_task", "equal")) == ["hand_tuned", "equal"]
    assert those_in(TABLE, ("a",), "size") == []


def test_values_at_each_level_are_those_of_its_rows() -> None:
    found = [values.tolist() for values in at_levels(TABLE, "size", (20, 10, 5), "error")]
    rows = TABLE.to_dict("records")
    assert found == [[row["error"] for row in rows if row["size"] == size] for size in (20, 10, 5)]


def test_a_series_has_the_means_of_its_strategy_and_gaps_where_there_are_no_rows() -> None:
    equal, tuned = series_by_strategy(
        TABLE, ("equal", "single_task", "hand_tuned"), "error", "size", (10, 20)
    )
    assert (equal.key, tuned.key) == ("equal", "hand_tuned")
    assert equal.values == (1.0, (4.0 + 16.0) / 2)
    assert tuned.values[0] == (2.0 + 8.0) / 2
    assert math.isnan(tuned.values[1])


def test_means_are_geometric_if_asked_for() -> None:
    (tuned,) = series_by_strategy(TABLE, ("hand_tuned",), "error", "size", (10,), geometric=True)
    assert tuned.values[0] == pytest.approx(math.sqrt(2.0 * 8.0))
