"""What can be set in lesson 01, and its three scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from mtlkit.core.config import Choice, Config, Flag, Real, Several, Whole, setting
from mtlkit.errors import UsageError

STRATEGIES = ("learned_kendall", "learned_printed", "equal", "hand_tuned", "single_task", "fixed")


@attrs.frozen(kw_only=True)
class PolynomialConfig(Config):
    """Settings of chapter 4 of nahm2020.

    Presets
    -------
    smoke
        Seconds; for tests. Its numbers mean nothing.
    lesson
        Width 64, 2,500 points, Adam at 0.01, at most 120 epochs; inputs uniform on (-1, 1).
    paper
        As printed: width 512, 2,500 / 200 points, patience 30, trained until early stopping.
        Departures: learning rate 0.01, because at the printed 0.1 this network does not
        converge once its heads are trained; inputs uniform on (-1, 1), because the source does
        not print them and its notebook's N(0, 1) gives targets of several million at degree 10;
        batches of 128 and at most 400 epochs, which are not printed; and the log-variances'
        own learning rate, which is not printed either.
    """

    degree: int = setting(Whole(1, 20), 10, "degree of the polynomials")
    tasks: int = setting(Whole(1, 8), 3, "number of tasks T")
    noise: tuple[float, ...] = setting(
        Several(Real(0, 100), 1, 8), None, "sigma_i^2 (or sigma_i) of each task; default 1..T"
    )
    noise_kind: str = setting(
        Choice(("variance", "std")), "variance", "whether noise is a variance or a deviation"
    )
    same_polynomial: bool = setting(Flag(), False, "all tasks learn one polynomial")
    x_distribution: str = setting(
        Choice(("uniform", "normal")), "uniform", "inputs from U(-1, 1) or N(0, 1)"
    )
    n_train: int = setting(Whole(10, 100_000), 2500, "training points")
    n_validation: int = setting(Whole(10, 100_000), 200, "validation points")
    n_test: int = setting(Whole(10, 100_000), 1000, "test points")
    width: int = setting(Whole(1, 2048), 64, "units H of each hidden layer")
    epochs: int = setting(Whole(1, 10_000), 120, "at most so many epochs")
    batch_size: int = setting(Whole(1, 10_000), 128, "points a batch")
    learning_rate: float = setting(Real(0, 1, open_low=True), 0.01, "Adam's, for the network")
    log_variance_rate: float = setting(
        Real(0, 1, open_low=True), 0.03, "Adam's learning rate for the log-variances"
    )
    patience: int = setting(Whole(1, 10_000), 30, "epochs without improvement before stopping")
    strategies: tuple[str, ...] = setting(
        Several(Choice(STRATEGIES), 1, 6, distinct=True),
        ("learned_kendall", "equal"),
        "how the task losses are weighted",
    )
    task_weights: tuple[float, ...] = setting(
        Several(Real(0, 1000), 1, 8), None, "weights of the strategy `fixed`; default all 1"
    )
    frozen_heads: bool = setting(
        Flag(), False, "leave the task heads at their start, as the author's notebook did"
    )

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {
            "degree": 3,
            "tasks": 2,
            "n_train": 200,
            "n_validation": 50,
            "n_test": 50,
            "width": 8,
            "epochs": 3,
        },
        "lesson": {},
        "paper": {"width": 512, "epochs": 400, "strategies": STRATEGIES[:-1]},
    }

    def derive(self) -> Mapping[str, Any]:
        """Noise 1..T, as in Table 4.1, and equal weights."""
        return {
            "noise": tuple(float(i + 1) for i in range(self.tasks)),
            "task_weights": (1.0,) * self.tasks,
        }

    def check(self) -> None:
        """One noise level and one weight a task."""
        for name, values in (("noise", self.noise), ("task_weights", self.task_weights)):
            if len(values) != self.tasks:
                given = ", ".join(f"{value:g}" for value in values)
                raise UsageError(
                    f"{name} = {given}: allowed is one number for each of the {self.tasks} tasks."
                )

    def warnings(self) -> tuple[str, ...]:
        """What a user should know before running."""
        if self.x_distribution == "normal" and self.degree > 5:
            return (
                f"x_distribution = normal at degree {self.degree}: a few inputs near 4 give "
                f"targets around {4**self.degree:.0e}, so that few runs converge.",
            )
        return ()

    @property
    def deviations(self) -> tuple[float, ...]:
        """Standard deviation of each task's noise."""
        if self.noise_kind == "std":
            return self.noise
        return tuple(level**0.5 for level in self.noise)
