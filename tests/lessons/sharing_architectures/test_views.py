"""Panels of lesson 03 on made-up numbers and on small runs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from mtlkit import lessons
from mtlkit.core.result import Result
from mtlkit.core.runner import run_setting
from mtlkit.explore import draw_matplotlib, draw_plotly
from mtlkit.explore.figure import show
from mtlkit.explore.panels import Heatmap, Intervals, Table
from mtlkit.lessons.sharing_architectures import claims, studies, views
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.views.regressions import crossings
from tests.lessons.sharing_architectures import made_up

LESSON = lessons.get("sharing_architectures")

SIZE = {"hard_sharing": 0.02, "separate": 0.0, "separate_matched": -0.03, "cross_stitch": 0.01}


def _accuracy(name: str, overlap: float, *_: object) -> float:
    """Sharing helps where features are shared, and costs as much where they are not."""
    return 0.9 + (1 if overlap else -1) * SIZE.get(name, 0.005)


def _error(name: str, overlap: float, *_: object) -> float:
    """l1/l2 falls from 0.6 to 0.1, lasso stays at 0.2: they cross at an overlap of 0.8."""
    return {"l1_l2": 0.6 - 0.5 * overlap, "lasso": 0.2}.get(name, 0.7)


LEVELS = (0.0, 0.5, 1.0)

TABLES = {
    "figure_1_1": made_up.figure_1_1(_accuracy),
    "nine_bits": made_up.figure_1_1(_accuracy),
    "learnability": made_up.learnability(),
    "strings": made_up.swept("n_train", (500, 1000), lambda n, o, s: _accuracy(n, o) + s / 1e5),
    "bits": made_up.swept("bits", (3, 5, 7), lambda n, o, bits: _accuracy(n, o) - bits / 100),
    "width": made_up.swept("width", (32, 128), _accuracy),
    "steps": made_up.swept("steps", (1000, 4000), _accuracy),
    "partial_overlap": made_up.partial_overlap(lambda n, o: _accuracy(n, o) + o / 100),
    "task_counts": made_up.swept("tasks", (1, 2, 3), _accuracy),
    "stitches": made_up.stitches(),
    "soft_strength": made_up.swept(
        "soft_strength", (0.001, 0.1), lambda n, o, s: 0.8 + s, ("soft_sharing",)
    ),
    "linear_overlap": made_up.errors({"overlap": LEVELS}, _error),
    "linear_size": made_up.errors({"overlap": (0.0, 1.0), "n_train": (15, 30)}, _error),
    "linear_tasks": made_up.errors(
        {"overlap": (0.0, 1.0), "tasks": (1, 5)}, _error, ("lasso", "l1_l2")
    ),
    "linear_spread": made_up.errors(
        {"spread": (0.1, 1.0)}, lambda name, spread: spread / 2, studies.MEAN_METHODS
    ),
}


def _panel(name: str) -> Intervals:
    panel = views.FIGURES[name].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    return panel


def test_every_study_has_a_figure_and_every_claim_a_study_in_its_figure() -> None:
    shown = {study for drawing in views.FIGURES.values() for study in drawing.studies}
    assert shown == set(studies.STUDIES) == set(TABLES)
    for claim in claims.CLAIMS:
        assert {claim.study} - {None} <= set(views.FIGURES[claim.figure].studies)


@pytest.mark.parametrize("name", views.FIGURES)
def test_figures_have_their_name_their_command_and_numbers_for_who_cannot_see(name: str) -> None:
    panel = _panel(name)
    assert panel.name == name
    assert panel.command == (
        f"mtlkit reproduce sharing_architectures {views.FIGURES[name].studies[0]}"
    )
    assert re.search(r"\d", panel.alt)
    assert "nan" not in panel.alt
    assert draw_matplotlib.figure(panel).axes


@pytest.mark.parametrize("name", views.FIGURES)
def test_neither_the_order_of_rows_nor_the_names_of_seeds_change_a_figure(name: str) -> None:
    panel = _panel(name)
    renamed = {
        study: table.iloc[::-1].assign(seed=9 - table["seed"]) for study, table in TABLES.items()
    }
    other = views.FIGURES[name].panel(renamed.__getitem__)
    assert other.alt == panel.alt
    assert isinstance(other, Intervals)
    for facet, same in zip(panel.facets, other.facets, strict=True):
        for series, twin in zip(facet.series, same.series, strict=True):
            np.testing.assert_allclose(series.values, twin.values, rtol=1e-12)
            np.testing.assert_allclose(series.low or (), twin.low or (), rtol=1e-9)


def test_figure_1_1_has_both_settings_both_readings_and_what_can_be_learnt() -> None:
    panel = _panel("figure_1_1")
    assert [facet.title for facet in panel.facets] == ["shared features", "separate features"]
    luck = made_up.LUCK.mean()
    for facet, sign in zip(panel.facets, (1, -1), strict=True):
        for series in facet.series:
            best = 100 * (0.9 + sign * SIZE.get(series.key, 0.005) + luck)
            np.testing.assert_allclose(series.values, [best, best - 1])
        learnable, majority = facet.references
        assert learnable.value == pytest.approx(100 * (0.95 + luck))
        assert majority.value == 75
    assert f"one backbone {100 * (0.92 + luck):.1f} %" in panel.alt


def test_what_seeds_share_cancels_where_architectures_are_compared_seed_by_seed() -> None:
    (facet,) = _panel("figure_1_1_paired").facets
    assert "separate" not in [series.key for series in facet.series]
    for series in facet.series:
        gain = 100 * SIZE.get(series.key, 0.005)
        np.testing.assert_allclose(series.values, [gain, -gain])
        np.testing.assert_allclose(series.low or (), [gain, -gain], atol=1e-9)


@pytest.mark.parametrize(
    ("name", "categories", "slope"),
    [("strings", ("500", "1,000"), 0.5), ("bits", ("3", "5", "7"), -2.0)],
)
def test_a_sweep_has_its_levels_in_order_in_both_settings(
    name: str, categories: tuple[str, ...], slope: float
) -> None:
    panel = _panel(name)
    assert panel.categories == categories
    for facet in panel.facets:
        for series in facet.series:
            np.testing.assert_allclose(np.diff(series.values), slope)


def test_the_overlap_goes_from_none_to_all() -> None:
    panel = _panel("partial_overlap")
    assert panel.categories == ("0", "0.5", "1")


def test_no_interval_of_an_accuracy_reaches_beyond_100_percent() -> None:
    table = TABLES["partial_overlap"]
    near = table.assign(accuracy=1 - (table["seed"] == 0) * 0.2)
    for series in views.partial_overlap(near).facets[0].series:
        assert series.values == pytest.approx((96, 96, 96))
        assert series.high == (100, 100, 100)
        assert min(series.low or ()) < 90


def test_parameters_are_counts_without_intervals() -> None:
    series = {each.key: each for each in _panel("parameters").facets[0].series}
    assert series["hard_sharing"].values == (100, 100, 100)
    assert series["separate"].values == (100, 200, 300)
    assert series["separate"].low is None
    assert "separate backbones 100 at 1 task, 200 at 2 tasks" in _panel("parameters").alt


def test_stitches_stand_by_start_and_then_by_number_of_backbones() -> None:
    panel = _panel("stitches")
    assert panel.categories == ("0.5", "0.9", "1", "×1", "×3")
    shared, separate = panel.facets
    own, other, unlike, accuracy = shared.series
    np.testing.assert_allclose(own.values, [1, 1.8, 2, 1.8, 1.8])
    assert set(other.values) == {1}
    assert set(unlike.values) == {0.5}
    assert set(separate.series[1].values) == {0}
    inside = _panel("stitches_accuracy").facets[0].series[0]
    np.testing.assert_allclose(inside.values, 100 * np.array(accuracy.values))


def test_soft_sharing_stands_between_the_same_seeds_of_its_two_ends() -> None:
    table = TABLES["soft_strength"].query("seed < 2")
    panel = views.soft_strength(table, TABLES["figure_1_1"])
    luck = made_up.LUCK[:2].mean()
    ends = {line.key: line.value for line in panel.facets[0].references}
    assert ends == {
        "data": 75,
        "separate": pytest.approx(100 * (0.9 + luck)),
        "hard_sharing": pytest.approx(100 * (0.92 + luck)),
    }


def test_the_crossing_is_where_straight_lines_between_the_means_meet() -> None:
    assert crossings(TABLES["linear_overlap"]) == [(pytest.approx(0.8), True)]
    assert crossings(TABLES["linear_overlap"], "lasso", "l1_l2") == [(pytest.approx(0.8), False)]
    assert crossings(TABLES["linear_overlap"], "lasso", "ridge") == []
    assert "cross at an overlap of 0.80: above it ℓ1/ℓ2 is better" in _panel("linear_overlap").alt


def test_methods_that_do_not_cross_are_said_not_to() -> None:
    table = made_up.errors({"overlap": LEVELS}, lambda name, overlap: 0.5)
    assert "do not cross" in views.linear_overlap(table).caption


def _small(**settings: Any) -> SharingConfig:
    return SharingConfig(**{**SharingConfig.PRESETS["smoke"], **settings})


@pytest.fixture(scope="module")
def run() -> Result:
    config = _small(strategies=("hard_sharing", "separate", "cross_stitch"), overlap=0.0)
    return run_setting(LESSON, config, range(3), "cpu")


@pytest.fixture(scope="module")
def regressions() -> Result:
    config = SharingConfig(
        problem="linear", tasks=6, n_train=20, inputs=12, relevant=2, strategies=("ridge", "l1_l2")
    )
    return run_setting(LESSON, config, range(2), "cpu")


@pytest.mark.parametrize("name", views.RUN_FIGURES)
def test_figures_of_a_run_can_be_drawn(run: Result, name: str) -> None:
    panel = views.RUN_FIGURES[name](run)
    assert panel.name == name
    assert panel.command.startswith("mtlkit run sharing_architectures --set ")
    assert panel.command.endswith(" --seeds 3 --out run")
    assert "nan" not in panel.alt
    assert "<img" in show(panel).html()
    assert draw_plotly.spec(panel)["data"]  # type: ignore[arg-type]


def test_curves_begin_after_the_first_steps_and_stay_below_100_percent(run: Result) -> None:
    (facet,) = views.accuracy_over_steps(run).facets
    for line in facet.lines:
        assert line.x == (10, 20, 30, 40)
        assert max(line.high or ()) <= 100
    history = run.tables["history"].query("strategy == 'separate' and epoch == 40")
    expected = 100 * history["accuracy_test"].mean()
    assert facet.lines[1].y[-1] == pytest.approx(expected)


def test_the_last_rows_mark_the_bits_that_tasks_depend_on(run: Result) -> None:
    panel = views.what_backbones_read(run)
    assert len(panel.rows) == 1 + 2 + 2 + 2
    assert all(max(row) == pytest.approx(1, abs=0.2) for row in panel.values)
    assert np.flatnonzero(panel.values[-2]).tolist() == [0, 1, 2]
    assert np.flatnonzero(panel.values[-1]).tolist() == [10, 11, 12]


def test_stitches_are_means_over_seeds(run: Result) -> None:
    panel = views.learned_stitches(run)
    assert isinstance(panel, Heatmap)
    assert panel.rows == ("task 1", "task 2")
    table = run.tables["stitches"].query("stream == 2 and unit == 1")
    assert panel.values[1][0] == pytest.approx(table["weight"].mean(), abs=0.006)


def test_without_a_cross_stitch_network_there_are_no_stitches() -> None:
    config = _small(strategies=("separate",))
    panel = views.learned_stitches(run_setting(LESSON, config, range(1), "cpu"))
    assert isinstance(panel, Table)
    assert panel.name == "learned_stitches"


def test_layers_of_stitches_are_told_apart() -> None:
    config = _small(layers=2, strategies=("cross_stitch",))
    panel = views.learned_stitches(run_setting(LESSON, config, range(1), "cpu"))
    layers = ["stream 1, layer 1", "stream 2, layer 1", "task 1, layer 2", "task 2, layer 2"]
    assert list(panel.rows) == layers


def test_coefficients_stand_in_one_order_under_the_truth(regressions: Result) -> None:
    panel = views.coefficients(regressions)
    assert len(panel.rows) == 3 * 5  # the truth and two methods, five of six tasks
    order = [int(column) - 1 for column in panel.columns]
    truth = regressions.arrays["truth/0"]
    found = regressions.arrays["coefficients_l1_l2/0"]
    np.testing.assert_allclose(panel.values[1], truth[order, 1], atol=0.006)
    np.testing.assert_allclose(panel.values[11], found[order, 1], atol=0.006)
    counts = (truth != 0).sum(1)[order]
    assert (np.diff(counts) <= 0).all()
    assert f"truth {np.count_nonzero(truth)}" in panel.alt


def test_what_was_found_counts_true_coefficients(regressions: Result) -> None:
    table = views.what_was_found(regressions)
    assert "12 of 72" in table.title
    assert [row[0] for row in table.rows] == ["ridge", "ℓ1/ℓ2"]
    assert table.rows[0][2:5] == ("72", "17", "100")


def test_errors_of_methods_are_those_of_the_run(regressions: Result) -> None:
    series = views.error_by_method(regressions).facets[0].series
    table = regressions.tables["coefficients_error"]
    for one in series:
        mine = table.loc[table["strategy"] == one.key, "coefficient_error"]
        assert one.values == (pytest.approx(mine.mean()),)
    lines = views.error_along_path(regressions).facets[0].lines
    assert [line.key for line in lines] == ["ridge", "l1_l2"]


@pytest.mark.parametrize("strength", [0.0, 1.0, 3.0, 6.0])
@pytest.mark.parametrize("yx", [-2.0, 0.0, 0.5, 1.5])
def test_minima_are_where_a_search_finds_them(strength: float, yx: float) -> None:
    penalties = {"lasso": abs, "ridge": lambda b: b * b / 2}
    panel = views.one_dimensional(strength, yx)
    bent = views.shrinkage(strength, yx).facets[0]
    for place, facet in enumerate(panel.facets):
        plain, mine = facet.points
        penalty = penalties[mine.key]
        found = minimize_scalar(
            lambda b, penalty=penalty: b * b - 2 * b * yx + strength * penalty(b),
            bounds=(-4, 4),
            method="bounded",
            options={"xatol": 1e-9},
        )
        assert plain.x == (yx,)
        assert mine.x[0] == pytest.approx(found.x, abs=1e-5)
        assert mine.y[0] == pytest.approx(found.fun, abs=1e-9)
        assert bent.points[place + 1].y == mine.x
        line = bent.lines[place + 1]
        assert np.interp(yx, line.x, line.y) == pytest.approx(mine.x[0])


def test_the_text_says_when_the_l1_minimum_is_exactly_0() -> None:
    zero, moved = views.one_dimensional(4.0, 1.5), views.one_dimensional(2.0, 1.5)
    assert "is at most λ/2 = 2" in zero.caption
    assert "exactly 0" in zero.caption
    assert zero.facets[0].points[1].x == (0,)
    assert "to 0.5" in moved.caption
    assert "divides by x'x + λ/2: 0.5, never 0" in zero.caption
    for strength, yx in ((0.0, 1.0), (1.0, 0.0)):
        assert "exactly" not in views.one_dimensional(strength, yx).caption


@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_one_penalty_alone_is_shown(penalty: str) -> None:
    assert len(views.one_dimensional(1.0, 1.0, penalty).facets) == 1
    assert len(views.shrinkage(1.0, 1.0, penalty).facets[0].lines) == 2
