"""What one can explore in lesson 04."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Knob, Named, Ticks, Values, defaults
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.palette import label
from mtlkit.explore.panels import Panel
from mtlkit.explore.placing import placed_by, to_place
from mtlkit.lessons.gated_experts.config import ESTIMATORS, STARTS, STRATEGIES, GatedConfig
from mtlkit.lessons.gated_experts.views.common import SELECTED
from mtlkit.lessons.gated_experts.views.runs import (
    AS_READ,
    CHOOSING,
    COLOURED,
    MOMENTS,
    QUANTITIES,
    accuracy_by_family,
    choosing,
    correlation_map,
    embedded_outputs,
    expert_outputs,
    experts_by_task,
    gate_map,
    gates_of_task,
    gradient_noise,
    over_steps,
)

WORDS = Words(part="method", count="step", total="steps")

_TASKS = (4, 8, 12, 20, 40)

_DRAWS = {
    "none-1": ("none", 1),
    "task_mean-1": ("task_mean", 1),
    "leave_one_out-2": ("leave_one_out", 2),
    "leave_one_out-4": ("leave_one_out", 4),
    "leave_one_out-8": ("leave_one_out", 8),
}
"""Baselines with the draws of the gates for each picture."""

_RATES = (0.001, 0.003, 0.01, 0.03, 0.1)

_CASES: Mapping[str, Mapping[str, Any]] = {
    "works": {},
    "mixture": {"mixture_start": "normal"},
    "rate": {"gate_rate": 0.001},
    "draws": {"draws": "none-1"},
    "printed": {"mixture_start": "normal", "gate_rate": 0.001, "draws": "none-1"},
}
"""Knobs that stand as printed, as the study `printed_settings` turns them."""


def _tasks(values: Values) -> int:
    """How many tasks there are; an exploration without that knob has as many as the lesson."""
    return int(values.get("tasks", 20))


PENALTY = Knob(
    name="penalty",
    label="penalty λ of an expert",
    values=(0.0, 0.01, 0.03, 0.1, 0.3, 1.0),
    default=0.1,
    main=True,
)
IMAGES = Knob(
    name="images",
    label="training pictures of each task",
    values=(15, 30, 60, 120, 250),
    default=60,
    main=True,
)
GROUPS = Knob(
    name="families",
    label="families of tasks",
    values=(1, 2, 4, 10, 20),
    default=4,
    main=True,
    most=_tasks,
)
METHODS = Ticks(
    name="strategies",
    label="methods",
    values=STRATEGIES,
    words=[label(name) for name in STRATEGIES],
    default=("gated", "ungated"),
    main=True,
)
STARTING = Named(
    name="mixture_start",
    label="mixture weights at the start",
    values=STARTS,
    words=("all one", "standard normal, as printed"),
    default="ones",
)
RATE = Knob(
    name="gate_rate",
    label="learning rate of the gates (printed: 0.001)",
    values=_RATES,
    default=0.01,
)
SAMPLING = Named(
    name="draws",
    label="baseline, and draws of the gates for each picture",
    values=tuple(_DRAWS),
    words=(
        "none, 1 draw, as printed",
        "task mean, 1 draw",
        "leave one out of 2 draws",
        "leave one out of 4 draws",
        "leave one out of 8 draws",
    ),
    default="leave_one_out-4",
    applies=lambda values: values["estimator"] == "score_function",
)

STEPS = Knob(name="steps", label="training steps", values=(50, 300, 750, 1500, 3000), default=750)
SEEDS = Knob(name="seeds", label="seeds", values=(2, 3, 5, 10), default=3)

TRAINING: tuple[Knob, ...] = (
    PENALTY,
    IMAGES,
    GROUPS,
    METHODS,
    Knob(name="experts", label="experts M", values=(2, 4, 8, 12, 20), default=8),
    Knob(name="tasks", label="tasks", values=_TASKS, default=20),
    STARTING,
    RATE,
    SAMPLING,
    Named(
        name="estimator",
        label="gradient of the gates",
        values=ESTIMATORS,
        words=("score function, as printed", "Gumbel-softmax", "straight-through"),
        default="score_function",
    ),
    Knob(
        name="gate_still",
        label="gates stand still for the first",
        unit="steps",
        values=(0, 50, 200, 500),
        default=0,
    ),
    Knob(
        name="gate_start",
        label="gate logits at the start (0: probability ½)",
        values=(-2.0, -1.0, 0.0, 1.0, 2.0),
        default=0.0,
    ),
    Knob(name="gating_layers", label="gating layers", values=(1, 2), default=1),
    STEPS,
    SEEDS,
)

TASK = Knob(
    name="task",
    label="task (or click a row)",
    values=tuple(range(1, max(_TASKS) + 1)),
    default=1,
    kind="view",
    main=True,
    most=_tasks,
)
MOMENT = Knob(
    name="moment",
    label="gates after",
    values=tuple(MOMENTS),
    default="the end",
    kind="view",
    main=True,
)

SELECTION = Named(
    name="selection",
    label="experts kept for the test",
    values=(AS_READ, *SELECTED),
    words=(AS_READ, *SELECTED.values()),
    default=AS_READ,
    kind="view",
)

VIEWS: tuple[Knob, ...] = (
    TASK,
    MOMENT,
    Named(
        name="shown",
        label="gates and experts of",
        values=CHOOSING,
        words=[label(name) for name in CHOOSING],
        default="gated",
        kind="view",
    ),
    Knob(
        name="layer",
        label="gating layer shown, from below",
        values=(1, 2),
        default=1,
        kind="view",
        applies=lambda values: values["gating_layers"] == 2,
        live_only=True,
    ),
    Knob(
        name="quantity",
        label="over the steps, show",
        values=tuple(QUANTITIES),
        default="accuracy",
        kind="view",
        live_only=True,
    ),
    SELECTION,
    placed_by("outputs placed by"),
    Knob(
        name="coloured",
        label="outputs coloured by",
        values=COLOURED,
        default=COLOURED[0],
        kind="view",
    ),
)


def setting(values: Values) -> Setting:
    """The setting that the knobs ask for, else as at scale `lesson`."""
    baseline, samples = _DRAWS[values["draws"]]
    if values["estimator"] != "score_function":
        baseline, samples = "none", 1  # a relaxed gate has a gradient of its own
    config = GatedConfig.preset(
        "lesson",
        penalty=values["penalty"],
        images_per_task=values["images"],
        tasks=values["tasks"],
        families=min(values["families"], values["tasks"]),
        experts=values["experts"],
        strategies=values["strategies"],
        mixture_start=values["mixture_start"],
        gate_rate=values["gate_rate"],
        gate_still=min(values["gate_still"], values["steps"] - 1),
        gate_start=values["gate_start"],
        estimator=values["estimator"],
        baseline=baseline,
        gate_samples=samples,
        gating_layers=values["gating_layers"],
        steps=values["steps"],
    )
    return Setting(config, values["seeds"], {})


def _shown(result: Result, values: Values) -> str:
    """Whose gates are on show; empty if no method that was trained has any."""
    return choosing(result, values["shown"])


def panels(result: Result, values: Values) -> Sequence[Panel]:
    """The gates as they are; curves over the steps; when the run has ended, all the rest."""
    shown = _shown(result, values)
    ended = "selections" in result.tables
    found = _of_gates(result, shown, values)
    if not found and ended:
        found.append(
            none_of_it(
                "gates",
                "gates",
                values["strategies"],
                words=WORDS,
                why="These methods use the same experts from start to end: tick learned gates.",
            )
        )
    if result.tables["history"]["validation_accuracy"].notna().any():
        found.append(over_steps(result, values["quantity"]))
    if not ended:
        return found
    found.append(accuracy_by_family(result, values["selection"]))
    noise = gradient_noise(result)
    if noise is not None:
        found.append(noise)
    embedded = shown or values["strategies"][0]
    if "coloured" in values and expert_outputs(result, embedded) is not None:
        how = {"method": values["embedding"], "coloured": values["coloured"]}
        found.append(embedded_outputs(result, embedded, **how))
    return found


def _of_gates(result: Result, shown: str, values: Values) -> list[Panel]:
    """What is made of gates alone; of a run under way, of those of the present."""
    if f"gates_{shown}/{result.seeds[0]}" not in result.arrays:
        return []
    turns = "task" if "task" in values else ""
    where: dict[str, Any] = {"moment": values["moment"], "layer": values["layer"], "turns": turns}
    found: list[Panel] = [
        gate_map(result, shown, **where),
        correlation_map(result, shown, **where),
    ]
    if f"gates_over_time_{shown}/{result.seeds[0]}" in result.arrays:
        if turns:
            found.append(gates_of_task(result, values["task"], shown))
        found.append(experts_by_task(result, shown))
    return found


def prepare(result: Result, values: Values) -> Callable[[], object] | None:
    """To place the experts' outputs by the method asked for, if that was not done before."""
    outputs = expert_outputs(result, _shown(result, values) or values["strategies"][0])
    return to_place(outputs, values["embedding"])


