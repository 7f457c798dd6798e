"""A sample of a published study is trained anew; one that was tampered with is found out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.freshness import comparison, outdated
from mtlkit.core.paths import cache_root
from mtlkit.core.publishing import PublishedStudy, published_study
from mtlkit.core.recompute import Check, recompute, sample
from mtlkit.core.reproducing import reproduce
from mtlkit.core.result import Result
from mtlkit.core.study import Progress, Study

from .toy import ToyExperiment, ToyLesson, toy_lesson, toy_study

CPU = torch.device("cpu")


def publish(lesson: ToyLesson, out: Path, tamper: float = 0.0) -> PublishedStudy:
    """The toy study as published, with its values moved by so much."""
    reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=out)
    item = published_study("toy", "sizes", root=out)
    return attrs.evolve(item, table=item.table.assign(value=item.table["value"] + tamper))


def tolerant(tolerance: float, seeds: int = 3) -> Study:
    return attrs.evolve(toy_study(seeds=seeds), tolerance=tolerance)


def half_width_moved(values: pd.Series, moved: float) -> float:
    """How far a mean of logarithms moves; 4.3027 is the t quantile of two degrees of freedom."""
    logs = np.log(values)
    return float((logs.mean() - np.log(values - moved).mean()) / (4.3027 * logs.std() / 3**0.5))


def checked(lesson: ToyLesson, item: PublishedStudy, count: int = 1, seeds: int = 5) -> Check:
    drawn = sample(lesson, lesson.studies["sizes"], "lesson", "1-abc", count)
    *_, last = recompute(lesson, item, drawn, device=CPU, seeds=seeds)
    assert isinstance(last, Check)
    return last


def test_a_sound_study_agrees_and_nothing_is_read_from_or_left_in_the_cache(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, tolerant(0.0))
    item = publish(lesson, tmp_path / "pack")
    assert lesson.toy.trained == [(0, 1, 2)] * 3
    kept = sorted(cache_root().rglob("*"))
    found = checked(lesson, item, count=2)
    assert found.agrees
    assert lesson.toy.trained == [(0, 1, 2)] * 5
    assert sorted(cache_root().rglob("*")) == kept
    # One of the cheaper two, and the dearer one.
    cheap, dear = (one.labels["size"] for one in found.settings)
    assert cheap in (1, 2) and dear == 3
    assert [one.seeds for one in found.settings] == [3, 3]


@pytest.mark.parametrize(("tolerance", "agrees"), [(0.7, True), (0.5, False)])
def test_a_study_that_was_tampered_with_is_measured(
    tmp_path: Path, tolerance: float, agrees: bool
) -> None:
    lesson = toy_lesson(tmp_path, tolerant(tolerance))
    item = publish(lesson, tmp_path / "pack", tamper=1.0)
    found = checked(lesson, item)
    (setting,) = found.settings
    values = item.table.loc[item.table["size"] == setting.labels["size"], "value"]
    far = half_width_moved(values, 1.0)
    assert found.largest["value"].half_widths == pytest.approx(far, rel=1e-4)
    assert found.share(found.largest["value"]) == pytest.approx(far / tolerance, rel=1e-4)
    assert found.agrees == agrees
    assert [one.column for one in found.disagreeing] == ([] if agrees else ["value"])


@pytest.mark.parametrize(("column", "agrees"), [("value", True), ("other", False)])
def test_a_loose_column_may_move_further(tmp_path: Path, column: str, agrees: bool) -> None:
    lesson = toy_lesson(tmp_path, attrs.evolve(tolerant(0.1), loose={column: 1.0}))
    item = publish(lesson, tmp_path / "pack", tamper=1.0)
    found = checked(lesson, item)
    assert found.agrees == agrees
    # A table has no use for the tolerance of a column that it has not.
    told = {"value": 1.0} if agrees else {}
    assert found.as_dict()["loose"] == item.provenance["loose"] == told
    assert found.as_dict()["tolerance"] == item.provenance["tolerance"] == 0.1


def test_a_published_row_that_is_not_computed_any_more_is_a_deviation(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, tolerant(1.0))
    item = publish(lesson, tmp_path / "pack")
    rows = [item.table.assign(task=task) for task in (1, 2)]
    twice = attrs.evolve(item, table=pd.concat(rows, ignore_index=True))
    study = attrs.evolve(tolerant(1.0), reduce=lambda tables: tables["values"].assign(task=1))
    found = checked(attrs.evolve(lesson, toy_studies={"sizes": study}), twice)
    (lost,) = found.disagreeing
    assert (lost.column, lost.where["task"]) == ("seed", 2)
    assert lost.note == "only the published table has seed 0, 1, 2"


def test_only_the_first_seeds_are_trained(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, tolerant(0.0, seeds=7))
    item = publish(lesson, tmp_path / "pack")
    found = checked(lesson, item)
    assert lesson.toy.trained[-1] == (0, 1, 2, 3, 4)
    assert checked(lesson, item, seeds=2).settings[0].seeds == 2
    assert found.settings[0].seeds == 5


class Choosing(ToyExperiment):
    """Keeps the seeds' first only, as if it were chosen over all of them."""

    def combine(self, results: Sequence[Result]) -> dict[str, pd.DataFrame]:
        best = max(len(results) - 1, 0)
        return {"values": results[best].tables["values"]}


