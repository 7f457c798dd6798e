"""Which of several fixed weight vectors is the hand-tuned one."""

from __future__ import annotations

import pandas as pd


def chosen_point(losses: pd.DataFrame) -> int:
    """The place in the grid whose held-out loss is lowest, averaged over seeds and tasks.

    A point with which a seed diverged (nan) is not chosen unless all are so.

    Parameters
    ----------
    losses
        One row per seed, point and task: columns `point` and `noisy_loss`, the unweighted
        validation loss.
    """
    means = losses.groupby("point")["noisy_loss"].agg(lambda rows: rows.mean(skipna=False))
    best = means.argmin() if means.notna().any() else 0
    return int(means.index.to_numpy()[best])
