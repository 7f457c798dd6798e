"""What a training of lesson 02 leaves: its tables and its arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor

from mtlkit.core.history import History
from mtlkit.core.training import Outcome
from mtlkit.data import pictures
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.inputs import NOISY, PARTS, clean_labels, noisy_labels
from mtlkit.lessons.digit_task_weights.program import DigitProgram
from mtlkit.lessons.digit_task_weights.team import Team
from mtlkit.noise import flip_rate

EMBEDDED = 300
"""The first training pictures, whose place in the shared layers is kept."""

ENOUGH = 0.9
"""The accuracy that `epochs_to_90` waits for."""

_NAMES = ["seed", "strategy", "point", "task"]
_RUN = _NAMES[:3]


def tables(
    config: DigitConfig, team: Team, history: History, outcome: Outcome
) -> dict[str, pd.DataFrame]:
    """One strategy's tables.

    `accuracy`
        Of each head on each part at the best epoch, against the clean labels.
    `readings`
        Whose test accuracy is meant: the `first` head's, the `mean` over heads, or the `best`
        head's; at the epoch chosen on validation, and at the source's best test epoch.
    `uncertainties`
        Noise and learned s of each task; `wobble` is how far log s moves from epoch to epoch
        (a standard deviation) in the second half of the training.
    `history`, `runs`
        Each epoch, and how each run went; `epochs_to_90` is the first epoch at which the heads'
        mean accuracy on the validation part, against clean labels, is 90 %.

    A strategy that learns no weights has no uncertainty (nan); what a diverged replica had at its
    best epoch is nan too.
    """
    frame, best, stop = history.frame(), history.at_best(outcome), history.at_stop(outcome)
    if "uncertainty" not in frame:
        frame, best, stop = (table.assign(uncertainty=np.nan) for table in (frame, best, stop))
    noise = [config.noise[task - 1] for task in best["task"]]
    accuracy = [
        best[_NAMES].assign(
            split=part,
            noisy_loss=best[f"noisy_{part}"] if part in NOISY else np.nan,
            accuracy=best[f"accuracy_{part}"],
        )
        for part in PARTS
    ]
    columns = ["noisy_train", "noisy_validation", "accuracy_validation", "accuracy_test"]
    return {
        "accuracy": pd.concat(accuracy),
        "readings": _readings(frame, best),
        "uncertainties": best[_NAMES].assign(
            noise=noise,
            flip_rate=[flip_rate(level, config.noise_kind) for level in noise],
            uncertainty=best["uncertainty"],
            training_loss=best["noisy_train"],
            uncertainty_at_stop=stop["uncertainty"],
            training_loss_at_stop=stop["noisy_train"],
            weight=best["weight"],
            wobble=_wobble(frame),
        ),
        "history": frame[[*_NAMES, "epoch", *columns, "weight", "uncertainty"]],
        "runs": history.runs(outcome).assign(epochs_to_90=_epochs_to_90(frame)),
    }


def _readings(frame: pd.DataFrame, best: pd.DataFrame) -> pd.DataFrame:
    """The three readings of each replica's test accuracy, at two choices of the epoch."""
    heads = frame.pivot(index=["replica", "epoch"], columns="task", values="accuracy_test")
    chosen = best.pivot(index="replica", columns="task", values="accuracy_test")
    names = best.drop_duplicates("replica").set_index("replica")[_RUN]
    found = []
    for reading in ("first", "mean", "best"):
        over_epochs = _read(heads, reading)
        found.append(
            names.assign(
                reading=reading,
                accuracy=_read(chosen, reading),
                best_test_accuracy=over_epochs.groupby("replica").max(),
            )
        )
    return pd.concat(found, ignore_index=True)


def _read(heads: pd.DataFrame, reading: str) -> pd.Series:
    if reading == "first":
        return heads.iloc[:, 0]
    return heads.mean(axis=1) if reading == "mean" else heads.max(axis=1)


def _wobble(frame: pd.DataFrame) -> list[float]:
    """Of each replica and task, as the rows of `at_best` have them.

    Differences from epoch to epoch, so that a slow drift does not count; over the root of 2, as a
    difference of two independent numbers varies so much more than each.
    """
    found = []
    for _, rows in frame.groupby(["replica", "task"]):
        s = np.log(rows.sort_values("epoch")["uncertainty"].to_numpy())
        steps = np.diff(s[len(s) // 2 :])
        found.append(float(steps.std() / np.sqrt(2)) if len(steps) > 1 else np.nan)
    return found


def _epochs_to_90(frame: pd.DataFrame) -> pd.Series:
    """Of each replica; missing where it never gets there."""
    mean = frame.groupby(["replica", "epoch"])["accuracy_validation"].mean().reset_index()
    first = mean[mean["accuracy_validation"] >= ENOUGH].groupby("replica")["epoch"].min()
    return first.reindex(sorted(frame["replica"].unique())).astype("Int64")


def arrays(
    program: DigitProgram, strategy: str, team: Team, outcome: Outcome
) -> dict[int, Mapping[str, Shaped[np.ndarray, ...]]]:
    """Of each seed, at its best epoch: the shared features of some pictures, and the confusions.

    `features_STRATEGY` (picture, feature) are those of the first training pictures, `clean`
    (picture) and `noisy` (task, picture) their labels; `confusion_STRATEGY` (task, true class,
    predicted class) counts test pictures.
    """
    for name, value in (outcome.best_state or {}).items():
        program.get_parameter(name).data = value
    config, network = program.config, program.network
    with torch.no_grad():
        features = network.features(program.images["train"][:EMBEDDED].unsqueeze(0)).cpu()
        predicted = network(program.images["test"].unsqueeze(0)).argmax(-1).cpu()
    n_classes = pictures.shape(config.data).n_classes
    clean = clean_labels(config, "test")
    return {
        seed: {
            f"features_{strategy}": features[row].numpy(),
            f"confusion_{strategy}": _confusion(predicted[row], clean, n_classes).numpy(),
            "clean": clean_labels(config, "train")[:EMBEDDED].numpy(),
            "noisy": noisy_labels(config, seed, "train")[:, :EMBEDDED].numpy(),
        }
        for row, seed in enumerate(team.seeds)
    }


def _confusion(
    predicted: Int64[Tensor, "task picture"], clean: Int64[Tensor, " picture"], n_classes: int
) -> Int64[Tensor, "task true predicted"]:
    pairs = clean * n_classes + predicted
    counts = [torch.bincount(row, minlength=n_classes**2) for row in pairs]
    return torch.stack(counts).reshape(-1, n_classes, n_classes)
