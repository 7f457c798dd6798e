"""Panels of lesson 08 on made-up numbers and on a small run, and what can be explored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit import lessons
from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.core.runner import merged, run_setting
from mtlkit.data import labelled_captions
from mtlkit.data.generated.scenes import SHAPES, SIZES
from mtlkit.data.printed import printed_table
from mtlkit.errors import UsageError
from mtlkit.exercises import check_right_positives
from mtlkit.explore import draw_matplotlib, draw_plotly
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.figure import show
from mtlkit.explore.frames import moving_knobs
from mtlkit.explore.panel_json import from_json, to_json
from mtlkit.explore.panels import Table
from mtlkit.explore.watching import Watch
from mtlkit.lessons.retrieval_task_weights import studies, views
from mtlkit.lessons.retrieval_task_weights.config import WeightedRetrievalConfig
from mtlkit.lessons.retrieval_task_weights.views.explorer import EXPLORATION, panels, prepare
from mtlkit.lessons.retrieval_task_weights.views.illustrations import class_names
from mtlkit.lessons.retrieval_task_weights.views.runs import (
    COLOURED,
    QUANTITIES,
    history,
    joint_space,
    showing,
    space_points,
)
from mtlkit.losses import sample_class_triplets
from mtlkit.noise import flip_labels
from tests.lessons.made_up import table

START = {(1, "image_to_text"): 0.47, (1, "text_to_image"): 0.45} | {
    (2, "image_to_text"): 0.36,
    (2, "text_to_image"): 0.34,
}
"""MAP without label noise, by task and direction."""

LOST = {1: 0.04, 2: 0.02}
"""MAP lost by each unit of a task's own noise."""

GAIN = {"equal": 0.0, "learned_kendall": 0.01, "difficulty": -0.01}

CHANCE = {1: 1 / 36, 2: 1 / 12}

S = {1: (0.1, 0.2, 0.3, 0.4), 2: (0.3, 0.4, 0.5, 0.6)}
"""Learned s of each task by its own noise."""

PAIRS = ((0.0, 1.0), (1.0, 0.0), (1.0, 1.0), (1.0, 2.0), (1.0, 3.0), (2.0, 1.0), (3.0, 1.0))


def _map(
    names: Mapping[str, Sequence[Any]],
    strategies: Sequence[str],
    pairs: Sequence[tuple[float, float]] = PAIRS,
) -> pd.DataFrame:
    """Rows as `studies._map` leaves them."""
    shapes = {
        **names,
        "noises": pairs,
        "strategy": strategies,
        "task": (1, 2),
        "direction": ("image_to_text", "text_to_image"),
    }

    def value(
        noises: tuple[float, float], strategy: str, task: int, direction: str, **_: Any
    ) -> float:
        gain = GAIN.get(strategy, 0)
        return START[task, direction] - LOST[task] * noises[task - 1] + gain

    rows = table(shapes, "map", value, deviation=0.002)
    rows.insert(0, "noise_sentences", [noises[0] for noises in rows["noises"]])
    rows.insert(1, "noise_tags", [noises[1] for noises in rows["noises"]])
    learned = rows["strategy"].isin(("learned_kendall", "learned_printed", "difficulty"))
    own = [noises[task - 1] for noises, task in zip(rows["noises"], rows["task"], strict=True)]
    s = np.array([S[task][int(noise)] for task, noise in zip(rows["task"], own, strict=True)])
    return rows.assign(
        undivided=rows["map"] * 14,
        noisy_map=rows["map"] - 0.02,
        chance=rows["task"].map(CHANCE),
        uncertainty=np.where(learned, s, np.nan),
        weight=np.where(learned, 0.5 / s, 1.0),
        noisy_loss=s,
    ).drop(columns="noises")


def _alone() -> pd.DataFrame:
    both = _map({}, ("learned_kendall", "equal"))
    single = []
    for task, name in ((1, "sentences_alone"), (2, "tags_alone")):
        rows = _map({}, (name,), [pair for pair in PAIRS if pair[2 - task] == 1])
        single.append(rows[rows["task"] == task])
    return pd.concat([both, *single], ignore_index=True)


def _rates() -> pd.DataFrame:
    found = []
    for summed in (False, True):
        for rate in (0.00001, 0.001, 0.01):
            for own in dict.fromkeys((rate, 0.03)):
                rows = _map({}, ("learned_kendall",), [(1.0, 2.0)])
                named = {"learning_rate": rate, "log_variance_rate": own, "summed": summed}
                if rate == 0.00001:
                    rows = rows.assign(map=rows["chance"], uncertainty=1.0)
                found.append(rows.drop(columns=["noise_sentences", "noise_tags"]).assign(**named))
    return pd.concat(found, ignore_index=True)


