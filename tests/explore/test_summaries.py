"""Means over seeds for panels, against plain numpy, and gaps where nothing is left."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy.stats

from mtlkit.explore.summaries import mean_line, mean_series

NAN = float("nan")


def _expected(values: list[float]) -> tuple[float, float, float]:
    found = scipy.stats.ttest_1samp(values, 0).confidence_interval(0.95)
    return float(np.mean(values)), float(found.low), float(found.high)


def test_a_series_has_the_mean_and_its_interval() -> None:
    series = mean_series("equal", [pd.Series([1.0, 2.0, 4.0]), pd.Series([3.0, 5.0, NAN])])
    for place, values in enumerate([[1.0, 2.0, 4.0], [3.0, 5.0]]):
        mean, low, high = _expected(values)
        np.testing.assert_allclose(series.values[place], mean)
        np.testing.assert_allclose((series.low or ())[place], low)
        np.testing.assert_allclose((series.high or ())[place], high)


def test_a_geometric_series_is_that_of_the_logarithms() -> None:
    values = [0.01, 0.04, 0.02]
    series = mean_series("equal", [pd.Series(values)], geometric=True)
    mean, low, high = np.exp(_expected(list(np.log(values))))
    np.testing.assert_allclose((series.values[0], (series.low or ())[0]), (mean, low))
    np.testing.assert_allclose((series.high or ())[0], high)


def test_a_group_whose_seeds_all_diverged_is_a_gap() -> None:
    series = mean_series("equal", [pd.Series([1.0, 2.0]), pd.Series([NAN, NAN])], geometric=True)
    assert np.isnan(series.values).tolist() == [False, True]
    assert np.isnan(series.low or ()).tolist() == [False, True]


def test_a_line_leaves_out_a_diverged_seed_and_shows_a_gap_without_any() -> None:
    rows = pd.DataFrame(
        {"epoch": [0, 0, 1, 1, 2, 2], "loss": [1.0, 3.0, 2.0, NAN, NAN, NAN], "seed": [0, 1] * 3}
    )
    line = mean_line("equal", rows, "loss")
    assert line.x == (0.0, 1.0, 2.0)
    np.testing.assert_allclose(line.y, [2.0, 2.0, NAN])


def test_a_geometric_line_is_that_of_the_logarithms() -> None:
    values = [0.01, 0.04, 0.02]
    rows = pd.DataFrame({"epoch": [7] * 3, "error": values, "seed": [0, 1, 2]})
    line = mean_line("equal", rows, "error", geometric=True)
    expected = np.exp(_expected(list(np.log(values))))
    found = [column[0] for column in (line.y, line.low or (), line.high or ())]
    np.testing.assert_allclose(found, expected)


def stopping() -> pd.DataFrame:
    """Three seeds: the first stops after epoch 1, the second breaks there, the third goes on."""
    return pd.DataFrame(
        {
            "seed": [0, 0, 1, 1, 2, 2, 2, 2],
            "epoch": [0, 1, 0, 1, 0, 1, 2, 3],
            "loss": [1.0, 2.0, 4.0, NAN, 3.0, 3.5, 4.0, 6.0],
        }
    ).sample(frac=1, random_state=0)


def test_a_seed_that_stopped_keeps_its_last_value_and_a_diverged_one_stays_out() -> None:
    line = mean_line("equal", stopping(), "loss")
    assert line.x == (0.0, 1.0, 2.0, 3.0)
    for place, values in enumerate([[1.0, 4.0, 3.0], [2.0, 3.5], [2.0, 4.0], [2.0, 6.0]]):
        found = [column[place] for column in (line.y, line.low or (), line.high or ())]
        np.testing.assert_allclose(found, _expected(values))


def test_the_interval_of_seeds_that_stop_one_by_one_is_that_of_all_of_them() -> None:
    rows = pd.DataFrame(
        [(seed, epoch, 10.0 + seed) for seed in range(5) for epoch in range(20 * (seed + 1))],
        columns=["seed", "epoch", "loss"],
    )
    line = mean_line("equal", rows, "loss")
    expected = _expected([10.0, 11.0, 12.0, 13.0, 14.0])
    for column, value in zip((line.y, line.low or (), line.high or ()), expected, strict=True):
        np.testing.assert_allclose(column, value)


def test_epochs_are_chosen_after_the_last_values_were_kept() -> None:
    line = mean_line("equal", stopping(), "loss", epochs=[0, 2, 9])
    assert line.x == (0.0, 2.0)
    np.testing.assert_allclose(line.y, [8 / 3, 3.0])


def test_an_interval_ends_where_the_quantity_does() -> None:
    rows = pd.DataFrame({"epoch": [0, 0], "loss": [0.1, 2.0], "seed": [0, 1]})
    plain, cut = (mean_line("equal", rows, "loss", **more) for more in ({}, {"least": 0.0}))
    assert (plain.low or ())[0] < 0
    assert cut.low == (0.0,)
    assert (cut.y, cut.high) == (plain.y, plain.high)
