"""Frames: every setting of the grid once, published and read back, and no older than the code."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from click.testing import CliRunner

from mtlkit import lessons
from mtlkit.cli.frames import frames as command
from mtlkit.core.device import choose_device
from mtlkit.core.lesson import Lesson, Snapshot
from mtlkit.core.provenance import numerics_version
from mtlkit.core.runner import Runner, merged
from mtlkit.core.study import Progress
from mtlkit.errors import UsageError
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.frames import (
    Frames,
    compute_frames,
    moving_texts,
    publish_frames,
    published_frames,
)
from mtlkit.explore.knobs import Knob
from mtlkit.explore.panels import Curves, Intervals, Panel
from mtlkit.explore.rounding import rounded
from mtlkit.explore.subject import Subject, subject, subjects
from tests.explore import moving
from tests.explore.exploring import (
    EXPLORATION,
    JOBS,
    SteppedExperiment,
    SteppedLesson,
    stepped_lesson,
)

CPU = choose_device("cpu")


EVERY = [each for name in lessons.names() for each in subjects(lessons.get(name)).values()]
each_subject = pytest.mark.parametrize("about", EVERY, ids=lambda each: each.file)


@attrs.frozen
class Explored(SteppedLesson):
    """The stepped lesson with a view knob of two values, which moves without training."""

    @property
    def views(self) -> Any:
        times = Knob(name="times", label="times", values=(1, 2), default=1, kind="view")
        knobs = (*EXPLORATION.knobs[:2], times)
        return SimpleNamespace(EXPLORATIONS={"growing": attrs.evolve(EXPLORATION, knobs=knobs)})


@pytest.fixture
def toy(tmp_path: Path) -> tuple[Explored, SteppedExperiment]:
    lesson, experiment = stepped_lesson(tmp_path)
    return Explored(**attrs.asdict(lesson, recurse=False)), experiment


def computed(lesson: Lesson) -> Frames:
    *_, frames = compute_frames(subject(lesson), Runner(lesson, CPU))
    assert isinstance(frames, Frames)
    return frames


def test_every_setting_is_trained_once_whatever_view_knobs_show(
    toy: tuple[Explored, SteppedExperiment],
) -> None:
    lesson, experiment = toy
    frames = computed(lesson)
    assert experiment.begun == [1, 2]
    assert frames.moving == {"size": ("1", "2"), "times": ("1", "2")}
    ends = {}
    for size in "12":
        for times in "12":
            curve, table = frames.at({"size": size, "times": times})
            assert isinstance(curve, Curves)
            ends[size, times] = curve.facets[0].lines[0].y[-1]
            assert table.name == "end"
    assert ends == {("1", "1"): 4, ("1", "2"): 8, ("2", "1"): 8, ("2", "2"): 16}


def test_a_view_knob_of_the_grid_moves_without_training(
    toy: tuple[Explored, SteppedExperiment],
) -> None:
    lesson, experiment = toy
    exploration = subject(lesson).exploration
    both = attrs.evolve(exploration, grid={"times": (2, 1), "size": (1, 2)})
    *_, frames = compute_frames(Subject(lesson, "both", both), Runner(lesson, CPU))
    assert isinstance(frames, Frames)
    assert experiment.begun == [1, 2]
    assert frames.provenance["settings"] == 2
    assert frames.provenance["training_seconds"] == 2 * 2 * 0.5
    assert frames.moving == {"times": ("2", "1"), "size": ("1", "2")}
    plain = computed(lesson)
    for size in "12":
        for times in "12":
            at = {"size": size, "times": times}
            assert repr(frames.at(at)) == repr(plain.at(at))


def test_what_is_in_the_cache_is_not_trained_again(
    toy: tuple[Explored, SteppedExperiment],
) -> None:
    lesson, experiment = toy
    first, second = computed(lesson), computed(lesson)
    assert experiment.begun == [1, 2]
    assert repr(first.frames) == repr(second.frames)


def test_progress_rises_to_the_end(toy: tuple[Explored, SteppedExperiment]) -> None:
    items = list(compute_frames(subject(toy[0]), Runner(toy[0], CPU)))
    shares = [item.fraction for item in items if isinstance(item, Progress)]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] == 1
    assert {item.doing for item in items if isinstance(item, Progress)} == {"size 1", "size 2"}


def test_they_tell_what_made_them(toy: tuple[Explored, SteppedExperiment]) -> None:
    told = computed(toy[0]).provenance
    assert told["numerics"] == numerics_version(toy[0].numerics_files)
    assert (told["settings"], told["seeds"], told["data"]["name"]) == (2, 2, "toys")
    assert told["training_seconds"] == 2 * 2 * 0.5
    assert told["versions"]["torch"] and told["device"] and told["scale"] == "lesson"


def test_what_was_published_is_read(tmp_path: Path) -> None:
    made = moving.made_frames()
    path = publish_frames(made, tmp_path)
    assert path == tmp_path / "frames" / "toys.lesson" / "rising.json"
    again = published_frames(moving.SUBJECT, tmp_path)
    assert repr(again.frames) == repr(made.frames)
    assert again.moving == made.moving and again.provenance == made.provenance
    assert [file.name for file in path.parent.iterdir()] == ["rising.json"]


def test_a_view_knob_of_many_values_does_not_move() -> None:
    assert list(moving_texts(moving.EXPLORATION)) == ["size", "rate", "shown"]


def test_frames_that_are_not_there_are_asked_for_by_the_command_that_makes_them(
    tmp_path: Path,
) -> None:
    with pytest.raises(UsageError, match="`mtlkit frames made_up` makes them"):
        published_frames(moving.SUBJECT, tmp_path)


@pytest.mark.parametrize("change", ["format", "text", "pool"])
def test_frames_that_cannot_be_read_are_refused(tmp_path: Path, change: str) -> None:
    path = publish_frames(moving.made_frames(), tmp_path)
    told = json.loads(path.read_text())
    told["format"] += change == "format"
    told["pool"] = told["pool"][: -1 if change == "pool" else None]
    path.write_text("{" if change == "text" else json.dumps(told))
    with pytest.raises(UsageError, match=r"rising\.json: cannot be read"):
        published_frames(moving.SUBJECT, tmp_path)


def test_a_lesson_that_declares_nothing_has_no_frames() -> None:
    class Plain(SteppedLesson):
        views = SimpleNamespace()

    lesson = Plain.__new__(Plain)
    object.__setattr__(lesson, "name", "plain")
    with pytest.raises(UsageError, match="lesson = plain: has nothing to explore"):
        subject(lesson)


def test_the_command_publishes_what_was_computed(
    toy: tuple[Explored, SteppedExperiment], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lessons, "get", lambda name: toy[0])
    told = CliRunner().invoke(command, ["toy", "--out", str(tmp_path / "pack")])
    assert told.exit_code == 0, told.output
    path = tmp_path / "pack" / "frames" / "toys.lesson" / "growing.json"
    assert told.stdout.strip() == str(path)
    assert repr(published_frames(subject(toy[0]), tmp_path / "pack").frames) == repr(
        computed(toy[0]).frames
    )


def test_the_command_refuses_a_lesson_with_nothing_to_explore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(lessons.get("noisy_polynomials").views, "EXPLORATIONS")
    told = CliRunner().invoke(command, ["noisy_polynomials", "--out", str(tmp_path / "pack")])
    assert isinstance(told.exception, UsageError)
    assert "nothing to explore" in str(told.exception)
    assert not (tmp_path / "pack").exists()


# The published ones


@each_subject
def test_frames_are_published_for_what_the_lesson_declares_by_the_code_of_today(
    about: Subject,
) -> None:
    lesson, exploration, frames = about.lesson, about.exploration, published_frames(about)
    assert dict(frames.moving) == moving_texts(exploration)
    assert len(frames.frames) == math.prod(map(len, frames.moving.values()))
    assert frames.provenance["numerics"] == numerics_version(lesson.numerics_files)
    settings = [exploration.trained(values) for values in exploration.frames()]
    distinct = {(setting.config, setting.seeds) for setting in settings}
    assert frames.provenance["settings"] == len(distinct)
    counts = {len(panels) for panels in frames.frames}
    assert 0 not in counts


def means(panel: Panel) -> Iterator[tuple[tuple[Any, ...], float, float, float]]:
    """Every mean with an interval: what it is of, itself, and the interval's ends."""
    if isinstance(panel, Intervals):
        for facet in panel.facets:
            for series in facet.series:
                ends = (series.low or (), series.high or ())
                for at, row in enumerate(zip(series.values, *ends, strict=True)):
                    yield (panel.name, facet.title, series.key, at), *row
    elif isinstance(panel, Curves):
        for facet in panel.facets:
            for line in facet.lines:
                ends = (line.low or (), line.high or ())
                for x, *row in zip(line.x, line.y, *ends, strict=False):
                    value, low, high = row
                    yield (panel.name, facet.title, line.key, x), value, low, high


