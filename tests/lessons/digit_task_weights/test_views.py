"""Study, claim and panels of lesson 02 on made-up numbers and on a small run."""

from __future__ import annotations

import math
import re
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_digits

from mtlkit import lessons
from mtlkit.core.publishing import PublishedStudy
from mtlkit.core.result import Result
from mtlkit.core.runner import run_setting
from mtlkit.core.verdict import judge
from mtlkit.data import pictures
from mtlkit.explore import draw_matplotlib, draw_plotly
from mtlkit.explore.figure import show
from mtlkit.explore.panels import Curves, Embedding, Heatmap, ImageGrid, Intervals
from mtlkit.lessons.digit_task_weights import claims, studies, views
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.views.runs import COLOURED
from tests.lessons.digit_task_weights import made_up

LESSON = lessons.get("digit_task_weights")

GAIN = {"learned_kendall": 0.02, "hand_tuned": 0.01, "learned_frozen": 0.03}

TABLES = {
    "uncertainty_order": made_up.uncertainty_order(),
    "four_uncertainties": made_up.uncertainty_order(),
    "figure_5_2": made_up.figure_5_2(lambda name, tasks: 0.9 + tasks / 100 + GAIN.get(name, 0)),
    "figure_5_3": made_up.figure_5_3(lambda name, level: 0.95 - level / 100 + GAIN.get(name, 0)),
    "figure_5_4": made_up.figure_5_4(
        {"learned_kendall": 15, "sum_normalised": 7, "equal": 7, "hand_tuned": 6}
    ),
    "longer_training": made_up.longer_training(lambda name, training: 0.9),
    "granularity": made_up.granularity(lambda name, size: 0.9 + GAIN.get(name, 0) + size / 1000),
    "flip_kinds": made_up.flip_kinds({"uniform": 0.95, "symmetric": 0.85}),
    "optimisers": made_up.optimisers({"sgd": 0.2, "adam": 0.003}),
    "rate_by_noise": made_up.rate_by_noise({"1, 1, 1": 0.2, "4, 4, 4": 0.05}),
    "step_size": made_up.step_size(lambda rate, batch: rate / math.sqrt(batch)),
    "grid_cost": made_up.grid_cost(18),
    "width": made_up.sizes("width", lambda width: 0.9 + width / 1000),
    "components": made_up.sizes("inputs", lambda inputs: 0.8 + inputs / 1000),
}


def _table(s: dict[int, list[float]]) -> pd.DataFrame:
    """A study's table with that uncertainty of each task, by seed; equal weights beside it."""
    rows = [
        {
            "seed": seed,
            "strategy": strategy,
            "task": task,
            "noise": float(task),
            "uncertainty": value if strategy == "learned_kendall" else float("nan"),
            "training_loss": value / 2,
        }
        for strategy in ("learned_kendall", "equal")
        for task, values in s.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=0)


@pytest.mark.parametrize(
    ("s", "verdict"),
    [
        ({1: [0.5, 0.6, 0.7], 2: [1.5, 1.6, 1.8], 3: [2.1, 2.3, 2.5]}, "holds"),
        ({1: [0.5, 0.6, 0.7], 2: [1.5, 1.6, 1.8], 3: [1.1, 1.3, 1.3]}, "fails"),
        ({1: [0.5, 0.6, 0.7], 2: [1.5, 1.6, 1.8], 3: [1.4, 1.7, 1.8]}, "inconclusive"),
        # Seeds differ more than tasks do: only a comparison paired by seed can see the order.
        ({1: [0.1, 5.0, 9.0], 2: [0.2, 5.1, 9.12], 3: [0.31, 5.2, 9.2]}, "holds"),
    ],
)
def test_the_claim_asks_for_both_steps_paired_by_seed(
    s: dict[int, list[float]], verdict: str
) -> None:
    (claim,) = [c for c in claims.CLAIMS if c.id.endswith(".uncertainty_order")]
    study = PublishedStudy(
        "digit_task_weights", "uncertainty_order", "digits", "lesson", _table(s), {}
    )
    found = judge(claim, study, ("mnist",))
    assert found.verdict == verdict
    assert found.evidence == "stand-in"
    assert [cell.label for cell in found.cells] == ["σ² = 2 against 1", "σ² = 3 against 2"]


