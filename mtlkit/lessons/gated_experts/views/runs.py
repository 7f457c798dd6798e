"""A run, under way or ended: its gates, whom tasks are like, and how well they read."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float

from mtlkit.core.result import Result
from mtlkit.data.generated.digit_families import family_of_task
from mtlkit.explore import embeddings
from mtlkit.explore.by_level import in_order, levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    Embedding,
    Heatmap,
    IntervalFacet,
    Intervals,
    Line,
    Panel,
    PointGroup,
    Reference,
)
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_line, mean_series, told
from mtlkit.lessons.gated_experts.config import FAMILIES, GatedConfig
from mtlkit.lessons.gated_experts.views import gates as maps
from mtlkit.lessons.gated_experts.views.common import (
    ACCURACY,
    CHANCE,
    SELECTED,
    by_strategy,
    methods_in,
    told_of,
)
from mtlkit.lessons.gated_experts.views.finding import noise_intervals

CHOOSING = ("gated", "routed", "top_k", "frozen_half", "frozen_density")
"""The strategies that have gates, those that learn first."""

MOMENTS = {"a third": 1 / 3, "two thirds": 2 / 3, "the end": 1.0}
"""When in a training gates can be looked at, as a share of its looks."""

QUANTITIES = {
    "accuracy": ("validation_accuracy", "validation accuracy (%)", 100.0),
    "loss": ("validation_loss", "validation loss (nats)", 1.0),
    "experts": ("density", "expected experts of a task", 1.0),
}
"""By what is asked for: its column of the table `history`, its axis, and a factor."""

AS_READ = "as each is meant"
COLOURED = ("expert", "family")
"""What the colours of the experts' outputs can stand for."""


def run_command(result: Result) -> str:
    """The command that makes a run's numbers: what differs from the scale `lesson`."""
    config = GatedConfig(**result.config)
    changes = config.changes(GatedConfig.preset("lesson"))
    settings = "".join(f" --set {name}={value}" for name, value in changes.items())
    return f"mtlkit run gated_experts{settings} --seeds {len(result.seeds)} --out run"


def choosing(result: Result, wanted: str = "gated") -> str:
    """That strategy if its gates are at hand, else the first of which they are; empty if none."""
    found = [name for name in CHOOSING if f"gates_{name}/{result.seeds[0]}" in result.arrays]
    return wanted if wanted in found else next(iter(found), "")


def families_of(result: Result) -> maps.Families:
    """The true family of each task, from 1; 0 where nobody knows."""
    config = GatedConfig(**result.config)
    if config.data != FAMILIES:
        return np.zeros(config.tasks, np.int64)
    return family_of_task(config.tasks, config.families).numpy() + 1


def _gates(
    result: Result, strategy: str, moment: str, layer: int
) -> tuple[Float[np.ndarray, "task expert"], str]:
    """The first seed's gates, and when that was in words."""
    seed, steps = result.seeds[0], result.config["steps"]
    over_time = result.arrays.get(f"gates_over_time_{strategy}/{seed}")
    if over_time is None:
        return result.arrays[f"gates_{strategy}/{seed}"][layer - 1].astype(float), "now"
    look = round(MOMENTS[moment] * (len(over_time) - 1))
    return over_time[look, layer - 1].astype(float), f"step {look * steps // (len(over_time) - 1)}"


def _layer(result: Result, layer: int) -> tuple[int, str]:
    """That gating layer, else the last there is; how it is called where there are two."""
    layers = int(result.config["gating_layers"])
    shown = min(layer, layers)
    names = {1: "", 2: f", {'lower' if shown == 1 else 'upper'} layer"}
    return shown, names[layers]


def gate_map(
    result: Result,
    strategy: str = "gated",
    *,
    moment: str = "the end",
    layer: int = 1,
    turns: str = "",
    name: str = "gates",
) -> Heatmap:
    """The gates of the first seed, task by expert.

    Parameters
    ----------
    strategy
        One with gates; where it was not trained, the first that was.
    moment
        One of `MOMENTS`; of a run under way it is always the present.
    layer
        From 1; of one that is not there it is the last.
    turns
        The view knob that a click on a row turns.
    name
        Of the picture: each on a page has its own.
    """
    strategy = choosing(result, strategy)
    layer, called = _layer(result, layer)
    gates, when = _gates(result, strategy, moment, layer)
    return maps.gate_map(
        gates,
        families_of(result),
        name=name,
        title=f"Which task uses which expert: {label(strategy)}{called}, {when}",
        caption=told_of(
            result.config["data"],
            f"Seed {result.seeds[0]}. A row is a task, its cells the probabilities with which it "
            "uses each expert; tasks of a family stand together.",
        ),
        command=run_command(result),
        turns=turns,
    )


def correlation_map(
    result: Result,
    strategy: str = "gated",
    *,
    moment: str = "the end",
    layer: int = 1,
    turns: str = "",
    name: str = "correlation",
) -> Heatmap:
    """Which tasks of the first seed choose alike, and which are of a family; as `gate_map`."""
    strategy = choosing(result, strategy)
    layer, called = _layer(result, layer)
    gates, when = _gates(result, strategy, moment, layer)
    return maps.correlation_map(
        gates,
        families_of(result),
        name=name,
        title=f"Which tasks choose alike: {label(strategy)}{called}, {when}",
        caption=told_of(result.config["data"], f"Seed {result.seeds[0]}."),
        command=run_command(result),
        turns=turns,
    )


