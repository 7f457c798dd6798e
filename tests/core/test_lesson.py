"""Lessons: by name, each with its four modules, and none imported before it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from mtlkit import lessons
from mtlkit.core.config import Config
from mtlkit.core.lesson import Experiment
from mtlkit.core.study import SCALES, Study
from mtlkit.errors import UsageError


@pytest.mark.parametrize("name", lessons.names())
def test_a_lesson_offers_what_the_rooms_ask_for(name: str) -> None:
    lesson = lessons.get(name)
    assert isinstance(lesson.experiment, Experiment)
    assert issubclass(lesson.experiment.Config, Config)
    assert tuple(lesson.experiment.Config.PRESETS) == SCALES
    assert lesson.studies
    for key, study in lesson.studies.items():
        assert isinstance(study, Study)
        assert study.name == key
        for scale in SCALES:
            settings = study.settings(scale)
            assert settings
            for setting in settings:
                assert isinstance(setting.config, lesson.experiment.Config)
                assert lesson.experiment.cost(setting.config) > 0
                assert setting.seeds >= 2
    assert {claim.study for claim in lesson.claims} - {None} <= set(lesson.studies)
    assert lesson.notebook == f"{lesson.number:02d}_{name}.ipynb"


def test_numbers_and_names_are_distinct_and_in_order() -> None:
    numbers = [lessons.get(name).number for name in lessons.names()]
    assert numbers == sorted(set(numbers))
    with pytest.raises(UsageError, match="lesson = zebra: allowed is one of noisy_polynomials"):
        lessons.get("zebra")


def test_the_list_of_lessons_imports_no_torch() -> None:
    code = "import mtlkit, mtlkit.lessons, mtlkit.cli, sys; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
