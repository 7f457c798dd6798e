"""A run, under way or ended: retrieval, weights and uncertainties, and the spaces it learned."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np
import pandas as pd
from jaxtyping import Float, Int64

from mtlkit.core.result import Result
from mtlkit.data.generated.scenes import SHAPES
from mtlkit.errors import UsageError
from mtlkit.explore import embeddings
from mtlkit.explore.by_level import at_levels, levels_of
from mtlkit.explore.palette import label
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    Embedding,
    IntervalFacet,
    Intervals,
    Line,
    PointGroup,
    Reference,
)
from mtlkit.explore.study_figures import OVER_SEEDS
from mtlkit.explore.summaries import mean_line, mean_series, told
from mtlkit.lessons.retrieval_task_weights.config import ALONE, WeightedRetrievalConfig
from mtlkit.lessons.retrieval_task_weights.views.common import (
    COLLECTIONS,
    DIRECTIONS,
    MAP,
    in_percent,
    strategies_in,
    told_of,
)
from mtlkit.lessons.retrieval_task_weights.views.illustrations import class_names
from mtlkit.lessons.retrieval_task_weights.views.results import printed_map

QUANTITIES = {
    "weight": ("weight", "task weight"),
    "uncertainty": ("uncertainty", "uncertainty s"),
    "loss": ("noisy_loss", "triplet loss on noisy validation labels"),
}
"""By what is asked for: its column of the table `history`, and its axis."""

COLOURED = ("class", "modality")
"""What the colours of a space's points can stand for."""

SHOWN = 60
"""Pictures, and as many captions, that a picture of a space has."""


def run_command(result: Result) -> str:
    """The command that makes a run's numbers: what differs from the scale `lesson`."""
    config = WeightedRetrievalConfig(**result.config)
    changes = config.changes(WeightedRetrievalConfig.preset("lesson"))
    settings = "".join(f" --set {name}={value}" for name, value in changes.items())
    seeds = len(result.seeds)
    return f"mtlkit run retrieval_task_weights{settings} --seeds {seeds} --out run"


def history(result: Result) -> pd.DataFrame:
    """The table `history`, MAP in percent too.

    Of a run under way the only task of a strategy counts as the first; it is put right here.
    """
    rows = in_percent(result.tables["history"])
    only = rows["strategy"].map(ALONE)
    return rows.assign(task=(only + 1).where(only.notna(), rows["task"]).astype(int))


def _chance(result: Result, task: int) -> list[Reference]:
    """The MAP of a random order, where it is known."""
    if "map" not in result.tables:
        return []
    rows = result.tables["map"]
    return [Reference(100 * rows.loc[rows["task"] == task, "chance"].mean(), "chance", "data")]


def _own_facets(rows: pd.DataFrame) -> list[tuple[int, str]]:
    """The collections that there are results of, with their names."""
    found = set(rows["task"])
    return [(task, name) for task, name in COLLECTIONS.items() if task in found]


def map_by_direction(result: Result) -> Intervals:
    """MAP of both collections and directions, beside chance and what is printed."""
    rows = in_percent(result.tables["map"])
    facets = []
    for task, collection in _own_facets(rows):
        own = rows[rows["task"] == task]
        series = [
            attrs.evolve(
                mean_series(
                    name,
                    at_levels(own[own["strategy"] == name], "direction", [*DIRECTIONS], "percent"),
                ),
                printed=_printed(result, task) if name == "learned_kendall" else None,
            )
            for name in strategies_in(own)
        ]
        facets.append(
            IntervalFacet(title=collection, series=series, references=_chance(result, task))
        )
    categories = list(DIRECTIONS.values())
    words = ". ".join(f"{f.title}: {told(f.series, categories, unit=' %')}" for f in facets)
    return Intervals(
        name="map_by_direction",
        title="Mean average precision on test scenes",
        alt=f"MAP of each collection and direction by strategy. {words}.",
        caption=told_of(
            result.config["data"],
            f"By clean test labels. Mean of {len(result.seeds)} seeds. {OVER_SEEDS} Hollow marks, "
            "where there are any: Table 6.1 at this noise and d, other pictures.",
        ),
        command=run_command(result),
        x_label="query and what is searched",
        y_label=MAP,
        categories=categories,
        facets=facets,
    )


