"""A sample of a published study is trained anew; one that was tampered with is found out."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
import torch

from mtlkit.core.paths import cache_root
from mtlkit.core.recompute import Check, recompute, sample
from mtlkit.core.result import Result
from mtlkit.core.study import Progress, PublishedStudy, Study, published_study, reproduce

from .toy import ToyExperiment, ToyLesson, toy_lesson, toy_study

CPU = torch.device("cpu")


def publish(lesson: ToyLesson, out: Path, tamper: float = 0.0) -> PublishedStudy:
    """The toy study as published, with its values moved by so much."""
    reproduce(lesson, ["sizes"], scale="lesson", device=CPU, out=out)
    item = published_study("toy", "sizes", root=out)
    return attrs.evolve(item, table=item.table.assign(value=item.table["value"] + tamper))


def tolerant(tolerance: float, seeds: int = 3) -> Study:
    return attrs.evolve(toy_study(seeds=seeds), tolerance=tolerance)


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
    assert [one.labels for one in found.settings] == [{"size": 1}, {"size": 2}]
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
    logs = np.log(values)
    moved = logs.mean() - np.log(values - 1).mean()
    # 4.3027 is the t quantile of two degrees of freedom.
    half = 4.3027 * logs.std() / math.sqrt(3)
    assert found.largest["value"].half_widths == pytest.approx(moved / half, rel=1e-4)
    assert found.agrees == agrees
    assert [one.column for one in found.disagreeing] == ([] if agrees else ["value"])


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
        "settings": [{"labels": {"size": 1}, "strategies": [], "seeds": 3}],
        "device_class": "cpu",
        "numerics_published": item.provenance["numerics"],
        "numerics": item.provenance["numerics"],
    }
    assert expected.items() <= told.items()
    assert told.keys() >= {"versions", "device", "created", "seconds"}
    assert told["largest"]["value"]["half_widths"] is None
    assert told["largest"]["value"]["note"] == "only one side has a number at seed 1"


def test_the_lot_falls_among_the_cheaper_half_and_depends_on_study_and_numerics(
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
    assert sorted(drawn("1-a", 99)) == [1, 2, 3, 4, 5]
    over_numerics = {size for number in range(60) for size in drawn(f"1-{number}")}
    over_names = {size for number in range(60) for size in drawn("1-a", name=f"s{number}")}
    assert over_numerics == over_names == {1, 2, 3, 4, 5}
    with pytest.raises(ValueError, match="count = 0: allowed is"):
        drawn("1-a", 0)
