"""What one can explore in lesson 02."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Named, Ticks, Values
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import Panel
from mtlkit.explore.placing import placed_by, to_place
from mtlkit.lessons.digit_task_weights.config import OPTIMISERS, STRATEGIES, DigitConfig
from mtlkit.lessons.digit_task_weights.studies import ADAMS_LOG_VARIANCE_RATE
from mtlkit.lessons.digit_task_weights.views.digits import digits_of
from mtlkit.lessons.digit_task_weights.views.following import learning_curves, over_epochs
from mtlkit.lessons.digit_task_weights.views.runs import (
    COLOURED,
    confusion,
    error_by_strategy,
    shared_features,
    shared_layer,
)
from mtlkit.noise import KINDS, THRESHOLDS, flip_rate

_NOISES = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 10.0)
_MOST_TASKS = 4

_TRAINED = STRATEGIES[:-1]
_WITH_FEATURES = tuple(name for name in _TRAINED if name != "hand_tuned")

_COLUMNS = {"uncertainty": "uncertainty", "weight": "weight", "cross-entropy": "noisy_train"}


def _words(strategies: Sequence[str]) -> list[str]:
    looks = styles(strategies)
    return [looks[name].label for name in strategies]


def _noise(task: int) -> Knob:
    return Knob(
        name=f"noise_{task}",
        label=f"noise σ² of task {task}",
        values=_NOISES,
        default=float(task),
        main=task < 3,
        applies=lambda values: task < values["tasks"],
    )


KNOBS: tuple[Knob, ...] = (
    Knob(
        name="tasks", label="tasks", values=tuple(range(1, _MOST_TASKS + 1)), default=3, main=True
    ),
    _noise(1),
    _noise(2),
    Knob(
        name="last_noise",
        label="noise σ² of the last task",
        values=_NOISES,
        default=3.0,
        main=True,
    ),
    Knob(
        name="learning_rate",
        label="learning rate, times the usual",
        values=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
        default=1.0,
        main=True,
    ),
    Ticks(
        name="strategies",
        label="strategies",
        values=_TRAINED,
        words=_words(_TRAINED),
        default=("learned_kendall", "equal"),
        main=True,
    ),
    Knob(
        name="quantity",
        label="over the epochs, show",
        values=tuple(_COLUMNS),
        default="uncertainty",
        kind="view",
        main=True,
    ),
    _noise(3),
    Named(
        name="noise_kind",
        label="flips",
        values=KINDS,
        words=(
            "as printed: |N(0, σ²)| > 1.96, to any other digit",
            "as in the author's notebook: σ² is read as σ, |N(0, σ²)| > 2",
            "uniform: to any other digit, at the printed rate",
            "symmetric: i to 9 − i, at the printed rate",
        ),
        default="variance",
    ),
    Named(
        name="optimiser",
        label="optimiser",
        values=tuple(OPTIMISERS),
        words=[
            f"{name} (its usual rate is {rate:g})"
            for name, rate in zip(("SGD", "Adam"), OPTIMISERS.values(), strict=True)
        ],
        default="sgd",
    ),
    Knob(
        name="width",
        label="width of the first shared layer (the second has half)",
        values=(8, 16, 32, 64, 128, 256),
        default=128,
    ),
    Knob(name="epochs", label="epochs, at most", values=(5, 10, 20, 40, 60, 120), default=40),
    Knob(name="seeds", label="seeds", values=(2, 3, 5, 10, 20), default=5),
    Knob(
        name="shown_task",
        label="confusions and flips of task",
        values=tuple(range(1, _MOST_TASKS + 1)),
        default=3,
        kind="view",
        applies=lambda values: values["tasks"] > 1,
    ),
    Named(
        name="shown_strategy",
        label="confusions and features of",
        values=_WITH_FEATURES,
        words=_words(_WITH_FEATURES),
        default="learned_kendall",
        kind="view",
    ),
    placed_by("features placed by"),
    Knob(
        name="coloured",
        label="features coloured by",
        values=COLOURED,
        default=COLOURED[0],
        kind="view",
        main=True,
    ),
)


def setting(values: Values) -> Setting:
    """The setting that the knobs ask for, else as at scale `lesson`.

    Noise knobs have the source's variance. Kinds that are read as a rate get the rate of that
    variance, so that another kind of flips has as many of them.
    """
    tasks, kind = values["tasks"], values["noise_kind"]
    noise = (*(values[f"noise_{task}"] for task in range(1, tasks)), values["last_noise"])
    rate = OPTIMISERS[values["optimiser"]] * values["learning_rate"]
    config = DigitConfig.preset(
        "lesson",
        noise=noise if kind in THRESHOLDS else tuple(map(flip_rate, noise)),
        noise_kind=kind,
        widths=(values["width"], values["width"] // 2),
        epochs=values["epochs"],
        optimiser=values["optimiser"],
        learning_rate=rate,
        log_variance_rate=rate
        if values["optimiser"] == "sgd"
        else max(rate, ADAMS_LOG_VARIANCE_RATE),
        strategies=values["strategies"],
    )
    return Setting(config, values["seeds"], {})


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """Over the epochs what was asked for, learning curves; when the run has ended, all the rest."""
    history = result.tables["history"]
    column = _COLUMNS[values["quantity"]]
    found: list[Panel] = []
    if history[column].notna().any():
        found.append(over_epochs(result, column))
    elif "accuracy" in result.tables:
        found.append(none_of_it(f"{column}_over_epochs", values["quantity"], values["strategies"]))
    if history["accuracy_test"].notna().any():
        found.append(learning_curves(result))
    if "accuracy" not in result.tables:
        return found
    found += [error_by_strategy(result), digits_of(result)]
    shown, task = values["shown_strategy"], values["shown_task"]
    if result.arrays:
        found.append(confusion(result, shown, task))
        if shared_features(result, shown) is not None:
            found.append(
                shared_layer(
                    result,
                    shown,
                    method=values["embedding"],
                    coloured=values["coloured"],
                    task=task,
                )
            )
    return found


def prepare(result: Result, values: Values) -> Callable[[], object] | None:
    """To place the features by the method asked for, if that was not done before."""
    features = shared_features(result, values["shown_strategy"])
    return to_place(features, values["embedding"])


EXPLORATION = Exploration(
    knobs=KNOBS,
    setting=setting,
    panels=panels,
    grid={
        "tasks": (2, 3, 4),
        "last_noise": (1.0, 2.0, 3.0, 4.0),
        "learning_rate": (0.25, 1.0, 5.0),
    },
    observed={
        "noisy_train": "noisy_train",
        "accuracy_test": "accuracy_test",
        "weight": "weight",
        "uncertainty": "uncertainty",
    },
    hint="Drag the noise of the last task up: does its uncertainty reach σ²? Then compare the "
    "learning curves: who is first at 90 %, and who is last?",
    smoke={"epochs": 5, "width": 8, "seeds": 2},
    prepare=prepare,
)