def test_every_study_has_a_figure_and_every_claim_a_study() -> None:
    shown = {study for drawing in views.FIGURES.values() for study in drawing.studies}
    assert shown == set(studies.STUDIES) == set(TABLES)
    for claim in claims.CLAIMS:
        read = {claim.study} - {None}
        assert read <= set(studies.STUDIES)
        assert read == set(views.FIGURES[claim.figure].studies)


@pytest.mark.parametrize("name", views.FIGURES)
def test_figures_have_their_name_their_command_and_numbers_for_who_cannot_see(name: str) -> None:
    drawing = views.FIGURES[name]
    panel = drawing.panel(TABLES.__getitem__)
    assert panel.name == name
    made = [f"mtlkit reproduce digit_task_weights {study}" for study in drawing.studies]
    assert [panel.command] == (made or ["mtlkit figures digit_task_weights --out figures"])
    assert re.search(r"\d", panel.alt)
    assert "nan" not in panel.alt
    assert draw_matplotlib.figure(panel).axes


@pytest.mark.parametrize("name", [name for name in views.FIGURES if name != "flip_rates"])
def test_neither_the_order_of_rows_nor_the_names_of_seeds_change_a_figure(name: str) -> None:
    (study,) = views.FIGURES[name].studies
    table = TABLES[study]
    panel = views.FIGURES[name].panel(TABLES.__getitem__)
    renamed = table.assign(seed=9 - table["seed"])
    other = views.FIGURES[name].panel(lambda _: renamed)
    assert other.alt == panel.alt
    for facet, same in zip(panel.facets, other.facets, strict=True):  # type: ignore[attr-defined]
        if isinstance(panel, Intervals):
            for series, twin in zip(facet.series, same.series, strict=True):
                np.testing.assert_allclose(series.values, twin.values, rtol=1e-12)
                np.testing.assert_allclose(series.low or (), twin.low or (), rtol=1e-9)


def test_flip_rates_are_those_of_normal_draws_beside_the_printed_ones() -> None:
    panel = views.flip_rates()
    printed, notebook = panel.facets[0].lines
    for line, beyond in ((printed, lambda x: 1.96 / x**0.5), (notebook, lambda x: 2 / x)):
        exact = [200 * NormalDist().cdf(-beyond(x)) for x in line.x[1:]]
        np.testing.assert_allclose(line.y[1:], exact, atol=1e-9)
        assert line.y[0] == 0
    (points,) = panel.facets[0].points
    assert points.y == (5, 16.5, 25, 32)


ON_DATA = {
    "digits": f"On the {len(load_digits().target):,} digits of scikit-learn.",
    "mnist": "On MNIST.",
    "fashion_mnist": "On Fashion-MNIST.",
}


@pytest.mark.parametrize("data", pictures.NAMES)
@pytest.mark.parametrize("name", [name for name, each in views.FIGURES.items() if each.studies])
def test_figures_of_published_studies_name_their_data_set(name: str, data: str) -> None:
    def published(study: str) -> pd.DataFrame:
        table = TABLES[study].copy()
        table.attrs["data"] = data
        return table

    plain = views.FIGURES[name].panel(TABLES.__getitem__)
    assert not any(told in plain.caption for told in ON_DATA.values())
    panel = views.FIGURES[name].panel(published)
    assert panel.caption == f"{plain.caption} {ON_DATA[data]}"


@pytest.mark.parametrize("name", views.RUN_FIGURES)
def test_figures_of_a_run_name_their_data_set(run: Result, name: str) -> None:
    assert ON_DATA["digits"] in views.RUN_FIGURES[name](run).caption


def test_epochs_needed_are_those_of_the_runs() -> None:
    panel = views.FIGURES["epochs_needed"].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    to_90, converged = panel.facets
    keys = ["learned_kendall", "sum_normalised", "equal", "hand_tuned"]
    assert [series.key for series in to_90.series] == keys
    np.testing.assert_allclose([series.values[0] for series in to_90.series], [15, 7, 7, 7])
    np.testing.assert_allclose(converged.series[0].values, 30)