def _history() -> pd.DataFrame:
    shapes = {
        "noises": ((0.0, 1.0), (1.0, 1.0), (3.0, 1.0), (1.0, 3.0)),
        "strategy": ("learned_kendall", "difficulty"),
        "task": (1, 2),
        "epoch": tuple(range(16)),
    }

    def s(noises: tuple[float, float], strategy: str, task: int, epoch: int) -> float:
        rest = S[task][int(noises[task - 1])]
        return float(rest + (1 - rest) * 0.7**epoch)

    rows = table(shapes, "uncertainty", s, deviation=0.005)
    rows.insert(0, "noise_sentences", [noises[0] for noises in rows["noises"]])
    rows.insert(1, "noise_tags", [noises[1] for noises in rows["noises"]])
    return rows.assign(
        noisy_loss=rows["uncertainty"],
        map=0.5 - 0.4 * 0.8 ** rows["epoch"],
        weight=0.5 / rows["uncertainty"],
    ).drop(columns="noises")


def _slips() -> pd.DataFrame:
    slips = ((0.0, 0.0), (0.1, 1.0), (0.2, 2.0), (0.4, 4.0))
    rows = _map({"slips": slips}, ("learned_kendall",), [pair for pair in PAIRS if pair[0] == 1])
    rows["misspelt"] = [slip[0] for slip in rows["slips"]]
    rows["stray"] = [slip[1] for slip in rows["slips"]]
    rows["map"] -= 0.1 * rows["misspelt"]
    return rows.drop(columns=["slips", "noise_sentences"])


def _reduction() -> pd.DataFrame:
    pairs = [(1.0, 1.0), (2.0, 1.0), (1.0, 2.0), (3.0, 3.0)]
    rows = _map({"text_components": (4, 8, 16, 32, 128)}, ("learned_kendall",), pairs)
    return rows.assign(map=rows["map"] - 0.4 / rows["text_components"])


LESSON = lessons.get("retrieval_task_weights")

LEARNED = ("learned_kendall", "learned_printed", "equal")

TABLES: Mapping[str, pd.DataFrame] = {
    "table_6_1": _map({"d": (16, 32, 64)}, LEARNED),
    "tuned": _map({}, (*LEARNED, "difficulty", "hand_tuned")),
    "alone": _alone(),
    "raw_text": _slips(),
    "reduction": _reduction(),
    "rates": _rates(),
    "weights": _history(),
}

MADE = [name for name, drawing in views.FIGURES.items() if drawing.studies]


def _panel(name: str) -> Any:
    return views.FIGURES[name].panel(TABLES.__getitem__)


def test_every_study_has_a_figure_of_its_name() -> None:
    shown = {study for drawing in views.FIGURES.values() for study in drawing.studies}
    assert shown == set(studies.STUDIES) == set(TABLES)
    assert set(studies.STUDIES) <= set(views.FIGURES)


@pytest.mark.parametrize("name", views.FIGURES)
def test_figures_have_their_name_their_command_and_numbers_for_who_cannot_see(name: str) -> None:
    panel = _panel(name)
    assert panel.name == name
    drawing = views.FIGURES[name]
    made = [f"mtlkit reproduce retrieval_task_weights {study}" for study in drawing.studies]
    assert [panel.command] == (made or ["mtlkit figures retrieval_task_weights --out figures"])
    assert re.search(r"\d", panel.alt)
    assert "nan" not in panel.alt
    drawn = draw_matplotlib.figure(panel)
    assert drawn.axes or isinstance(panel, Table)


@pytest.mark.parametrize("name", MADE)
def test_figures_of_published_studies_name_their_data_set(name: str) -> None:
    def published(study: str) -> pd.DataFrame:
        found = TABLES[study].copy()
        found.attrs["data"] = "captioned_scenes"
        return found

    told = "On generated scenes with generated sentences and tags."
    assert views.FIGURES[name].panel(published).caption == f"{_panel(name).caption} {told}"


@pytest.mark.parametrize("name", MADE)
def test_neither_the_order_of_rows_nor_the_names_of_seeds_change_a_figure(name: str) -> None:
    (study,) = views.FIGURES[name].studies
    shuffled = TABLES[study].sample(frac=1, random_state=0)
    other = views.FIGURES[name].panel(lambda _: shuffled.assign(seed=9 - shuffled["seed"]))
    assert other.alt == _panel(name).alt


