"""What can be explored in lesson 09: a small run, under way, ended and diverged."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score

from mtlkit import lessons
from mtlkit.core.device import choose_device
from mtlkit.core.result import Result
from mtlkit.core.runner import run_setting
from mtlkit.data.compositions import HELD_TEST, SEEN
from mtlkit.errors import UsageError
from mtlkit.explore import draw_matplotlib, embeddings
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.figure import show
from mtlkit.explore.frames import moving_knobs
from mtlkit.explore.live_plots import picture
from mtlkit.explore.panel_json import from_json, to_json
from mtlkit.explore.panels import Embedding, Table
from mtlkit.explore.rounding import rounded
from mtlkit.explore.trainings import Trainings
from mtlkit.lessons.zero_shot_synthesis.config import STRATEGIES, SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.views.calibration import (
    by_composition,
    compositions_of,
    curve,
    seen_unseen,
)
from mtlkit.lessons.zero_shot_synthesis.views.embeddings import (
    COLOURED,
    OF_REAL,
    features,
    features_of,
    injected_noise,
    noise_of,
)
from mtlkit.lessons.zero_shot_synthesis.views.explorer import (
    EXPLORATIONS,
    NOISE,
    RUN_FIGURES,
    SYNTHESIS,
    panels,
    prepare,
    prepare_noise,
)
from mtlkit.lessons.zero_shot_synthesis.views.runs import QUANTITIES, losses, over_epochs

LESSON = lessons.get("zero_shot_synthesis")
RUN = {"seed": 0, "strategy": "ridge", "diverged": False, "stop_epoch": 0}
START = SYNTHESIS.start("smoke")
TRAINED = ("ss", "uds", "tds", "ridge")
NAMES = [
    "features",
    "seen_unseen",
    "by_composition",
    "over_epochs",
    "losses",
    "pulls",
    "injected_noise",
]

each = pytest.mark.parametrize("exploration", EXPLORATIONS.values(), ids=EXPLORATIONS)


@pytest.fixture(scope="module")
def run() -> Result:
    config = SynthesisConfig.preset("smoke", strategies=TRAINED, learning_rate=0.01)
    return run_setting(LESSON, config, range(2), "cpu")


def diverged(run: Result, seeds: tuple[int, ...]) -> Result:
    """The same run, had these seeds of all methods diverged in epoch 2."""
    runs = run.tables["runs"].copy()
    gone = runs["seed"].isin(seeds)
    runs.loc[gone, ["diverged", "stop_epoch"]] = [True, 2]
    history = run.tables["history"]
    kept = history[~(history["seed"].isin(seeds) & (history["epoch"] > 2))]
    arrays = {
        name: np.full_like(array, np.nan) if "synthetic_" in name and array.ndim > 1 else array
        for name, array in run.arrays.items()
        if int(name.rpartition("/")[2]) in seeds
    }
    tables = {**run.tables, "runs": runs, "history": kept}
    return _changed(run, tables=tables, arrays={**run.arrays, **arrays})


def _changed(run: Result, **fields: Any) -> Result:
    names = ("lesson", "config", "seeds", "tables", "arrays", "provenance")
    return Result(**{**{name: getattr(run, name) for name in names}, **fields})


def test_the_live_default_is_one_design_on_three_seeds() -> None:
    setting = SYNTHESIS.trained(SYNTHESIS.start("lesson"))
    assert setting.config == SynthesisConfig.preset("lesson", strategies=("tds",))
    assert setting.seeds == 3


@each
def test_every_value_of_every_knob_is_a_setting_that_can_be_run(exploration: Exploration) -> None:
    start = exploration.start("lesson")
    for knob in exploration.knobs:
        if knob.kind == "train":
            for value in knob.values:
                ticked = (value,) if knob.name == "strategies" else value
                exploration.trained({**start, knob.name: ticked})


@each
def test_a_value_that_is_not_there_is_told_in_one_sentence(exploration: Exploration) -> None:
    for name, wrong in (("strategies", ("gan",)), ("unseen", 1.0), ("look", 3), ("clustering", -1)):
        with pytest.raises(UsageError, match=rf"^{name} = .*: allowed is .*\.$"):
            Explorer(LESSON, exploration=_name(exploration), live=False, **{name: wrong})
    with pytest.raises(UsageError, match=r"^bias = 99: allowed is one of -16, .* 16\.$"):
        Explorer(LESSON, live=False, bias=99)


def _name(exploration: Exploration) -> str:
    (name,) = (name for name, other in EXPLORATIONS.items() if other is exploration)
    return name


@pytest.mark.parametrize("name", RUN_FIGURES)
def test_figures_of_a_run_can_be_drawn(run: Result, name: str) -> None:
    panel = RUN_FIGURES[name](run)
    assert panel.name == name
    assert panel.command.startswith("mtlkit run zero_shot_synthesis --set ")
    assert panel.command.endswith(" --seeds 2 --out run")
    assert "On embedded digits." in panel.caption
    assert "nan" not in panel.alt
    assert re.search(r"\d", panel.alt)
    assert "<img" in show(panel).html()  # type: ignore[arg-type]
    assert from_json(json.loads(json.dumps(to_json(rounded(panel))))) == rounded(panel)


@pytest.mark.parametrize("shown", STRATEGIES)
def test_whatever_is_shown_the_pictures_are_the_same_in_number_and_order(
    run: Result, shown: str
) -> None:
    found = panels(run, {**START, "shown": shown})
    assert [panel.name for panel in found] == NAMES
    for panel in found:
        assert draw_matplotlib.figure(panel)
        assert picture(rounded(panel))


def test_a_baseline_has_accuracy_but_neither_features_nor_losses(run: Result) -> None:
    found = {panel.name: panel for panel in panels(run, {**START, "shown": "ridge"})}
    absent = {name for name, panel in found.items() if isinstance(panel, Table)}
    assert absent == {"features", "losses", "pulls", "injected_noise"}


@pytest.mark.parametrize("strategy", TRAINED)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_curve_of_a_run_has_the_area_of_its_table(
    run: Result, strategy: str, seed: int
) -> None:
    rows = run.tables["accuracy"].query("part == 'test' and k == 1 and moment == 'last'")
    (row,) = rows[(rows["strategy"] == strategy) & (rows["seed"] == seed)].itertuples()
    found = curve(run, strategy, seed)
    assert found.area == pytest.approx(row.area, abs=1e-5)
    assert (found.best_seen, found.best_unseen) == pytest.approx((row.best_seen, row.best_unseen))


def test_without_a_bias_a_composition_has_the_accuracy_of_the_run(run: Result) -> None:
    panel = by_composition(run, "tds")
    expected = run.arrays["by_composition_tds/0"]
    assert np.array(panel.values).ravel() == pytest.approx(100 * expected, nan_ok=True)


def test_framed_cells_are_those_never_seen_and_hatched_ones_those_of_validation(
    run: Result,
) -> None:
    panel = by_composition(run, "tds")
    group = run.arrays["group/0"].reshape(len(panel.rows), len(panel.columns))
    assert set(panel.outlined) == set(map(tuple, np.argwhere(group == HELD_TEST).tolist()))
    assert np.array_equal(np.isnan(panel.values), (group != HELD_TEST) & (group != SEEN))


def test_a_bias_trades_seen_compositions_for_unseen_ones(run: Result) -> None:
    group = run.arrays["group/0"]
    values, points = [], []
    for bias in (-1e6, 0.0, 1e6):
        map_ = by_composition(run, "tds", bias)
        values.append(np.array(map_.values).ravel())
        (facet,) = seen_unseen(run, "tds", bias).facets
        points.append((facet.points[0].x[0], facet.points[0].y[0]))
    low, middle, high = values
    assert (low[group == SEEN] >= middle[group == SEEN]).all()
    assert (high[group == HELD_TEST] >= middle[group == HELD_TEST]).all()
    assert (low[group == HELD_TEST] == 0).all()
    assert (high[group == SEEN] == 0).all()
    # All compositions have equally many pictures, so that means agree.
    for value, (unseen, seen) in zip(values, points, strict=True):
        assert seen == pytest.approx(value[group == SEEN].mean())
        assert unseen == pytest.approx(value[group == HELD_TEST].mean())


def test_without_a_curve_that_is_said(run: Result) -> None:
    """So is a run on a published split that tests on unseen compositions alone."""
    arrays = {name: array for name, array in run.arrays.items() if not name.startswith("curve_")}
    with pytest.raises(UsageError, match=r"^no method has a curve: allowed is .*\.$"):
        seen_unseen(_changed(run, arrays=arrays))


def test_no_word_of_a_triplet_is_lost() -> None:
    config = SynthesisConfig.preset("smoke", data="scene_triplets", strategies=("ridge",))
    found = compositions_of(config, 0)
    labels = found.candidates("test").nonzero().squeeze(1).numpy()
    run = Result(
        lesson=LESSON.name,
        config=config.as_dict(),
        seeds=(0,),
        tables={"runs": pd.DataFrame([RUN])},
        arrays={
            "group/0": found.group.numpy(),
            "test_labels/0": labels,
            "turns_ridge/0": np.zeros(len(labels), np.float32),
            "curve_ridge/0": np.zeros((3, 1), np.float32),
        },
        provenance={},
    )
    panel = by_composition(run, "ridge", 1.0)
    names = found.names()
    cells = {f"{row} {column}" for row in panel.rows for column in panel.columns}
    assert cells == set(names)
    for row, column in panel.outlined:
        at = names.index(f"{panel.rows[row]} {panel.columns[column]}")
        assert run.arrays["group/0"][at] == HELD_TEST
        assert panel.values[row][column] == 100


def test_features_under_way_stand_where_they_stand_at_the_end(
    run: Result, isolated_cache: Path
) -> None:
    """The axes are of the real ones alone, which a run under way has from its problem."""
    arrays = {name: run.arrays[name] for name in run.arrays if name.startswith("synthetic_tds")}
    arrays["synthetic_labels_tds/0"] = run.arrays["synthetic_labels/0"]
    under_way = _changed(run, tables={"history": run.tables["history"]}, arrays=arrays)
    now, whole = features(under_way), features(run)
    assert isinstance(now, Embedding)
    assert now.groups == whole.groups
    assert now.windows == whole.windows
    assert now.title.endswith(OF_REAL)


def test_windows_show_two_compositions_that_share_a_word_and_do_not_overlap(run: Result) -> None:
    panel = features(run)
    assert isinstance(panel, Embedding)
    assert panel.windows
    for window in panel.windows:
        first, second = window.names
        assert set(first.split()) & set(second.split())
        assert window.x[0] <= min(window.name_x) <= max(window.name_x) <= window.x[1]
    if len(panel.windows) == 2:
        one, other = panel.windows
        apart = [a[1] <= b[0] or b[1] <= a[0] for a, b in ((one.x, other.x), (one.y, other.y))]
        assert any(apart)


@pytest.mark.parametrize("coloured", COLOURED)
def test_points_are_coloured_by_what_is_asked_for(run: Result, coloured: str) -> None:
    found = features_of(run, "tds")
    panel = features(run, "tds", coloured=coloured)
    assert found is not None
    assert isinstance(panel, Embedding)
    assert sum(len(group.x) for group in panel.groups) == len(found.labels)
    for group in panel.groups:
        for told in group.told:
            kind, name = told.split(", ")
            word = {"usual": kind, "first": name.split()[0], "last": name.split()[-1]}[coloured]
            assert word == group.key


def test_the_silhouette_told_is_that_of_the_noise_shown(run: Result) -> None:
    for strategy in ("uds", "tds"):
        found = noise_of(run, strategy)
        assert found is not None
        assert found.epochs == (0, 1, 2, 3)
        for place, epoch in enumerate(found.epochs):
            told = f"{silhouette_score(found.looks[place], found.labels):.2f}".replace("-", "−")
            panel = injected_noise(run, strategy, epoch=epoch, method="pca")
            assert f"epoch {epoch}: silhouette {told}" in panel.title
        assert "epoch 3:" in injected_noise(run, strategy, epoch=40, method="pca").title


def test_slow_pictures_follow_and_stand_near_the_ones_before(
    run: Result, isolated_cache: Path
) -> None:
    values = {**NOISE.start("smoke"), "shown": "tds"}
    assert ": PCA" in injected_noise(run).title
    job = prepare_noise(run, values)
    assert job is not None
    job()
    assert prepare_noise(run, values) is None
    found = noise_of(run, "tds")
    assert found is not None
    placed = embeddings.series_at_hand(found.looks, "tsne")
    for before, after in itertools.pairwise(placed):
        np.testing.assert_allclose(
            embeddings.aligned(after.places, before.places), after.places, atol=1e-6
        )
    assert ": t-SNE" in injected_noise(run).title


def test_the_other_exploration_prepares_both_of_its_embeddings(
    run: Result, isolated_cache: Path
) -> None:
    values = {**START, "shown": "tds", "embedding": "tsne"}
    assert prepare(run, START) is None
    job = prepare(run, values)
    assert job is not None
    job()
    assert prepare(run, values) is None
    first, *_, last = panels(run, values)
    assert ": t-SNE" in first.title
    assert ": t-SNE" in last.title


def test_one_seed_that_diverged_is_told_on_the_plot_and_the_other_is_shown(run: Result) -> None:
    left = diverged(run, (0,))
    for panel in panels(left, {**START, "shown": "tds"}):
        assert not isinstance(panel, Table)
        assert draw_matplotlib.figure(panel)
        assert "Seed 0" not in panel.caption
    shown = over_epochs(left)
    labels = {line.key: line.label for line in shown.facets[0].lines}  # type: ignore[union-attr]
    assert labels["tds"] == "TDS, 1 of 2 seeds diverged"
    assert "TDS diverged: seed 0 in epoch 2" in shown.caption
    assert "(1 of 2 seeds diverged)" in losses(left, "tds").title
    under_way = _changed(left, tables={"history": left.tables["history"]}, arrays={})
    assert "TDS diverged: seed 0 in epoch 2" in over_epochs(under_way).caption


def test_of_a_run_that_diverged_whole_every_picture_says_so(run: Result) -> None:
    found = panels(diverged(run, (0, 1)), {**START, "shown": "tds"})
    assert [panel.name for panel in found] == NAMES
    for panel in found:
        assert "seed 1 in epoch 2" in panel.caption
        assert draw_matplotlib.figure(panel)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_percents_have_no_interval_beyond_what_they_can_be(run: Result, quantity: str) -> None:
    panel = over_epochs(run, quantity)
    for line in panel.facets[0].lines:  # type: ignore[union-attr]
        low, high = np.array(line.low), np.array(line.high)
        if quantity != "silhouette":
            assert np.nanmin(low) >= 0
            assert np.nanmax(high) <= 100


@each
def test_live_and_static_show_the_same(exploration: Exploration, isolated_cache: Path) -> None:
    """A run under way has the first pictures; its end those of a frame, name by name."""
    values = exploration.start("smoke")
    looks = [look for look in Trainings(LESSON, exploration, choose_device("cpu")).run(values)]
    *under_way, end = [look.result for look in looks if look.result is not None]
    assert end is not None
    whole = exploration.drawn(end, values)
    names = [panel.name for panel in whole]
    for result in under_way:
        early = [panel.name for panel in exploration.drawn(result, values)]
        assert early == [name for name in names if name in early]
    headless = Explorer(LESSON, exploration=_name(exploration), scale="smoke", live=False)
    again = exploration.drawn(headless.result(), values)
    assert [panel.name for panel in again] == names
    for one, other in zip(whole, again, strict=True):
        if not isinstance(one, Embedding):  # which is placed meanwhile
            assert picture(one) == picture(other)


@each
def test_what_moves_in_print_is_small_enough(exploration: Exploration) -> None:
    frames = 1
    for values in moving_knobs(exploration).values():
        frames *= len(values)
    assert frames <= 120
    settings = {exploration.trained(values).config for values in exploration.frames()}
    cost = sum(LESSON.experiment.cost(config) for config in settings)
    one = LESSON.experiment.cost(exploration.trained(SYNTHESIS.start("lesson")).config)
    assert cost <= 12 * one