def single_runs(panel: Panel) -> Iterator[tuple[tuple[Any, ...], float, float]]:
    """Every finite number of a panel's lines: what it is of, itself, and the panel's span."""
    if isinstance(panel, Curves):
        lines = [(facet.title, line) for facet in panel.facets for line in facet.lines]
        seen = [y for _, line in lines for y in line.y if math.isfinite(y)]
        for title, line in lines:
            for x, y in zip(line.x, line.y, strict=True):
                if math.isfinite(y):
                    yield (panel.name, title, line.key, x), y, max(seen) - min(seen)


def position(panel: Panel, number: float) -> float:
    """Where a number stands on its axis."""
    return math.log(number) if getattr(panel, "log_y", False) else number


def cheapest(lesson: Lesson, exploration: Exploration) -> dict[str, Any]:
    def cost(values: dict[str, Any]) -> float:
        setting = exploration.setting(values)
        return lesson.experiment.cost(setting.config) * setting.seeds

    return min(exploration.frames(), key=cost)


@pytest.mark.slow
@pytest.mark.usefixtures("unchecked")
@each_subject
def test_a_frame_recomputed_is_within_the_tolerance_of_studies(about: Subject) -> None:
    lesson, exploration, frames = about.lesson, about.exploration, published_frames(about)
    tolerance = min(study.tolerance for study in lesson.studies.values())
    values = cheapest(lesson, exploration)
    setting = exploration.setting(values)
    for item in Runner(lesson, CPU).run(setting.config, range(setting.seeds)):
        if not isinstance(item, Snapshot):
            result = merged(lesson, setting.config, item)
    knobs = {knob.name: knob for knob in exploration.knobs}
    published = frames.at({name: knobs[name].text(values[name]) for name in frames.moving})
    (exploration.prepare(result, values) or bool)()
    afresh = [rounded(panel) for panel in exploration.panels(result, values)]
    compared = 0
    for old, new in zip(published, afresh, strict=True):
        found = {what: value for what, value, _, _ in means(new)}
        for what, value, low, high in means(old):
            if what in found and all(map(math.isfinite, (value, low, high, found[what]))):
                half = (position(old, high) - position(old, low)) / 2
                moved = abs(position(old, found[what]) - position(old, value))
                assert moved <= tolerance * half + 1e-3 * abs(position(old, value)), what
                compared += 1
    if compared:
        assert compared > 20
    elif any(list(single_runs(panel)) for panel in published):
        # One run says nothing of its own spread: rounding that differs moved no line by more than
        # 1.1 % of what its panel spans, a wrong formula moves lines across it.
        for old, new in zip(published, afresh, strict=True):
            assert (type(old), old.name) == (type(new), new.name)
            found = {what: value for what, value, _ in single_runs(new)}
            for what, value, span in single_runs(old):
                assert abs(found[what] - value) <= 0.05 * span, what
                compared += 1
        assert compared > 20
    else:
        # Pictures and tables without a line come out the same.
        assert tuple(afresh) == published


def test_frames_have_what_takes_long(
    toy: tuple[Explored, SteppedExperiment], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a picture that follows: it is prepared before the frame is drawn."""
    done: list[int] = []
    monkeypatch.setitem(JOBS, 2, lambda: done.append(2))
    computed(toy[0])
    assert done == [2, 2]
