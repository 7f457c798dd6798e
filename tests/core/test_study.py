"""Studies: nothing is trained twice, and what was done before an interruption is kept."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pandas as pd
import pytest
import torch

from mtlkit.core.cache import Cache
from mtlkit.core.lesson import Snapshot
from mtlkit.core.paths import cache_root
from mtlkit.core.publishing import publish, published, published_study
from mtlkit.core.reproducing import compute, reproduce
from mtlkit.core.result import Result
from mtlkit.core.runner import Runner, merged
from mtlkit.core.study import Progress, Study
from mtlkit.errors import UsageError

from .toy import ToyConfig, ToyLesson, toy_lesson, toy_study

CPU = torch.device("cpu")
CONFIG = ToyConfig(size=3, rate=0.5)


def results(runner: Runner, config: ToyConfig, *seeds: int) -> list[Result]:
    *_, last = runner.run(config, seeds)
    assert isinstance(last, list)
    return last


def table(study: Study, lesson: ToyLesson, seeds: int | None = None) -> pd.DataFrame:
    *_, last = compute(study, Runner(lesson, CPU), "lesson", seeds)
    assert isinstance(last, pd.DataFrame)
    return last


def test_only_missing_seeds_are_trained(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path)
    first = results(Runner(lesson, CPU), CONFIG, 0, 2)
    assert lesson.toy.trained == [(0, 2)]
    more = results(Runner(lesson, CPU), CONFIG, 0, 1, 2, 3)
    assert lesson.toy.trained == [(0, 2), (1, 3)]
    assert [result.seeds for result in more] == [(0,), (1,), (2,), (3,)]
    again = results(Runner(lesson, CPU), CONFIG, 2, 1)
    assert lesson.toy.trained == [(0, 2), (1, 3)]
    assert [result.seeds for result in again] == [(2,), (1,)]
    for one, other in ((first[1], again[0]), (more[1], again[1])):
        pd.testing.assert_frame_equal(one.tables["values"], other.tables["values"])
        assert one.provenance == other.provenance


def test_what_is_kept_says_where_it_comes_from(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path)
    runner = Runner(lesson, CPU)
    (result,) = results(runner, CONFIG, 0)
    assert result.provenance["data"] == {"name": "toys", "checksum": "abc"}
    assert result.provenance["numerics"] == runner.key(CONFIG).numerics
    assert result.provenance["device_class"] == "cpu"
    assert result.provenance["seconds"] == 0.5
    assert runner.used == [result.provenance]


def test_other_settings_data_code_or_a_damaged_entry_are_trained_anew(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path)
    trained = lesson.toy.trained
    results(Runner(lesson, CPU), CONFIG, 0)
    results(Runner(lesson, CPU), attrs.evolve(CONFIG, rate=0.25), 0)
    assert len(trained) == 2
    lesson.toy.checksum = "def"
    results(Runner(lesson, CPU), CONFIG, 0)
    assert len(trained) == 3
    lesson.file.write_text("LEARNING = 0.1  # a comment\n", encoding="utf-8")
    results(Runner(lesson, CPU), CONFIG, 0)
    assert len(trained) == 3
    lesson.file.write_text("LEARNING = 0.2\n", encoding="utf-8")
    runner = Runner(lesson, CPU)
    results(runner, CONFIG, 0)
    assert len(trained) == 4
    (runner.cache.folder(runner.key(CONFIG), 0) / "result.json").write_text("{", encoding="utf-8")
    results(Runner(lesson, CPU), CONFIG, 0)
    assert len(trained) == 5
    results(Runner(lesson, CPU, Cache(tmp_path / "elsewhere")), CONFIG, 0)
    assert len(trained) == 6


def test_training_runs_on_one_thread(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        lesson = toy_lesson(tmp_path)
        run = Runner(lesson, CPU).run(CONFIG, [0])
        assert isinstance(next(run), Snapshot)
        # While the caller looks at a snapshot, and when it cancels, the number is its own.
        assert torch.get_num_threads() == 2
        assert isinstance(next(run), Snapshot)
        run.close()
        assert torch.get_num_threads() == 2
        assert lesson.toy.threads == [1, 1]
    finally:
        torch.set_num_threads(before)


def test_several_seeds_are_merged_into_one_result(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path)
    both = merged(lesson, CONFIG, results(Runner(lesson, CPU), CONFIG, 4, 1))
    assert both.seeds == (4, 1)
    assert both.config == CONFIG.as_dict()
    assert both.tables["values"]["seed"].tolist() == [4, 1]
    assert sorted(both.arrays) == ["curve/1", "curve/4"]
    assert both.provenance["seconds"] == 1.0
    both.save(tmp_path / "out")
    assert Result.load(tmp_path / "out").seeds == (4, 1)


def test_a_study_is_one_table_with_its_labels_first(tmp_path: Path) -> None:
    found = table(toy_study(), toy_lesson(tmp_path))
    assert list(found) == ["size", "seed", "value"]
    assert found["seed"].tolist() == [0, 1, 2] * 3
    assert (found["value"] == found["seed"] + found["size"] * 0.5).all()
    assert len(table(toy_study(), toy_lesson(tmp_path), seeds=2)) == 3 * 2


def test_progress_rises_to_one_in_shares_of_the_cost(tmp_path: Path) -> None:
    steps = [
        item
        for item in compute(toy_study(), Runner(toy_lesson(tmp_path), CPU), "lesson")
        if isinstance(item, Progress)
    ]
    shares = [step.fraction for step in steps]
    assert shares == sorted(shares)
    assert shares == pytest.approx([0, 1 / 12, 1 / 6, 1 / 6, 2 / 6, 3 / 6, 3 / 6, 3 / 4, 1])
    assert steps[0].doing == "size 1"


def test_a_study_broken_off_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = toy_study()
    lesson = toy_lesson(tmp_path, study)
    out = tmp_path / "pack"
    lesson.toy.breaks_at = 2
    with pytest.raises(KeyboardInterrupt):
        reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=out)
    assert lesson.toy.trained == [(0, 1, 2)] * 2
    assert published("toy", out) == []
    lesson.toy.breaks_at = None
    reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=out)
    assert lesson.toy.trained == [(0, 1, 2)] * 3
    monkeypatch.setenv("MTLKIT_CACHE", str(tmp_path / "another-cache"))
    unbroken = toy_lesson(tmp_path, study)
    pd.testing.assert_frame_equal(
        published_study("toy", "sizes", root=out).table, table(study, unbroken)
    )
    assert unbroken.toy.trained == [(0, 1, 2)] * 3


def test_a_broken_publication_keeps_the_old_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = toy_study()
    lesson = toy_lesson(tmp_path, study)
    runner, out = Runner(lesson, CPU), tmp_path / "pack"
    old = table(study, lesson)
    publish(study, runner, "lesson", old, out)

    def half(self: pd.DataFrame, path: Path, **_: object) -> None:
        path.write_bytes(b"PAR1")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pd.DataFrame, "to_parquet", half)
        with pytest.raises(KeyboardInterrupt):
            publish(study, runner, "lesson", old.assign(value=0), out)
    pd.testing.assert_frame_equal(published_study("toy", "sizes", root=out).table, old)
    assert len([path for path in out.rglob("*") if path.is_file()]) == 2


def test_what_is_published_is_what_was_computed(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, toy_study())
    out, seen = tmp_path / "pack", []
    (path,) = reproduce(
        lesson,
        ["sizes"],
        scale="smoke",
        device=CPU,
        out=out,
        seeds=2,
        report=seen.append,
    )
    assert path == out / "studies" / "toys.smoke" / "sizes.parquet"
    assert seen[-1].fraction == 1.0
    assert seen[-1].doing.startswith("sizes: ")
    (found,) = published("toy", out)
    assert (found.lesson, found.study, found.data, found.scale) == ("toy", "sizes", "toys", "smoke")
    assert len(found.table) == 3 * 2
    assert found.table.attrs["data"] == "toys"
    record = json.loads((out / "provenance/toys.smoke/sizes.json").read_text(encoding="utf-8"))
    assert found.provenance == record
    expected = {
        "lesson": "toy",
        "study": "sizes",
        "scale": "smoke",
        "data": {"name": "toys", "checksum": "abc"},
        "settings": 3,
        "seeds": 2,
        "training_seconds": 3.0,
        "device_class": "cpu",
    }
    assert expected.items() <= record.items()
    assert published_study("toy", "sizes", "smoke", out).table.equals(found.table)


def test_versions_published_are_those_that_trained(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, toy_study())
    out = tmp_path / "pack"
    reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=out)
    (today,) = {item.provenance["versions"]["torch"] for item in published("toy", out)}
    entry = next(Cache(cache_root()).root.rglob("result.json")).parent
    older = Result.load(entry)
    told = {**older.provenance, "versions": {"torch": "0.4.0"}}
    attrs.evolve(older, provenance=told).save(entry)
    reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=out)
    assert published("toy", out)[0].provenance["versions"]["torch"] == f"0.4.0, {today}"


def test_what_is_not_published_is_told_with_the_command_that_makes_it(tmp_path: Path) -> None:
    assert published("toy", tmp_path / "nowhere") == []
    with pytest.raises(UsageError, match="`mtlkit reproduce toy sizes --scale paper` makes it"):
        published_study("toy", "sizes", "paper", tmp_path)


@pytest.mark.parametrize("damage", ["no provenance", "garbage"])
def test_a_pack_that_cannot_be_used_is_told(tmp_path: Path, damage: str) -> None:
    lesson = toy_lesson(tmp_path, toy_study())
    (path,) = reproduce(lesson, ["sizes"], scale="smoke", device=CPU, out=tmp_path / "pack")
    if damage == "garbage":
        path.write_bytes(b"garbage")
    else:
        (tmp_path / "pack/provenance/toys.smoke/sizes.json").unlink()
    with pytest.raises(UsageError, match=r"sizes\.parquet: cannot be used"):
        published("toy", tmp_path / "pack")
