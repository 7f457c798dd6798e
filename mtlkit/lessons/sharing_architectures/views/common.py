"""What the pictures of this lesson have in common."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import attrs
import pandas as pd

from mtlkit.core.result import Result
from mtlkit.explore.by_level import levels_of, series_by_strategy, those_in
from mtlkit.explore.panels import Reference, Series
from mtlkit.lessons.sharing_architectures.bits import MAJORITY
from mtlkit.lessons.sharing_architectures.config import ARCHITECTURES, LINEAR_METHODS, SharingConfig

ACCURACY = "test accuracy (%)"

MAJORITY_CLASS = Reference(100 * MAJORITY, f"majority class, {100 * MAJORITY:g} %", "data")
"""Where nothing was learnt, on an axis in percent."""

WORDS = {1.0: "shared features", 0.0: "separate features"}
"""The source's two settings by their overlap."""

L1, L2 = "ℓ1", "ℓ2"
L1_L2 = f"{L1}/{L2}"
"""The norms as pictures write them."""

_ORDER = (*ARCHITECTURES, *LINEAR_METHODS)


def command(study: str) -> str:
    """The shell command that makes a study's numbers."""
    return f"mtlkit reproduce sharing_architectures {study}"


def run_command(result: Result) -> str:
    """The command that makes a run's numbers: what differs from the scale `lesson`."""
    config = SharingConfig(**result.config)
    changes = config.changes(SharingConfig(problem=config.problem))
    for name in ("batch_size", "columns", "stitch_layers"):  # they mostly follow from the others
        others = {each: getattr(config, each) for each in changes if each != name}
        if SharingConfig(**{**others, "problem": config.problem}) == config:
            changes.pop(name, None)
    told = {"problem": config.problem} if config.problem == "linear" else {}
    settings = "".join(f" --set {name}={value}" for name, value in {**told, **changes}.items())
    return f"mtlkit run sharing_architectures{settings} --seeds {len(result.seeds)} --out run"


def overlaps_of(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """The rows of each overlap with what it is called, the greatest overlap first."""
    return [
        (WORDS.get(level, f"overlap {level:g}"), rows[rows["overlap"] == level])
        for level in reversed(levels_of(rows, "overlap"))
    ]


def strategies_of(rows: pd.DataFrame) -> list[str]:
    """Those that were trained, in the lesson's order."""
    return those_in(rows, _ORDER)


def of_runs(rows: pd.DataFrame, names: Sequence[str], column: str) -> pd.DataFrame:
    """One row a run: the mean of a column over its tasks."""
    return rows.groupby([*names, "strategy", "seed"], sort=False)[column].mean().reset_index()


def percents(table: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """One row a run: the test accuracy, a mean over tasks, in percent in the column `percent`."""
    return of_runs(table.assign(percent=100 * table["accuracy"]), names, "percent")


def by_strategy(
    runs: pd.DataFrame, column: str, over: str, levels: Sequence[object]
) -> list[Series]:
    """A series for each strategy there is: the column at each level, one value a seed."""
    return series_by_strategy(runs, _ORDER, column, over, levels)


def capped(series: Iterable[Series]) -> list[Series]:
    """Intervals of accuracies in percent end at 100, which a mean's interval may exceed."""
    return [
        attrs.evolve(one, high=None if one.high is None else [_at_most_100(x) for x in one.high])
        for one in series
    ]


def _at_most_100(value: float) -> float:
    return min(value, 100.0) if math.isfinite(value) else value


def counted(seeds: int) -> str:
    """A number of seeds in words: `1 seed`, `10 seeds`."""
    return f"{seeds} seed{'' if seeds == 1 else 's'}"
