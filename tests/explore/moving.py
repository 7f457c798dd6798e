"""A made-up lesson with frames, of which one has diverged and one has a picture less."""

from __future__ import annotations

import itertools
import math
from typing import Any

import attrs

from mtlkit.core.lesson import Lesson
from mtlkit.core.study import Setting
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.frames import Frames, moving_knobs, moving_texts
from mtlkit.explore.knobs import Knob, Ticks, Values, defaults
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    IntervalFacet,
    Intervals,
    Line,
    Panel,
    Points,
    Reference,
    Series,
)
from mtlkit.explore.rounding import rounded
from mtlkit.explore.subject import Subject
from tests.core.toy import ToyConfig

LESSON = Lesson(
    name="made_up",
    number=98,
    title="Made up & tested",
    summary="",
    source="nobody",
    default_data="toys",
    source_data=(),
    minutes=1,
)

KNOBS = (
    Knob(name="size", label="size of it", values=range(1, 7), default=2, unit="m", main=True),
    Knob(name="rate", label="rate", values=(0.5, 1.0, 2.0), default=1.0, main=True),
    Knob(name="shown", label="show", values=("curve", "its mirror"), default="curve", kind="view"),
    Knob(name="width", label="width H", values=(8, 16), default=8),
    Knob(name="seed", label="seed", values=range(9), default=0, kind="view"),
    Ticks(name="ways", label="ways", values=("a", "b"), words=("A", "B"), default=("a",)),
    Knob(name="never", label="never", values=(0, 1), default=0, applies=lambda values: False),
)
GRID: dict[str, tuple[Any, ...]] = {"size": (1, 2, 4), "rate": (1.0, 2.0)}

DIVERGED = {"size": "4", "rate": "2", "shown": "curve"}
"""Where every number of the first picture is a gap."""

SHORTER = {"size": "1", "rate": "2", "shown": "curve"}
"""Where the last picture is missing."""


def panels(values: Values) -> list[Panel]:
    """Curves with bands in two facets, dots with intervals, and points."""
    size, rate = values["size"], values["rate"]
    factor = math.nan if (size, rate) == (4, 2.0) else size * rate
    factor *= 1 if values["shown"] == "curve" else -1
    x = [at / 7 for at in range(15)]
    command = f"mtlkit run made_up --set size={size}"
    curves = Curves(
        name=f"rising_{values['shown']}",
        title=f"Rising: {values['shown']}",
        alt="It rises, or falls.",
        caption=f"Of size {size} < 9 & more.",
        command=command,
        x_label="time",
        y_label="height (m)",
        facets=[
            CurveFacet(
                title=title,
                lines=[
                    Line(
                        f"task {task}",
                        x,
                        [factor * task * shift * at**2 for at in x],
                        [factor * task * shift * at**2 - 1 for at in x],
                        [factor * task * shift * at**2 + 1 for at in x],
                    )
                    for task in (1, 2)
                ],
                references=[Reference(3.0, "true height", "task 1")],
            )
            for shift, title in enumerate(("left, first", 'right, "second"'), start=1)
        ],
    )
    dots = Intervals(
        name="errors",
        title="Errors",
        alt="Dots.",
        command=command,
        x_label="task",
        y_label="error",
        log_y=True,
        categories=[str(task) for task in range(1, size + 1)],
        facets=[
            IntervalFacet(
                series=[
                    Series(
                        key="equal",
                        values=[rate * task for task in range(1, size + 1)],
                        low=[rate * task / 2 for task in range(1, size + 1)],
                        high=[rate * task * 2 for task in range(1, size + 1)],
                    )
                ]
            )
        ],
    )
    points = Curves(
        name="points",
        title="Points",
        alt="Points about a line.",
        x_label="x",
        y_label="y",
        facets=[
            CurveFacet(
                points=[Points("data", x, [size + math.sin(9 * at) for at in x])],
                lines=[Line("truth", x, [size + at / 3 for at in x])],
            )
        ],
    )
    return [curves, dots] if (size, rate) == (1, 2.0) else [curves, dots, points]


EXPLORATION = Exploration(
    knobs=KNOBS,
    setting=lambda values: Setting(ToyConfig(size=values["size"]), 2, {}),
    panels=lambda result, values: panels(values),
    grid=GRID,
    observed={},
    hint="Drag the size up & see.",
)

SUBJECT = Subject(LESSON, "rising", EXPLORATION)
OTHER = Subject(LESSON, "falling", attrs.evolve(EXPLORATION, title="Made up again"), default=False)
"""The same once more, as another exploration of the lesson."""


def made_frames() -> Frames:
    """A frame for each combination of what moves."""
    moving = moving_knobs(EXPLORATION)
    names = [knob.name for knob in moving]
    made = [
        tuple(
            rounded(panel)
            for panel in panels({**defaults(KNOBS), **dict(zip(names, point, strict=True))})
        )
        for point in itertools.product(*moving.values())
    ]
    return Frames(
        lesson=LESSON.name,
        moving=moving_texts(EXPLORATION),
        frames=tuple(made),
        provenance={
            "data": {"name": "toys", "checksum": ""},
            "exploration": SUBJECT.name,
            "settings": 6,
            "seeds": 2,
            "training_seconds": 200.0,
            "device": "CPU (made up)",
            "created": "2026-01-02T03:04:05+00:00",
            "numerics": "1-abc",
        },
    )
