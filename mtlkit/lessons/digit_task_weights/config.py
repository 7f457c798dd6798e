"""What can be set in lesson 02, and its three scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from mtlkit.core.config import Choice, Config, Real, Several, Whole, setting

STRATEGIES = ("learned_kendall", "learned_printed", "equal")


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
        As `lesson`, with all strategies. It reads the same small digits, as this lesson does not
        read MNIST yet: network (but for its input), noise and flips are as printed, the data are
        not. Rates, batches and epochs are not printed.
    """

    noise: tuple[float, ...] = setting(
        Several(Real(0, 100), 1, 8), (1.0, 2.0, 3.0), "sigma_i^2 of each task's label flips"
    )
    widths: tuple[int, ...] = setting(
        Several(Whole(1, 2048), 2, 2), (128, 64), "units of the two shared layers"
    )
    epochs: int = setting(Whole(1, 10_000), 60, "at most so many epochs")
    batch_size: int = setting(Whole(1, 10_000), 64, "pictures a batch")
    learning_rate: float = setting(Real(0, 10, open_low=True), 0.2, "SGD's, for the network")
    log_variance_rate: float = setting(
        Real(0, 10, open_low=True), 0.2, "SGD's learning rate for the log-variances"
    )
    patience: int = setting(Whole(1, 10_000), 20, "epochs without improvement before stopping")
    strategies: tuple[str, ...] = setting(
        Several(Choice(STRATEGIES), 1, 3, distinct=True),
        ("learned_kendall", "equal"),
        "how the task losses are weighted",
    )

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "smoke": {"widths": (16, 8), "epochs": 3},
        "lesson": {},
        "paper": {"strategies": STRATEGIES},
    }

    @property
    def tasks(self) -> int:
        """How many tasks: one for each noise level."""
        return len(self.noise)