def test_a_run_that_never_gets_there_is_left_out() -> None:
    table = TABLES["figure_5_3"].copy()
    table.loc[table["seed"] > 0, "epochs_to_90"] = pd.NA
    panel = views.FIGURES["epochs_needed"].panel(lambda _: table)
    assert isinstance(panel, Intervals)
    assert panel.facets[0].series[0].values == (15, 15, 15, 15)


def test_figure_5_2_has_our_reading_and_the_source_s() -> None:
    panel = views.FIGURES["figure_5_2"].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    assert panel.categories == ("2", "3", "4")
    ours, theirs = panel.facets
    keys = [series.key for series in ours.series]
    assert keys == ["learned_kendall", "learned_printed", "equal", "hand_tuned", "single_task"]
    table = TABLES["figure_5_2"].query("strategy == 'hand_tuned'")
    for facet, reading, column in (
        (ours, "mean", "accuracy"),
        (theirs, "first", "best_test_accuracy"),
    ):
        rows = table[table["reading"] == reading]
        expected = 100 * rows.groupby("tasks")[column].mean()
        np.testing.assert_allclose(facet.series[3].values, expected)
    first = 100 * table.query("reading == 'mean' and tasks == 2")["accuracy"].mean()
    assert f"hand-tuned {first:.1f} % at T = 2" in panel.alt


@pytest.mark.parametrize("study", ["figure_5_2", "figure_5_3"])
def test_what_seeds_share_cancels_where_strategies_are_compared_seed_by_seed(study: str) -> None:
    panel = views.FIGURES[f"{study}_paired"].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    (facet,) = panel.facets
    found = {series.key: series for series in facet.series}
    assert set(found) == set(made_up.ALL[1:])
    for name, series in found.items():
        gain = 100 * (GAIN["learned_kendall"] - GAIN.get(name, 0))
        np.testing.assert_allclose(series.values, gain, atol=1e-9)
        np.testing.assert_allclose(series.low or (), gain, atol=1e-9)
        np.testing.assert_allclose(series.high or (), gain, atol=1e-9)
    assert facet.references[0].value == 0


def test_learning_curves_say_when_each_strategy_arrives() -> None:
    panel = views.FIGURES["figure_5_4"].panel(TABLES.__getitem__)
    assert isinstance(panel, Curves)
    assert [facet.title[-1] for facet in panel.facets] == ["1", "2", "3", "4"]
    told = panel.alt
    assert "learned (Kendall) 15, learned, sum fixed 7, equal weights 7, hand-tuned 6" in told
    line = panel.facets[0].lines[0]
    assert line.y[0] == pytest.approx(90, rel=1e-5)
    assert line.y[15] == pytest.approx(10, rel=1e-5)


def test_granularity_is_told_against_learned_weights() -> None:
    panel = views.FIGURES["granularity"].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    assert panel.categories == ("frozen", "grid of 6", "grid of 18", "grid of 36")
    for series in panel.facets[0].series:
        np.testing.assert_allclose(series.values, [1, -1 + 0.6, -1 + 1.8, -1 + 3.6], atol=1e-9)


def test_kinds_of_flips_stand_side_by_side_at_equal_rates() -> None:
    panel = views.FIGURES["flip_kinds"].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    assert panel.categories[:2] == ("5.0 %", "16.6 %")
    assert panel.categories[2] == "3 tasks, learned (Kendall)"
    uniform, symmetric = panel.facets[0].series
    np.testing.assert_allclose(np.subtract(uniform.values, symmetric.values), 10)


def test_each_optimiser_has_its_rates_in_order() -> None:
    panel = views.FIGURES["optimisers"].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    sgd = ("SGD at 0.02", "SGD at 0.2", "SGD at 1")
    assert panel.categories == (*sgd, "Adam at 0.0003", "Adam at 0.003", "Adam at 0.03")
    for series in panel.facets[0].series:
        assert np.argmin(series.values[:3]) == np.argmin(series.values[3:]) == 1


