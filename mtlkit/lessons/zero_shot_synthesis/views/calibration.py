"""A run that ended, with a bias on its scores: the seen/unseen curve, accuracy by composition."""

from __future__ import annotations

import functools

import numpy as np
import torch
from jaxtyping import Bool, Float

from mtlkit.core.result import Result
from mtlkit.data import compositions as door
from mtlkit.data import official_compositions
from mtlkit.data.compositions import HELD_TEST, SEEN, Compositions
from mtlkit.errors import UsageError
from mtlkit.explore.panels import CurveFacet, Curves, Heatmap, Line, Points
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.views.common import label, look, strategies_in, told_of
from mtlkit.lessons.zero_shot_synthesis.views.runs import (
    named,
    run_command,
    running,
    told_lost,
)
from mtlkit.metrics.zero_shot import Curve

MOST = 40
"""Points of a curve that are drawn."""


@functools.lru_cache(maxsize=64)
def compositions_of(config: SynthesisConfig, seed: int) -> Compositions:
    """The words of a run's compositions, and which of them a seed holds out."""
    if config.data in door.EMBEDDED:
        return door.compositions(config.data, seed=seed, unseen=config.unseen)
    return official_compositions.compositions(config.data, split=config.split)


def _thresholds(
    result: Result, strategy: str, seed: int
) -> tuple[Float[np.ndarray, " picture"], Bool[np.ndarray, " picture"]]:
    """The bias at which each test picture turns, and whether it is of a seen composition."""
    labels = result.arrays[f"test_labels/{seed}"]
    seen = result.arrays[f"group/{seed}"][labels] == SEEN
    return result.arrays[f"turns_{strategy}/{seed}"], seen


def curve(result: Result, strategy: str, seed: int) -> Curve:
    """A method's test accuracies over the calibration bias, at the last epoch."""
    turns, seen = _thresholds(result, strategy, seed)
    double = torch.from_numpy(turns).double()
    return Curve.of(double[seen], double[~seen])


def harmonic(seen: float, unseen: float) -> float:
    """The harmonic mean of two accuracies; 0 if both are."""
    return 2 * seen * unseen / (seen + unseen) if seen + unseen else 0.0


def calibrated(result: Result, strategy: str = "tds") -> str:
    """That method if it has a curve, else the first that has one; empty if none has.

    A published split may test on unseen compositions alone: then there is no curve.
    """
    found = [
        name
        for name in strategies_in(result.tables["runs"])
        if any(f"curve_{name}/{seed}" in result.arrays for seed in running(result, name))
    ]
    return strategy if strategy in found else next(iter(found), "")


def _needed(result: Result, strategy: str) -> str:
    found = calibrated(result, strategy)
    if not found:
        raise UsageError(
            "no method has a curve: allowed is a run that did not diverge, tested on compositions "
            "seen and unseen."
        )
    return found


