"""Distances of means, by numpy and by SciPy's t quantile."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from mtlkit.core.agreement import Deviation, deviations, rows_of

VALUES = {("equal", 1): [-1.0, 2.0, 4.0], ("equal", 2): [-3, 3.5, 3.1], ("fixed", 1): [0.0, 5, 9]}


def table(**columns: Any) -> pd.DataFrame:
    """Two degrees x three means x three seeds; `columns` are put in place of those there are."""
    rows = [
        {"degree": d, "seed": s, "strategy": name, "task": task, "error": values[s] * d, "n": 7.0}
        for d in (5, 8)
        for s in range(3)
        for (name, task), values in VALUES.items()
    ]
    return pd.DataFrame(rows).assign(**columns)


def of_degree_8(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["degree"] == 8].reset_index(drop=True)


def found(published: pd.DataFrame, recomputed: pd.DataFrame) -> list[Deviation]:
    """The deviations of degree 8 from a table of both degrees, at the seeds recomputed."""
    seeds = set(recomputed["seed"])
    return list(deviations(rows_of(published, {"degree": 8}, (), seeds), recomputed))


def test_what_is_the_same_deviates_nowhere() -> None:
    same = found(table(), of_degree_8(table()))
    assert [one.half_widths for one in same] == [0.0] * 6
    assert {(one.where["strategy"], one.where["task"]) for one in same} == set(VALUES)
    assert all(one.where["degree"] == 8 and "seed" not in one.where for one in same)


def test_a_deviation_is_a_share_of_the_half_width_over_the_recomputed_seeds() -> None:
    rows = of_degree_8(table())
    rows = rows[rows["seed"] < 2]
    rows.loc[rows["strategy"] == "fixed", "error"] += [10.0, -3.0]
    for one in found(table(), rows):
        if one.column != "error":
            continue
        values = 8 * np.array(VALUES[one.where["strategy"], one.where["task"]][:2])
        half = student.ppf(0.975, 1) * values.std(ddof=1) / math.sqrt(2)
        moved = 3.5 if one.where["strategy"] == "fixed" else 0.0
        assert one.published == pytest.approx(values.mean())
        assert one.recomputed == pytest.approx(values.mean() + moved)
        assert one.half_widths == pytest.approx(moved / half)


def test_positive_numbers_are_compared_by_their_logarithms() -> None:
    published = table(error=lambda rows: np.exp(rows["error"]))
    rows = of_degree_8(published)
    rows["error"] *= 2
    for one in found(published, rows):
        if one.column == "error":
            values = 8 * np.array(VALUES[one.where["strategy"], one.where["task"]])
            half = student.ppf(0.975, 2) * values.std(ddof=1) / math.sqrt(3)
            assert one.half_widths == pytest.approx(math.log(2) / half)
            assert one.published == pytest.approx(math.exp(values.mean()))


def test_the_order_of_rows_does_not_matter() -> None:
    rows = of_degree_8(table(diverged=[False, True] * 9)).iloc[::-1]
    assert {one.half_widths for one in found(table(diverged=[False, True] * 9), rows)} == {0.0}


@pytest.mark.parametrize(("now", "far"), [(7 * (1 + 1e-7), 0.0), (7.1, math.inf)])
def test_where_the_seeds_do_not_differ_numbers_are_nearly_the_same(now: float, far: float) -> None:
    rows = of_degree_8(table(n=now))
    assert {one.half_widths for one in found(table(), rows) if one.column == "n"} == {far}


def test_a_count_may_move_by_one_where_the_seeds_agree() -> None:
    rows = of_degree_8(table(best_epoch=4))
    rows["best_epoch"] += rows["seed"] == 2
    far = [
        one.half_widths for one in found(table(best_epoch=4), rows) if one.column == "best_epoch"
    ]
    assert far == pytest.approx([1 / 3] * 3)


def test_what_nobody_has_is_left_out() -> None:
    lost = table()
    lost.loc[(lost["seed"] == 1) & (lost["strategy"] == "equal"), "error"] = np.nan
    lost.loc[lost["strategy"] == "fixed", "error"] = np.nan
    here = found(lost, of_degree_8(lost))
    means = {one.where["task"]: one.published for one in here if one.column == "error"}
    assert means == {1: pytest.approx(8 * 1.5), 2: pytest.approx(8 * 0.05)}


@pytest.mark.parametrize("side", ["published", "recomputed"])
def test_a_number_that_one_side_lacks_is_a_deviation(side: str) -> None:
    lost = table()
    lost.loc[(lost["seed"] == 1) & (lost["task"] == 2), "error"] = np.nan
    pair = (lost, table()) if side == "published" else (table(), lost)
    (one,) = [one for one in found(pair[0], of_degree_8(pair[1])) if one.half_widths > 0]
    assert (one.column, one.where["task"], one.half_widths) == ("error", 2, math.inf)
    assert one.note == "only one side has a number at seed 1"
    assert one.as_dict()["half_widths"] is None


def test_a_seed_that_diverged_in_one_only_is_a_deviation() -> None:
    diverged = (table()["seed"] == 2) & (table()["strategy"] == "fixed")
    (one,) = [
        one
        for one in found(table(diverged=False), of_degree_8(table(diverged=diverged)))
        if one.half_widths > 0
    ]
    assert (one.column, one.where["strategy"], one.note) == (
        "diverged",
        "fixed",
        "differs at seed 2",
    )


def test_whole_numbers_with_gaps_are_numbers() -> None:
    epochs = pd.array([3, None, 5] * 6, dtype="Int64")
    assert {one.half_widths for one in found(table(n=epochs), of_degree_8(table(n=epochs)))} == {0}


@pytest.mark.parametrize("side", ["published", "recomputed"])
@pytest.mark.parametrize(
    ("lost", "told"),
    [("seed == 2 and strategy == 'equal'", "seed 2"), ("task == 2", "seed 0, 1, 2")],
)
def test_rows_that_only_one_side_has_are_deviations(side: str, lost: str, told: str) -> None:
    whole, short = of_degree_8(table()), of_degree_8(table()).query(f"not ({lost})")
    pair = (whole, short) if side == "published" else (short, whole)
    far = [one for one in deviations(*pair) if one.half_widths > 0]
    names = {(one.where["strategy"], one.where["task"]) for one in far}
    assert names == ({("equal", 1), ("equal", 2)} if "equal" in lost else {("equal", 2)})
    assert {(one.column, one.note) for one in far} == {
        ("seed", f"only the {side} table has {told}")
    }


def test_names_that_are_missing_on_both_sides_are_the_same() -> None:
    tasks = pd.array([1, 2, None] * 6, dtype="Int64")
    assert {
        one.half_widths for one in found(table(task=tasks), of_degree_8(table(task=tasks)))
    } == {0}


def test_a_settings_rows_have_its_labels_strategies_and_seeds() -> None:
    rows = rows_of(table(), {"degree": 5, "unknown": 1}, {"fixed", "other"}, range(1, 9))
    assert set(zip(rows["degree"], rows["strategy"], rows["seed"], strict=True)) == {
        (5, "fixed", 1),
        (5, "fixed", 2),
    }
    assert len(rows_of(table(), {}, (), range(9))) == len(table())


def test_columns_that_one_side_lacks_are_deviations() -> None:
    rows = of_degree_8(table())
    told = [one for one in found(table(), rows.assign(extra=1.0)) if one.half_widths > 0]
    assert [(one.column, one.note) for one in told] == [
        ("extra", "only the recomputed table has this column")
    ]