def _printed(result: Result, task: int) -> list[float] | None:
    """What Table 6.1 has at the run's noise and d; None where that is not in it."""
    noise, d = result.config["noise"], result.config["dimensions"]
    if noise[2 - task] != 1:
        return None
    found = [printed_map(task, way, d, [noise[task - 1]])[0] for way in DIRECTIONS]
    return None if math.isnan(found[0]) else found


def map_over_epochs(result: Result) -> Curves:
    """MAP on validation items by epoch, the mean of both directions, a line a strategy."""
    rows = history(result).dropna(subset=["percent"])
    facets = []
    for task, collection in _own_facets(rows):
        own = rows[rows["task"] == task]
        lines = [
            mean_line(name, own[own["strategy"] == name], "percent", least=0.0)
            for name in strategies_in(own)
        ]
        facets.append(CurveFacet(title=collection, lines=lines, references=_chance(result, task)))
    return Curves(
        name="map_over_epochs",
        title="MAP on validation scenes while training",
        alt="Mean average precision, both ways, against the epoch, a line a strategy. At the end: "
        f"{_ends(facets, 1, ' %')}.",
        caption=told_of(
            result.config["data"],
            "By clean labels, the mean of both directions. Mean of "
            f"{len(result.seeds)} seeds with its 95 % interval.",
        ),
        command=run_command(result),
        x_label="epoch",
        y_label="MAP, both ways (%)",
        facets=facets,
    )


def _ends(facets: Sequence[CurveFacet], decimals: int, unit: str = "") -> str:
    def name(line: Line) -> str:
        return line.label or label(line.key)

    return ". ".join(
        f"{facet.title}: "
        + ", ".join(f"{name(line)} {line.y[-1]:.{decimals}f}{unit}" for line in facet.lines)
        for facet in facets
    )


def over_epochs(result: Result, quantity: str = "weight") -> Curves:
    """Weight, uncertainty or loss of each collection over the epochs, by strategy."""
    column, axis = QUANTITIES[quantity]
    rows = history(result).dropna(subset=[column])
    facets = []
    for name in strategies_in(rows):
        part = rows[rows["strategy"] == name]
        lines = [
            mean_line(
                f"task {task}",
                part[part["task"] == task],
                column,
                label=COLLECTIONS[task],
                least=0.0,
            )
            for task in levels_of(part, "task")
        ]
        facets.append(CurveFacet(title=label(name), lines=lines))
    return Curves(
        name=f"{quantity}_over_epochs",
        title=f"The {quantity} of each collection while training",
        alt=f"The {quantity} of each collection against the epoch, one picture a strategy. At the "
        f"end: {_ends(facets, 2)}.",
        caption=told_of(
            result.config["data"], f"Mean of {len(result.seeds)} seeds with its 95 % interval."
        ),
        command=run_command(result),
        x_label="epoch",
        y_label=axis,
        facets=facets,
    )


def showing(result: Result, wanted: str = "learned_kendall", task: int = 1) -> str:
    """That strategy if its embeddings of a collection are at hand, else the first; empty if none.

    A grid of hand-tuned weights keeps no embeddings.
    """
    seed = result.seeds[0]
    trained = [
        name
        for name in result.config["strategies"]
        if f"images_{name}/{seed}" in result.arrays and ALONE.get(name, task - 1) == task - 1
    ]
    return wanted if wanted in trained else next(iter(trained), "")


def _of_task(result: Result, kind: str, strategy: str, task: int) -> np.ndarray:
    """One collection's part of an array of the first seed."""
    found = result.arrays[f"{kind}_{strategy}/{result.seeds[0]}"]
    return np.asarray(found[0 if strategy in ALONE else task - 1][:SHOWN])


def space_points(
    result: Result, strategy: str, task: int
) -> Float[np.ndarray, "point feature"] | None:
    """Pictures, then captions, in a collection's space; None where all is one point."""
    if not strategy:
        return None
    kinds = [_of_task(result, kind, strategy, task) for kind in ("images", "texts")]
    points = np.concatenate(kinds).astype(np.float64)
    few = len(points) < 3 or points.shape[1] < 2
    if few or not np.isfinite(points).all() or not np.ptp(points, axis=0).any():
        return None
    return points


