"""Panels of lesson 08 on made-up numbers and on a small run, and what can be explored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtlkit.data import labelled_captions
from mtlkit.data.generated.scenes import SHAPES, SIZES
from mtlkit.data.printed import printed_table
from mtlkit.explore import draw_matplotlib
from mtlkit.explore.panels import Table
from mtlkit.lessons.retrieval_task_weights import studies, views
from mtlkit.lessons.retrieval_task_weights.views.illustrations import class_names
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