def test_where_something_is_chosen_over_the_seeds_all_are_trained(tmp_path: Path) -> None:
    lesson = attrs.evolve(toy_lesson(tmp_path, tolerant(0.0, seeds=4)), toy=Choosing())
    item = publish(lesson, tmp_path / "pack")
    found = checked(lesson, item, seeds=2)
    assert found.settings[0].seeds == 4
    assert lesson.toy.trained[-2:] == [(0, 1), (2, 3)]
    assert found.agrees


def test_progress_rises_to_one(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, tolerant(0.0))
    item = publish(lesson, tmp_path / "pack")
    drawn = lesson.studies["sizes"].settings("lesson")
    steps = [step for step in recompute(lesson, item, drawn, device=CPU)]
    shares = [step.fraction for step in steps if isinstance(step, Progress)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_record_is_strict_json_with_its_provenance(tmp_path: Path) -> None:
    lesson = toy_lesson(tmp_path, tolerant(0.1))
    item = publish(lesson, tmp_path / "pack")
    lost = item.table.assign(value=item.table["value"].where(item.table["seed"] != 1))
    found = checked(lesson, attrs.evolve(item, table=lost))
    told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    expected = {
        "lesson": "toy",
        "study": "sizes",
        "data": "toys",
        "scale": "lesson",
        "agrees": False,
        "tolerance": 0.1,
        "settings": [{"labels": found.settings[0].labels, "strategies": [], "seeds": 3}],
        "device_class": "cpu",
        "numerics_published": item.provenance["numerics"],
        "numerics": item.provenance["numerics"],
        "comparison": comparison(),
    }
    assert expected.items() <= told.items()
    assert told.keys() >= {"versions", "device", "created", "seconds"}
    assert told["largest"]["value"]["half_widths"] is None
    assert told["largest"]["value"]["note"] == "only one side has a number at seed 1"


def test_what_costs_many_times_the_median_is_not_drawn(tmp_path: Path) -> None:
    study = toy_study(sizes=(1, 1, 2, 8, 9))
    lesson = toy_lesson(tmp_path, study)
    sizes = [one.config.as_dict()["size"] for one in sample(lesson, study, "lesson", "1-a", 9)]
    assert sizes == [1, 1, 2, 8]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, ""),
        ({"numerics": "0-a"}, "another version of the lesson’s code"),
        ({"numerics_published": "0-a"}, "another version of the lesson’s code"),
        ({"comparison": "0-a"}, "another version of the comparison"),
        ({"comparison": None}, "another version of the comparison"),
    ],
)
def test_a_record_of_other_code_is_outdated(
    tmp_path: Path, change: dict[str, str | None], why: str
) -> None:
    lesson = toy_lesson(tmp_path, tolerant(0.0))
    record = checked(lesson, publish(lesson, tmp_path / "pack")).as_dict()
    assert outdated(lesson, {**record, **change}) == why


def test_the_first_lot_falls_among_the_cheaper_half_and_depends_on_study_and_numerics(
    tmp_path: Path,
) -> None:
    study = toy_study(sizes=(9, 3, 7, 1, 8, 2, 6, 4, 5))
    lesson = toy_lesson(tmp_path, study)

    def drawn(numerics: str, count: int = 1, name: str = "sizes") -> tuple[int, ...]:
        asked = attrs.evolve(study, name=name)
        return tuple(
            setting.labels["size"] for setting in sample(lesson, asked, "lesson", numerics, count)
        )

    assert drawn("1-a", 2) == drawn("1-a", 2)
    assert len(set(drawn("1-a", 3))) == 3
    assert set(drawn("1-a", 1)) < set(drawn("1-a", 2)) < set(drawn("1-a", 3))
    for number in range(20):
        assert sorted(size > 5 for size in drawn(f"1-{number}", 3)) == [False, False, True]
    assert {1, 2, 3, 4, 5} < set(drawn("1-a", 99)) and len(drawn("1-a", 99)) == 6
    over_numerics = {size for number in range(60) for size in drawn(f"1-{number}")}
    over_names = {size for number in range(60) for size in drawn("1-a", name=f"s{number}")}
    assert over_numerics == over_names == {1, 2, 3, 4, 5}
    with pytest.raises(ValueError, match="count = 0: allowed is"):
        drawn("1-a", 0)
