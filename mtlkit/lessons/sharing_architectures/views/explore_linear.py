"""What one can explore of linear regressions that share inputs, or lie around a mean."""

from __future__ import annotations

from collections.abc import Sequence

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Named, Ticks, Values
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.palette import label
from mtlkit.explore.panels import Panel
from mtlkit.lessons.sharing_architectures.config import LINEAR_METHODS, SharingConfig
from mtlkit.lessons.sharing_architectures.views.coefficients import coefficients
from mtlkit.lessons.sharing_architectures.views.common import L1_L2
from mtlkit.lessons.sharing_architectures.views.paths import (
    error_along_path,
    error_by_method,
    what_was_found,
)


def _sparse(values: Values) -> bool:
    return bool(values["coefficients"] == "sparse")


KNOBS: tuple[Knob, ...] = (
    Knob(
        name="overlap",
        label="share of inputs in common",
        values=(0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        default=1.0,
        main=True,
        applies=_sparse,
    ),
    Knob(
        name="n_train",
        label="examples of each task",
        values=(15, 20, 30, 45, 60, 120),
        default=30,
        main=True,
    ),
    Knob(name="tasks", label="tasks", values=(1, 2, 5, 10, 20), default=10, main=True),
    Ticks(
        name="methods",
        label="methods",
        values=LINEAR_METHODS,
        words=[label(name) for name in LINEAR_METHODS],
        default=("ridge", "lasso", "l1_l2"),
        main=True,
    ),
    Knob(name="noise", label="noise of y", values=(0.0, 0.1, 0.5, 1.0, 2.0), default=0.5),
    Knob(
        name="relevant",
        label="inputs that matter to a task, of 60",
        values=(2, 5, 10, 20),
        default=5,
        applies=_sparse,
    ),
    Named(
        name="coefficients",
        label="true coefficients",
        values=("sparse", "around_mean"),
        words=("few are not 0", "all lie around a common mean"),
        default="sparse",
    ),
    Knob(
        name="spread",
        label="spread around the mean",
        values=(0.0, 0.1, 0.3, 1.0, 2.0),
        default=0.3,
        applies=lambda values: not _sparse(values),
    ),
    Knob(name="seeds", label="seeds", values=(2, 3, 5, 10), default=3),
)

_SAME_NAME = ("overlap", "n_train", "tasks", "noise", "relevant", "coefficients", "spread")


def setting(values: Values) -> Setting:
    """The setting that the knobs ask for."""
    config = SharingConfig(
        problem="linear",
        strategies=values["methods"],
        **{name: values[name] for name in _SAME_NAME},
    )
    return Setting(config, values["seeds"], {})


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """Errors along the paths; when they have ended, the errors chosen and the coefficients."""
    found: list[Panel] = [error_along_path(result)]
    if "coefficients_error" not in result.tables:
        return found
    return [*found, error_by_method(result), what_was_found(result), coefficients(result)]


EXPLORATION = Exploration(
    title="Linear regressions: drag the overlap of their supports",
    knobs=KNOBS,
    setting=setting,
    panels=panels,
    grid={
        "overlap": (0.0, 0.2, 0.4, 0.6, 0.8, 1.0),
        "n_train": (15, 30, 60),
        "tasks": (2, 5, 10),
    },
    observed={"coefficient_error": "coefficient_error"},
    hint=f"Drag the overlap from 1 to 0: at which point is the lasso better than {L1_L2}?",
    words=Words(part="method", count="step", total="", what="the regressions"),
    smoke={"seeds": 2, "tasks": 2, "n_train": 15, "methods": ("ridge", "l1_l2")},
)
