"""Lesson 01's panels show the numbers of the tables they are made from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mtlkit import lessons
from mtlkit.core.runner import run_setting
from mtlkit.data.printed import printed_table
from mtlkit.explore import draw_matplotlib, draw_plotly
from mtlkit.explore.panels import Curves, Intervals, Panel
from mtlkit.lessons.noisy_polynomials import views
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.studies import STUDIES
from tests.lessons.noisy_polynomials import made_up

TABLES = {
    "table_4_1": made_up.table_4_1(lambda _: 1.0),
    "figure_4_2": made_up.figure_4_2(lambda degree, tasks: degree / tasks),
    "figure_4_3": made_up.figure_4_3(lambda degree, level: degree * level),
    "frozen_heads": made_up.figure_4_2(
        lambda degree, tasks: tasks, strategies=("learned_kendall", "equal")
    ).query("degree == 10"),
    "learning_rate": made_up.learning_rate({"learned_kendall": 0.01, "equal": 0.03}),
    "capacity": made_up.capacity(lambda width, epochs: 1 / width),
    "task_weight": made_up.task_weight(0.5),
    "grid_cost": made_up.grid_cost(100),
}


def test_every_study_has_a_figure() -> None:
    assert {study for drawing in views.FIGURES.values() for study in drawing.studies} == set(
        STUDIES
    )


@pytest.mark.parametrize("name", views.FIGURES)
def test_figures_have_their_name_and_the_command_that_makes_them(name: str) -> None:
    drawing = views.FIGURES[name]
    panel = drawing.panel(TABLES.__getitem__)
    assert panel.name == name
    study = "".join(drawing.studies[:1])
    expected = f"reproduce noisy_polynomials {study}" if study else "figures noisy_polynomials"
    assert panel.command.startswith(f"mtlkit {expected}")


def test_figure_4_2_shows_geometric_means_of_task_1() -> None:
    table = TABLES["figure_4_2"]
    panel = views.figure_4_2(table)
    assert panel.categories == ("2", "3", "4", "5", "6")
    for (_, part), facet in zip(table.groupby("degree"), panel.facets, strict=True):
        for series in facet.series:
            rows = part[(part["strategy"] == series.key) & (part["task"] == 1)]
            logs = np.log(rows["test_clean_error"]).groupby(rows["tasks"]).mean()
            np.testing.assert_allclose(series.values, np.exp(logs))
            assert all(low < mean < high for low, mean, high in _bounds(series))


def test_the_source_measure_lies_on_the_noise_alone_where_nothing_else_is_wrong() -> None:
    table = made_up.figure_4_2(lambda degree, tasks: 1e-9)
    for facet in views.figure_4_2_as_plotted(table).facets:
        floor = facet.series[-1]
        assert floor.key == "truth"
        for series in facet.series[:-1]:
            np.testing.assert_allclose(series.values, floor.values, atol=1e-6)


def test_table_4_1_stands_beside_the_printed_one() -> None:
    panel = views.table_4_1(TABLES["table_4_1"])
    printed = printed_table("nahm2020_table_4_1")
    assert [row[0] for row in panel.rows] == [f"T = {tasks}" for tasks in printed["tasks"]]
    last = panel.rows[-1]
    assert last[1:6] == tuple(f"{value:.4f}" for value in printed.iloc[-1, 1:])
    assert panel.rows[0][3:6] == ("–", "–", "–")
    ours = TABLES["table_4_1"].query(
        "strategy == 'learned_kendall' and noise_kind == 'variance' and tasks == 5 and task == 5"
    )
    assert last[10].startswith(f"{ours['estimate'].mean():.3f} ± ")


def test_a_rate_has_the_geometric_mean_over_seeds_of_the_mean_over_tasks() -> None:
    table = TABLES["learning_rate"]
    panel = views.learning_rate(table)
    assert panel.categories == ("0.001", "0.003", "0.01", "0.03", "0.1", "0.3")
    assert [facet.title for facet in panel.facets][-1] == "heads frozen, σ² = 1, 2, 3"
    rows = table.query(
        "heads == 'frozen' and strategy == 'learned_kendall' and learning_rate == 0.03"
    )
    logs = np.log(rows.groupby("seed")["test_clean_error"].mean())
    assert panel.facets[-1].series[0].values[3] == pytest.approx(np.exp(logs.mean()))


def test_capacity_has_a_series_for_each_width() -> None:
    panel = views.capacity(TABLES["capacity"])
    assert [facet.title for facet in panel.facets] == ["T = 4", "T = 5"]
    for facet in panel.facets:
        assert [series.key for series in facet.series] == [f"width {w}" for w in (16, 32, 64, 128)]
        values = [series.values[0] for series in facet.series]
        np.testing.assert_allclose(values, [1 / 16, 1 / 32, 1 / 64, 1 / 128], rtol=0.02)


def test_the_two_tasks_mirror_one_another_where_only_the_own_weight_counts() -> None:
    for facet in views.task_weight(TABLES["task_weight"]).facets:
        first, second = facet.lines
        np.testing.assert_allclose(first.y, second.y[::-1], rtol=0.05)
        assert first.x == (0.1, 0.5, 0.75, 1.0, 1.25, 1.5, 1.9)


def test_the_best_so_far_of_the_grid_is_chosen_by_validation_and_never_gets_worse_there() -> None:
    table = made_up.grid_cost(100)
    for facet in views.grid_cost(table).facets:
        (line,) = facet.lines
        # Validation and clean error fall together in these rows, point by point.
        np.testing.assert_allclose(line.y, [0.02, 0.04 / 3, 0.01, 0.008], rtol=0.02)
        assert facet.references[0].value == pytest.approx(0.04, rel=0.02)
    losses = table["validation_noisy_loss"].where(table["point"] == 0, 10.0)
    first_is_best = table.assign(validation_noisy_loss=losses)
    (line,) = views.grid_cost(first_is_best).facets[0].lines
    assert len(set(line.y)) == 1


def test_frozen_heads_stand_beside_trained_ones_of_the_same_degree_and_strategies() -> None:
    alone = views.frozen_heads(TABLES["frozen_heads"])
    both = views.frozen_heads(TABLES["frozen_heads"], TABLES["figure_4_2"])
    assert len(alone.facets) == 1
    assert [series.key for series in both.facets[1].series] == ["learned_kendall", "equal"]
    assert both.facets[0] == alone.facets[0]


@pytest.fixture(scope="module")
def run_panels() -> list[Panel]:
    config = PolynomialConfig.preset(
        "smoke", strategies=("learned_kendall", "equal", "hand_tuned", "single_task")
    )
    result = run_setting(lessons.get("noisy_polynomials"), config, range(3), "cpu")
    return [
        views.over_epochs(result, "uncertainty"),
        views.over_epochs(result, "weight"),
        views.fitted_curves(result, 1),
        views.errors_by_strategy(result),
    ]


def test_panels_of_a_run_can_be_drawn_both_ways(run_panels: list[Panel]) -> None:
    for panel in run_panels:
        assert isinstance(panel, Curves | Intervals)
        assert draw_matplotlib.figure(panel).axes
        assert draw_plotly.spec(panel)["data"]


def test_uncertainty_has_the_truth_as_lines(run_panels: list[Panel]) -> None:
    panel = run_panels[0]
    assert isinstance(panel, Curves)
    (facet,) = panel.facets  # only one of the strategies learns uncertainties
    np.testing.assert_allclose([reference.value for reference in facet.references], [1.0, 2.0])
    assert [line.key for line in facet.lines] == ["task 1", "task 2"]
    assert facet.lines[0].x == (0.0, 1.0, 2.0, 3.0)


def _bounds(series: object) -> list[tuple[float, float, float]]:
    frame = pd.DataFrame({name: getattr(series, name) for name in ("low", "values", "high")})
    return list(frame.itertuples(index=False, name=None))