def experts_by_task(result: Result, strategy: str = "gated") -> Intervals:
    """k(t), the expected experts of each task, as last seen."""
    strategy = choosing(result, strategy)
    history = result.tables["history"]
    rows = history[history["strategy"] == strategy]
    rows = rows[rows["epoch"] == rows["epoch"].max()]
    tasks = levels_of(rows, "task")
    families = families_of(result)
    groups = [rows.loc[rows["task"] == task, "density"] for task in tasks]
    series = [mean_series(strategy, groups)]
    mean = rows["density"].mean()
    several = len(np.unique(families)) > 1
    return Intervals(
        name="experts_by_task",
        title="How many experts a task expects to use, k(t)",
        alt=f"Expected experts by task: {told(series, [f'task {task}' for task in tasks])}.",
        caption=told_of(
            result.config["data"],
            f"Mean of {len(result.seeds)} seeds. {OVER_SEEDS}"
            + (" Tasks are numbered family after family." if several else ""),
        ),
        command=run_command(result),
        x_label="task",
        y_label="expected experts k(t)",
        categories=[str(task) for task in tasks],
        facets=[IntervalFacet(series=series, references=[Reference(mean, "mean k", "data")])],
    )


_MOST = 8
"""Experts of a task that are drawn: so many looks can be told apart."""


def gates_of_task(result: Result, task: int = 1, strategy: str = "gated") -> Curves:
    """How one task's gates went, a line an expert: the first seed's, first gating layer.

    `task` counts from 1; of one that is not there it is the last.
    """
    strategy = choosing(result, strategy)
    seed = result.seeds[0]
    over_time = result.arrays[f"gates_over_time_{strategy}/{seed}"][:, 0].astype(float)
    shown = min(task, over_time.shape[1])
    own = over_time[:, shown - 1]
    steps = np.arange(len(own)) * result.config["steps"] // (len(own) - 1)
    chosen = np.sort(np.argsort(-own[-1], kind="stable")[:_MOST])
    lines = [Line(f"expert {expert + 1}", steps, own[:, expert]) for expert in chosen]
    likely = [f"expert {expert + 1} {own[-1, expert]:.2f}" for expert in np.argsort(-own[-1])[:3]]
    name = maps.task_names(families_of(result))[shown - 1]
    left = f" The {_MOST} likeliest of {own.shape[1]} experts." if own.shape[1] > _MOST else ""
    return Curves(
        name="gates_of_task",
        title=f"How {name} chose its experts, {label(strategy)}",
        alt=f"Probability of each expert for {name} against the step. At the end the likeliest "
        f"are {', '.join(likely)}; together {own[-1].sum():.1f} experts.",
        caption=told_of(result.config["data"], f"Seed {seed}, a line for each expert.{left}"),
        command=run_command(result),
        x_label="step",
        y_label="probability of use",
        facets=[CurveFacet(lines=lines)],
    )


def over_steps(result: Result, quantity: str = "accuracy") -> Curves:
    """One of `QUANTITIES` while training, mean over tasks, a line a strategy."""
    column, axis, factor = QUANTITIES[quantity]
    history = result.tables["history"].dropna(subset=[column])
    means = history.groupby(["strategy", "seed", "epoch"], sort=False)[column].mean() * factor
    rows = means.reset_index()
    lines = [
        mean_line(name, rows[rows["strategy"] == name], column, least=0.0)
        for name in methods_in(rows)
    ]
    decimals = 1 if factor > 1 else 2
    ends = ", ".join(f"{label(line.key)} {line.y[-1]:.{decimals}f}" for line in lines)
    return Curves(
        name="over_steps",
        title=f"While training: {axis.partition(' (')[0]}",
        alt=f"{axis} against the step, mean over tasks. At the end: {ends}.",
        caption=told_of(
            result.config["data"],
            f"Mean of {len(result.seeds)} seeds with its 95 % interval, read with the experts that "
            "a task would keep.",
        ),
        command=run_command(result),
        x_label="step",
        y_label=axis,
        facets=[CurveFacet(lines=lines, references=[CHANCE] if quantity == "accuracy" else [])],
    )


