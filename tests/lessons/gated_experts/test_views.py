"""Panels of lesson 04 on made-up numbers and on a small run, and what can be explored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtlkit import lessons
from mtlkit.core.result import Result
from mtlkit.core.runner import run_setting
from mtlkit.data.generated.digit_families import task_pictures
from mtlkit.exercises import check_leave_one_out
from mtlkit.explore import draw_matplotlib, draw_plotly
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.figure import show
from mtlkit.explore.panels import Curves, Embedding, Heatmap, ImageGrid, Plotted
from mtlkit.lessons.gated_experts import claims, studies, views
from mtlkit.lessons.gated_experts.config import STRATEGIES, GatedConfig
from mtlkit.lessons.gated_experts.views.explorer import GATES, PRINTED, panels, prepare
from tests.lessons.made_up import table

LESSON = lessons.get("gated_experts")

GAIN = {"gated": 2.0, "frozen_half": 3.0, "separate": -5.0, "true_families": 4.0}
SELECTIONS = ("likely", "mean_k", "rounded", "sampled", "all", "expected")
FAMILIES = np.array([1, 1, 1, 2, 2, 2])


def _accuracy(strategy: str, **_: object) -> float:
    return 80.0 + GAIN.get(strategy, 0.0)


def _methods() -> pd.DataFrame:
    rows = table({"strategy": STRATEGIES}, "accuracy", _accuracy, deviation=0.0)
    share = np.where(rows["strategy"] == "gated", 0.25, 1.0)
    return rows.assign(operations_after=8000 * share, parameters_of_a_task=9000 * share)


def _figure_3_1() -> pd.DataFrame:
    names = {
        "images": (15, 60),
        "strategy": ("gated", "ungated", "frozen_half", "frozen_density"),
        "penalty": (0.01, 0.1, 0.5),
    }

    def value(images: int, strategy: str, penalty: float) -> float:
        return _accuracy(strategy) + images / 10 + (penalty if strategy == "gated" else 0.0)

    rows = table(names, "accuracy", value, deviation=1.0)
    return rows[(rows["strategy"] == "gated") | (rows["penalty"] == 0.1)]


def _figure_3_2() -> pd.DataFrame:
    """Selections lose twice their shift; the ungated mixture gains with the root of M."""
    moved = dict(zip(SELECTIONS, (0.1, 0.2, 0.3, 0.4, 1.0, 0.0), strict=True))
    gated = table(
        {"penalty": (0.01, 0.3), "selection": SELECTIONS},
        "accuracy",
        lambda penalty, selection: 90.0 - 2 * moved[selection] - penalty,
        deviation=0.0,
    )
    kept = {"all": 8.0}
    gated = gated.assign(
        strategy="gated",
        experts_m=8,
        shift=gated["selection"].map(moved),
        experts=gated["selection"].map(kept).fillna(3 - 5 * gated["penalty"]),
    )
    ungated = table(
        {"experts_m": (1, 4, 100)}, "accuracy", lambda experts_m: 80 + experts_m**0.5, deviation=0.0
    )
    ungated = ungated.assign(
        strategy="ungated",
        penalty=0.1,
        selection="likely",
        shift=np.nan,
        experts=ungated["experts_m"],
    )
    return pd.concat([gated, ungated], ignore_index=True)


def _gates(own: float = 0.9) -> pd.DataFrame:
    """Two families, each of three tasks with two experts of its own; the first seed's is known."""
    names = {"images": (60, 250), "task": range(1, 7), "expert": range(1, 5)}

    def value(images: int, task: int, expert: int) -> float:
        mine = (expert <= 2) == (task <= 3)
        return own if mine and images == 250 else 0.2 + 0.05 * ((task * expert) % 3)

    rows = table({k: list(v) for k, v in names.items()}, "probability", value, deviation=0.0)
    return rows.assign(strategy="gated", layer=1, family=FAMILIES[rows["task"] - 1])


