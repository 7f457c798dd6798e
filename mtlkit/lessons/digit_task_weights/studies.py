"""What lesson 02 asks of chapter 5 of nahm2020 so far, as sets of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from mtlkit.core.study import Setting, Study, Tables
from mtlkit.lessons.digit_task_weights.config import DigitConfig

SEEDS: Mapping[str, int] = {"smoke": 2, "lesson": 5, "paper": 10}
TOLERANCE = 0.5
LOOSE: Mapping[str, float] = {"best_epoch": 1.0, "epochs_to_converge": 1.0}


def _uncertainty_order(scale: str) -> Sequence[Setting]:
    config = DigitConfig.preset(scale, noise=(1.0, 2.0, 3.0))
    return [Setting(config, SEEDS[scale], {"noises": "1, 2, 3"})]


def _by_task(tables: Tables) -> pd.DataFrame:
    """Uncertainties with accuracies and losses beside them: a row per strategy, task and seed."""
    accuracy = tables["accuracy"].set_index(["split", "seed", "strategy", "task"])
    held_out = accuracy.loc["validation", ["noisy_loss", "accuracy"]]
    test = accuracy.loc["test", ["accuracy"]]
    beside = held_out.add_prefix("validation_").join(test.add_prefix("test_")).reset_index()
    runs = tables["runs"][["seed", "strategy", "best_epoch", "epochs_to_converge", "diverged"]]
    return (
        tables["uncertainties"]
        .merge(beside, on=["seed", "strategy", "task"])
        .merge(runs, on=["seed", "strategy"])
    )


def example(scale: str) -> Setting:
    """The setting that the notebook trains while one watches."""
    return Setting(DigitConfig.preset(scale), SEEDS["smoke" if scale == "smoke" else "lesson"], {})


STUDIES: Mapping[str, Study] = {
    "uncertainty_order": Study(
        "uncertainty_order",
        "Three noise levels on the same digits",
        "Is the learned uncertainty ordered by the tasks' label noise?",
        "nahm2020, section 5.1, its three-task model",
        _uncertainty_order,
        _by_task,
        TOLERANCE,
        LOOSE,
    )
}
