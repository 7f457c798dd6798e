"""Figures of lesson 09 on made-up numbers, and the two that need none."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mtlkit import lessons
from mtlkit.core.runner import run_setting
from mtlkit.data import compositions
from mtlkit.data.composed import SEEN
from mtlkit.data.printed import printed_table
from mtlkit.explore import draw_matplotlib, draw_plotly
from mtlkit.explore.figure import show
from mtlkit.explore.palette import NAMED
from mtlkit.explore.panels import Illustration, Plotted, Table
from mtlkit.lessons.zero_shot_synthesis import studies, views
from mtlkit.lessons.zero_shot_synthesis.config import (
    BASELINES,
    CONTROL,
    DESIGNS,
    EXTRACTORS,
    STRATEGIES,
)
from mtlkit.lessons.zero_shot_synthesis.views.common import SETS, label, look
from mtlkit.lessons.zero_shot_synthesis.views.efficiency import epochs_needed
from mtlkit.lessons.zero_shot_synthesis.views.generalised import PRINTED, printed_ratios
from tests.lessons.made_up import table

START = {"digit_transforms": 0.7, "textured_shapes": 0.6, "scene_triplets": 0.3}
"""Accuracy of TDS among unseen test compositions."""

UNSEEN = {"digit_transforms": 20, "textured_shapes": 16, "scene_triplets": 36}

LEAD = {name: -0.01 * place for place, name in enumerate(STRATEGIES)} | {"tds": 0.0}
"""Accuracy less that of TDS."""

TWO = tuple(START)[:2]

WORSE = {"cnn": 0.0, "cnn_slots": 0.02, "pca": 0.2, "random_convolutions": 0.25}


def _accuracy(
    names: Mapping[str, Sequence[Any]],
    strategies: Sequence[str],
    sets: Sequence[str] = tuple(START),
    parts: Sequence[str] = ("test",),
) -> pd.DataFrame:
    """Rows as `studies._accuracy` leaves them, where there is only one k."""
    shapes = {"compositions": sets, **names, "strategy": strategies, "part": parts}

    def value(
        compositions: str, strategy: str, part: str, extractor: str = "cnn", **_: Any
    ) -> float:
        validated = 0.02 if part == "validation" else 0.0
        return START[compositions] + LEAD[strategy] + validated - WORSE[extractor]

    rows = table(shapes, "closed", value, deviation=0.004)
    return rows.assign(
        open=rows["closed"] - 0.2,
        area=rows["closed"] - 0.15,
        harmonic=rows["closed"] - 0.1,
        best_seen=0.9,
        best_unseen=rows["closed"],
        chance=1 / rows["compositions"].map(UNSEEN),
    )


def _test(*given: Any, **named: Any) -> pd.DataFrame:
    return _accuracy(*given, **named).drop(columns="part")


def _areas() -> pd.DataFrame:
    rows = _accuracy({"k": (1, 2, 3)}, (*DESIGNS, *BASELINES), TWO, ("test", "validation"))
    return rows.assign(area=rows["area"] + 0.1 * (rows["k"] - 1))


def _images() -> pd.DataFrame:
    rows = _test({"per_composition": (2, 5, 10, 20, 40)}, (*DESIGNS, "ridge"), TWO[:1])
    return rows.assign(closed=rows["closed"] - 0.3 / rows["per_composition"]).drop(
        columns="compositions"
    )


def _freed() -> pd.DataFrame:
    found = [
        _test({}, (*DESIGNS, CONTROL), TWO).assign(
            clustering=weight,
            pull_adversarial=0.8,
            pull_classification=0.001,
            pull_clustering=2 * weight,
            mmd=0.1,
            mmd_real=0.0,
            spread=0.1,
        )
        for weight in (0.01, 0.1)
    ]
    return pd.concat(found, ignore_index=True)


def _weights() -> pd.DataFrame:
    usual = {"classification": 0.01, "clustering": 10.0, "adversarial": 1.0, "noise_scale": 1.0}
    changes: list[dict[str, float]] = [
        *({"classification": value} for value in (0.001, 0.01, 0.1, 1.0, 10.0)),
        *({"clustering": value} for value in (0.0, 0.01, 0.1, 1.0, 100.0)),
        {"adversarial": 0.0},
        {"adversarial": 0.0, "clustering": 0.0},
        {"noise_scale": 0.0},
        {"noise_scale": 0.0, "adversarial": 0.0},
    ]
    found = []
    for change in changes:
        rows = _test({}, ("tds",), TWO)
        weights = {**usual, **change}
        lost = 0.05 * len(change.keys() & {"adversarial", "noise_scale"})
        found.append(
            rows.assign(
                **weights,
                closed=rows["closed"] - lost,
                pull_adversarial=weights["adversarial"] * 0.8,
                pull_classification=weights["classification"] * 0.1,
                pull_clustering=weights["clustering"] * 2.0,
                mmd=0.1,
                mmd_real=0.0,
                spread=weights["noise_scale"] * 0.5 / (1 + weights["clustering"]),
            )
        )
    return pd.concat(found, ignore_index=True)


def _rates() -> pd.DataFrame:
    found = []
    for rate, words in ((1e-4, 1e-5), (1e-4, 1e-4), (1e-3, 1e-4), (1e-3, 1e-3), (1e-2, 1e-2)):
        bases = BASELINES[:-1] if rate == words != 1e-4 or words == 1e-5 else ()
        rows = _accuracy({}, (*DESIGNS, *bases), TWO, ("validation", "test"))
        lost = 0.1 * abs(math.log10(rate) + 3)
        rows = rows.assign(closed=rows["closed"] - lost)
        found.append(rows.assign(learning_rate=rate, embedding_rate=words))
    return pd.concat(found, ignore_index=True)


SLOW = {"ss": 8.0, "uds": 6.0, "ss_mtc_add": 5.0, "ss_mtc_affine": 4.0, "tds": 3.0}
"""Epochs in which an accuracy comes nearer to its end by a factor of e."""


def _curves() -> pd.DataFrame:
    shapes = {"compositions": tuple(START), "strategy": DESIGNS, "epoch": tuple(range(41))}

    def value(compositions: str, strategy: str, epoch: int) -> float:
        return START[compositions] * (1 - math.exp(-epoch / SLOW[strategy]))

    rows = table(shapes, "closed_test", value, deviation=0.0005)
    return rows.assign(closed_validation=rows["closed_test"], area=rows["closed_test"] - 0.1)


def _noise() -> pd.DataFrame:
    shapes = {
        "compositions": tuple(START),
        "strategy": ("uds", "tds", CONTROL),
        "epoch": tuple(range(41)),
    }

    def value(compositions: str, strategy: str, epoch: int) -> float:
        del compositions
        return 0.5 * (1 - 0.9**epoch) if strategy == "tds" else -0.03

    rows = table(shapes, "noise_silhouette", value)
    return rows.assign(noise_within=1 - rows["noise_silhouette"].clip(lower=0))


REAL = {"mmd_real": 0.0, "mmd_other": 0.4, "silhouette_real": 0.2, "mantel_real": 0.5}


def _likeness() -> pd.DataFrame:
    shapes = {"compositions": tuple(START), "strategy": DESIGNS}
    rows = table(shapes, "mmd", lambda compositions, strategy: 0.1 - LEAD[strategy])
    # Real features are the same ones whatever the design.
    real = {name: value + 0.01 * rows["seed"] for name, value in REAL.items()}
    return rows.assign(
        **real,
        silhouette_synthetic=0.4 + rows["mmd"],
        mantel_real_p_value=0.01,
        mantel_real_apart=real["mantel_real"] - 0.2,
        mantel_synthetic=0.6,
        mantel_synthetic_p_value=np.where(rows["seed"] == 0, 0.2, 0.01),
        mantel_both=0.8,
        spread=0.05 + rows["mmd"],
    )


def _linearity() -> pd.DataFrame:
    shapes = {"compositions": tuple(START), "extractor": EXTRACTORS, "strategy": ("ridge",)}
    rows = table(
        shapes, "explained", lambda compositions, extractor, strategy: 0.9 - WORSE[extractor]
    )
    return rows.assign(
        predicted=rows["explained"] - 0.1,
        additive=rows["explained"] - 0.2,
        oracle=rows["explained"],
    )


LESSON = lessons.get("zero_shot_synthesis")

TABLES: Mapping[str, pd.DataFrame] = {
    "table_5_2": _accuracy({}, (*DESIGNS, CONTROL), parts=("test", "validation")),
    "table_5_1": _areas(),
    "figure_5_4": _test({"extractor": EXTRACTORS}, ("tds", *BASELINES)),
    "curves": _curves(),
    "images": _images(),
    "freed": _freed(),
    "weights": _weights(),
    "rates": _rates(),
    "vectors": _test(
        {"vectors": ("random", "one_hot", "corpus")},
        ("ss", "tds", "label_embed", "red_wine", "ridge"),
        TWO,
    ),
    "likeness": _likeness(),
    "noise": _noise(),
    "linearity": _linearity(),
}

MADE = [name for name, drawing in views.FIGURES.items() if drawing.studies]

FEW = {
    "compositions": ("digit_transforms",),
    "extractor": ("pca",),
    "per_composition": (2, 5),
    "classification": (0.01, 0.1),
    "clustering": (0.0, 0.1, 10.0),
    "vectors": ("random", "one_hot"),
    "learning_rate": (0.0001, 0.001),
}
"""What scale smoke has of each label."""


def _panel(name: str, tables: Mapping[str, pd.DataFrame] = TABLES) -> Any:
    return views.FIGURES[name].panel(tables.__getitem__)


def test_every_study_has_a_figure() -> None:
    shown = {study for drawing in views.FIGURES.values() for study in drawing.studies}
    assert shown == set(studies.STUDIES) == set(TABLES)
    # The weights have several, one a question.
    assert set(studies.STUDIES) - set(views.FIGURES) == {"weights"}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_made_up_tables_have_the_columns_of_the_studies(name: str, isolated_cache: Any) -> None:
    """Of one seed at the scale smoke."""
    del isolated_cache
    study = studies.STUDIES[name]
    setting = study.settings("smoke")[-1]
    found = study.reduce(run_setting(LESSON, setting.config, range(1), "cpu").tables)
    assert set(TABLES[name]) == {*found, *setting.labels}


@pytest.mark.parametrize("name", views.FIGURES)
def test_figures_have_their_name_their_command_and_numbers_for_who_cannot_see(name: str) -> None:
    panel = _panel(name)
    assert panel.name == name
    drawing = views.FIGURES[name]
    made = [f"mtlkit reproduce zero_shot_synthesis {study}" for study in drawing.studies[:1]]
    assert [panel.command] == (made or ["mtlkit figures zero_shot_synthesis --out figures"])
    assert re.search(r"\d", panel.alt)
    assert "nan" not in panel.alt
    drawn = draw_matplotlib.figure(panel)
    assert drawn.axes or isinstance(panel, Table)
    if isinstance(panel, Plotted):
        assert draw_plotly.spec(panel)["data"]


@pytest.mark.parametrize("name", MADE)
def test_figures_name_their_sets(name: str) -> None:
    def published(study: str) -> pd.DataFrame:
        found = TABLES[study].copy()
        found.attrs["data"] = "embedded_compositions"
        return found

    panel = views.FIGURES[name].panel(published)
    (study, *_) = views.FIGURES[name].studies
    there = TABLES[study].get("compositions", pd.Series(["digit_transforms"]))
    words = [SETS[one][1] for one in SETS if one in set(there)]
    told = {
        1: "On embedded {}.",
        2: "On embedded {} and {}.",
        3: "On embedded {}, {} and {}.",
    }
    assert panel.caption.endswith(told[len(words)].format(*words))


@pytest.mark.parametrize("name", MADE)
def test_neither_the_order_of_rows_nor_the_names_of_seeds_change_a_figure(name: str) -> None:
    shuffled = {
        study: rows.sample(frac=1, random_state=0).assign(seed=lambda found: 9 - found["seed"])
        for study, rows in TABLES.items()
    }
    assert _panel(name, shuffled).alt == _panel(name).alt


@pytest.mark.parametrize("name", MADE)
def test_figures_are_drawn_of_the_few_settings_of_smoke_too(name: str) -> None:
    few = {}
    for study, rows in TABLES.items():
        for column, values in FEW.items():
            if column in rows:
                rows = rows[rows[column].isin(values)]
        few[study] = rows
    assert draw_matplotlib.figure(_panel(name, few))


@pytest.mark.parametrize("name", MADE)
def test_a_run_that_diverged_leaves_its_place_to_the_other_seeds(name: str) -> None:
    """It is NaN in the tables of accuracies, and in those of features it is not there."""
    lost = {}
    for study, rows in TABLES.items():
        gone = (rows["seed"] == 0) & (rows["strategy"] == "tds")
        if "closed" in rows:
            numbers = rows.columns.intersection(["closed", "open", "area", "chance"])
            lost[study] = rows.copy()
            lost[study].loc[gone, numbers] = np.nan
        else:
            lost[study] = rows[~gone] if study == "likeness" else rows
    panel = _panel(name, lost)
    assert "nan" not in panel.alt
    (study, *_) = views.FIGURES[name].studies
    if "closed" in TABLES[study] and not isinstance(panel, Table):
        assert "diverged" in panel.caption
    assert draw_matplotlib.figure(panel)


def test_every_method_has_a_look_of_its_own() -> None:
    assert {look(name) for name in STRATEGIES} <= set(NAMED)
    assert label("ridge") == "ridge prototypes"
    assert len({label(name) for name in STRATEGIES}) == len(STRATEGIES)


def test_designs_stand_in_the_printed_order_with_the_set_s_chance() -> None:
    panel = _panel("table_5_2")
    assert panel.categories == (*map(label, DESIGNS), label(CONTROL))
    (facet,) = panel.facets
    for series, line, (name, start) in zip(
        facet.series, facet.references, START.items(), strict=True
    ):
        assert series.label == SETS[name][1]
        expected = [100 * (start + LEAD[one]) for one in (*DESIGNS, CONTROL)]
        assert series.values == pytest.approx(expected, abs=0.6)
        assert line.value == pytest.approx(100 / UNSEEN[name])
        assert line.key == series.key


def test_printed_columns_stand_beside_ours_and_never_in_them() -> None:
    printed, ours = _panel("table_5_2_beside").facets
    source = printed_table("yan2020_table_5_2")
    assert "printed" in printed.title
    assert [series.label for series in printed.series] == [
        "MIT-States",
        "UT-Zap50K",
        "StanfordVRD",
    ]
    for series, name in zip(printed.series, source.columns[1:], strict=True):
        assert series.values == tuple(source[name])
        assert series.low is None
    assert [series.label for series in ours.series] == ["digits", "shapes", "scenes"]
    assert not {one.key for one in printed.series} & {one.key for one in ours.series}


def test_differences_are_the_first_less_the_second() -> None:
    for name in ("table_5_2_differences", "table_5_2_tds"):
        panel = _panel(name)
        names = {**{label(one): one for one in DESIGNS}, "control": CONTROL}
        pairs = [[names[word] for word in text.split(" − ")] for text in panel.categories]
        expected = [100 * (LEAD[first] - LEAD[second]) for first, second in pairs]
        for series in panel.facets[0].series:
            assert series.values == pytest.approx(expected, abs=0.8)
    assert panel.facets[0].references[0].value == 0


def test_printed_ratios_are_those_of_the_printed_table() -> None:
    # 6.5 / 2.9, 14.0 / 7.1, 20.0 / 11.5; and 32.4 / 29.3, 58.1 / 55.3, 70.9 / 69.8.
    assert printed_ratios("mit_states", "test") == pytest.approx([2.24, 1.97, 1.74], abs=0.005)
    assert printed_ratios("ut_zap50k", "test") == pytest.approx([1.11, 1.05, 1.02], abs=0.006)
    panel = _panel("table_5_1_ratio")
    for facet in panel.facets:
        assert [line.value for line in facet.references] == [2, 1]
    test = panel.facets[2]
    rows = TABLES["table_5_1"].query("part == 'test' and k == 2")
    for series, name in zip(test.series, TWO, strict=True):
        means = rows[rows["compositions"] == name].groupby("strategy")["area"].mean()
        expected = means["tds"] / means[list(BASELINES)].max()
        assert series.values[1] == pytest.approx(expected, abs=0.01)


def test_the_table_has_all_that_is_printed() -> None:
    panel = _panel("table_5_1_table")
    source = printed_table("yan2020_table_5_1")
    rows = {row[0]: row[1:] for row in panel.rows}
    for record in source.to_dict("records"):
        part = {"val": "validation", "test": "test"}[record["split"]]
        cells = rows[f"{PRINTED[record['model']]}, {part}"]
        first = 6 + 3 * ["mit_states", "ut_zap50k"].index(record["dataset"])
        assert [float(cell) for cell in cells[first : first + 3]] == [
            record[f"top{k}"] for k in (1, 2, 3)
        ]
    assert rows["TMN, test"][:6] == ("–",) * 6
    own = TABLES["table_5_1"].query(
        "strategy == 'tds' and k == 1 and part == 'test' and compositions == 'digit_transforms'"
    )
    assert rows["TDS, test"][0].startswith(f"{100 * own['area'].mean():.1f} ± ")


def test_tds_less_a_baseline_has_the_baseline_s_look() -> None:
    for facet in _panel("figure_5_4_differences").facets:
        assert [series.key for series in facet.series] == [look(name) for name in BASELINES]
        for series, name in zip(facet.series, BASELINES, strict=True):
            assert series.values == pytest.approx([-100 * LEAD[name]] * 4, abs=0.8)


def test_epochs_are_counted_to_nine_tenths_of_the_end() -> None:
    found = epochs_needed(TABLES["curves"]).groupby("strategy")["epochs"].mean()
    for name, slow in SLOW.items():
        end = 1 - math.exp(-40 / slow)
        assert found[name] == pytest.approx(-slow * math.log(1 - 0.9 * end), abs=1.1)
    flat = TABLES["curves"].assign(closed_validation=np.nan)
    assert epochs_needed(flat)["epochs"].isna().all()


def test_a_weight_of_nothing_stands_first_and_pulls_at_nothing() -> None:
    panel = _panel("weights_mu")
    assert panel.categories == ("0", "0.01", "0.1", "1", "10 (printed)", "100")
    assert "0.01 (printed)" in _panel("weights_lambda").categories
    pulls = _panel("weights_pulls")
    assert pulls.log_y
    for facet in pulls.facets:
        adversarial, _, clustering = facet.series
        assert adversarial.values == pytest.approx([0.8] * 6)
        assert math.isnan(clustering.values[0])
        assert clustering.values[1:] == pytest.approx([0.02, 0.2, 2, 20, 200])


def test_what_is_left_stands_beside_all_parts() -> None:
    panel = _panel("weights_parts")
    for facet, name in zip(panel.facets, TWO, strict=True):
        usual, chance = facet.references
        assert usual.value == facet.series[0].values[0]
        assert chance.value == pytest.approx(100 / UNSEEN[name])
        found = dict(zip(panel.categories, facet.series[0].values, strict=True))
        assert found["all parts"] - found["no GAN"] == pytest.approx(5)
        assert found["all parts"] - found["no noise, no GAN"] == pytest.approx(10)


def test_rates_are_marked_as_printed_and_as_by_default() -> None:
    panel = _panel("rates")
    assert panel.categories == ("p. 0.1 (0.01)", "1 (0.1)", "1*", "10")
    assert [facet.title.split(", ")[1] for facet in panel.facets] == ["generators", "baselines"] * 2
    for series in panel.facets[1].series:
        assert np.isfinite(series.values).tolist() == [True, False, True, True]


def test_real_features_are_counted_once_a_seed() -> None:
    real, *designs, other = _panel("likeness").facets[0].series
    assert [series.key for series in designs] == list(DESIGNS)
    rows = TABLES["likeness"].query("strategy == 'tds' and compositions == 'digit_transforms'")
    for series, column in ((real, "mmd_real"), (other, "mmd_other")):
        assert series.values[0] == pytest.approx(rows[column].mean())
        half = rows[column].std() * 2.776 / math.sqrt(5)
        assert series.high[0] - series.values[0] == pytest.approx(half, rel=1e-3)
    told = _panel("likeness_mantel").caption
    assert "p < 0.05 in 60 of 75 runs" in told


def test_sums_of_words_stand_beside_what_is_trained() -> None:
    for facet in _panel("linearity_accuracy").facets:
        assert [series.key for series in facet.series] == [
            "task 3",
            "task 4",
            "ridge_prototypes",
            "tds",
        ]


def test_compositions_are_pictured_and_the_unseen_ones_are_framed() -> None:
    """All pairs, and the triplets of every other predicate."""
    panel = _panel("collections")
    assert isinstance(panel, Illustration)
    drawn = draw_matplotlib.figure(panel)
    for ax, name in zip(drawn.axes, compositions.EMBEDDED, strict=True):
        split = compositions.compositions(name, seed=0, unseen=0.5)
        shown = split.members[:, 1] % 2 == 0 if len(split.slots) == 3 else split.group >= SEEN
        assert len(ax.get_xticks()) * len(ax.get_yticks()) == int(shown.sum())
        assert len(ax.patches) == int((split.group[shown] != SEEN).sum())


def test_the_diagram_has_a_source_for_all_that_goes_in() -> None:
    panel = _panel("designs")
    (ax,) = draw_matplotlib.figure(panel).axes
    letters = [text.get_text() for text in ax.texts]
    # Noise: SS 1, UDS 3, SS-MTC 1 each, TDS 3, and one in the key. The description: once each,
    # three times more in all but SS and UDS, and one in the key.
    assert letters.count("n") == 1 + 3 + 1 + 1 + 3 + 1
    assert letters.count("t") == 5 + 3 * 3 + 1
    assert letters.count("×") == 3
    assert "<svg" in show(panel).html()
