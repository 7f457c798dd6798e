"""The facts of a lesson: from its record and its provenance, and the same as its notebook's."""

import attrs
import nbformat
import pytest
from bs4 import BeautifulSoup

from mtlkit import lessons
from mtlkit.core.freshness import is_stale
from mtlkit.core.paths import project_root
from mtlkit.core.publishing import PublishedStudy
from mtlkit.report.facts import cost_line, data_line, facts_box
from mtlkit.report.freshness import warning

from . import examples

OLD = attrs.evolve(
    examples.STUDY, provenance={**examples.STUDY.provenance, "numerics": "0-123456789abc"}
)


def study(**told: object) -> PublishedStudy:
    return attrs.evolve(examples.STUDY, provenance={**examples.STUDY.provenance, **told})


@pytest.mark.parametrize("name", lessons.names())
def test_a_notebooks_first_cell_states_the_same_minutes_and_prerequisites(name: str) -> None:
    lesson = lessons.get(name)
    first = nbformat.read(project_root() / "notebooks" / lesson.notebook, 4).cells[0].source
    assert f"about {lesson.minutes} minutes" in first
    known = first.partition("**You should know**")[2]
    assert lesson.prerequisites
    for prerequisite in lesson.prerequisites:
        assert prerequisite in known, prerequisite


def test_a_lesson_that_has_a_page_is_linked_as_a_prerequisite() -> None:
    lesson = attrs.evolve(examples.LESSON, prerequisites=("lesson 01", "lesson 07", "a < b"))
    box = BeautifulSoup(facts_box(lesson, [], {1: "01_first"}, root="../"), "html.parser")
    known = box.find("dt", string="You should know").find_next("dd")
    assert [(link.text, link["href"]) for link in known.find_all("a")] == [
        ("lesson 01", "../lessons/01_first.html")
    ]
    assert known.text == "lesson 01, lesson 07, a < b"


def test_the_cost_adds_up_the_training_and_says_that_it_counts_shared_runs_twice() -> None:
    two = [study(training_seconds=3600.0), study(training_seconds=1800.0)]
    assert "about 90 min on one core" in cost_line(two) or "about 1 h 30 min" in cost_line(two)
    assert "shared runs counted twice" in cost_line(two)
    assert "twice" not in cost_line(two[:1])
    assert "no study is published" in cost_line([])
    assert "NVIDIA <H200>" not in cost_line([study(device_class="cuda", device="NVIDIA <H200>")])


def test_a_smoke_run_is_no_cost() -> None:
    assert cost_line([attrs.evolve(examples.STUDY, scale="smoke")]) == cost_line([])


def test_data_are_the_sources_own_or_a_stand_in() -> None:
    assert "as the source has them" in data_line(examples.LESSON, [examples.STUDY])
    other = attrs.evolve(examples.LESSON, default_data="digits", source_data=("mnist",))
    assert "stand-in for the source’s <code>mnist</code>" in data_line(other, [])


def test_only_a_study_of_another_version_of_the_code_is_stale() -> None:
    assert not is_stale(examples.LESSON, examples.STUDY)
    assert is_stale(examples.LESSON, OLD)
    assert is_stale(examples.LESSON, study(numerics=None))


def test_a_stale_study_is_named_with_the_command_that_renews_it() -> None:
    assert warning(examples.LESSON, [examples.STUDY]) == ""
    told = BeautifulSoup(warning(examples.LESSON, [examples.STUDY, OLD]), "html.parser")
    assert len(told.find_all("li")) == 1
    assert "computed by an older version of this lesson’s code" in told.li.text
    assert told.li.find_all("code")[1].text == (
        "mtlkit reproduce noisy_polynomials table_4_1 --scale lesson"
    )