def accuracy_by_family(result: Result, selection: str = AS_READ) -> Intervals:
    """Test accuracy of each family's tasks and of all, by strategy.

    Parameters
    ----------
    selection
        How the experts are fixed, one of `SELECTED`, where a strategy leaves a choice.
    """
    rows = _selected(result.tables["selections"], selection)
    families = families_of(result)
    rows = rows.assign(percent=100 * rows["accuracy"], family=families[rows["task"] - 1])
    every = rows.groupby(["strategy", "seed"], sort=False)["percent"].mean().reset_index()
    groups = [every.assign(over="all tasks")]
    if len(np.unique(families)) > 1:
        means = rows.groupby(["strategy", "seed", "family"], sort=False)["percent"].mean()
        own = means.reset_index()
        groups.append(own.assign(over=[f"family {one}" for one in own["family"]]))
    shown = pd.concat(groups)
    categories = in_order(shown, "over")
    series = by_strategy(shown, "percent", "over", categories)
    how = "" if selection == AS_READ else f", {SELECTED[selection]}"
    return Intervals(
        name="accuracy_by_family",
        title=f"Test accuracy{how}",
        alt=f"Test accuracy by strategy{how}: {told(series, categories, unit=' %')}.",
        caption=told_of(
            result.config["data"],
            f"Mean over tasks and {len(result.seeds)} seeds. {OVER_SEEDS}",
        ),
        command=run_command(result),
        x_label="tasks",
        y_label=ACCURACY,
        categories=categories,
        facets=[IntervalFacet(series=series)],
    )


def _selected(table: pd.DataFrame, selection: str) -> pd.DataFrame:
    """The rows of a selection; of a strategy that leaves no choice, its only ones."""
    if selection == AS_READ:
        return table[table["read"]]
    chooses = table.groupby("strategy")["selection"].transform("nunique") > 1
    return table[~chooses | (table["selection"] == selection)]


def gradient_noise(result: Result) -> Panel | None:
    """Signal to noise of the gates' gradient; None where no gate learns from a score."""
    table = result.tables["gradients"]
    if not len(table):
        return None
    return noise_intervals(
        table,
        name="gradient_noise",
        caption=told_of(
            result.config["data"],
            f"One training batch, geometric mean of {len(result.seeds)} seeds. {OVER_SEEDS}",
        ),
        command=run_command(result),
    )


def expert_outputs(
    result: Result, strategy: str = "gated"
) -> Float[np.ndarray, "point feature"] | None:
    """What the first seed's experts make of some test pictures; None where all is the same."""
    if f"outputs_{strategy}/{result.seeds[0]}" not in result.arrays:
        return None
    points = _outputs(result, strategy)
    few = len(points) < 3 or points.shape[1] < 2
    if few or not np.isfinite(points).all() or not np.ptp(points, axis=0).any():
        return None
    return points


_MOST_TASKS = 20
"""Tasks whose pictures are shown where nobody knows the families."""


def _seen(result: Result) -> list[int]:
    """Tasks with different pictures: the first of each family, as all of a family see the same."""
    families = families_of(result)
    if families.any():
        return [int(task) for task in np.unique(families, return_index=True)[1]]
    return list(range(min(len(families), _MOST_TASKS)))


def _outputs(result: Result, strategy: str) -> Float[np.ndarray, "point feature"]:
    """Points in the order of tasks, pictures and experts."""
    outputs = result.arrays[f"outputs_{strategy}/{result.seeds[0]}"][_seen(result)]
    return np.asarray(outputs.reshape(-1, outputs.shape[-1]), np.float64)


def embedded_outputs(
    result: Result,
    strategy: str = "gated",
    *,
    method: str = "pca",
    coloured: str = "expert",
    name: str = "outputs",
) -> Embedding:
    """Experts' outputs in two dimensions, a point for each picture and expert.

    Parameters
    ----------
    strategy
        One that was trained; the first seed's experts are shown.
    method
        `pca`, `umap` or `tsne`; the last two where they were computed before, else PCA.
    coloured
        One of `COLOURED`; the family is that of the task whose picture it is.
    name
        Of the picture: each on a page has its own.

    Raises
    ------
    UsageError
        If the outputs cannot be told apart: see `expert_outputs`.
    """
    seed = result.seeds[0]
    seen = _seen(result)
    images, experts = result.arrays[f"outputs_{strategy}/{seed}"].shape[1:3]
    picture = embeddings.at_hand(_outputs(result, strategy), method)
    place, image, expert = np.indices((len(seen), images, experts)).reshape(3, -1) + 1
    family_of = families_of(result)[seen]
    group = {"expert": expert, "family": family_of[place - 1]}[coloured]
    told_by = (expert, image, place)
    names = [
        f"family {one}" if one else f"task {task + 1}"
        for one, task in zip(family_of, seen, strict=True)
    ]
    waiting = "" if picture.final else f" {embeddings.NAMES[method]} follows when it is ready."
    return Embedding(
        name=name,
        title=f"What the experts make of some test pictures, {label(strategy)}",
        alt=f"{len(place)} outputs as points, each one expert's of one test picture: {experts} "
        f"experts, {len(seen) * images} pictures, coloured by {coloured}.",
        caption=told_of(
            result.config["data"],
            f"Seed {seed}, at the end: {images} pictures of each family, seen by every expert, "
            f"whether or not its tasks would call it.{waiting}",
        ),
        command=run_command(result),
        method=picture.method,
        groups=[
            PointGroup(
                key=f"{coloured} {one}",
                x=picture.places[group == one, 0],
                y=picture.places[group == one, 1],
                told=[
                    f"expert {e}, picture {i} of {names[p - 1]}"
                    for e, i, p in zip(*(each[group == one] for each in told_by), strict=True)
                ],
            )
            for one in np.unique(group)
        ],
    )
