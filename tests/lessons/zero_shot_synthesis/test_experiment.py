"""The experiment of lesson 09: its laws, what is left of a run, and official sets."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result
from mtlkit.data import official_compositions
from mtlkit.lessons.zero_shot_synthesis import experiment, problem
from mtlkit.lessons.zero_shot_synthesis.config import (
    BASELINES,
    CONTROL,
    DESIGNS,
    STRATEGIES,
    SynthesisConfig,
)
from mtlkit.lessons.zero_shot_synthesis.leaves import POINTS, _thinned, accuracies, arrays
from mtlkit.lessons.zero_shot_synthesis.studies import STUDIES
from mtlkit.lessons.zero_shot_synthesis.synthesis import SynthesisProgram
from mtlkit.metrics.zero_shot import Curve
from tests.data.official import composed_miniature
from tests.data.official.composed_miniature import SETS, installed
from tests.lessons.zero_shot_synthesis.small import CPU, double, program, small
from tests.lessons.zero_shot_synthesis.test_baselines import made_up

NAMES = ["seed", "strategy"]
DEEP = ("uds", "tds", CONTROL)
Tables = Mapping[str, pd.DataFrame]


def results_of(config: SynthesisConfig, seeds: Sequence[int]) -> list[Result]:
    return [one for one in experiment.train(config, seeds, CPU) if isinstance(one, Result)]


def tables_of(config: SynthesisConfig, seeds: Sequence[int]) -> Tables:
    return experiment.combine(results_of(config, seeds))


def assert_close(one: pd.DataFrame, other: pd.DataFrame, atol: float = 1e-4) -> None:
    pd.testing.assert_frame_equal(
        one.reset_index(drop=True),
        other.reset_index(drop=True),
        rtol=1e-3,
        atol=atol,
        check_dtype=False,
    )


@pytest.fixture(scope="module")
def every() -> tuple[Tables, dict[int, Result]]:
    """All methods, two seeds."""
    results = results_of(small(strategies=STRATEGIES), (0, 2))
    return experiment.combine(results), {one.seeds[0]: one for one in results}


def test_tables_have_every_row_once(every: tuple[Tables, dict[int, Result]]) -> None:
    tables, _ = every
    keys = [*NAMES, "moment", "part", "k"]
    assert len(tables["accuracy"]) == 2 * len(STRATEGIES) * 2 * 2 * 3
    assert not tables["accuracy"].duplicated(keys).any()
    assert tables["accuracy"].notna().all(axis=None)
    assert len(tables["runs"]) == 2 * len(STRATEGIES)
    assert not tables["runs"]["diverged"].any()
    assert (tables["runs"]["parameters"] > 0)[tables["runs"]["strategy"] != "ridge"].all()
    epochs = tables["history"].groupby(NAMES)["epoch"].agg(list).xs(0)
    for strategy, found in epochs.items():
        assert found == ([0] if strategy == "ridge" else [0, 1, 2, 3])
    assert set(tables["likeness"]["strategy"]) == {*DESIGNS, CONTROL}
    assert len(tables["likeness"]) == 2 * 6
    assert len(tables["linearity"]) == 2 * len(STRATEGIES)
    # Features are the same for all methods of a seed.
    for _, own in tables["linearity"].groupby("seed"):
        assert own.drop(columns=NAMES).nunique().eq(1).all()
    last = tables["history"].query("epoch == 3").set_index("strategy")
    deep = last.loc[list(DEEP), ["noise_silhouette", "noise_within"]]
    assert deep.notna().all(axis=None)
    assert last.loc[["ss", *BASELINES[:-1]], "noise_silhouette"].isna().all()


def test_accuracies_keep_their_order(every: tuple[Tables, dict[int, Result]]) -> None:
    found = every[0]["accuracy"]
    assert (found["open"] <= found["closed"]).all()
    assert (found["area"] <= found["best_seen"] * found["best_unseen"] + 1e-9).all()
    wide = found.set_index([*NAMES, "moment", "part", "k"]).unstack("k")
    for column in ("closed", "open", "area", "chance"):
        assert (wide[column].diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    # A fifth of 80 is held out for each of validation and test.
    assert wide["chance"][1].eq(1 / 20).all()
    # The chosen epoch is the best one on validation, and the last one is that of `history`.
    history = every[0]["history"].set_index([*NAMES, "epoch"]).sort_index()
    for (seed, strategy), own in found.query("k == 1 and part == 'validation'").groupby(NAMES):
        looked = history.loc[(seed, strategy)]
        area = own.set_index("moment")["area"]
        assert area["chosen"] == pytest.approx(looked["area"].max(), abs=1e-6)
        assert area["last"] == pytest.approx(looked["area"].iloc[-1], abs=1e-6)


def test_arrays_are_what_tables_say(every: tuple[Tables, dict[int, Result]]) -> None:
    """Of the last epoch: the bias at which a picture turns, the curve, and what is drawn."""
    tables, results = every
    found = tables["accuracy"].query("moment == 'last' and part == 'test' and k == 1")
    found = found.set_index(NAMES)
    for seed, result in results.items():
        arrays = result.arrays
        new = arrays["group"][arrays["test_labels"]] == 2
        for strategy in STRATEGIES:
            turns, row = arrays[f"turns_{strategy}"], found.loc[(seed, strategy)]
            bias, seen, unseen = arrays[f"curve_{strategy}"]
            for place in range(0, len(bias), 20):
                assert np.mean(turns[~new] > bias[place]) == pytest.approx(seen[place], abs=0.02)
                assert np.mean(turns[new] < bias[place]) == pytest.approx(unseen[place], abs=0.02)
            assert np.mean(turns[new] < 0) == pytest.approx(row["open"])
            assert seen[0] == pytest.approx(row["best_seen"])
            assert unseen[-1] == pytest.approx(row["best_unseen"])
            cells = arrays[f"by_composition_{strategy}"]
            # Equally many pictures of each composition that is shown.
            assert np.nanmean(cells[arrays["group"] == 2]) == pytest.approx(row["open"])
            assert np.isnan(cells[arrays["group"] == 1]).all()
            if strategy in BASELINES:
                continue
            made = arrays[f"synthetic_{strategy}"]
            assert made.shape == (len(arrays["synthetic_labels"]), 8)
            assert set(arrays["group"][arrays["synthetic_labels"]]) == {2}
            looks = sorted(name for name in arrays if name.startswith(f"injected_{strategy}/"))
            wanted = [f"injected_{strategy}/{epoch}" for epoch in (0, 1, 2, 3)]
            assert looks == (wanted if strategy in DEEP else [])
        assert set(arrays["group"][arrays["real_labels"]]) == {2}


@pytest.fixture
def in_double() -> Iterator[None]:
    """Made-up features are in double precision."""
    with double():
        yield


@pytest.mark.usefixtures("in_double")
def test_the_bias_at_which_pictures_turn_reproduces_any_answer() -> None:
    ours = program("tds", (3, 7))
    for batch in ours.batches(1):
        ours.step(batch)
    found = arrays(ours, "tds")
    scores = ours.scored("test")
    for row, seed in enumerate((3, 7)):
        labels, seen, candidates = ours.judged("test", row)
        turns = torch.from_numpy(found[seed]["turns_tds"])
        for bias in (-50.0, -1.0, -0.1, 0.0, 0.1, 1.0, 50.0):
            moved = scores[row] + bias * (~seen)
            right = moved.masked_fill(~candidates, -torch.inf).argmax(1) == labels
            told = torch.where(seen[labels], turns > bias, turns < bias)
            assert torch.equal(told, right)


@pytest.mark.usefixtures("in_double")
def test_accuracies_agree_with_sorting() -> None:
    ours = program("uds", (3, 7))
    frame = accuracies(ours, "uds", "last")
    assert frame["seed"].tolist() == list(
        itertools.chain.from_iterable([3, 3, 3, 7, 7, 7] for _ in range(2))
    )
    for part, row in itertools.product(("validation", "test"), (0, 1)):
        own = made_up((3, 7)[row])
        scores = ours.scored(part)[row]
        labels, unseen, every = own.parts[part].labels, own.unseen(part), own.candidates(part)
        for k in (1, 2, 3):
            rows = frame[(frame["part"] == part) & (frame["seed"] == (3, 7)[row])]
            told = rows.set_index("k").loc[k]
            for name, allowed in (("closed", unseen), ("open", every)):
                best = scores.masked_fill(~allowed, -torch.inf).topk(k, 1).indices
                hits = (best == labels[:, None]).any(1)[unseen[labels]]
                assert told[name] == pytest.approx(hits.double().mean().item())
            assert told["chance"] == pytest.approx(min(1, k / int(unseen.sum())))


@pytest.mark.parametrize("size", [0, 1, 5, 1000])
def test_a_thinned_curve_keeps_its_ends_and_lies_on_the_curve(size: int) -> None:
    random = torch.Generator().manual_seed(size)
    seen, unseen = torch.randn(2, size // 2 + 1, generator=random).double()
    if size == 0:
        seen, unseen = torch.full((3,), torch.inf).double(), torch.full((3,), torch.inf).double()
    curve = Curve.of(seen, unseen)
    thin = _thinned(curve)
    lowest, highest = float(curve.unseen_accuracy[0]), float(curve.seen_accuracy[-1])
    assert thin.shape == (3, min(POINTS, len(curve.seen_accuracy)))
    assert thin[1:, 0].tolist() == pytest.approx([curve.best_seen, lowest])
    assert thin[1:, -1].tolist() == pytest.approx([highest, curve.best_unseen])
    for bias, *both in thin.T[:: max(1, thin.shape[1] // 9)].tolist():
        assert curve.at(bias) == pytest.approx(both, abs=5 / (size + 1))


def test_a_seed_is_the_same_alone_and_beside_others() -> None:
    """The products of a stack are summed in another order: single precision, three epochs."""
    config = small(strategies=("tds", "red_wine"))
    alone, beside = tables_of(config, (4,)), tables_of(config, (0, 4, 9))
    for name in ("history", "linearity"):
        assert_close(alone[name], beside[name].query("seed == 4"))
    # One of 80 pictures may be told otherwise.
    assert_close(alone["accuracy"], beside["accuracy"].query("seed == 4"), atol=1 / 80)


def test_a_method_is_the_same_alone_and_beside_others_and_runs_repeat(
    every: tuple[Tables, dict[int, Result]],
) -> None:
    torch.manual_seed(3)
    for strategy in ("tds", CONTROL, "ss_mtc_add"):
        alone = tables_of(small(strategies=(strategy,)), (0, 2))
        for name, table in alone.items():
            own = every[0][name].query("strategy == @strategy")[table.columns]
            assert_close(table, own, atol=0)


def test_triplets_run_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problem, "TEACHING", 2)
    strategies = ("ss", "tds", "att_operator")
    config = small(data="scene_triplets", strategies=strategies, epochs=1, unseen=0.8)
    tables = tables_of(config, (1,))
    for name in ("accuracy", "linearity"):
        assert tables[name].notna().all(axis=None), name


def test_a_diverged_replica_is_nan_at_both_moments_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = small(strategies=("uds", "visprod"))
    healthy = tables_of(config, (0, 1, 2))
    batches = SynthesisProgram.batches

    def spoilt(self: SynthesisProgram, epoch: int) -> Iterator[Any]:
        if epoch == 2:
            self.classifier.weight.data[self.seed == 1] = torch.nan
        return batches(self, epoch)

    monkeypatch.setattr(SynthesisProgram, "batches", spoilt)
    results = results_of(config, (0, 1, 2))
    sick = experiment.combine(results)
    runs = sick["runs"].set_index(["strategy", "seed"])
    assert runs["diverged"].to_dict() == {
        (strategy, seed): (strategy, seed) == ("uds", 1)
        for strategy in ("uds", "visprod")
        for seed in (0, 1, 2)
    }
    assert "in epoch 2" in runs.loc[("uds", 1), "cause"]
    own = sick["accuracy"].query("seed == 1 and strategy == 'uds'")
    assert len(own) == 12
    assert set(own["moment"]) == {"last", "chosen"}
    assert own.drop(columns=[*NAMES, "moment", "part", "k"]).isna().all(axis=None)
    assert not len(sick["likeness"].query("seed == 1"))
    for name in ("accuracy", "history", "likeness"):
        keys = [key for key in (*NAMES, "moment", "part", "k", "epoch") if key in sick[name]]
        pair = [
            one[name].query("seed != 1 or strategy != 'uds'").sort_values(keys)
            for one in (healthy, sick)
        ]
        assert_close(*pair, atol=1 / 80 if name == "accuracy" else 1e-3)
    # Its arrays are those of the other method.
    arrays = {one.seeds[0]: one.arrays for one in results}
    assert "turns_visprod" in arrays[1]
    assert "turns_uds" not in arrays[1]
    assert "turns_uds" in arrays[2]
    # The studies take such a table.
    reduced = STUDIES["weights"].reduce(
        {name: table.query("strategy == 'uds'") for name, table in sick.items()}
    )
    assert sorted(reduced["seed"]) == [0, 1, 2]


def test_snapshots_stream_and_progress_rises_to_the_end() -> None:
    config = small(strategies=("ss", "tds", "ridge"))
    items = list(experiment.train(config, (0, 2), CPU))
    snapshots = [one for one in items if isinstance(one, Snapshot)]
    progress = [one.progress for one in snapshots]
    assert progress[0] == 0
    assert progress[-1] == pytest.approx(1)
    assert min(np.diff(progress)) > -1e-12
    assert [one.epoch for one in snapshots] == [0, 1, 2, 3] * 2 + [0]
    for one in snapshots:
        assert one.observed["area"].shape == (2, 1)
        if one.part != "ridge":
            labels = one.observed["synthetic_labels"]
            assert one.observed["synthetic"].shape == (*labels.shape, 8)
    costs = [experiment.cost(small(strategies=(name,))) for name in config.strategies]
    assert experiment.cost(config) == pytest.approx(sum(costs))
    assert costs[2] < costs[0]


def test_training_beats_chance_on_compositions_never_seen() -> None:
    config = small(
        strategies=("tds",),
        per_composition=20,
        width=32,
        hidden=16,
        epochs=5,
        features=32,
        classification=1.0,
    )
    found = tables_of(config, (0,))["accuracy"].query("moment == 'last' and k == 1")
    assert (found["closed"] > 3 * found["chance"]).all()


# --- official sets ---


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """MIT-States in small, with words enough, and a ResNet-18 with random weights."""
    from torchvision import models

    # Three attributes and four objects; eight pictures a pair that a part shows.
    pairs = list(itertools.product(("Big", "Old", "Wet"), ("sea", "Cat", "Boots.Ankle", "Desk")))
    held = {"val": pairs[0:12:5], "test": [pairs[2], pairs[4], pairs[9]]}
    train = [one for one in pairs if one not in held["val"] and one not in held["test"]]
    natural = {"train": train, **{part: [*train[:3], *own] for part, own in held.items()}}
    compositional = {"train": train, "test": [*held["val"], *held["test"]]}
    pictures = [
        composed_miniature._row(f"{part}{number}", *pair, part)
        for part, own in natural.items()
        for pair in own
        for number in range(4)
    ]
    folder = tmp_path_factory.mktemp("synthesis")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composed_miniature, "rows", lambda: pictures)
        entry, downloads = SETS["mit_states"]
        files = downloads(natural=natural, compositional=compositional)
        found = installed(entry, files, folder)
    torch.manual_seed(0)
    (found / "weights").mkdir()
    torch.save(models.resnet18(weights=None).state_dict(), found / "weights" / "resnet18.pth")
    yield found


@pytest.fixture
def official(root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The network sees 32 x 32 pixels."""
    monkeypatch.setenv("MTLKIT_DATA", str(root))
    resnet = functools.partial(official_compositions.resnet, side=32)
    monkeypatch.setattr(official_compositions, "resnet", resnet)
    return root


