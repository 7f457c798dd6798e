"""What a training of lesson 08 leaves: its tables and its arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Shaped

from mtlkit.core.history import History
from mtlkit.core.training import Outcome
from mtlkit.lessons.retrieval_task_weights.config import WeightedRetrievalConfig
from mtlkit.lessons.retrieval_task_weights.program import WeightedRetrievalProgram
from mtlkit.noise import flip_rate

SHOWN = 100
"""Test items of each collection whose embeddings are kept."""

_NAMES = ["seed", "strategy", "point", "task"]


def tables(
    config: WeightedRetrievalConfig,
    program: WeightedRetrievalProgram,
    history: History,
    outcome: Outcome,
) -> dict[str, pd.DataFrame]:
    """One strategy's tables, read at each replica's best validation epoch.

    `map`
        Mean average precision on test items, each way: `map` by the standard definition and clean
        labels, `undivided` by the printed formula, `noisy_map` where test labels are as noisy as
        the training's; `chance` is what a random order has in expectation, about.
    `weights`
        Noise, learned s, effective task weight and losses of each task.
    `history`, `runs`
        Each epoch, and how each run went.

    A strategy that learns no weights has no uncertainty (nan); what a diverged replica has is nan.
    """
    frame, best = history.frame(), history.at_best(outcome)
    for name in ("uncertainty", "map"):
        if name not in frame:
            frame, best = frame.assign(**{name: np.nan}), best.assign(**{name: np.nan})
    noise = [config.noise[task - 1] for task in best["task"]]
    return {
        "map": _map(program, outcome, best[_NAMES]),
        "weights": best[_NAMES].assign(
            noise=noise,
            flip_rate=[flip_rate(level, config.noise_kind) for level in noise],
            uncertainty=best["uncertainty"],
            weight=best["weight"],
            noisy_loss=best["noisy_loss"],
        ),
        "history": frame[[*_NAMES, "epoch", "noisy_loss", "map", "weight", "uncertainty"]],
        "runs": history.runs(outcome),
    }


def _map(program: WeightedRetrievalProgram, outcome: Outcome, names: pd.DataFrame) -> pd.DataFrame:
    """`names` has a row for each replica and task, in the program's order."""
    kinds = {
        "map": program.precision("test", "clean", divided=True),
        "undivided": program.precision("test", "clean", divided=False),
        "noisy_map": program.precision("test", "noisy", divided=True),
    }
    labels = program.data["test"]["clean"].cpu()[program.place.cpu()]
    shares = [np.bincount(own) / len(own) for own in labels.flatten(0, 1).numpy()]
    chance = [float((share**2).sum()) for share in shares]
    tasks = labels.shape[1]
    lost = np.repeat([outcome.diverged(row) for row in range(len(labels))], tasks)
    found = []
    for way in kinds["map"]:
        columns = {name: one[way].numpy().reshape(-1) for name, one in kinds.items()}
        columns = {name: np.where(lost, np.nan, values) for name, values in columns.items()}
        found.append(names.assign(direction=way, **columns, chance=chance))
    return pd.concat(found, ignore_index=True)


def arrays(
    program: WeightedRetrievalProgram, strategy: str
) -> dict[int, Mapping[str, Shaped[np.ndarray, ...]]]:
    """Of each seed: where the first test items lie in each task's space.

    `images_STRATEGY` and `texts_STRATEGY` (task, item, feature), and `labels_STRATEGY` (task,
    item), clean.
    """
    images, texts = program.embedded("test")
    labels = program.data["test"]["clean"].cpu()[program.place.cpu()]
    return {
        seed: {
            f"images_{strategy}": images[row, :, :SHOWN].numpy(),
            f"texts_{strategy}": texts[row, :, :SHOWN].numpy(),
            f"labels_{strategy}": labels[row, :, :SHOWN].numpy(),
        }
        for row, seed in enumerate(program.team.seeds)
    }
