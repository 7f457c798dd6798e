"""A training under way as a Result, as far as it has come."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float, Shaped

from mtlkit.core.config import Config
from mtlkit.core.lesson import Snapshot
from mtlkit.core.result import Result


class Watch:
    """Collects snapshots into the table `history`, and keeps the present state of some arrays.

    Its columns are `seed`, `strategy` (the snapshot's part), `task`, `epoch`, and what is observed
    under the names that the lesson's own table has; NaN where a part does not observe it. A part
    that trains several networks for a seed (a grid of weights, a network for each task) adds no
    rows and no arrays: only the lesson knows how these are put together.

    The arrays are named as `core.runner.merged` names them, `gates_PART/SEED`; a replica that has
    stopped keeps its last one.

    Parameters
    ----------
    lesson, config
        What is being trained.
    observed
        The table's columns by the names of what a snapshot observes, each of shape (replica, task).
    arrays
        What the arrays are called, without part and seed, by the names of what a snapshot
        observes, each of shape (replica, ...).
    """

    def __init__(
        self,
        lesson: str,
        config: Config,
        observed: Mapping[str, str],
        arrays: Mapping[str, str] | None = None,
    ) -> None:
        self._lesson, self._config, self._observed = lesson, config, observed
        self._array_names = arrays or {}
        self._arrays: dict[str, np.ndarray] = {}
        self._blocks: list[Mapping[str, np.ndarray]] = []
        self._seeds: dict[int, None] = {}

    def add(self, snapshot: Snapshot) -> None:
        """Take in one snapshot; costs next to nothing."""
        self._seeds |= dict.fromkeys(snapshot.seeds)
        if len(set(snapshot.seeds)) < len(snapshot.seeds):
            return
        for name, array in self._array_names.items():
            if name in snapshot.observed:
                states: Shaped[np.ndarray, "replica ..."] = snapshot.observed[name].numpy()
                for seed, state in zip(snapshot.seeds, states, strict=True):
                    # A copy: the training may go on in the same memory.
                    self._arrays[f"{array}_{snapshot.part}/{seed}"] = state.copy()
        seen: dict[str, Float[np.ndarray, "replica task"]] = {
            column: snapshot.observed[name].numpy()
            for name, column in self._observed.items()
            if name in snapshot.observed
        }
        if not seen:
            return
        replicas, tasks = next(iter(seen.values())).shape
        self._blocks.append(
            {
                "seed": np.repeat(snapshot.seeds, tasks),
                "strategy": np.repeat(snapshot.part, replicas * tasks),
                "task": np.tile(np.arange(1, tasks + 1), replicas),
                "epoch": np.full(replicas * tasks, snapshot.epoch),
                **{column: values.reshape(-1) for column, values in seen.items()},
            }
        )

    def result(self) -> Result:
        """What there is so far: `history` and the arrays, of the seeds that were seen."""
        return Result(
            lesson=self._lesson,
            config=self._config.as_dict(),
            seeds=tuple(self._seeds),
            tables={"history": self._history()},
            arrays=dict(self._arrays),
            provenance={},
        )

    def _history(self) -> pd.DataFrame:
        columns = ("seed", "strategy", "task", "epoch", *self._observed.values())
        return pd.DataFrame({column: self._column(column) for column in columns})

    def _column(self, name: str) -> np.ndarray:
        parts = [
            block.get(name, np.full(len(block["seed"]), np.nan, np.float32))
            for block in self._blocks
        ]
        return np.concatenate(parts) if parts else np.array([], np.float32)
