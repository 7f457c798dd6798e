"""The committed packs: made by the code as it stands, small, and complete."""

from __future__ import annotations

import pytest

from mtlkit import lessons
from mtlkit.core.device import choose_device
from mtlkit.core.freshness import outdated
from mtlkit.core.ledger import ledger
from mtlkit.core.paths import results_root
from mtlkit.core.provenance import numerics_version
from mtlkit.core.recompute import Check, recompute
from mtlkit.core.study import published, published_study
from mtlkit.report.recomputed import records

each_lesson = pytest.mark.parametrize("name", lessons.names())


@each_lesson
def test_every_study_is_published_by_the_numerics_of_today(name: str) -> None:
    lesson = lessons.get(name)
    today = numerics_version(lesson.numerics_files)
    found = {item.study: item for item in published(name) if item.scale == "lesson"}
    assert set(found) == set(lesson.studies)
    assert {study: item.provenance["numerics"] for study, item in found.items()} == dict.fromkeys(
        found, today
    )
    for study, item in found.items():
        settings = lesson.studies[study].settings("lesson")
        assert item.table["seed"].nunique() == max(setting.seeds for setting in settings)
        assert item.provenance["settings"] == len(settings)


@each_lesson
def test_a_pack_is_smaller_than_five_megabytes(name: str) -> None:
    files = [path for path in (results_root() / name).rglob("*") if path.is_file()]
    assert 0 < sum(path.stat().st_size for path in files) < 5_000_000


@each_lesson
def test_every_record_of_a_check_is_of_the_code_of_today_and_agrees(name: str) -> None:
    found = {record["study"]: record for record in records(name)}
    assert found
    lesson = lessons.get(name)
    assert {study: outdated(lesson, record) for study, record in found.items()} == dict.fromkeys(
        found, ""
    )
    assert [study for study, record in found.items() if not record["agrees"]] == []


def test_every_claim_has_its_study() -> None:
    verdicts = ledger(map(lessons.get, lessons.names()), published)
    keys = [(row.claim.id, row.data, row.scale) for row in verdicts]
    assert len(set(keys)) == len(keys)
    assert [row.claim.id for row in verdicts if "not published" in row.note] == []


def published_studies() -> list[tuple[str, str]]:
    """Lesson and name of every study that is published at the scale `lesson`."""
    return [
        (name, item.study)
        for name in lessons.names()
        for item in published(name)
        if item.scale == "lesson" and item.study in lessons.get(name).studies
    ]


# The cheapest setting of each: all together take about a minute.
@pytest.mark.slow
@pytest.mark.parametrize(("name", "study"), published_studies())
def test_a_setting_recomputed_is_within_the_stated_tolerance(name: str, study: str) -> None:
    lesson = lessons.get(name)
    settings = lesson.studies[study].settings("lesson")
    cheapest = min(settings, key=lambda setting: lesson.experiment.cost(setting.config))
    *_, found = recompute(
        lesson,
        published_study(name, study),
        [cheapest],
        device=choose_device("cpu"),
    )
    assert isinstance(found, Check)
    assert found.deviations
    assert [one.as_dict() for one in found.disagreeing] == []