def _structure() -> pd.DataFrame:
    names = {"images": (15, 60), "strategy": ("gated", "routed", "top_k")}
    rows = table(names, "rand_index", lambda images, strategy: images / 100)
    return rows.assign(within_minus_between=rows["rand_index"] / 2)


def _gradient_noise() -> pd.DataFrame:
    ways = (("none", 1), ("task_mean", 1), ("leave_one_out", 2), ("leave_one_out", 4))
    rows = table(
        {"images": (60, 250), "epoch": (0, 750, 1500), "way": ways},
        "ratio",
        lambda images, epoch, way: 0.1 * way[1],
        deviation=0.0,
    )
    return rows.assign(
        baseline=[way for way, _ in rows["way"]], samples=[n for _, n in rows["way"]]
    )


def _estimators() -> pd.DataFrame:
    ways = (
        ("score_function", "none", 1),
        ("score_function", "leave_one_out", 4),
        ("gumbel_softmax", "none", 1),
    )
    rows = table({"way": ways}, "rand_index", lambda way: 0.1 * way[2], deviation=0.0)
    parts = zip(*rows.pop("way"), strict=True)
    named = dict(zip(("estimator", "baseline", "gate_samples"), parts, strict=True))
    return rows.assign(accuracy=80 + rows["rand_index"], **named)


def _printed() -> pd.DataFrame:
    cases = ("what works", "mixture weights", "one rate", "one sample, no baseline", "as printed")
    rows = table({"case": cases}, "rand_index", lambda case: cases.index(case) / 10, deviation=0.0)
    return rows.assign(accuracy=80.0, mean_k=2.0)


def _diversity() -> pd.DataFrame:
    names = {"families": (1, 2, 10), "experts_m": (2, 16)}
    rows = table(names, "accuracy", lambda families, experts_m: 80 + families * experts_m / 100)
    return rows.assign(mean_k=rows["families"] / 5)


def _two_layers() -> pd.DataFrame:
    places = {1: (1,), 2: (1, 2)}
    rows = table(
        {"gating_layers": (1, 2), "strategy": ("gated", "ungated"), "layer": (1, 2)},
        "accuracy",
        lambda gating_layers, strategy, layer: 80.0 + gating_layers,
        deviation=0.0,
    )
    there = [row.layer in places[row.gating_layers] for row in rows.itertuples()]
    return rows[there].assign(rand_index=lambda rows: rows["layer"] / 10)


TABLES: Mapping[str, pd.DataFrame] = {
    "methods": _methods(),
    "figure_3_1": _figure_3_1(),
    "figure_3_2": _figure_3_2(),
    "figure_3_3": _gates(),
    "structure": _structure(),
    "gradient_noise": _gradient_noise(),
    "estimators": _estimators(),
    "printed_settings": _printed(),
    "diversity": _diversity(),
    "two_layers": _two_layers(),
}
MADE = [name for name, drawing in views.FIGURES.items() if drawing.studies]


def _panel(name: str) -> Any:
    return views.FIGURES[name].panel(TABLES.__getitem__)


def test_every_study_has_a_figure_and_every_claim_a_study_in_its_figure() -> None:
    shown = {study for drawing in views.FIGURES.values() for study in drawing.studies}
    assert shown == set(studies.STUDIES) == set(TABLES)
    for claim in claims.CLAIMS:
        assert {claim.study} - {None} <= set(views.FIGURES[claim.figure].studies)


@pytest.mark.parametrize("name", views.FIGURES)
def test_figures_have_their_name_their_command_and_numbers_for_who_cannot_see(name: str) -> None:
    panel = _panel(name)
    assert panel.name == name
    made = [f"mtlkit reproduce gated_experts {study}" for study in views.FIGURES[name].studies]
    assert [panel.command] == (made or ["mtlkit figures gated_experts --out figures"])
    assert re.search(r"\d", panel.alt)
    assert "nan" not in panel.alt
    assert draw_matplotlib.figure(panel).axes


