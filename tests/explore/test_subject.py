"""A lesson with several explorations: each has its own name, place, link and line."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner

from mtlkit import lessons
from mtlkit.cli.frames import frames as command
from mtlkit.core.device import choose_device
from mtlkit.core.lesson import Dataset
from mtlkit.core.runner import Runner
from mtlkit.errors import UsageError
from mtlkit.explore import static_face
from mtlkit.explore.explorer import Explorer
from mtlkit.explore.frames import Frames, are_published, compute_frames, published_frames
from mtlkit.explore.knobs import Knob
from mtlkit.explore.subject import Subject, subject, subjects
from tests.explore import moving
from tests.explore.exploring import (
    EXPLORATION,
    SteppedExperiment,
    SteppedLesson,
    stepped_lesson,
)


@attrs.frozen
class Twofold(SteppedLesson):
    """The stepped lesson with two explorations, of which the second has other sizes."""

    @property
    def views(self) -> Any:
        times = Knob(name="times", label="times", values=(1, 2), default=1, kind="view")
        first = attrs.evolve(EXPLORATION, knobs=(*EXPLORATION.knobs[:2], times))
        other = attrs.evolve(first, grid={"size": (2, 3, 4)}, title="Toys in a row")
        return SimpleNamespace(EXPLORATIONS={"growing": first, "in_a_row": other})


@pytest.fixture
def toy(tmp_path: Path) -> tuple[Twofold, SteppedExperiment]:
    lesson, experiment = stepped_lesson(tmp_path)
    return Twofold(**attrs.asdict(lesson, recurse=False)), experiment


def test_the_first_is_the_default_and_keeps_its_plain_names(toy: Any) -> None:
    first, second = subjects(toy[0]).values()
    assert (first.name, first.default, first.place) == ("growing", True, "explorer-toy")
    assert (second.name, second.default) == ("in_a_row", False)
    assert second.place == "explorer-toy-in-a-row"
    assert (first.frames_command, second.frames_command) == (
        "mtlkit frames toy",
        "mtlkit frames toy in_a_row",
    )
    assert (first.title, second.title) == ("Toys", "Toys in a row")


def test_a_name_that_is_none_is_refused(toy: Any) -> None:
    with pytest.raises(UsageError) as caught:
        Explorer(toy[0], exploration="linear")
    assert str(caught.value) == "exploration = linear: allowed is one of growing, in_a_row."


def test_a_name_that_no_file_can_have_is_refused(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    views = SimpleNamespace(EXPLORATIONS={"l1/l2": EXPLORATION})
    monkeypatch.setattr(Twofold, "views", views)
    with pytest.raises(ValueError, match="exploration = l1/l2"):
        subjects(toy[0])


@pytest.mark.parametrize("name", ["growing", "in_a_row"])
@pytest.mark.parametrize("turned", [{}, {"size": 5, "seeds": 3}])
def test_a_link_and_a_line_restore_the_exploration_too(
    toy: Any, name: str, turned: dict[str, Any]
) -> None:
    lesson, _ = toy
    first = Explorer(lesson, exploration=name, **turned)
    again = Explorer(lesson, f"page.html{first.link}")
    assert (again.line, again.values) == (first.line, first.values)
    scope = {"Explorer": Explorer, "lessons": SimpleNamespace(get=lambda name: lesson)}
    assert eval(first.line, scope).link == first.link


def test_only_what_is_not_the_default_is_named_in_links_and_lines(toy: Any) -> None:
    lesson, _ = toy
    assert Explorer(lesson, size=5).link == "#size=5"
    assert Explorer(lesson, size=5).line == 'Explorer(lessons.get("toy"), size=5)'
    other = Explorer(lesson, exploration="in_a_row", size=5)
    assert other.link == "#explorer-toy-in-a-row?size=5"
    assert other.line == 'Explorer(lessons.get("toy"), exploration="in_a_row", size=5)'
    assert Explorer(lesson, exploration="in_a_row").link == "#explorer-toy-in-a-row"


def test_a_link_of_another_exploration_than_the_one_named_is_refused(toy: Any) -> None:
    with pytest.raises(UsageError, match="allowed is one of explorer-toy-in-a-row"):
        Explorer(toy[0], "#explorer-toy?size=5", exploration="in_a_row")


def test_live_it_is_called_by_its_own_title(toy: Any) -> None:
    explorer = Explorer(toy[0], exploration="in_a_row", live=True)
    explorer.wait(20.0)
    face: Any = explorer._face
    assert face.widget.title == "Explorer: Toys in a row"
    assert face.widget.told["link"] == explorer.link
    explorer.close()


@pytest.mark.parametrize(
    ("asked", "made"), [([], ["growing", "in_a_row"]), (["in_a_row"], ["in_a_row"])]
)
def test_the_command_makes_the_frames_of_one_or_of_all(
    toy: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: list[str],
    made: list[str],
) -> None:
    lesson, _ = toy
    monkeypatch.setattr(lessons, "get", lambda name: lesson)
    pack = tmp_path / "pack"
    told = CliRunner().invoke(command, ["toy", *asked, "--out", str(pack)])
    assert told.exit_code == 0, told.output
    files = [Path(line).relative_to(pack).as_posix() for line in told.stdout.split()]
    assert files == [f"frames/toys.lesson/{name}.json" for name in made]
    for name, each in subjects(lesson).items():
        assert are_published(each, pack) == (name in made)
    other = published_frames(subject(lesson, "in_a_row"), pack)
    assert other.moving["size"] == ("2", "3", "4")
    assert other.provenance["exploration"] == "in_a_row"
    assert other.provenance["settings"] == 3  # not those of the other one
    assert other.provenance["training_seconds"] == 3 * 2 * 0.5


def test_the_command_refuses_an_exploration_that_is_not_there(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "get", lambda name: toy[0])
    told = CliRunner().invoke(command, ["toy", "linear", "--out", str(tmp_path / "pack")])
    assert isinstance(told.exception, UsageError)
    assert not (tmp_path / "pack").exists()


class OwnData(SteppedExperiment):
    """Sizes from 4 on read other data."""

    def dataset(self, config: Any) -> Dataset:
        return Dataset("toys", "1") if config.size < 4 else Dataset("blocks", "2")


def test_frames_tell_which_data_their_own_settings_read(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = attrs.evolve(toy[0], toy=OwnData())
    told = {}
    for each in subjects(lesson).values():
        *_, frames = compute_frames(each, Runner(lesson, choose_device("cpu")))
        assert isinstance(frames, Frames)
        told[each.name] = frames.provenance["data"]
    assert told == {
        "growing": {"name": "toys", "checksum": "1"},
        "in_a_row": {"name": "toys+blocks", "checksum": "1+2"},
    }


def test_two_on_a_page_have_places_labels_and_files_of_their_own() -> None:
    frames = moving.made_frames()
    text = "".join(static_face.face(each, frames) for each in (moving.SUBJECT, moving.OTHER))
    soup = BeautifulSoup(text, "html.parser")
    first, second = soup.find_all(class_="mtl-explorer")
    assert (first["id"], second["id"]) == ("explorer-made-up", "explorer-made-up-falling")
    assert second["aria-label"] == "Explorer: Made up again"
    assert second.find(class_="mtl-csv")["data-name"] == "made_up_falling"
    assert second.find(class_="mtl-line").text == (
        'Explorer(lessons.get("made_up"), exploration="falling")'
    )
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(set(ids)) == len(ids)


def test_frames_that_are_not_there_are_asked_for_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`mtlkit frames made_up falling` makes them"):
        published_frames(moving.OTHER, tmp_path)


def test_the_lessons_of_the_course_have_explorations_to_show() -> None:
    found: list[Subject] = [
        each for name in lessons.names() for each in subjects(lessons.get(name)).values()
    ]
    assert {"explorer-noisy-polynomials", "explorer-digit-task-weights"} <= {
        each.place for each in found
    }
    assert len({each.place for each in found}) == len(found)
