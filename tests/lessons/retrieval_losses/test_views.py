"""Panels of lesson 07 on made-up numbers and on a small run, and what can be explored."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit import lessons
from mtlkit.core.result import Result
from mtlkit.core.runner import run_setting
from mtlkit.data import captioned
from mtlkit.data.printed import printed_table
from mtlkit.errors import UsageError
from mtlkit.exercises import check_negative_shares
from mtlkit.explore import draw_matplotlib, draw_plotly
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.figure import show
from mtlkit.explore.panels import Table
from mtlkit.lessons.retrieval_losses import claims, studies, views
from mtlkit.lessons.retrieval_losses.config import SCHEDULES, STRATEGIES, RetrievalConfig
from mtlkit.lessons.retrieval_losses.views.explorer import RETRIEVAL, SEARCH, panels, prepare
from mtlkit.lessons.retrieval_losses.views.illustrations import (
    MARGIN,
    POSITIVE,
    SECOND,
    TEMPERATURE,
)
from mtlkit.lessons.retrieval_losses.views.results import chance
from mtlkit.losses import max_triplet, simclr, sum_triplet
from tests.lessons.made_up import table

LESSON = lessons.get("retrieval_losses")

FOUR = ("sum_triplet", "max_triplet", "simclr", "barlow_twins")
RECALL = {
    "sum_triplet": 0.75,
    "max_triplet": 0.25,
    "max_after_sum": 0.8,
    "simclr": 0.93,
    "simclr_positive": 0.92,
    "barlow_twins": 0.14,
}
STANDARDISED = 0.7
"""Recall of Barlow Twins, scored as its loss sees embeddings."""

ITEMS = {"image_to_text": 2500, "text_to_image": 500}


def _retrieval(
    names: Mapping[str, Sequence[Any]],
    value: Callable[..., float],
    strategies: Sequence[str] = STRATEGIES,
) -> pd.DataFrame:
    """Rows as `studies._retrieval` leaves them; `value` is recall at 10 from pictures, by cosine.

    From captions it is a twentieth less.
    """
    shapes = {
        **names,
        "strategy": strategies,
        "direction": tuple(ITEMS),
        "scoring": ("cosine", "standardised"),
    }

    def recall(direction: str, scoring: str, **named: Any) -> float:
        found = value(**named)
        if scoring == "standardised" and named["strategy"] == "barlow_twins":
            found = STANDARDISED
        return found - 0.05 * (direction == "text_to_image")

    rows = table(shapes, "recall_10", recall, deviation=0.005)
    share = rows["recall_10"]
    runs = rows.groupby([*names, "strategy", "seed"])["recall_10"].transform("max")
    return rows.assign(
        recall_1=share**3,
        recall_5=share**2,
        mean_rank=5 / share,
        median_rank=2 / share,
        items=rows["direction"].map(ITEMS),
        epochs_to_half=np.where(runs > 0.5, 5 - 4 * runs, np.nan),
        diverged=False,
    )


def _recall(strategy: str, **_: Any) -> float:
    return RECALL[strategy]


def _history(names: Mapping[str, Sequence[Any]], strategies: Sequence[str]) -> pd.DataFrame:
    shapes = {**names, "strategy": strategies, "task": (1, 2), "epoch": tuple(range(16))}

    def recall(strategy: str, epoch: int, task: int, **_: Any) -> float:
        return RECALL[strategy] * (1 - 0.75**epoch) - 0.02 * task + 0.06

    rows = table(shapes, "recall_10", recall)
    collapsed = (rows["strategy"] == "max_triplet") & (rows["epoch"] > 3)
    return rows.assign(
        mean_rank=5 / rows["recall_10"],
        loss=2.0,
        others=np.where(collapsed, 0.98, 0.1),
        parameter=0.2 * 0.9 ** rows["epoch"],
    )


def _negatives() -> pd.DataFrame:
    many = {"sum_triplet": 20.0, "max_triplet": 1.0, "simclr": 6.0}
    rows = table(
        {"strategy": STRATEGIES, "loss": tuple(many)},
        "effective",
        lambda strategy, loss: many[loss],
        deviation=0.0,
    )
    silent = rows["loss"] != "simclr"
    return rows.assign(largest=1 / rows["effective"], active=np.where(silent, 0.4, 1.0))


def _batches() -> pd.DataFrame:
    losses = ("sum_triplet", "max_triplet", "simclr", "barlow_twins")
    bias = {"sum_triplet": 0.0, "max_triplet": -2.0, "simclr": -0.5, "barlow_twins": 40.0}
    rows = table(
        {"strategy": ("simclr", "max_triplet"), "loss": losses, "batch": (8, 64, 512)},
        "bias",
        lambda strategy, loss, batch: bias[loss] / batch**0.5 + (strategy != "simclr"),
        deviation=0.0,
    )
    return rows.assign(full=2.0, value=2.0 * (1 + rows["bias"]))


def _outliers() -> pd.DataFrame:
    return _retrieval(
        {"outliers": (0.0, 0.1, 0.2)},
        lambda strategy, outliers: RECALL[strategy] * (1 - outliers),
        (*FOUR, "max_after_sum"),
    )


def _collapse() -> pd.DataFrame:
    def value(strategy: str, start: str) -> float:
        return RECALL[strategy] + 0.3 * (start == "pretrained" and strategy == "max_triplet")

    return _retrieval({"start": ("random", "pretrained")}, value, STRATEGIES[:4])


def _captions() -> pd.DataFrame:
    rows = _retrieval(
        {"captions": ("random", "first", "all"), "split": ("test", "train")},
        lambda strategy, captions, split: (
            RECALL[strategy] - 0.2 * (captions == "first" and split == "test")
        ),
        ("simclr", "sum_triplet"),
    )
    return rows.drop(columns=["epochs_to_half", "diverged"])


def _barlow() -> pd.DataFrame:
    return _retrieval(
        {"redundancy": (0.005, 0.05, 0.5), "projector": (0, 256)},
        lambda strategy, redundancy, projector: 0.14 + 0.1 * redundancy,
        ("barlow_twins",),
    )


def _hyperparameters() -> pd.DataFrame:
    swept = {"simclr": (0.02, 0.07, 0.5), "sum_triplet": (0.05, 0.2, 0.5)}
    return pd.concat(
        _retrieval({"value": values}, _recall, (name,)) for name, values in swept.items()
    )


EXTENSIONS = ("as printed", "learned parameter", "terms within modalities")

TABLES: Mapping[str, pd.DataFrame] = {
    "losses": _retrieval({}, _recall),
    "curves": _history({}, STRATEGIES),
    "negatives": _negatives(),
    "batches": _batches(),
    "rates": _retrieval(
        {"learning_rate": (0.0003, 0.001, 0.003, 0.01)},
        lambda strategy, learning_rate: RECALL[strategy] - 30 * abs(learning_rate - 0.001),
        ("sum_triplet", "max_after_sum", "max_triplet", "simclr"),
    ),
    "collapse": _collapse(),
    "outliers": _outliers(),
    "barlow": _barlow(),
    "trained": _retrieval(
        {"trained": ("whole", "projections", "image", "text")}, _recall, ("simclr", "sum_triplet")
    ),
    "schedules": _retrieval(
        {"schedule": SCHEDULES, "learning_rate": (0.001, 0.003)}, _recall, ("simclr", "sum_triplet")
    ),
    "captions": _captions(),
    "hyperparameters": _hyperparameters(),
    "extensions": _history(
        {"extension": EXTENSIONS}, ("sum_triplet", "simclr_positive", "barlow_twins")
    ),
    "encoders": _retrieval({"text_encoder": ("bag", "gru", "transformer")}, _recall, FOUR),
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
    made = [f"mtlkit reproduce retrieval_losses {study}" for study in views.FIGURES[name].studies]
    assert [panel.command] == (made or ["mtlkit figures retrieval_losses --out figures"])
    assert re.search(r"\d", panel.alt)
    assert "nan" not in panel.alt
    drawn = draw_matplotlib.figure(panel)
    assert drawn.axes or isinstance(panel, Table)


@pytest.mark.parametrize("name", MADE)
def test_figures_of_published_studies_name_their_data_set(name: str) -> None:
    def published(study: str) -> pd.DataFrame:
        found = TABLES[study].copy()
        found.attrs["data"] = "scenes"
        return found

    told = "On generated scenes with generated captions."
    assert views.FIGURES[name].panel(published).caption == f"{_panel(name).caption} {told}"


@pytest.mark.parametrize("name", sorted(views.FIGURES.keys() - set(MADE)))
def test_figures_without_a_study_say_that_scenes_are_generated(name: str) -> None:
    assert "generated scenes" in _panel(name).caption.lower()


@pytest.mark.parametrize("name", MADE)
def test_neither_the_order_of_rows_nor_the_names_of_seeds_change_a_figure(name: str) -> None:
    (study,) = views.FIGURES[name].studies
    shuffled = TABLES[study].sample(frac=1, random_state=0)
    other = views.FIGURES[name].panel(lambda _: shuffled.assign(seed=9 - shuffled["seed"]))
    assert other.alt == _panel(name).alt


def test_the_printed_values_stand_beside_the_loss_that_they_are_of() -> None:
    panel = _panel("losses")
    printed = printed_table("epfl_retrieval_results").set_index("loss")
    pictures, texts = panel.facets[0].series
    for name, place in (("sum_triplet", 0), ("simclr", 3), ("barlow_twins", 5)):
        assert pictures.printed[place] == printed["i2t_r10"][name]
        assert texts.printed[place] == printed["t2i_r10"][name]
        assert pictures.values[place] == pytest.approx(100 * RECALL[name], abs=1.5)
    assert panel.categories[-1] == "Barlow Twins, std."
    assert pictures.values[-1] == pytest.approx(100 * STANDARDISED, abs=1.5)
    assert np.isnan(pictures.printed[-1])
    ranks = _panel("losses_median_rank").facets[0].series[0]
    assert ranks.printed[5] == 111


def test_the_table_has_all_that_is_printed_and_ours_below() -> None:
    panel = _panel("losses_table")
    rows = {row[0]: row[1:] for row in panel.rows}
    printed = printed_table("epfl_retrieval_results").set_index("loss")
    for name, label in (("simclr", "SimCLR"), ("barlow_twins", "Barlow Twins")):
        assert [float(cell) for cell in rows[f"{label}, printed"]] == printed.loc[name].tolist()
    assert "max after sum, printed" not in rows
    mine = TABLES["losses"].query(
        "strategy == 'simclr' and scoring == 'cosine' and direction == 'text_to_image'"
    )
    assert rows["SimCLR, ours"][5].startswith(f"{100 * mine['recall_1'].mean():.1f} ±")
    assert len(rows) == 4 + 7


@pytest.mark.parametrize("k", [1, 10])
def test_chance_is_what_random_orders_find(k: int) -> None:
    rows = pd.DataFrame({"direction": list(ITEMS), "items": [60, 12]})
    random = np.random.default_rng(0)
    drawn = np.array([random.permutation(60)[:k] for _ in range(20_000)])
    found = 100 * (drawn < 5).any(1).mean()
    assert chance(rows, "image_to_text", k) == pytest.approx(found, abs=1)
    assert chance(rows, "text_to_image", k) == pytest.approx(100 * k / 12)


def test_losses_are_scored_as_they_are_meant_to_be() -> None:
    lost = {series.key: series.values for series in _panel("outliers_lost").facets[0].series}
    assert lost["barlow_twins"] == pytest.approx((0, 0), abs=1)
    recall = 100 * (RECALL["simclr"] - 0.0)
    assert lost["simclr"] == pytest.approx((-0.1 * recall, -0.2 * recall), abs=1)
    plain, projected = _panel("barlow").facets
    assert plain.title == "no projector"
    assert projected.title == "projector of 256 units"
    both = {series.label: series.values for series in plain.series}
    assert both["standardised"] == pytest.approx([67.5] * 3, abs=1)
    assert both["by the cosine"] == pytest.approx((11.55, 12, 16.5), abs=1)


def test_the_bias_is_that_at_the_network_of_simclr() -> None:
    found = {series.key: series.values for series in _panel("batches").facets[0].series}
    assert found["max_triplet"] == pytest.approx([-200 / batch**0.5 for batch in (8, 64, 512)])
    assert "barlow_twins" not in found
    (barlow,) = _panel("batches_barlow").facets[0].series
    assert barlow.values[1] == pytest.approx(500)


def test_seeds_that_never_got_there_count_as_one_epoch_more() -> None:
    (facet,) = _panel("rates_epochs").facets
    found = {series.key: series.values for series in facet.series}
    assert set(found["max_triplet"]) == {16.0}
    assert min(found["sum_triplet"]) < 16
    assert [line.value for line in facet.references] == [16]
    never = TABLES["rates"].assign(epochs_to_half=np.nan)
    assert draw_matplotlib.figure(views.rates_epochs(never)).axes


def test_a_caption_says_how_validation_pictures_are_scored() -> None:
    """`RetrievalProgram.score` standardises Barlow Twins and nothing else."""
    for name in ("curves", "curves_others", "extensions", "rates", "rates_epochs"):
        assert "Barlow Twins is scored by standardised embeddings" in _panel(name).caption


def test_the_extensions_and_their_parameter() -> None:
    panel = _panel("extensions")
    assert panel.facets[0].title == "sum triplet"
    assert [line.label for line in panel.facets[0].lines] == list(EXTENSIONS)
    lines = {line.key: line for line in _panel("extensions_parameter").facets[0].lines}
    assert lines["simclr_positive"].y[-1] == pytest.approx(0.2 * 0.9**15, rel=1e-3)


@pytest.mark.parametrize("at", [0.3, 0.55, 0.9])
def test_each_loss_and_its_slope_are_those_of_the_package(at: float) -> None:
    """Of a batch of three in which the other two pairs cost picture 1 nothing in return."""
    scores = torch.full((3, 3), -torch.inf, dtype=torch.float64)
    scores[0] = torch.tensor([POSITIVE, at, SECOND])
    scores.fill_diagonal_(POSITIVE).requires_grad_()
    left, right = views.losses_as_functions().facets
    cases = {
        "sum_triplet": sum_triplet(scores, MARGIN)[0],
        "max_triplet": max_triplet(scores, MARGIN)[0],
    }
    for name, loss in cases.items():
        (slope,) = torch.autograd.grad(loss, scores, retain_graph=True)
        for facet, value in ((left, loss.item()), (right, slope[0, 1].item())):
            line = next(line for line in facet.lines if line.key == name)
            assert np.interp(at, line.x, line.y) == pytest.approx(value, abs=1e-6)
    soft = next(line for line in right.lines if line.key == "simclr")
    (share,) = torch.autograd.grad((scores[0, 1:] / TEMPERATURE).logsumexp(0), scores)
    expected = TEMPERATURE * share[0, 1].item()
    assert np.interp(at, soft.x, soft.y) == pytest.approx(expected, abs=1e-4)


@pytest.fixture(scope="module")
def run() -> Result:
    config = RetrievalConfig.preset("smoke", strategies=("sum_triplet", "simclr", "barlow_twins"))
    return run_setting(LESSON, config, range(2), "cpu")


@pytest.mark.parametrize("name", views.RUN_FIGURES)
def test_figures_of_a_run_can_be_drawn(run: Result, name: str) -> None:
    panel = views.RUN_FIGURES[name](run)
    assert panel.name == name
    assert panel.command.startswith("mtlkit run retrieval_losses --set ")
    assert "strategies=sum_triplet,simclr,barlow_twins" in panel.command
    assert panel.command.endswith(" --seeds 2 --out run")
    assert "nan" not in panel.alt
    assert panel.caption.count("On generated scenes") == 1
    assert "<img" in show(panel).html()
    assert draw_plotly.spec(panel)["data"]


def test_the_command_of_a_run_makes_that_run(run: Result) -> None:
    words = views.similarity(run).command.split(" --set ")
    given = dict(pair.split()[0].split("=", 1) for pair in words[1:])
    assert RetrievalConfig.preset("lesson", **given) == RetrievalConfig(**run.config)


def test_the_map_shows_the_scores_of_the_first_seed(run: Result) -> None:
    panel = views.similarity(run, "barlow_twins", turns="picture")
    np.testing.assert_allclose(panel.values, run.arrays["scores_barlow_twins/0"], rtol=1e-6)
    assert "of standardised embeddings" in panel.caption
    assert panel.turns is not None
    assert panel.turns.values[-1] == "24"
    assert views.similarity(run, "max_triplet").title == "Who scores how: sum triplet"


@pytest.mark.parametrize("picture", [1, 5, 24])
def test_shares_are_the_slopes_of_the_picture_s_own_loss(run: Result, picture: int) -> None:
    """Against finite differences of the loss of that pair alone."""
    scores = torch.tensor(run.arrays["scores_simclr/0"], dtype=torch.float64)
    losses = {
        "sum_triplet": functools.partial(sum_triplet, margin=0.2),
        "max_triplet": functools.partial(max_triplet, margin=0.2),
        "simclr": functools.partial(simclr, temperature=0.07),
    }
    panel = views.negative_weights(run, "simclr", picture)
    at = picture - 1
    others = [place for place in range(24) if place != at]
    others.sort(key=lambda place: -scores[at, place].item())
    for line in panel.facets[0].lines:
        slopes = []
        for place in others:
            moved = scores.clone()
            moved[at, place] += 1e-6
            slopes.append((losses[line.key](moved) - losses[line.key](scores))[at].item() / 1e-6)
        total = sum(slopes)
        expected = [100 * slope / total if total > 1e-9 else 0.0 for slope in slopes]
        assert line.y == pytest.approx(expected, abs=0.05)


def test_a_run_under_way_shows_scores_and_curves(run: Result) -> None:
    scores = {name: run.arrays[name] for name in run.arrays if name.startswith("scores_simclr")}
    under_way = Result(
        run.lesson, run.config, run.seeds, {"history": run.tables["history"]}, scores, {}
    )
    found = panels(under_way, RETRIEVAL.start("smoke"))
    assert [panel.name for panel in found] == ["similarity", "negative_weights", "over_epochs"]
    assert "validation pictures, as far as the run has come" in found[0].caption
    names = [panel.name for panel in SEARCH.panels(under_way, SEARCH.start("smoke"))]
    assert names == ["over_epochs"]


def test_test_recall_is_of_test_pictures_scored_as_meant(run: Result) -> None:
    table = run.tables["retrieval"]
    series = {each.key: each.values for each in views.test_recall(run, 5).facets[0].series}
    for name, scoring in (("simclr", "cosine"), ("barlow_twins", "standardised")):
        rows = table.query(
            f"strategy == '{name}' and scoring == '{scoring}' and split == 'test' "
            "and direction == 'text_to_image'"
        )
        assert series[name][1] == pytest.approx(100 * rows["recall_5"].mean())


def test_true_pairs_are_joined_in_the_joint_space(run: Result) -> None:
    panel = views.joint_space(run, "simclr")
    pictures, captions = panel.groups
    assert len(pictures.x) == len(captions.x) == 30
    assert panel.joined == tuple((at, 30 + at) for at in range(30))
    told = captioned.load("scenes", "test", seed=0, size=30).captions
    assert captions.told[7] == f"caption of picture 8: {told[7][0]}"


def test_a_collapsed_space_is_left_out(run: Result) -> None:
    same = {
        name: np.ones_like(array) if name.startswith(("images_", "texts_")) else array
        for name, array in run.arrays.items()
    }
    collapsed = attrs.evolve(run, arrays=same)
    values = RETRIEVAL.start("smoke")
    assert [panel.name for panel in panels(collapsed, values)][-1] == "test_recall"
    assert prepare(collapsed, {**values, "embedding": "tsne"}) is None
    with pytest.raises(UsageError, match="all one point"):
        views.joint_space(collapsed)


@pytest.mark.parametrize("name", views.EXPLORATIONS)
def test_an_exploration_runs_without_a_page(name: str, isolated_cache: Path) -> None:
    explorer = Explorer(LESSON, scale="smoke", live=False, exploration=name)
    result = explorer.result()
    exploration = views.EXPLORATIONS[name]
    names = [panel.name for panel in exploration.drawn(result, explorer.values)]
    expected = {
        "retrieval": [
            "similarity",
            "negative_weights",
            "over_epochs",
            "test_recall",
            "joint_space",
        ],
        "search": ["found_pictures", "query_picture", "found_captions"],
    }
    assert names == expected[name]
    assert exploration.prepare(result, explorer.values) is None
    trained = len(explorer.log)
    if name == "search":
        explorer.set(query="a red ring")
        assert explorer.result() is result or explorer.result().seeds == result.seeds
        title = exploration.drawn(result, explorer.values)[0].title
        assert title == "Nearest to “a red ring”, SimCLR"
        assert "query=a%20red%20ring" in explorer.link
    assert len(explorer.log) >= trained


def test_typing_and_looking_train_nothing() -> None:
    start = SEARCH.start("lesson")
    asked = SEARCH.trained(start)
    for turned in ({"query": "一只猫"}, {"number": 17}, {"shown": "max_triplet"}):
        assert SEARCH.trained({**start, **turned}) == asked
    assert SEARCH.trained(start) == RETRIEVAL.trained(RETRIEVAL.start("lesson"))


def test_both_start_with_what_the_notebook_trains() -> None:
    example = studies.example("lesson").config
    assert RETRIEVAL.trained(RETRIEVAL.start("lesson")).config == example


def test_knobs_of_losses_that_are_not_ticked_do_nothing() -> None:
    start = RETRIEVAL.start("lesson")
    alone = {**start, "strategies": ("simclr",)}
    off = {knob.name for knob in RETRIEVAL.knobs if not knob.applies(alone)}
    assert off == {"margin", "redundancy"}
    asked = RETRIEVAL.trained(alone)
    assert RETRIEVAL.trained({**alone, "margin": 1.0}) == asked


def test_shares_that_forget_the_own_caption_or_overflow_are_not_accepted() -> None:
    def softmax(scores: np.ndarray, own: int, temperature: float) -> np.ndarray:
        weights = np.exp((scores - scores.max()) / temperature)
        return weights / weights.sum()

    def hardest(scores: np.ndarray, own: int, temperature: float) -> np.ndarray:
        others = np.where(np.arange(len(scores)) == own, -np.inf, scores)
        return (others == others.max()).astype(float)

    def overflowing(scores: np.ndarray, own: int, temperature: float) -> np.ndarray:
        with np.errstate(all="ignore"):
            weights = np.exp(scores / temperature)
            weights[own] = 0
            return weights / weights.sum()

    def right(scores: np.ndarray, own: int, temperature: float) -> np.ndarray:
        weights = softmax(np.delete(scores, own), own, temperature)
        return np.insert(weights, own, 0)

    assert check_negative_shares(right)
    for wrong in (softmax, hardest, overflowing, lambda *given: None):
        assert not check_negative_shares(wrong)


def test_every_claim_has_its_study_in_its_figure() -> None:
    for claim in claims.CLAIMS:
        assert {claim.study} - {None} <= set(views.FIGURES[claim.figure].studies), claim.id


def test_schedules_are_of_one_loss_each() -> None:
    facets = {facet.title: facet for facet in _panel("schedules").facets}
    for title, name in (("SimCLR", "simclr"), ("sum triplet", "sum_triplet")):
        expected = 100 * RECALL[name] - 2.5
        for series in facets[title].series:
            assert series.values == pytest.approx([expected] * len(SCHEDULES), abs=1)