@pytest.mark.parametrize("name", MADE)
def test_figures_of_published_studies_name_their_data_set(name: str) -> None:
    def published(study: str) -> pd.DataFrame:
        found = TABLES[study].copy()
        found.attrs["data"] = "digit_families"
        return found

    told = "Tasks in families, made of the 1,797 digits of scikit-learn."
    assert views.FIGURES[name].panel(published).caption == f"{_panel(name).caption} {told}"


@pytest.mark.parametrize("name", [name for name in MADE if "3_3" not in name])
def test_neither_the_order_of_rows_nor_the_names_of_seeds_change_a_figure(name: str) -> None:
    (study,) = views.FIGURES[name].studies
    kept = ("case", "estimator") if study in ("printed_settings", "estimators") else ()
    shuffled = TABLES[study] if kept else TABLES[study].sample(frac=1, random_state=0)
    other = views.FIGURES[name].panel(lambda _: shuffled.assign(seed=9 - shuffled["seed"]))
    assert other.alt == _panel(name).alt


def test_methods_stand_from_best_to_worst() -> None:
    panel = _panel("methods")
    (series,) = panel.facets[0].series
    assert list(series.values) == sorted(series.values, reverse=True)
    assert panel.categories[0] == "true families"
    assert panel.categories[-1] == "separate backbones"
    paired = dict(
        zip(
            _panel("methods_paired").categories,
            _panel("methods_paired").facets[0].series[0].values,
            strict=True,
        )
    )
    assert paired["gates frozen at ½"] == pytest.approx(-1)
    assert paired["separate backbones"] == pytest.approx(7)


def test_fig_3_1_has_bars_of_one_deviation_and_its_pairs_intervals() -> None:
    panel = _panel("figure_3_1")
    assert [series.key for series in panel.facets[0].series][:3] == [
        "penalty 0.01",
        "gated",
        "penalty 0.5",
    ]
    rows = TABLES["figure_3_1"].query("strategy == 'gated' and penalty == 0.1 and images == 15")
    gated = panel.facets[0].series[1]
    assert gated.values[0] == pytest.approx(rows["accuracy"].mean())
    assert gated.high[0] - gated.low[0] == pytest.approx(2 * rows["accuracy"].std())
    pairs = {series.key: series for series in _panel("figure_3_1_paired").facets[0].series}
    ungated = TABLES["figure_3_1"].query("strategy == 'ungated' and images == 15")
    gain = rows["accuracy"].mean() - ungated["accuracy"].mean()
    assert pairs["gated"].values[0] == pytest.approx(gain)
    assert "ungated" not in pairs


def test_fig_3_2_has_each_penalty_as_a_point_and_no_more_experts_than_gates_had() -> None:
    panel = _panel("figure_3_2")
    assert isinstance(panel, Curves)
    lines = {line.key: line for line in panel.facets[0].lines}
    assert lines["gated"].x == pytest.approx((1.5, 2.95))
    assert lines["gated"].y == pytest.approx((89.5, 89.79))
    assert lines["ungated"].x == (1, 4)
    (every,) = panel.facets[0].points
    assert every.x == (8, 8)
    assert _panel("ungated_by_m").categories == ("1", "4", "100")


def test_selections_are_compared_within_a_network_and_beside_their_shift() -> None:
    pairs = {series.key: series.values for series in _panel("figure_3_2_paired").facets[0].series}
    assert pairs["all"] == pytest.approx((1.8, 1.8))
    assert pairs["expected"] == pytest.approx((-0.2, -0.2))
    shifts = {series.key: series.values for series in _panel("shift").facets[0].series}
    assert shifts["sampled"] == pytest.approx((0.4, 0.4))
    assert "expected" not in shifts
    panel = _panel("shift_accuracy")
    lost = {points.key: points.y for points in panel.facets[0].points}
    assert lost["all"] == pytest.approx((2, 2))
    assert lost["expected"] == pytest.approx((0, 0))
    assert "correlate by 1.00" in panel.caption