_OBSERVED = {name: name for name in ("validation_loss", "validation_accuracy", "density")}

GATES = Exploration(
    knobs=(*TRAINING, *VIEWS),
    setting=setting,
    panels=panels,
    grid={"penalty": (0.0, 0.03, 0.1, 0.3, 1.0), "task": tuple(range(1, 21))},
    observed=_OBSERVED,
    observed_arrays={"gates": "gates"},
    title="Gates that learn whom to ask",
    hint="Drag the penalty λ: how many cells stay bright? Then click the row of a task to see how "
    "it chose its experts.",
    words=WORDS,
    smoke={"tasks": 4, "families": 2, "images": 15, "experts": 4, "steps": 50, "seeds": 2},
    prepare=prepare,
)
"""The lesson's method, with everything that can be set."""

CASE = Named(
    name="case",
    label="settings",
    values=tuple(_CASES),
    words=(
        "what works",
        "only the mixture weights as printed: standard normal",
        "only the gates' learning rate as printed: 0.001",
        "only the draws as printed: one, no baseline",
        "all three as printed",
    ),
    default="works",
    main=True,
)


def _as_case(values: Values) -> dict[str, Any]:
    """The values of the other exploration's knobs; those of two of its pictures are left out."""
    others = {**defaults((*TRAINING, *VIEWS)), "strategies": ("gated",)}
    found = {**others, **values, **_CASES[values["case"]]}
    return {
        name: value for name, value in found.items() if name not in ("case", "task", "coloured")
    }


PRINTED = Exploration(
    knobs=(
        CASE,
        IMAGES,
        GROUPS,
        attrs.evolve(PENALTY, main=False),
        attrs.evolve(STEPS, default=1500),
        SEEDS,
        MOMENT,
        SELECTION,
    ),
    setting=lambda values: setting(_as_case(values)),
    panels=lambda result, values: panels(result, _as_case(values)),
    grid={
        "case": tuple(_CASES),
        "images": (15, 60, 250),
        "families": (4, 10),
    },
    observed=_OBSERVED,
    observed_arrays={"gates": "gates"},
    title="From what works to what is printed",
    hint="Turn the settings one by one to what the source prints: which of them keeps tasks of a "
    "family from choosing alike?",
    words=WORDS,
    smoke={"families": 2, "images": 15, "steps": 50, "seeds": 2},
)
"""The study `printed_settings`, with the amount of data and the families to turn beside it."""
