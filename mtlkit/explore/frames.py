"""Frames: what the sliders of the static report move through, computed once and published."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from mtlkit.core.config import Config
from mtlkit.core.lesson import Dataset, Snapshot
from mtlkit.core.paths import results_root
from mtlkit.core.result import Result, write_file
from mtlkit.core.runner import Runner, merged, record
from mtlkit.core.study import Progress
from mtlkit.errors import UsageError
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Values
from mtlkit.explore.panel_json import from_json, to_json
from mtlkit.explore.panels import Panel
from mtlkit.explore.pooling import pooled, unpooled
from mtlkit.explore.subject import Subject

SCALE = "lesson"
"""The scale that explorations are declared at."""

MOST_VIEWS = 3
"""A view knob of more values would make too many frames: it moves in JupyterLab alone."""

_FORMAT = 1


@attrs.frozen(eq=False)
class Frames:
    """The pictures of every setting that the static report's sliders reach.

    Parameters
    ----------
    lesson
        The lesson's name.
    moving
        The values of each knob that moves, by its name, in order, as they stand in a link.
    frames
        The panels, as `Exploration.drawn` makes them, for every combination of these values; the
        last knob turns fastest.
    provenance
        Versions, device, numerics, data, the exploration's name, number of settings and seeds,
        seconds of training.
    """

    lesson: str
    moving: Mapping[str, tuple[str, ...]]
    frames: tuple[tuple[Panel, ...], ...]
    provenance: Mapping[str, Any]

    def at(self, texts: Mapping[str, str]) -> tuple[Panel, ...]:
        """The panels at some values of the knobs that move, as links have them.

        Raises
        ------
        KeyError, ValueError
            If a knob that moves is not named, or has not that value.
        """
        place = 0
        for name, values in self.moving.items():
            place = place * len(values) + values.index(texts[name])
        return self.frames[place]


def moving_knobs(exploration: Exploration) -> dict[Knob, tuple[Any, ...]]:
    """The knobs that move in the static report, with their values there.

    They are those of the declared grid, and view knobs of few values: these need no training.
    A knob for the live face alone stands still.
    """
    by_name = {knob.name: knob for knob in exploration.knobs}
    found = {by_name[name]: tuple(values) for name, values in exploration.grid.items()}
    for knob in exploration.knobs:
        few = len(knob.values) <= MOST_VIEWS and not knob.live_only
        if knob.kind == "view" and knob not in found and few:
            found[knob] = knob.values
    return found


def moving_texts(exploration: Exploration) -> dict[str, tuple[str, ...]]:
    """The same, by name, as they stand in a link."""
    return {
        knob.name: tuple(map(knob.text, values))
        for knob, values in moving_knobs(exploration).items()
    }


def compute_frames(subject: Subject, runner: Runner) -> Iterator[Progress | Frames]:
    """Run every setting of an exploration's static grid; yield progress and, at last, the frames.

    What is in the cache is not trained again, so that a computation that was broken off goes on
    where it was.

    Parameters
    ----------
    runner
        One of its own: what it gave out is what the frames' provenance tells of.
    """
    lesson, exploration = subject.lesson, subject.exploration
    points = list(exploration.frames())
    of_setting: dict[tuple[Config, int], list[int]] = {}
    for place, values in enumerate(points):
        setting = exploration.trained(values)
        of_setting.setdefault((setting.config, setting.seeds), []).append(place)
    costs = [lesson.experiment.cost(config) * seeds for config, seeds in of_setting]
    total, done = sum(costs), 0.0
    frames: list[list[tuple[Panel, ...]]] = [[] for _ in points]
    for ((config, seeds), places), cost in zip(of_setting.items(), costs, strict=True):
        doing = ", ".join(f"{name} {points[places[0]][name]}" for name in exploration.grid)
        for item in runner.run(config, range(seeds)):
            if isinstance(item, Snapshot):
                yield Progress((done + cost * item.progress) / total, doing)
            else:
                result = merged(lesson, config, item)
        for place in places:
            frames[place] = [
                _drawn(exploration, result, view) for view in _views(exploration, points[place])
            ]
        done += cost
        yield Progress(done / total, doing)
    told = record(
        runner,
        lesson=lesson.name,
        exploration=subject.name,
        scale=SCALE,
        data=attrs.asdict(_data(subject, (config for config, _ in of_setting))),
        settings=len(of_setting),
        seeds=max(seeds for _, seeds in of_setting),
    )
    yield Frames(lesson.name, moving_texts(exploration), tuple(itertools.chain(*frames)), told)


def _drawn(exploration: Exploration, result: Result, values: Values) -> tuple[Panel, ...]:
    """The panels, with what takes long: nobody waits for it in print."""
    job = exploration.prepare(result, values)
    if job is not None:
        job()
    return tuple(exploration.drawn(result, values))


def _data(subject: Subject, configs: Iterable[Config]) -> Dataset:
    """What the settings read: one data set, or several as one (`digits+cifar100`)."""
    read = dict.fromkeys(map(subject.lesson.experiment.dataset, configs))
    checksums = "+".join(each.checksum for each in read if each.checksum)
    return Dataset("+".join(each.name for each in read), checksums)


def publish_frames(frames: Frames, pack: Path) -> Path:
    """Write frames into a lesson's pack, with what made them; the file's path.

    Those of the same exploration with other data, which nobody would read, are taken away.
    """
    packed = pooled([[to_json(panel) for panel in panels] for panels in frames.frames])
    head = {
        "format": _FORMAT,
        "lesson": frames.lesson,
        "provenance": dict(frames.provenance),
        "moving": frames.moving,
    }
    name = f"{frames.provenance['exploration']}.json"
    target = pack / "frames" / f"{frames.provenance['data']['name']}.{SCALE}" / name
    write_file(target, lambda path: path.write_text(_text({**head, **packed}), encoding="utf-8"))
    for file in set(pack.glob(f"frames/*.{SCALE}/{name}")) - {target}:
        file.unlink()
    return target


def are_published(subject: Subject, pack: Path | None = None) -> bool:
    """Whether the lesson's pack (default: in the project's results) has frames, readable or not."""
    return bool(_files(subject, pack))


def published_frames(subject: Subject, pack: Path | None = None) -> Frames:
    """The frames of an exploration in the lesson's pack (default: in the project's results).

    Raises
    ------
    UsageError
        If there are none, or they cannot be read.
    """
    makes = f"`{subject.frames_command}` makes them"
    files = _files(subject, pack)
    if not files:
        raise UsageError(f"frames of {subject.file} have not been published; {makes}.")
    try:
        read = json.loads(files[0].read_text(encoding="utf-8"))
        if read["format"] != _FORMAT:
            raise ValueError(read["format"])
        return Frames(
            read["lesson"],
            {name: tuple(texts) for name, texts in read["moving"].items()},
            _panels(unpooled(read)),
            read["provenance"],
        )
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UsageError(f"{files[0]}: cannot be read ({type(error).__name__}); {makes}.") from None


def _files(subject: Subject, pack: Path | None) -> list[Path]:
    folder = pack or results_root() / subject.lesson.name
    return sorted(folder.glob(f"frames/*.{SCALE}/{subject.name}.json"))


def place_of(exploration: Exploration, values: Values) -> dict[str, str] | None:
    """Where in the frames some values of all knobs lie; None if no frame shows them.

    The knobs that move must have one of their values there, the others stand as they start, as far
    as they do anything.
    """
    moving = moving_knobs(exploration)
    for knob in exploration.knobs:
        allowed = moving.get(knob, (knob.default,))
        if values[knob.name] not in allowed and knob.applies(values):
            return None
    return {knob.name: knob.text(values[knob.name]) for knob in moving}


def _views(exploration: Exploration, values: Values) -> Iterator[dict[str, Any]]:
    """The values with every combination of those view knobs that move."""
    views = {
        knob.name: turns
        for knob, turns in moving_knobs(exploration).items()
        if knob.name not in exploration.grid
    }
    for turned in itertools.product(*views.values()):
        yield {**values, **dict(zip(views, turned, strict=True))}


def _panels(tree: list[list[Any]]) -> tuple[tuple[Panel, ...], ...]:
    """The panels of each frame; one that several frames share is one object."""
    made: dict[int, Panel] = {}
    for told in itertools.chain(*tree):
        if id(told) not in made:
            made[id(told)] = from_json(told)
    return tuple(tuple(made[id(told)] for told in panels) for panels in tree)


def _text(packed: Mapping[str, Any]) -> str:
    """JSON with an item of a list a line, so that two versions can be compared."""

    def written(value: Any) -> str:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))

    parts = []
    for name, value in packed.items():
        lines = ",\n".join(map(written, value)) if isinstance(value, list) else ""
        parts.append(f'"{name}":' + (f"[\n{lines}\n]" if lines else written(value)))
    return "{\n" + ",\n".join(parts) + "\n}\n"
