"""What a training leaves behind, as tidy tables: one row per replica, task and epoch."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from mtlkit.core.generators import mapped
from mtlkit.core.lesson import Snapshot
from mtlkit.core.training import Epoch, Outcome


class History:
    """Collects the loop's epochs.

    Parameters
    ----------
    replicas
        One row per replica, in the program's order, with what names it (seed, strategy, ...).
        Where it has a column `task`, each replica learns that one task; otherwise the tasks are
        numbered from 1.
    """

    def __init__(self, replicas: pd.DataFrame) -> None:
        self.replicas = replicas
        self._epochs: list[Epoch] = []

    def add(self, epoch: Epoch) -> None:
        """Take in one epoch; everything observed must be of shape (replica, task)."""
        self._epochs.append(epoch)

    def frame(self) -> pd.DataFrame:
        """Columns: `replica`, those that name it, `task`, `epoch`, and everything observed."""
        seen = pd.concat([_rows(epoch) for epoch in self._epochs], ignore_index=True)
        if "task" in self.replicas:
            seen = seen.drop(columns="task")
        joined = seen.merge(self.replicas, left_on="replica", right_index=True)
        leading = list(dict.fromkeys(["replica", *self.replicas.columns, "task", "epoch"]))
        return joined[[*leading, *[name for name in joined if name not in leading]]]

    def at_best(self, outcome: Outcome) -> pd.DataFrame:
        """The rows of `frame` at each replica's best epoch, by replica and task.

        What a diverged replica had there is NaN.
        """
        best = self._at(outcome.best_epoch)
        lost = best["replica"].map(outcome.diverged)
        observed = best.columns.difference(["replica", *self.replicas.columns, "task", "epoch"])
        best.loc[lost, observed] = np.nan
        return best

    def at_stop(self, outcome: Outcome) -> pd.DataFrame:
        """The rows of `frame` at each replica's last epoch, in the same order."""
        return self._at(outcome.stop_epoch)

    def _at(self, epochs: Sequence[int]) -> pd.DataFrame:
        frame = self.frame()
        there = frame["epoch"] == frame["replica"].map(dict(enumerate(epochs)))
        return frame[there].sort_values(["replica", "task"], ignore_index=True)

    def runs(self, outcome: Outcome) -> pd.DataFrame:
        """How each replica's run went.

        Columns besides the naming ones: `task` (missing where a replica learns all of them),
        `best_epoch`, `stop_epoch`, `epochs_to_converge` (see below; missing where the replica
        diverged), `diverged`, `cause`.
        """
        scores: list[list[float]] = [[] for _ in range(len(self.replicas))]
        for epoch in self._epochs:
            for row, score in zip(epoch.rows.tolist(), epoch.score.tolist(), strict=True):
                scores[row].append(score)
        lost = [outcome.diverged(row) for row in range(len(scores))]
        speed = [
            None if gone else epochs_to_converge(np.array(score))
            for gone, score in zip(lost, scores, strict=True)
        ]
        own = self.replicas.get("task", pd.Series(pd.NA, self.replicas.index))
        return self.replicas.assign(
            task=own.astype("Int64"),
            best_epoch=outcome.best_epoch,
            stop_epoch=outcome.stop_epoch,
            epochs_to_converge=pd.array(speed, dtype="Int64"),
            diverged=lost,
            cause=outcome.cause,
        )


def recorded(
    loop: Generator[Epoch, None, Outcome], history: History, part: str
) -> Generator[Snapshot, None, Outcome]:
    """Pass a loop's epochs on as snapshots, and keep them; the loop's outcome.

    Parameters
    ----------
    history
        What keeps them; its replicas' column `seed` names each snapshot's replicas.
    part
        What is being trained.
    """
    seeds = history.replicas["seed"].to_list()

    def keep(epoch: Epoch) -> Snapshot:
        history.add(epoch)
        return Snapshot(
            progress=epoch.number / epoch.last if epoch.last else 1.0,
            part=part,
            epoch=epoch.number,
            epochs=epoch.last,
            seeds=tuple(seeds[row] for row in epoch.rows.tolist()),
            observed=epoch.observed,
        )

    return (yield from mapped(loop, keep))


def epochs_to_converge(score: Float[np.ndarray, " epoch"]) -> int:
    """The first epoch whose score is within a tenth of the total drop of the least.

    The total drop is from epoch 0, before any step, to the least score.
    """
    least = score.min()
    return int(np.argmax(score <= least + 0.1 * (score[0] - least)))


def _rows(epoch: Epoch) -> pd.DataFrame:
    tasks = next(iter(epoch.observed.values())).shape[1]
    replicas = len(epoch.rows)
    return pd.DataFrame(
        {
            "replica": np.repeat(epoch.rows.numpy(), tasks),
            "task": np.tile(np.arange(1, tasks + 1), replicas),
            "epoch": epoch.number,
            **{name: value.numpy().reshape(-1) for name, value in epoch.observed.items()},
        }
    )