def _classes(
    result: Result, labels: Int64[np.ndarray, " item"], task: int
) -> tuple[list[str], list[str]]:
    """Of each item its class in words, and the group that it is coloured by.

    Of scenes that is the shape, as no eye tells 36 colours apart; of photographs the most frequent
    classes, and all others.
    """
    config = WeightedRetrievalConfig(**result.config)
    if config.generated:
        names = class_names(config.collections[task - 1])
        each = len(names) // len(SHAPES)
        return [names[one] for one in labels], [SHAPES[one // each] for one in labels]
    often = pd.Series(labels).value_counts().index[:7]
    words = [f"class {one + 1}" for one in labels]
    return words, [
        word if one in often else "other classes" for one, word in zip(labels, words, strict=True)
    ]


def joint_space(
    result: Result,
    strategy: str = "learned_kendall",
    task: int = 1,
    *,
    method: str = "pca",
    coloured: str = "class",
    name: str = "joint_space",
) -> Embedding:
    """A collection's pictures and captions in their common space.

    Parameters
    ----------
    strategy
        One that was trained, else the first that was; the first seed's embeddings are shown.
    task
        1 for sentences, 2 for tags.
    method
        `pca`, `umap` or `tsne`; the last two where they were computed before, else PCA.
    coloured
        One of `COLOURED`.
    name
        Of the picture: each on a page has its own.

    Raises
    ------
    UsageError
        If there are no points that can be told apart: see `space_points`.
    """
    strategy = showing(result, strategy, task)
    points = space_points(result, strategy, task)
    if points is None:
        raise UsageError(
            f"the space of {COLLECTIONS[task]} is not there, or all one point: allowed is one with "
            "points that can be told apart."
        )
    picture = embeddings.at_hand(points, method)
    labels = _of_task(result, "labels", strategy, task)
    classes, groups = _classes(result, labels, task)
    kinds = np.repeat(["picture", "caption"], len(labels))
    said = [f"{kind}, {name}" for kind, name in zip(kinds, classes * 2, strict=True)]
    by = {"class": np.array(groups * 2), "modality": np.char.add(kinds, "s")}[coloured]
    waiting = "" if picture.final else f" {embeddings.NAMES[method]} follows when it is ready."
    told_by = "shape, half of the class" if groups != classes else "class"
    marks = coloured == "class"
    return Embedding(
        name=name,
        title=f"Pictures and captions of {COLLECTIONS[task]}, {label(strategy)}",
        alt=f"{len(labels)} test pictures and as many captions as points, coloured by {coloured}. "
        f"For {_near(points, labels):.0f} % of the pictures the nearest caption has their class.",
        caption=told_of(
            result.config["data"],
            f"Seed {result.seeds[0]}, at the epoch read: {len(labels)} test pictures and their "
            f"captions, coloured by {told_by if marks else 'modality'}. Points of one class "
            f"should lie together, whatever their modality.{waiting}",
        ),
        command=run_command(result),
        method=picture.method,
        mark="caption" if marks else "",
        groups=[
            PointGroup(
                key=group,
                x=picture.places[by == group, 0],
                y=picture.places[by == group, 1],
                told=[one for one, of in zip(said, by, strict=True) if of == group],
                marked=(kinds[by == group] == "caption") if marks else (),
            )
            for group in sorted(set(by.tolist()), key=_order)
        ],
    )


def _near(points: Float[np.ndarray, "point feature"], labels: Int64[np.ndarray, " item"]) -> float:
    """The percent of pictures whose nearest caption has their class."""
    pictures, captions = np.split(points, 2)
    # All lie on the unit sphere: the nearest has the largest product.
    nearest = (pictures @ captions.T).argmax(1)
    return float(100 * (labels[nearest] == labels).mean())


def _order(group: str) -> tuple[int, str]:
    """Shapes as everywhere, pictures before captions; what is left comes last."""
    order = (*SHAPES, "pictures", "captions")
    rank = order.index(group) if group in order else len(order) + (group == "other classes")
    return rank, group
