"""What can be set in lesson 02, and its three scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from mtlkit.core.config import Choice, Config, Real, Several, Whole, setting
from mtlkit.data import pictures
from mtlkit.errors import UsageError
from mtlkit.noise import KINDS, check_level

STRATEGIES = (
    "learned_kendall",
    "learned_printed",
    "learned_frozen",
    "sum_normalised",
    "equal",
    "hand_tuned",
    "single_task",
    "fixed",
)
OPTIMISERS: Mapping[str, float] = {"sgd": 0.2, "adam": 0.003}
"""Each with the learning rate that works for it on the small digits."""


@attrs.frozen(kw_only=True)
class DigitConfig(Config):
    """Settings of chapter 5 of nahm2020.

    Presets
    -------
    smoke
        Seconds; for tests. Its numbers mean nothing.
    lesson
        scikit-learn's digits, the widths of Fig. 5.1, SGD at 0.2 without momentum, at most 60
        epochs.
    paper
        As printed: MNIST, the network of Fig. 5.1, SGD. What is not printed: the learning rate
        (0.1), batches of 128, at most 30 epochs with a patience of 10, and 5,000 of the 60,000
        training pictures kept for validation, where the source reports the best test accuracy.
    """

    data: str = setting(Choice(pictures.NAMES), "digits", "the pictures")
    n_train: int = setting(Whole(10, 55_000), None, "training pictures; default: all there are")
    components: int = setting(
        Whole(1, 784), None, "principal components that pictures are reduced to; default: pixels"
    )
    noise: tuple[float, ...] = setting(
        Several(Real(0, 100), 1, 8), (1.0, 2.0, 3.0), "each task's label noise (sigma_i^2)"
    )
    noise_kind: str = setting(
        Choice(KINDS), "variance", "how noise is read: a variance, a deviation, or a rate of flips"
    )
    widths: tuple[int, ...] = setting(
        Several(Whole(1, 2048), 2, 2), (128, 64), "units of the two shared layers"
    )
    epochs: int = setting(Whole(1, 10_000), 60, "at most so many epochs")
    batch_size: int = setting(Whole(1, 10_000), 64, "pictures a batch")
    optimiser: str = setting(Choice(tuple(OPTIMISERS)), "sgd", "SGD without momentum, or Adam")
    learning_rate: float = setting(
        Real(0, 10, open_low=True), None, "for the network; default: 0.2 (SGD) or 0.003 (Adam)"
    )
    log_variance_rate: float = setting(
        Real(0, 10, open_low=True), None, "for the log-variances; default: the learning rate"
    )
    patience: int = setting(Whole(1, 10_000), 20, "epochs without improvement before stopping")
    strategies: tuple[str, ...] = setting(
        Several(Choice(STRATEGIES), 1, len(STRATEGIES), distinct=True),
        ("learned_kendall", "equal"),
        "how the task losses are weighted",
    )
    grid_points: int = setting(Whole(1, 36), 18, "at most so many vectors of hand-tuned weights")
    task_weights: tuple[float, ...] = setting(
        Several(Real(0, 1000), 1, 8), None, "weights of the strategy `fixed`; default all 1"
    )

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"widths": (16, 8), "n_train": 300, "epochs": 3, "grid_points": 3},
        "lesson": {},
        "paper": {
            "data": "mnist",
            "learning_rate": 0.1,
            "batch_size": 128,
            "epochs": 30,
            "patience": 10,
            "strategies": STRATEGIES[:-1],
        },
    }

    def derive(self) -> Mapping[str, Any]:
        """All training pictures, their pixels as they are, a rate for the optimiser, weights 1."""
        shape = pictures.shape(self.data)
        given: float | None = self.learning_rate
        rate = OPTIMISERS[self.optimiser] if given is None else given
        return {
            "n_train": shape.sizes["train"],
            "components": shape.pixels,
            "learning_rate": rate,
            "log_variance_rate": rate,
            "task_weights": (1.0,) * self.tasks,
        }

    def check(self) -> None:
        """Noise levels of their kind, no more pictures or components than there are."""
        for level in self.noise:
            check_level(level, self.noise_kind)
        shape = pictures.shape(self.data)
        if self.n_train > shape.sizes["train"]:
            raise UsageError(
                f"n_train = {self.n_train}: allowed is at most {shape.sizes['train']:,}, "
                f"the training pictures of {self.data}."
            )
        if self.components != shape.pixels and self.components > min(shape.pixels, self.n_train):
            raise UsageError(
                f"components = {self.components}: allowed is at most {shape.pixels}, the pixels of "
                f"{self.data}, and no more than the {self.n_train} training pictures."
            )
        if len(self.task_weights) != self.tasks:
            given = ", ".join(f"{value:g}" for value in self.task_weights)
            raise UsageError(
                f"task_weights = {given}: allowed is one number for each of the {self.tasks} tasks."
            )

    @property
    def tasks(self) -> int:
        """How many tasks: one for each noise level."""
        return len(self.noise)