@pytest.mark.parametrize("name", MADE)
def test_figures_are_drawn_of_the_few_settings_of_smoke_too(name: str) -> None:
    (study,) = views.FIGURES[name].studies
    rows = TABLES[study]
    for column in ("noise_sentences", "noise_tags"):
        if column in rows and study not in ("reduction", "weights"):
            rows = rows[rows[column] <= 1]
    if study in ("reduction", "weights"):
        rows = rows[(rows["noise_sentences"] == 1) & (rows["noise_tags"] == 1)]
    if "d" in rows:
        rows = rows[rows["d"] < 64].replace({"d": {16: 4, 32: 8}})
    assert draw_matplotlib.figure(views.FIGURES[name].panel(lambda _: rows))


def test_the_printed_values_stand_beside_the_ones_that_they_are_of() -> None:
    panel = _panel("table_6_1")
    printed = printed_table("nahm2020_table_6_1")
    assert len(printed) == len(panel.facets) * 3
    for facet, (name, direction) in zip(
        panel.facets,
        printed[["dataset", "direction"]].drop_duplicates().itertuples(index=False),
        strict=True,
    ):
        task = 1 if name == "iapr_tc12" else 2
        assert facet.title.startswith({1: "sentences", 2: "tags"}[task])
        rows = printed[(printed["dataset"] == name) & (printed["direction"] == direction)]
        for series, row in zip(facet.series, rows.itertuples(index=False), strict=True):
            assert series.key == f"d = {row.d}"
            assert series.printed == pytest.approx([100 * value for value in row[3:]])
            expected = [
                100 * (START[task, direction] - LOST[task] * noise + GAIN["learned_kendall"])
                for noise in range(4)
            ]
            assert series.values == pytest.approx(expected, abs=0.5)
        assert facet.references[0].value == pytest.approx(100 * CHANCE[task])


def test_the_table_has_all_that_is_printed_and_ours_beside() -> None:
    panel = _panel("table_6_1_table")
    printed = printed_table("nahm2020_table_6_1")
    numbers = [[float(cell) for cell in row[1:5]] for row in panel.rows]
    columns = [f"sigma2_{noise}" for noise in range(4)]
    np.testing.assert_allclose(numbers, 100 * printed[columns], atol=0.0501)
    rows = TABLES["table_6_1"].query(
        "strategy == 'learned_kendall' and d == 16 and noise_sentences == 0 and task == 1 "
        "and direction == 'image_to_text'"
    )
    assert panel.rows[0][5].startswith(f"{100 * rows['map'].mean():.1f} ± ")


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        # The means of the three d printed for MIRFlickr-25K, text to image, at 0 and at 3.
        ("table_6_1_share", 100, 100 * (0.4873 + 0.4898 + 0.4884) / (0.7268 + 0.7311 + 0.7384)),
        ("table_6_1_points", 0, 100 * (0.4873 + 0.4898 + 0.4884 - 0.7268 - 0.7311 - 0.7384) / 3),
    ],
)
def test_what_is_left_of_the_start_printed_and_ours(name: str, start: float, end: float) -> None:
    printed, ours = _panel(name).facets
    assert printed.references[0].value == start
    assert printed.series[3].key == "tags: caption to pictures"
    assert printed.series[3].values[2] == pytest.approx(end)
    first, last = (START[2, "text_to_image"] + 0.01 - LOST[2] * noise for noise in (0, 3))
    expected = 100 * last / first if start else 100 * (last - first)
    assert ours.series[3].values[2] == pytest.approx(expected, abs=0.5)


def test_what_all_weights_share_cancels_where_they_are_compared_seed_by_seed() -> None:
    for facet in _panel("tuned_paired").facets:
        found = {series.key: series for series in facet.series}
        assert "equal" not in found
        for name in ("learned_kendall", "difficulty", "hand_tuned"):
            assert found[name].values == pytest.approx([100 * GAIN.get(name, 0)] * 7, abs=0.5)
    for facet in _panel("table_6_1_paired").facets:
        for series in facet.series:
            assert series.values == pytest.approx([1] * 4, abs=0.5)
    for facet in _panel("alone_paired").facets:
        learned, equal = facet.series
        assert learned.values == pytest.approx([1] * 4, abs=0.5)
        assert equal.values == pytest.approx([0] * 4, abs=0.5)


