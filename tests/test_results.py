"""The committed packs: made by the code as it stands, small, and complete."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from mtlkit import lessons
from mtlkit.core.cache import Cache
from mtlkit.core.config import Config
from mtlkit.core.device import choose_device
from mtlkit.core.freshness import outdated
from mtlkit.core.ledger import ledger
from mtlkit.core.paths import results_root
from mtlkit.core.provenance import numerics_version
from mtlkit.core.publishing import published, published_study
from mtlkit.core.recompute import Check, recompute
from mtlkit.core.study import Setting
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


def cheapest() -> list[tuple[str, dict[str, Setting]]]:
    """Of each lesson, the cheapest setting of every study that is published at scale `lesson`.

    Of settings that cost alike the one that most studies have, and those of one config together:
    it is trained once for all of them.
    """
    found = []
    for name in lessons.names():
        lesson = lessons.get(name)
        cheap: dict[str, list[Setting]] = {}
        for item in published(name):
            if item.scale == "lesson" and item.study in lesson.studies:
                settings = lesson.studies[item.study].settings("lesson")
                costs = [lesson.experiment.cost(setting.config) for setting in settings]
                least = min(costs)
                cheap[item.study] = [
                    setting for setting, cost in zip(settings, costs, strict=True) if cost == least
                ]
        counted = Counter(setting.config for settings in cheap.values() for setting in settings)
        groups: dict[Config, dict[str, Setting]] = {}
        for study, settings in cheap.items():
            chosen = max(settings, key=lambda setting: counted[setting.config])
            groups.setdefault(chosen.config, {})[study] = chosen
        found += [(name, group) for group in groups.values()]
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("name", "settings"), [pytest.param(*one, id=f"{one[0]}-{min(one[1])}") for one in cheapest()]
)
def test_settings_recomputed_are_within_the_stated_tolerance(
    name: str, settings: dict[str, Setting], tmp_path: Path
) -> None:
    for study, setting in settings.items():
        *_, found = recompute(
            lessons.get(name),
            published_study(name, study),
            [setting],
            device=choose_device("cpu"),
            shared=Cache(tmp_path),
        )
        assert isinstance(found, Check)
        assert found.deviations, study
        assert [one.as_dict() for one in found.disagreeing] == [], study