def test_the_wobble_is_a_geometric_mean_by_batch() -> None:
    panel = views.FIGURES["step_size"].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    assert panel.log_y
    small, _, large = (series.values for series in panel.facets[0].series)
    np.testing.assert_allclose(np.divide(small, large), 4, rtol=0.03)  # the root of 256 / 16


def test_the_cost_of_a_grid_is_all_of_its_trainings() -> None:
    panel = views.FIGURES["grid_cost"].panel(TABLES.__getitem__)
    assert isinstance(panel, Curves)
    learned, grid = panel.facets[0].points
    np.testing.assert_array_equal(np.subtract(grid.x, learned.x), 17 * 40)
    assert "whole grid: 90.5 % for 724 epochs" in panel.alt


@pytest.mark.parametrize(("name", "most"), [("width", 9.6), ("components", 19.6)])
def test_sizes_have_the_mean_over_heads(name: str, most: float) -> None:
    panel = views.FIGURES[name].panel(TABLES.__getitem__)
    assert isinstance(panel, Intervals)
    assert [facet.title for facet in panel.facets] == ["σ² = 1, 1, 1", "σ² = 1, 1, 4"]
    for series in panel.facets[0].series:
        np.testing.assert_allclose(series.values, [most, most - 1.2, most - 6])
    s = views.FIGURES[f"{name}_uncertainty"].panel(TABLES.__getitem__)
    assert isinstance(s, Intervals)
    for task, series in enumerate(s.facets[0].series, start=1):
        np.testing.assert_allclose(series.values, task, rtol=0.02)


def test_uncertainties_stand_beside_where_each_form_rests() -> None:
    panel = views.uncertainty_order(TABLES["uncertainty_order"])
    for facet, factor in zip(panel.facets, (2.0, 0.5), strict=True):
        _, rest, floor = facet.series
        np.testing.assert_allclose(rest.values, factor * np.array([0.5, 1, 1.5]))
        assert [round(value / factor, 2) for value in floor.values] == [0.31, 0.81, 1.14]


def test_the_interval_of_the_uncertainty_is_student_s() -> None:
    panel = views.uncertainty_order(_table({1: [1.0, 2.0, 3.0], 2: [2.0, 3.0, 4.0]}))
    learned, rest, _ = panel.facets[0].series
    assert panel.categories == ("σ² = 1", "σ² = 2")
    assert learned.values == rest.values == (2, 3)
    # Student's t with 2 degrees of freedom: 4.3027 / sqrt(3) times a deviation of 1.
    assert learned.low is not None
    assert learned.high is not None
    assert learned.low[0] == pytest.approx(2 - 2.4841, abs=1e-4)
    assert learned.high[0] == pytest.approx(2 + 2.4841, abs=1e-4)


def test_a_common_factor_does_not_change_the_rescaled_weights() -> None:
    table = TABLES["uncertainty_order"]
    kendall = table["strategy"] == "learned_kendall"
    table = table.assign(weight=table["weight"].where(kendall, 7 * table["weight"]))
    learned, printed, flips = views.learned_weights(table).facets[0].series
    np.testing.assert_allclose(learned.values, [18 / 11, 9 / 11, 6 / 11])
    np.testing.assert_allclose(printed.values, learned.values)
    assert sum(flips.values) == pytest.approx(3)


@pytest.fixture(scope="module")
def run() -> Result:
    config = DigitConfig.preset(
        "smoke", strategies=("learned_kendall", "equal", "hand_tuned", "single_task")
    )
    return run_setting(LESSON, config, range(3), "cpu")


@pytest.mark.parametrize("name", views.RUN_FIGURES)
def test_figures_of_a_run_can_be_drawn(run: Result, name: str) -> None:
    panel = views.RUN_FIGURES[name](run)
    assert panel.name == name
    assert panel.command.startswith("mtlkit run digit_task_weights --set ")
    assert panel.command.endswith(" --seeds 3 --out run")
    assert "nan" not in panel.alt
    assert "<img" in show(panel).html()
    if not isinstance(panel, ImageGrid):
        assert draw_plotly.spec(panel)["data"]  # type: ignore[arg-type]