def test_uncertainties_rise_with_the_collection_s_own_noise() -> None:
    kendall, printed = _panel("uncertainties").facets
    assert [facet.title for facet in (kendall, printed)] == [
        "learned (Kendall)",
        "learned (as printed)",
    ]
    for task, series in enumerate(kendall.series, start=1):
        assert series.values == pytest.approx(S[task])


def test_the_direction_of_the_weights_is_the_sentences_share() -> None:
    sentences, tags = _panel("weights_direction").facets
    for facet, pairs in (
        (sentences, [(noise, 1) for noise in range(4)]),
        (tags, [(1, noise) for noise in range(4)]),
    ):
        shares = [100 * S[2][tag] / (S[1][sentence] + S[2][tag]) for sentence, tag in pairs]
        assert facet.series[0].values == pytest.approx(shares)
        assert facet.references[0].value == 50


def test_the_undivided_sum_stands_on_a_logarithmic_axis_beside_the_mean() -> None:
    panel = _panel("undivided")
    assert panel.log_y
    for facet in panel.facets:
        sums, means = facet.series
        np.testing.assert_allclose(np.divide(sums.values, means.values), 14, rtol=1e-9)


def test_the_printed_rate_stands_beside_chance() -> None:
    panel = _panel("rates")
    assert panel.categories[0] == "0.00001 (printed)"
    for task, facet in enumerate(panel.facets, start=1):
        assert facet.references[0].value == pytest.approx(100 * CHANCE[task])
        assert [series.key for series in facet.series][:2] == [
            "mean, one rate for all",
            "mean, 0.03 for log s",
        ]
        for series in facet.series:
            assert series.values[0] == pytest.approx(100 * CHANCE[task])
    for facet in _panel("rates_uncertainty").facets:
        assert all(series.values[0] == 1 for series in facet.series)


def test_noise_of_text_is_told_cleanest_first() -> None:
    for facet in _panel("raw_text").facets:
        first, *_, last = facet.series
        assert first.key == "0 % misspelt, 0 stray"
        assert last.key == "40 % misspelt, 4 stray"
        np.testing.assert_allclose(np.subtract(first.values, last.values), 4, atol=0.5)
    for facet in _panel("raw_text_share").facets:
        assert len(facet.series[0].values) == 3


def test_pairs_of_noises_look_alike_in_both_figures_of_the_reduction() -> None:
    looks = {s.key: s.label for facet in _panel("reduction").facets for s in facet.series}
    for facet in _panel("reduction_share").facets:
        assert {s.key: s.label for s in facet.series}.items() <= looks.items()
    assert looks["task 1"] == "σ² = 1 | 1"


def test_collections_show_their_captions_and_classes() -> None:
    panel = _panel("collections")
    assert "generated scenes" in panel.title
    found = labelled_captions.load("scene_tags", "test", seed=0, size=4)
    tags = panel.images[4:]
    assert [image.caption.split("”")[0][1:] for image in tags] == list(found.captions)
    names = class_names("scene_tags")
    assert len(names) == found.classes
    for image, label in zip(tags, found.labels.tolist(), strict=True):
        assert image.caption.endswith(f"class: {SIZES[label % len(SIZES)]} {SHAPES[label // 2]}")
    assert names[0] == f"{SIZES[0]} {SHAPES[0]}"


TRAINED = ("learned_kendall", "equal", "hand_tuned", "tags_alone")


@pytest.fixture(scope="module")
def run() -> Result:
    config = WeightedRetrievalConfig.preset("smoke", noise=(1.0, 1.0), strategies=TRAINED)
    return run_setting(LESSON, config, range(2), "cpu")


@pytest.mark.parametrize("name", views.RUN_FIGURES)
def test_figures_of_a_run_can_be_drawn(run: Result, name: str) -> None:
    panel = views.RUN_FIGURES[name](run)
    assert panel.name == name
    assert panel.command.startswith("mtlkit run retrieval_task_weights --set ")
    assert panel.command.endswith(" --seeds 2 --out run")
    assert "On generated scenes" in panel.caption
    assert "nan" not in panel.alt
    assert re.search(r"\d", panel.alt)
    assert "<img" in show(panel).html()
    assert draw_plotly.spec(panel)["data"]  # type: ignore[arg-type]


