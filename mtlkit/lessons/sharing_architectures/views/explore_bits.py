"""What one can explore of strings of bits."""

from __future__ import annotations

from collections.abc import Sequence

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Ticks, Values
from mtlkit.explore.palette import label
from mtlkit.explore.panels import Panel
from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES, SharingConfig
from mtlkit.lessons.sharing_architectures.studies import MAIN
from mtlkit.lessons.sharing_architectures.views.reading import (
    WORDS,
    learned_stitches,
    what_backbones_read,
)
from mtlkit.lessons.sharing_architectures.views.training import (
    accuracy_by_task,
    accuracy_over_steps,
    has_begun,
)


def _stitched(values: Values) -> bool:
    return "cross_stitch" in values["architectures"]


KNOBS: tuple[Knob, ...] = (
    Knob(
        name="overlap",
        label="share of bits in common",
        values=(0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 1.0),
        default=1.0,
        main=True,
    ),
    Knob(
        name="n_train",
        label="training strings",
        values=(250, 500, 1000, 1500, 2000, 4000, 8000),
        default=1500,
        main=True,
    ),
    Knob(
        name="bits",
        label="bits of a task's parity",
        values=tuple(range(2, 10)),
        default=5,
        main=True,
    ),
    Ticks(
        name="architectures",
        label="architectures",
        values=ARCHITECTURES,
        words=[label(name) for name in ARCHITECTURES],
        default=MAIN,
        main=True,
    ),
    Knob(
        name="width",
        label="units of a backbone's layer",
        values=(8, 16, 32, 64, 128, 256),
        default=128,
    ),
    Knob(name="layers", label="layers of a backbone", values=(1, 2, 3), default=1),
    Knob(name="steps", label="training steps", values=(100, 300, 1000, 2000, 4000), default=1000),
    Knob(name="seeds", label="seeds", values=(2, 3, 5, 10), default=3),
    Knob(
        name="learning_rate",
        label="learning rate",
        values=(0.001, 0.003, 0.01, 0.03),
        default=0.01,
    ),
    Knob(name="weight_decay", label="weight decay", values=(0.0, 0.1, 0.3, 1.0, 3.0), default=0.3),
    Knob(
        name="stitch_start",
        label="weight of a task's own backbone in a stitch at the start",
        values=(0.5, 0.7, 0.9, 1.0),
        default=0.9,
        applies=_stitched,
    ),
    Knob(
        name="columns",
        label="backbones of the cross-stitch network",
        values=(1, 2, 3, 4),
        default=2,
        applies=_stitched,
    ),
    Knob(
        name="soft_strength",
        label="pull of soft sharing towards the mean backbone",
        values=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
        default=0.01,
        applies=lambda values: "soft_sharing" in values["architectures"],
    ),
)

_SAME_NAME = (
    "overlap",
    "n_train",
    "bits",
    "width",
    "layers",
    "steps",
    "learning_rate",
    "weight_decay",
    "stitch_start",
    "columns",
    "soft_strength",
)


def setting(values: Values) -> Setting:
    """The setting that the knobs ask for, else as at scale `lesson`."""
    config = SharingConfig(
        strategies=values["architectures"],
        **{name: values[name] for name in _SAME_NAME},
    )
    return Setting(config, values["seeds"], {})


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """Accuracies over the steps; when the run has ended, what the networks read and mix."""
    found: list[Panel] = [accuracy_over_steps(result)] if has_begun(result) else []
    if "accuracy" not in result.tables:
        return found
    return [*found, accuracy_by_task(result), what_backbones_read(result), learned_stitches(result)]


EXPLORATION = Exploration(
    title="Strings of bits: drag what the tasks have in common",
    knobs=KNOBS,
    setting=setting,
    panels=panels,
    grid={
        "overlap": (0.0, 0.5, 1.0),
        "n_train": (500, 1000, 1500, 2000, 4000),
        "bits": (3, 5, 7),
    },
    observed={"accuracy_test": "accuracy_test"},
    hint="Drag “share of bits in common” from 1 to 0: which architecture led, and which leads "
    "now? Then give them fewer strings.",
    words=WORDS,
    smoke={"bits": 2, "steps": 100, "width": 16, "n_train": 250, "seeds": 2},
)
