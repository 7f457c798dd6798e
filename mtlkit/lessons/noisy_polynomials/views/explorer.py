"""What one can explore in lesson 01."""

from __future__ import annotations

from collections.abc import Sequence

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Ticks, Values
from mtlkit.explore.panels import Panel
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.views.runs import (
    errors_by_strategy,
    fit_errors,
    fitted_curves,
    over_epochs,
)

_NOISES = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
_MOST_TASKS = 6

STRATEGIES = {
    "learned_kendall": "learned (Kendall)",
    "learned_printed": "learned (as printed)",
    "equal": "equal weights",
    "hand_tuned": "hand-tuned",
    "single_task": "single task",
}


def _noise(task: int) -> Knob:
    return Knob(
        name=f"noise_{task}",
        label=f"noise of task {task}",
        values=_NOISES,
        default=float(task),
        applies=lambda values: task < values["tasks"],
    )


KNOBS: tuple[Knob, ...] = (
    Knob(
        name="degree",
        label="degree of the polynomials",
        values=tuple(range(1, 13)),
        default=8,
        main=True,
    ),
    Knob(name="tasks", label="tasks", values=tuple(range(2, 7)), default=3, main=True),
    Knob(name="last_noise", label="noise of the last task", values=_NOISES, default=3.0, main=True),
    Ticks(
        name="strategies",
        label="strategies",
        values=tuple(STRATEGIES),
        words=tuple(STRATEGIES.values()),
        default=("learned_kendall", "equal"),
        main=True,
    ),
    Knob(
        name="quantity",
        label="over the epochs, show",
        values=("uncertainty", "weight", "clean error"),
        default="uncertainty",
        kind="view",
        main=True,
    ),
    Knob(
        name="fits",
        label="of the fits, show",
        values=("fit minus truth", "curves and data"),
        default="fit minus truth",
        kind="view",
        main=True,
    ),
    *(_noise(task) for task in range(1, _MOST_TASKS)),
    Knob(
        name="noise_kind",
        label="noise is read as a",
        values=("variance", "std"),
        default="variance",
    ),
    Knob(name="width", label="width H", values=(8, 16, 32, 64, 128), default=64),
    Knob(name="epochs", label="epochs, at most", values=(10, 30, 60, 120, 240), default=120),
    Knob(
        name="learning_rate",
        label="learning rate",
        values=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3),
        default=0.01,
    ),
    Knob(name="seeds", label="seeds", values=(2, 3, 5, 10, 20), default=5),
    Knob(
        name="shown_seed",
        label="fits of seed",
        values=tuple(range(20)),
        default=0,
        kind="view",
        most=lambda values: values["seeds"] - 1,
    ),
)


def setting(values: Values) -> Setting:
    """The setting that the knobs ask for: 1,000 points to learn from, else as at scale `lesson`.

    The test points are fewer too: they are looked at after every epoch, and 1,000 of them would
    cost a third of the run.
    """
    tasks = values["tasks"]
    noise = (*(values[f"noise_{task}"] for task in range(1, tasks)), values["last_noise"])
    config = PolynomialConfig.preset(
        "lesson",
        degree=values["degree"],
        tasks=tasks,
        noise=tuple(map(float, noise)),
        noise_kind=values["noise_kind"],
        n_train=1000,
        n_test=250,
        width=values["width"],
        epochs=values["epochs"],
        learning_rate=values["learning_rate"],
        strategies=values["strategies"],
    )
    return Setting(config, values["seeds"], {})


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """Over the epochs what was asked for; when the run has ended, errors and fitted curves."""
    column = values["quantity"].replace(" ", "_")
    found: list[Panel] = []
    if result.tables["history"][column].notna().any():
        found.append(over_epochs(result, column))
    elif "errors" in result.tables:
        found.append(none_of_it(f"{column}_over_epochs", values["quantity"], values["strategies"]))
    if "errors" in result.tables:
        shown = min(values["shown_seed"], len(result.seeds) - 1)
        fits = fit_errors if values["fits"] == "fit minus truth" else fitted_curves
        found += [errors_by_strategy(result), fits(result, result.seeds[shown])]
    return found


EXPLORATION = Exploration(
    knobs=KNOBS,
    setting=setting,
    panels=panels,
    grid={"degree": (3, 5, 8, 10), "tasks": (2, 3, 4, 5), "last_noise": (1.0, 2.0, 3.0, 4.0, 5.0)},
    observed={
        "noisy_validation": "noisy_loss",
        "clean_validation": "clean_error",
        "weight": "weight",
        "uncertainty": "uncertainty",
    },
    hint="Drag the noise of the last task up, and watch its uncertainty follow. "
    "Then show the weights: whose falls?",
    smoke={"epochs": 10, "width": 8, "seeds": 2},
)