def test_a_small_run_goes_through_study_and_views() -> None:
    study = studies.STUDIES["uncertainty_order"]
    setting = study.settings("smoke")[0]
    result = run_setting(LESSON, setting.config, range(setting.seeds), "cpu")
    table = study.reduce(result.tables)
    assert len(table) == setting.seeds * 3 * len(setting.config.strategies)  # type: ignore[attr-defined]
    assert not table.duplicated(["seed", "strategy", "task"]).any()
    assert table["test_accuracy"].notna().all()
    assert views.uncertainty_order(table).categories == ("σ² = 1", "σ² = 2", "σ² = 3")
    over = views.uncertainty_over_epochs(result)
    assert [facet.title for facet in over.facets] == ["task 1", "task 2", "task 3"]
    assert over.facets[0].lines[0].y[0] == 1  # exp(0), before any step


def test_confusions_are_shares_of_each_digit_over_all_seeds(run: Result) -> None:
    panel = views.confusion(run, "equal", task=2)
    assert isinstance(panel, Heatmap)
    np.testing.assert_allclose(np.sum(panel.values, axis=1), 100)
    counts = np.sum([run.arrays[f"confusion_equal/{seed}"][1] for seed in range(3)], axis=0)
    accuracy = run.tables["accuracy"].query("split == 'test' and strategy == 'equal' and task == 2")
    right = 100 * np.trace(counts) / counts.sum()
    assert right == pytest.approx(100 * accuracy["accuracy"].mean(), abs=1e-3)
    assert f"{right:.1f} % of the test pictures" in panel.alt


def test_views_of_what_is_not_there_show_what_is(run: Result) -> None:
    assert views.confusion(run, "hand_tuned").title == views.confusion(run).title
    assert views.confusion(run, "equal", task=7).title == views.confusion(run, "equal", 3).title


@pytest.mark.parametrize("coloured", COLOURED)
def test_features_keep_their_places_whatever_colours_mean(run: Result, coloured: str) -> None:
    panel = views.shared_layer(run, coloured=coloured, task=3)
    assert isinstance(panel, Embedding)
    plain = views.shared_layer(run)
    places = {point for group in plain.groups for point in zip(group.x, group.y, strict=True)}
    found = {point for group in panel.groups for point in zip(group.x, group.y, strict=True)}
    assert found == places
    flipped = (run.arrays["clean/0"] != run.arrays["noisy/0"][2]).sum()
    assert sum("(flipped)" in told for group in panel.groups for told in group.told) == flipped
    if coloured == "flipped or not":
        assert {group.key: len(group.x) for group in panel.groups}["label flipped"] == flipped


def test_digits_are_marked_where_a_label_is_flipped() -> None:
    images = torch.zeros(2, 64)
    images[0, 8] = 1  # ink in the first column of the second row
    grid = views.noisy_digits(images, torch.tensor([3, 4]), torch.tensor([[3, 4], [3, 7]]))
    assert [image.marked for image in grid.images] == [False, True]
    assert [image.caption for image in grid.images] == ["a 3: 3, 3", "a 4: 4, 7"]
    assert grid.images[0].pixels[1, 0] == 0
    assert grid.images[0].pixels[0, 0] == 255
    assert "0 for task 1, 1 for task 2" in grid.alt


def test_pictures_of_any_size_are_shown() -> None:
    grid = views.noisy_digits(torch.zeros(1, 784), torch.tensor([3]), torch.tensor([[3]]))
    assert grid.images[0].pixels.shape == (28, 28)


def test_the_best_rate_at_each_noise_is_the_lowest_mark() -> None:
    panel = views.rate_by_noise(TABLES["rate_by_noise"])
    lowest = {
        facet.title: panel.categories[series.values.index(min(series.values))]
        for facet in panel.facets
        for series in facet.series
    }
    assert lowest == {"σ² = 1, 1, 1": "0.2", "σ² = 4, 4, 4": "0.05"}