def test_map_of_a_run_is_that_of_its_table(run: Result) -> None:
    panel = views.map_by_direction(run)
    for task, facet in enumerate(panel.facets, start=1):
        rows = run.tables["map"]
        rows = rows[rows["task"] == task]
        assert facet.references[0].value == pytest.approx(100 * rows["chance"].mean())
        means = 100 * rows.groupby(["strategy", "direction"])["map"].mean()
        assert {series.key for series in facet.series} == set(rows["strategy"])
        for series in facet.series:
            assert series.values == pytest.approx(means[series.key].tolist())


def test_what_is_printed_stands_beside_a_run_at_its_noise_and_d(run: Result) -> None:
    assert views.map_by_direction(run).facets[0].series[0].printed is None  # nothing at d = 8
    printed = Result(**{**_fields(run), "config": {**run.config, "dimensions": 64}})
    sentences, tags = views.map_by_direction(printed).facets
    assert sentences.series[0].printed == pytest.approx((47.56, 47.53))
    assert tags.series[0].printed == pytest.approx((67.90, 69.64))
    noisy = {**printed.config, "noise": (1.0, 3.0)}
    sentences, tags = views.map_by_direction(Result(**{**_fields(run), "config": noisy})).facets
    assert sentences.series[0].printed is None  # at a noise of the tags that is not in the table
    assert tags.series[0].printed == pytest.approx((51.94, 48.84))


def _fields(run: Result) -> dict[str, Any]:
    return {
        name: getattr(run, name)
        for name in ("lesson", "config", "seeds", "tables", "arrays", "provenance")
    }


def test_a_run_under_way_shows_what_it_will_have(run: Result) -> None:
    """MAP and the quantity asked for over the epochs, of each collection under its own name."""
    strategies = ("learned_kendall", "tags_alone")
    config = WeightedRetrievalConfig.preset("smoke", strategies=strategies)
    watch = Watch(LESSON.name, config, EXPLORATION.observed)
    start = EXPLORATION.start("smoke")
    for item in LESSON.experiment.train(config, range(2), torch.device("cpu")):
        if isinstance(item, Snapshot):
            watch.add(item)
    seen = watch.result()
    for quantity in QUANTITIES:
        found = panels(seen, {**start, "quantity": quantity})
        assert [panel.name for panel in found] == [f"{quantity}_over_epochs", "map_over_epochs"]
    results = [
        item
        for item in LESSON.experiment.train(config, range(2), torch.device("cpu"))
        if isinstance(item, Result)
    ]
    ended = merged(LESSON, config, results)
    names = ["strategy", "task", "seed", "epoch"]
    columns = ["noisy_loss", "weight", "map"]
    both = [
        history(each).sort_values(names).reset_index(drop=True)[[*names, *columns]]
        for each in (seen, ended)
    ]
    pd.testing.assert_frame_equal(*both, check_dtype=False, rtol=1e-5)
    assert set(both[0].query("strategy == 'tags_alone'")["task"]) == {2}


@pytest.mark.parametrize("coloured", COLOURED)
@pytest.mark.parametrize("task", [1, 2])
def test_a_space_has_pictures_and_captions_in_their_places(
    run: Result, task: int, coloured: str
) -> None:
    panel = joint_space(run, "equal", task, coloured=coloured)
    count = 2 * run.arrays["labels_equal/0"].shape[1]
    assert sum(len(group.x) for group in panel.groups) == count
    points = space_points(run, "equal", task)
    assert points is not None
    centred = points - points.mean(0)
    spread = np.linalg.svd(centred)[1][:2]
    found = np.hstack([(group.x, group.y) for group in panel.groups]).T
    np.testing.assert_allclose(np.linalg.svd(found)[1], spread, rtol=1e-6)
    captions = [told for group in panel.groups for told in group.told if "caption" in told]
    assert len(captions) == count // 2
    if coloured == "modality":
        assert [group.key for group in panel.groups] == ["pictures", "captions"]
    else:
        assert {group.key for group in panel.groups} <= set(SHAPES)
        for group in panel.groups:
            assert all(told.endswith(group.key) for told in group.told)
            assert [told.startswith("caption") for told in group.told] == list(group.marked)


def test_spaces_are_those_of_a_strategy_that_has_them(run: Result) -> None:
    assert showing(run, "hand_tuned") == run.config["strategies"][0]
    assert showing(run, "tags_alone", 1) == run.config["strategies"][0]
    assert showing(run, "tags_alone", 2) == "tags_alone"
    tags = run.arrays["images_tags_alone/0"][0]
    np.testing.assert_array_equal(space_points(run, "tags_alone", 2)[: len(tags)], tags)
    without = Result(**{**_fields(run), "arrays": {}})
    with pytest.raises(UsageError, match="the space of tags is not there"):
        joint_space(without, "equal", 2)
    start = EXPLORATION.start("smoke")
    assert [panel.name for panel in panels(without, start)][-1] == "map_by_direction"
    assert prepare(without, start) is None


