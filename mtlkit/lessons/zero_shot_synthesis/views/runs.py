"""A run, under way or ended: accuracy, losses, and how hard each term pulls, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import numpy as np
import pandas as pd

from mtlkit.core.result import Result
from mtlkit.explore.absent import none_of_it
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import CurveFacet, Curves, Line, Table
from mtlkit.explore.summaries import mean_line
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.views.common import (
    TERMS,
    label,
    look,
    percent,
    strategies_in,
    told_of,
)

WORDS = Words(part="design", what="the generators and their classifiers")

QUANTITIES: Mapping[str, tuple[str, str]] = {
    "accuracy": ("closed_validation", "accuracy on unseen compositions (%)"),
    "area": ("area", "area under seen and unseen accuracy (%)"),
    "silhouette": ("noise_silhouette", "silhouette of the noise injected last"),
}
"""By what is asked for: its column of the table `history`, and its axis."""


@attrs.frozen
class Lost:
    """A seed whose losses stopped being numbers, and the epoch in which they did."""

    seed: int
    epoch: int


def run_command(result: Result) -> str:
    """The command that makes a run's numbers: what differs from the scale `lesson`."""
    config = SynthesisConfig(**result.config)
    changes = config.changes(SynthesisConfig.preset("lesson"))
    settings = "".join(f" --set {name}={_text(value)}" for name, value in changes.items())
    return f"mtlkit run zero_shot_synthesis{settings} --seeds {len(result.seeds)} --out run"


