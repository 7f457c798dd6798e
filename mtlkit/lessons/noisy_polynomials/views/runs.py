"""What one run looks like: objectives, uncertainties and weights over epochs, fitted curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.balance.uncertainty import FACTORS
from mtlkit.core.result import Result
from mtlkit.explore.by_level import levels_of
from mtlkit.explore.palette import label, task_key
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    IntervalFacet,
    Intervals,
    Line,
    Points,
    Reference,
)
from mtlkit.explore.summaries import STOPPED, mean_line
from mtlkit.lessons.noisy_polynomials.config import STRATEGIES, PolynomialConfig
from mtlkit.lessons.noisy_polynomials.program import draw
from mtlkit.lessons.noisy_polynomials.views.common import by_strategy

_SHOWN_POINTS = 120


def objectives(
    s: Float[Tensor, " point"], curves: Mapping[str, Float[Tensor, " point"]], mse: float
) -> Curves:
    """Objectives as functions of the uncertainty s, for a fixed mean squared error."""
    return Curves(
        name="objectives",
        title=f"The objective as a function of s, for a mean squared error of {mse:g}",
        alt="One curve a form of the loss, each with a single valley: Kendall's lies at the mean "
        "squared error, the printed one's at half of it.",
        caption="Where is each curve lowest? Compare with the mean squared error.",
        command="mtlkit figures noisy_polynomials --out figures",
        x_label="uncertainty s",
        y_label="objective",
        facets=[
            CurveFacet(
                lines=[Line(name, s, curve) for name, curve in curves.items()],
                points=[
                    Points(name, [s[curve.argmin()].item()], [curve.min().item()], "lowest point")
                    for name, curve in curves.items()
                ],
            )
        ],
    )


def both_objectives(mse: float = 2.0) -> Curves:
    """Kendall's objective and the printed one, for a mean squared error of `mse`."""
    s = torch.linspace(0.2, 4, 200)
    curves = {
        strategy: (a * mse / s + b * s.log())
        for strategy, (a, b) in (
            ("learned_kendall", FACTORS["kendall", "regression"]),
            ("learned_printed", FACTORS["printed", "regression"]),
        )
    }
    return objectives(s, curves, mse)


_QUANTITIES = {
    "uncertainty": ("uncertainty", "uncertainty s (variance)"),
    "weight": ("weight", "task weight"),
    "clean_error": ("clean error", "clean validation error (units of y²)"),
}
_MOST_EPOCHS = 40


def _shown(history: pd.DataFrame) -> list[int]:
    """The epochs to show: of many some, evenly spread."""
    epochs = np.sort(history["epoch"].unique())
    if len(epochs) > _MOST_EPOCHS:
        epochs = epochs[np.linspace(0, len(epochs) - 1, _MOST_EPOCHS).round().astype(int)]
    return [int(epoch) for epoch in epochs]


def _run_command(result: Result) -> str:
    """The command that makes a run's numbers: what differs from the scale `lesson`."""
    config = PolynomialConfig(**result.config)
    changes = config.changes(PolynomialConfig.preset("lesson", tasks=config.tasks))
    settings = " ".join(f"--set {name}={value}" for name, value in changes.items())
    return f"mtlkit run noisy_polynomials {settings} --seeds {len(result.seeds)} --out run"


def over_epochs(result: Result, column: str) -> Curves:
    """`uncertainty`, `weight` or `clean_error` of each task over the epochs, mean over the seeds.

    The band is the 95 % interval over the seeds, of which a stopped one keeps its last value. Of
    many epochs some are shown, evenly spread. Means of errors are geometric, as their axis is
    logarithmic.
    """
    error = column == "clean_error"
    whole = result.tables["history"]
    # A strategy that has no such quantity has a gap in every row; a diverged seed has some.
    seen = set(whole.loc[whole[column].notna(), "strategy"])
    strategies = [name for name in STRATEGIES if name in seen]
    history = whole[whole["strategy"].isin(strategies)]
    epochs = _shown(history)
    config = PolynomialConfig(**result.config)
    truths = [
        Reference(deviation**2, "true noise", task_key(task))
        for task, deviation in enumerate(config.deviations, start=1)
    ]
    quantity, axis = _QUANTITIES[column]
    return Curves(
        name=f"{column}_over_epochs",
        title=f"The {quantity} of each task while training",
        alt=f"The {quantity} of each task against the epoch, one picture a strategy"
        + (", with the true noise as lines." if column == "uncertainty" else "."),
        caption=f"{'Geometric mean' if error else 'Mean'} of {len(result.seeds)} seeds with its "
        f"95 % interval; {STOPPED}.",
        command=_run_command(result),
        x_label="epoch",
        y_label=axis,
        log_y=error,
        facets=[
            CurveFacet(
                title=label(strategy),
                lines=[
                    mean_line(
                        task_key(task), part, column, geometric=error, least=0.0, epochs=epochs
                    )
                    for task, part in _each_task(history[history["strategy"] == strategy])
                ],
                references=truths if column == "uncertainty" else (),
            )
            for strategy in strategies
        ],
    )