def test_like_tasks_stand_together_whatever_the_order_of_tasks() -> None:
    mixed = np.array([4, 1, 6, 2, 5, 3])  # task n is called mixed[n - 1]
    rows = _gates()
    for table_of in (rows, rows.assign(task=mixed[rows["task"] - 1])):
        panel = views.figure_3_3(table_of)
        families = [row.partition(",")[0] for row in panel.rows]
        assert len(set(families[:3])) == len(set(families[3:])) == 1
        for name, values in zip(panel.rows, panel.values, strict=True):
            task = int(name.rpartition(" ")[2])
            own = table_of.query(f"images == 250 and seed == 0 and task == {task}")
            np.testing.assert_allclose(values, own.sort_values("expert")["probability"])


def test_the_correlation_mirrors_the_truth_where_families_are_found() -> None:
    panel = _panel("figure_3_3_correlation")
    assert isinstance(panel, Heatmap)
    values = np.array(panel.values)
    truth = np.tril(values, -1)
    assert set(np.unique(truth)) == {0.0, 1.0}
    above = np.triu(values, 1).T[np.tril_indices(6, -1)]
    assert np.corrcoef(above, truth[np.tril_indices(6, -1)])[0, 1] > 0.99
    assert "the adjusted Rand index is 1.00" in panel.alt
    unknown = _gates().assign(family=0)
    plain = np.array(views.figure_3_3_correlation(unknown).values)
    np.testing.assert_allclose(plain, plain.T)


def test_gradient_noise_has_a_facet_for_each_time_and_baselines_in_order() -> None:
    panel = _panel("gradient_noise")
    assert panel.categories == ("none", "task", "LOO 2", "LOO 4")
    assert [facet.title for facet in panel.facets] == ["step 0", "step 750", "step 1500"]
    assert panel.facets[2].series[0].values == pytest.approx((0.1, 0.1, 0.2, 0.4))


def test_settings_and_layers_stand_in_their_order() -> None:
    printed = _panel("printed_settings")
    assert printed.facets[0].series[0].values == pytest.approx((0, 0.1, 0.2, 0.3, 0.4))
    assert printed.categories[-1] == "all three, as printed"
    layers = _panel("two_layers_structure")
    assert layers.categories == ("the only layer", "lower of two", "upper of two")
    assert layers.facets[0].series[0].values == pytest.approx((0.1, 0.1, 0.2))
    assert _panel("two_layers").facets[0].series[0].values == pytest.approx((81, 82))


def test_the_families_are_those_that_tasks_see() -> None:
    grid = views.families()
    assert isinstance(grid, ImageGrid)
    pictures = task_pictures(0, "train", 8, 4)
    seen = {
        (255 * (1 - image)).round().byte().numpy().tobytes() for image in pictures.images[2][:200]
    }
    of_second = [image for image in grid.images if image.caption.startswith("f2: ")]
    assert sum(image.pixels.tobytes() in seen for image in of_second) > 0


@pytest.fixture(scope="module")
def run() -> Result:
    config = GatedConfig.preset("smoke", strategies=("gated", "ungated", "routed"))
    return run_setting(LESSON, config, range(2), "cpu")


@pytest.mark.parametrize("name", views.RUN_FIGURES)
def test_figures_of_a_run_can_be_drawn(run: Result, name: str) -> None:
    panel = views.RUN_FIGURES[name](run)
    assert panel.name == name
    assert panel.command.startswith("mtlkit run gated_experts --set ")
    assert panel.command.endswith(" --seeds 2 --out run")
    assert "nan" not in panel.alt
    assert "<img" in show(panel).html()
    assert isinstance(panel, Plotted)
    assert draw_plotly.spec(panel)["data"]


def test_the_map_shows_the_gates_as_they_were_at_each_moment(run: Result) -> None:
    over_time = run.arrays["gates_over_time_gated/0"]
    for moment, look in (("the end", 2), ("a third", 1)):
        panel = views.gate_map(run, moment=moment)
        np.testing.assert_allclose(panel.values, over_time[look, 0])
    assert views.gate_map(run, "ungated").title == views.gate_map(run).title
    assert views.gate_map(run, "routed").title != views.gate_map(run).title
    task = views.gates_of_task(run, task=3)
    for line in task.facets[0].lines:
        expert = int(line.key.partition(" ")[2])
        np.testing.assert_allclose(line.y, over_time[:, 0, 2, expert - 1])