def _text(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def lost(result: Result, strategy: str) -> list[Lost]:
    """The seeds of a method that diverged; of a run under way those that fell behind."""
    if "runs" in result.tables:
        rows = result.tables["runs"]
        rows = rows[(rows["strategy"] == strategy) & rows["diverged"].astype(bool)]
        return [Lost(*row) for row in rows[["seed", "stop_epoch"]].itertuples(index=False)]
    rows = result.tables["history"]
    rows = rows[rows["strategy"] == strategy]
    last = rows.groupby("seed")["epoch"].max()
    return [Lost(int(seed), int(last[seed])) for seed in last.index[last < last.max()]]


def running(result: Result, strategy: str) -> list[int]:
    """The seeds of a method that did not diverge."""
    gone = {one.seed for one in lost(result, strategy)}
    return [seed for seed in result.seeds if seed not in gone]


def told_lost(result: Result, strategies: Sequence[str]) -> str:
    """A sentence on who diverged, with a space before it; empty if nobody did."""
    found = []
    for name in strategies:
        gone = lost(result, name)
        if gone:
            each = ", ".join(f"seed {one.seed} in epoch {one.epoch}" for one in gone)
            found.append(f"{label(name)} diverged: {each}")
    return f" {'; '.join(found)} (its loss was no number any more)." if found else ""


def named(result: Result, strategy: str) -> str:
    """What the legend calls a method: its name, and how many of its seeds diverged."""
    gone = len(lost(result, strategy))
    return f"{label(strategy)}, {gone} of {len(result.seeds)} seeds diverged" * bool(gone)


def over_epochs(result: Result, quantity: str = "accuracy") -> Curves | Table:
    """Accuracy, area or the noise's silhouette by epoch, a line a method.

    Parameters
    ----------
    quantity
        One of `QUANTITIES`; a table that says so where no method has it.
    """
    column, axis = QUANTITIES[quantity]
    rows = result.tables["history"]
    trained = strategies_in(rows)
    if quantity == "silhouette":
        rows = rows.dropna(subset=[column])
        if rows.empty:
            why = "Only UDS, TDS and the control inject noise after the first layer: tick one."
            return none_of_it(
                "over_epochs", "silhouette", [look(name) for name in trained], words=WORDS, why=why
            )
    else:
        rows = percent(rows, column)
    lines = [
        mean_line(look(name), rows[rows["strategy"] == name], column, label=named(result, name))
        for name in strategies_in(rows)
    ]
    if quantity != "silhouette":
        lines = [_shares(line) for line in lines]
    where = "" if quantity == "silhouette" else " on validation pictures"
    return Curves(
        name="over_epochs",
        title=f"The {quantity} while training",
        alt=f"The {quantity}{where} against the epoch. At the end: {_ends(lines)}.",
        caption=told_of(
            result.config["data"],
            f"{_MEANING[quantity]} {_over_seeds(result)}{told_lost(result, trained)}",
        ),
        command=run_command(result),
        x_label="epoch",
        y_label=axis,
        facets=[CurveFacet(lines=lines)],
    )


def _over_seeds(result: Result, *, interval: bool = True) -> str:
    count = len(result.seeds)
    if count == 1:
        return "One seed."
    return f"Mean of {count} seeds{' with its 95 % interval' if interval else ''}."


def _shares(line: Line) -> Line:
    """No interval of percents reaches below 0 or above 100."""
    low, high = (np.clip(end, 0, 100) for end in (line.low or (), line.high or ()))
    return attrs.evolve(line, low=low, high=high)


_MEANING = {
    "accuracy": "Of validation pictures of unseen compositions, the share told among these (closed "
    "world).",
    "area": "Validation pictures of seen and unseen compositions, over all calibration biases.",
    "silhouette": "How far the noise of a composition keeps together, from -1 to 1; 0 is no "
    "clusters.",
}


def _ends(lines: Sequence[Line]) -> str:
    looks = styles([line.key for line in lines])
    return ", ".join(f"{line.label or looks[line.key].label} {line.y[-1]:.4g}" for line in lines)


def _of(result: Result, strategy: str) -> pd.DataFrame:
    rows = result.tables["history"]
    if "distance" not in rows:
        return rows.iloc[:0]
    return rows[(rows["strategy"] == strategy) & rows["distance"].notna()]


def _no_generator(name: str, what: str, strategy: str) -> Table:
    return none_of_it(
        name,
        what,
        [look(strategy)],
        words=WORDS,
        why="It has neither generator nor critic: show one of the generator designs.",
    )


def losses(result: Result, strategy: str = "tds") -> Curves | Table:
    """Of a design: the critic's distance and the other two terms, before their weights.

    The generator's adversarial loss is the distance, but for what it cannot change.
    """
    rows = _of(result, strategy)
    if rows.empty:
        return _no_generator("losses", "losses", strategy)
    rows = rows.assign(clustering=rows["clustering"] / result.config["features"])
    shown = {
        "distance": (TERMS["adversarial"][0], "adversarial: E D(real) − E D(synthetic)"),
        "classification": (TERMS["classification"][0], "classification (nats)"),
        "clustering": (TERMS["clustering"][0], "clustering (squared error a number)"),
    }
    lines = [
        mean_line(key, rows, name, label=said, geometric=True)
        for name, (key, said) in shown.items()
    ]
    return Curves(
        name="losses",
        title=f"Losses of generator and critic: {label(strategy)}{_suffix(result, strategy)}",
        alt=f"Three losses against the epoch. At the end: {_ends(lines)}.",
        caption=told_of(
            result.config["data"],
            "Before their weights, after each epoch; logarithmic. The critic raises its distance, "
            "the generator lowers it (below 0 there is a gap). The clustering loss is divided by "
            "the numbers of a feature, whose mean square is 1. "
            f"{_over_seeds(result)}{told_lost(result, [strategy])}",
        ),
        command=run_command(result),
        x_label="epoch",
        y_label="loss",
        log_y=True,
        facets=[CurveFacet(lines=lines)],
    )


def _suffix(result: Result, strategy: str) -> str:
    gone = len(lost(result, strategy))
    return f" ({gone} of {len(result.seeds)} seeds diverged)" if gone else ""


def pulls(result: Result, strategy: str = "tds") -> Curves | Table:
    """Of a design: how hard each term, with its weight, pulls at a synthetic feature."""
    rows = _of(result, strategy)
    if rows.empty:
        return _no_generator("pulls", "pulls", strategy)
    lines = [
        mean_line(key, rows.assign(**{name: rows[f"pull_{name}"]}), name, label=said)
        for name, (key, said) in TERMS.items()
        if (rows[f"pull_{name}"] > 0).any()
    ]
    last = rows[rows["epoch"] == rows["epoch"].max()].mean(numeric_only=True)
    against = last["pull_clustering"] / last["pull_adversarial"]
    times = (
        f" At the end clustering pulls {against:.3g} times as hard as the critic."
        if 0 < against < float("inf")
        else ""
    )
    return Curves(
        name="pulls",
        title=f"How hard each term pulls: {label(strategy)}{_suffix(result, strategy)}",
        alt=f"The pull of each term against the epoch. At the end: {_ends(lines)}.",
        caption=told_of(
            result.config["data"],
            "Norm of the gradient of each weighted term with respect to a synthetic feature of a "
            f"seen composition; logarithmic. {_over_seeds(result, interval=False)}{times}"
            f"{told_lost(result, [strategy])}",
        ),
        command=run_command(result),
        x_label="epoch",
        y_label="norm of the gradient",
        log_y=True,
        facets=[CurveFacet(lines=[attrs.evolve(line, low=None, high=None) for line in lines])],
    )