@pytest.mark.parametrize("split", ["natural", "compositional"])
def test_official_sets_run_through(official: Path, split: str) -> None:
    config = small(
        data="mit_states",
        extractor="resnet18",
        split=split,
        vectors="random",
        strategies=("tds", CONTROL, *BASELINES),
    )
    results = results_of(config, (0, 1))
    tables = experiment.combine(results)
    parts = {"natural": {"validation", "test"}, "compositional": {"test"}}[split]
    assert set(tables["accuracy"]["part"]) == parts
    assert not tables["runs"]["diverged"].any()
    assert tables["linearity"].notna().all(axis=None)
    alike = tables["likeness"].drop(columns="mantel_real_apart")
    assert alike.notna().all(axis=None)
    if split == "compositional":
        # Nothing to choose an epoch by: the last one is.
        wide = tables["accuracy"].set_index([*NAMES, "part", "k", "moment"])["closed"].unstack()
        pd.testing.assert_series_equal(wide["last"], wide["chosen"], check_names=False)
        # Only unseen compositions are shown, without which there is no curve.
        assert tables["history"]["closed_validation"].isna().all()
        assert tables["accuracy"]["area"].isna().all()
        assert not any(name.startswith("curve_") for name in results[0].arrays)
    assert tables["accuracy"]["closed"].notna().all()
    # A published split is the same for every seed.
    assert np.array_equal(results[0].arrays["group"], results[1].arrays["group"])