def test_a_run_under_way_shows_its_gates_and_curves(run: Result) -> None:
    gates = {name: run.arrays[name] for name in run.arrays if name.startswith("gates_gated")}
    under_way = Result(
        run.lesson, run.config, run.seeds, {"history": run.tables["history"]}, gates, {}
    )
    values = GATES.start("smoke")
    assert [panel.name for panel in panels(under_way, values)] == [
        "gates",
        "correlation",
        "over_steps",
    ]


def test_accuracy_is_read_with_the_selection_asked_for(run: Result) -> None:
    selections = run.tables["selections"]
    panel = views.accuracy_by_family(run, "all")
    rows = selections[(selections["strategy"] == "gated") & (selections["selection"] == "all")]
    series = {each.key: each.values for each in panel.facets[0].series}
    assert series["gated"][0] == pytest.approx(100 * rows["accuracy"].mean())
    assert panel.categories == ("all tasks", "family 1", "family 2")
    assert set(series) == {"gated", "ungated", "routed"}


@pytest.mark.parametrize("coloured", ["expert", "family"])
def test_outputs_keep_their_places_whatever_colours_mean(run: Result, coloured: str) -> None:
    panel = views.embedded_outputs(run, coloured=coloured)
    assert isinstance(panel, Embedding)
    plain = views.embedded_outputs(run)
    places = {point for group in plain.groups for point in zip(group.x, group.y, strict=True)}
    found = {point for group in panel.groups for point in zip(group.x, group.y, strict=True)}
    assert found == places
    count = {"expert": 3, "family": 2}[coloured]
    assert len(panel.groups) == count
    assert sum(len(group.x) for group in panel.groups) == 2 * 3 * 3


@pytest.mark.parametrize("name", views.EXPLORATIONS)
def test_an_exploration_runs_without_a_page(name: str, isolated_cache: Path) -> None:
    explorer = Explorer(LESSON, scale="smoke", live=False, exploration=name)
    result = explorer.result()
    exploration = views.EXPLORATIONS[name]
    shown = exploration.drawn(result, explorer.values)
    names = [panel.name for panel in shown]
    assert names[:2] == ["gates", "correlation"]
    for one in ("gates_of_task", "outputs"):
        assert (one in names) == (name == "gates")
    assert exploration.prepare(result, explorer.values) is None


def test_a_method_without_gates_says_so(isolated_cache: Path) -> None:
    explorer = Explorer(LESSON, scale="smoke", live=False, strategies=("ungated", "shared"))
    result = explorer.result()
    first, *others = panels(result, explorer.values)
    assert first.title == "No gates to show"
    assert [panel.name for panel in others] == ["over_steps", "accuracy_by_family", "outputs"]
    assert prepare(result, explorer.values) is None
    assert prepare(result, {**explorer.values, "embedding": "tsne"}) is not None


def test_the_live_default_is_what_works_and_is_quick() -> None:
    setting = GATES.trained(GATES.start("lesson"))
    works = GatedConfig.preset("lesson", steps=750)
    assert setting.config == works
    assert setting.seeds == 3


def test_the_cases_are_those_of_the_study() -> None:
    start = PRINTED.start("lesson")
    cases = [PRINTED.trained({**start, "case": case}).config for case in PRINTED.knobs[0].values]
    wanted = studies.STUDIES["printed_settings"].settings("lesson")
    assert cases == [setting.config for setting in wanted]


def test_a_draw_with_itself_in_its_baseline_is_not_accepted() -> None:
    def stretched(losses: np.ndarray) -> np.ndarray:
        """The mean of all draws as baseline, made as long as it should be."""
        return (losses - losses.mean()) * len(losses) / (len(losses) - 1)

    assert check_leave_one_out(stretched)
    assert not check_leave_one_out(lambda losses: losses - losses.mean())
    assert not check_leave_one_out(lambda losses: losses)
    assert not check_leave_one_out(lambda losses: None)