def _each_task(rows: pd.DataFrame) -> Iterable[tuple[int, pd.DataFrame]]:
    return ((task, rows[rows["task"] == task]) for task in levels_of(rows, "task"))


def fitted_curves(result: Result, seed: int) -> Curves:
    """Noisy points, the clean polynomial, and what each strategy made of them, for one seed."""
    config = PolynomialConfig(**result.config)
    data = draw(config, seed, "train")
    x, truth, fitted = _fits(result, config, seed)
    return Curves(
        name="fitted_curves",
        title=f"Fitted curves, seed {seed}",
        alt="Noisy points, the true polynomial and the fitted curves, one picture a task.",
        caption=f"{_SHOWN_POINTS} of {config.n_train:,} training points; the fits are those of "
        "the best epoch.",
        command=_run_command(result),
        x_label="x",
        y_label="y",
        facets=[
            CurveFacet(
                title=_task(task, deviation),
                points=[
                    Points(
                        "data",
                        data.x[:_SHOWN_POINTS].numpy(),
                        data.noisy[task, :_SHOWN_POINTS].numpy(),
                        "noisy data",
                    )
                ],
                lines=[
                    Line("truth", x, truth[task]),
                    *(Line(name, x, curve[task]) for name, curve in fitted.items()),
                ],
            )
            for task, deviation in enumerate(config.deviations)
        ],
    )


def fit_errors(result: Result, seed: int) -> Curves:
    """How far each strategy's fitted curves lie above or below the clean ones, for one seed."""
    config = PolynomialConfig(**result.config)
    x, truth, fitted = _fits(result, config, seed)
    return Curves(
        name="fit_errors",
        title=f"Fit minus truth, seed {seed}",
        alt="How far each strategy's fit lies above or below the true polynomial, one picture a "
        "task.",
        caption="A perfect fit would lie on the dotted line. The fits are those of the best epoch.",
        command=_run_command(result),
        x_label="x",
        y_label="fit − truth",
        facets=[
            CurveFacet(
                title=_task(task, deviation),
                lines=[Line(name, x, curve[task] - truth[task]) for name, curve in fitted.items()],
                references=[Reference(0.0, "truth", "truth")],
            )
            for task, deviation in enumerate(config.deviations)
        ],
    )


def _fits(
    result: Result, config: PolynomialConfig, seed: int
) -> tuple[
    Float[np.ndarray, " point"],
    Float[np.ndarray, "task point"],
    dict[str, Float[np.ndarray, "task point"]],
]:
    """Where the curves were looked at, the clean ones there, and those of each strategy."""
    fitted = {
        name: curve
        for name in config.strategies
        if (curve := result.arrays[f"curve_{name}/{seed}"]).ndim == 2
    }
    return result.arrays[f"curve_x/{seed}"], result.arrays[f"curve_clean/{seed}"], fitted


def _task(number: int, deviation: float) -> str:
    return f"task {number + 1}, σ² = {deviation**2:g}"


def errors_by_strategy(result: Result) -> Intervals:
    """Clean test error of each task by strategy, with intervals over seeds."""
    errors = result.tables["errors"]
    test = errors[errors["split"] == "test"]
    tasks = levels_of(test, "task")
    return Intervals(
        name="errors_by_strategy",
        title="Clean test error by task and strategy",
        alt="Clean test error of each task, one mark a strategy.",
        caption=f"Geometric mean of {len(result.seeds)} seeds; intervals: 95 %. Lower is better.",
        command=_run_command(result),
        x_label="task",
        y_label="clean error (units of y²)",
        log_y=True,
        categories=[str(task) for task in tasks],
        facets=[IntervalFacet(series=by_strategy(test, "clean_error", "task", tasks))],
    )