def seen_unseen(result: Result, strategy: str = "tds", bias: float = 0.0) -> Curves:
    """Seen accuracy over unseen accuracy of each method, and where the bias is on one of them.

    Parameters
    ----------
    strategy
        Whose point is shown; where it was not evaluated, the first method that was.
    bias
        Added to the scores of all unseen compositions.
    """
    shown = _needed(result, strategy)
    lines = []
    for name in strategies_in(result.tables["runs"]):
        seeds = running(result, name)
        if seeds:
            found = curve(result, name, seeds[0])
            x, y = _few(found)
            lines.append(Line(look(name), x, y, label=named(result, name)))
    curves = [curve(result, shown, seed) for seed in running(result, shown)]
    each = np.array([(*one.at(bias), harmonic(*one.at(bias)), one.area) for one in curves])
    first, mean = 100 * each[0], 100 * each.mean(0)
    told = f"bias {bias:g}: seen {first[0]:.0f} %, unseen {first[1]:.0f} %"
    return Curves(
        name="seen_unseen",
        title=f"Seen against unseen accuracy: {label(shown)}, area {first[3]:.1f} %",
        alt=f"Accuracy on seen against unseen compositions, a curve a method. {label(shown)} at "
        f"{told}, harmonic mean {first[2]:.0f} %; the area under its curve is {first[3]:.1f} %.",
        caption=told_of(
            result.config["data"],
            f"Test pictures of seed {running(result, shown)[0]}, all seen and unseen compositions "
            "allowed. The bias is added to the scores of unseen ones and moves the cross along the "
            f"curve: nothing is trained anew. {label(shown)} there, mean of {len(curves)} seeds: "
            f"seen {mean[0]:.1f} %, unseen {mean[1]:.1f} %, harmonic mean {mean[2]:.1f} %; area "
            f"{mean[3]:.1f} %.{told_lost(result, strategies_in(result.tables['runs']))}",
        ),
        command=run_command(result),
        x_label="accuracy on unseen compositions (%)",
        y_label="accuracy on seen compositions (%)",
        facets=[
            CurveFacet(lines=lines, points=[Points("truth", [first[1]], [first[0]], label=told)])
        ],
    )


def _few(found: Curve) -> tuple[list[float], list[float]]:
    """Points of a curve, in percent, about as far from each other as the next."""
    seen, unseen = (100 * part.numpy() for part in (found.seen_accuracy, found.unseen_accuracy))
    way = unseen - seen
    places = np.searchsorted(way, np.linspace(way[0], way[-1], MOST)).clip(0, len(way) - 1)
    kept = np.unique(places)
    return unseen[kept].tolist(), seen[kept].tolist()


def by_composition(result: Result, strategy: str = "tds", bias: float = 0.0) -> Heatmap:
    """Test accuracy of each composition with a bias; those that were never seen are framed.

    Parameters and errors as for `seen_unseen`.
    """
    shown = _needed(result, strategy)
    seed = running(result, shown)[0]
    config = SynthesisConfig(**result.config)
    found = compositions_of(config, seed)
    turns, seen = _thresholds(result, shown, seed)
    right = np.where(seen, bias < turns, bias > turns)
    labels = result.arrays[f"test_labels/{seed}"]
    count = np.bincount(labels, minlength=len(found.members))
    hits = np.bincount(labels, weights=right, minlength=len(found.members))
    *before, last = found.words
    rows = [" ".join(each) for each in _product(before)]
    sizes = [len(words) for words in before]
    members = found.members.numpy()
    row = np.ravel_multi_index(tuple(members[:, : len(sizes)].T), tuple(sizes))
    values = np.full((len(rows), len(last)), np.nan)
    there = count > 0
    values[row[there], members[there, -1]] = 100 * hits[there] / count[there]
    unseen = result.arrays[f"group/{seed}"] == HELD_TEST
    means = [100 * right[rows_of].mean() if rows_of.any() else 0.0 for rows_of in (seen, ~seen)]
    *slots, column = found.slots
    return Heatmap(
        name="by_composition",
        title=f"Accuracy by composition: {label(shown)} at bias {bias:g}",
        alt=f"Test accuracy of each {' and '.join(slots)} by {column}. Seen compositions "
        f"{means[0]:.0f} % right, unseen ones {means[1]:.0f} %.",
        caption=told_of(
            result.config["data"],
            f"Seed {seed}, last epoch, all compositions of the test allowed. Hatched: held out for "
            "validation.",
        ),
        command=run_command(result),
        x_label=column,
        y_label=", ".join(slots),
        columns=last,
        rows=rows,
        values=values,
        quantity="accuracy",
        unit="%",
        decimals=0,
        span=(0, 100),
        missing="not met in test",
        outlined=[(int(row[one]), int(members[one, -1])) for one in np.flatnonzero(unseen)],
        outline="never seen in training",
    )


def _product(words: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [()]
    for own in words:
        found = [(*one, word) for one in found for word in own]
    return found