def test_photographs_are_coloured_by_their_most_frequent_classes(run: Result) -> None:
    labels = np.tile(np.repeat(np.arange(10), 4), (2, 1))
    arrays = {**run.arrays, "labels_equal/0": labels}
    config = {**run.config, "data": "iapr_mirflickr"}
    panel = joint_space(Result(**{**_fields(run), "arrays": arrays, "config": config}), "equal")
    assert len(panel.groups) == 8
    assert panel.groups[-1].key == "other classes"
    assert panel.caption.count("On photographs") == 1


def _config(**turned: Any) -> WeightedRetrievalConfig:
    config = EXPLORATION.trained({**EXPLORATION.start("lesson"), **turned}).config
    assert isinstance(config, WeightedRetrievalConfig)
    return config


def test_the_live_default_is_that_of_the_lesson_with_three_seeds() -> None:
    config = _config()
    preset = WeightedRetrievalConfig.preset("lesson", noise=(1.0, 2.0))
    assert config == preset
    assert EXPLORATION.trained(EXPLORATION.start("lesson")).seeds == 3
    assert _config(noise_sentences=3.0, text_components=8).noise == (3.0, 2.0)
    assert _config(strategies=("equal", "tags_alone")).strategies == ("equal", "tags_alone")


def test_the_static_grid_starts_where_the_knobs_do() -> None:
    moving = {knob.name: values for knob, values in moving_knobs(EXPLORATION).items()}
    start = EXPLORATION.start("lesson")
    assert all(start[name] in values for name, values in moving.items())
    assert set(moving) == {*EXPLORATION.grid, "quantity", "collection", "coloured"}


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_live_and_static_faces_show_the_same(run: Result, quantity: str) -> None:
    values = {**EXPLORATION.start("smoke"), "quantity": quantity, "collection": 2}
    live = EXPLORATION.drawn(run, values)
    assert [panel.name for panel in live] == [
        f"{quantity}_over_epochs",
        "map_over_epochs",
        "map_by_direction",
        "joint_space",
    ]
    assert [from_json(to_json(panel)) for panel in live] == live


def test_fixed_weights_say_that_they_learn_no_uncertainty(isolated_cache: Any) -> None:
    explorer = Explorer(
        LESSON, scale="smoke", live=False, strategies=("equal",), quantity="uncertainty"
    )
    first, *others = panels(explorer.result(), explorer.values)
    assert first.title == "No uncertainty to show"
    assert len(others) == 3


def test_slow_pictures_are_waited_for(isolated_cache: Any) -> None:
    explorer = Explorer(LESSON, scale="smoke", live=False)
    result = explorer.result()
    turned = {**explorer.values, "embedding": "tsne"}
    assert prepare(result, explorer.values) is None
    assert panels(result, turned)[-1].title.endswith(": PCA")
    assert "t-SNE follows" in panels(result, turned)[-1].caption
    work = prepare(result, turned)
    assert work is not None
    work()
    assert prepare(result, turned) is None
    assert ": t-SNE, perplexity" in panels(result, turned)[-1].title


@pytest.mark.parametrize(("rate", "classes"), [(0.1, 5), (0.3, 12)])
def test_right_positives_are_those_that_are_drawn(rate: float, classes: int) -> None:
    random = torch.Generator().manual_seed(0)
    true = torch.randint(classes, (40_000,), generator=random)
    noisy, _ = flip_labels(true, rate, classes, random, "uniform")
    near, _ = sample_class_triplets(noisy, random)
    drawn = (true[near] == true).double().mean().item()
    assert (1 - rate) ** 2 + rate**2 / (classes - 1) == pytest.approx(drawn, abs=0.01)


def test_the_checker_takes_the_solution_and_tells_what_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert check_right_positives(lambda rate, n: (1 - rate) ** 2 + rate**2 / (n - 1))
    assert not check_right_positives(lambda rate, n: 1 - rate)
    assert "you have 0.9500" in capsys.readouterr().out
    assert not check_right_positives(lambda rate, n: (1 - rate) ** 2)
    assert not check_right_positives(lambda rate, n: None)
    assert "return a number, not None" in capsys.readouterr().out
