"""Who is trained together in lesson 02."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.balance.simplex import simplex_grid
from mtlkit.lessons.digit_task_weights.config import DigitConfig


@attrs.frozen(eq=False)
class Team:
    """The replicas of one strategy.

    Parameters
    ----------
    seeds
        Random seed of each replica.
    tasks
        Which of the config's tasks each replica learns, counted from 0; all alike.
    point, weights
        Place in the grid of hand-tuned weights, and the fixed weights, of each replica; None
        where they are learned or equal.
    """

    seeds: tuple[int, ...]
    tasks: tuple[int, ...]
    point: tuple[int, ...] | None = None
    weights: Float[Tensor, "replica task"] | None = None

    @classmethod
    def of(cls, config: DigitConfig, strategy: str, seeds: Sequence[int]) -> Team:
        """A replica for each seed, or for each seed and weight vector of the grid.

        A single task is the one with the cleanest labels.
        """
        own, tasks = tuple(seeds), tuple(range(config.tasks))
        if strategy == "single_task":
            return cls(own, (config.noise.index(min(config.noise)),))
        if strategy == "hand_tuned":
            grid = simplex_grid(config.tasks, config.grid_points)
            owners = tuple(seed for seed in own for _ in grid)
            point = tuple(range(len(grid))) * len(own)
            return cls(owners, tasks, point, grid.repeat(len(own), 1))
        if strategy == "fixed":
            weights = torch.tensor(config.task_weights).repeat(len(own), 1)
            return cls(own, tasks, weights=weights)
        return cls(own, tasks)

    def frame(self, strategy: str) -> pd.DataFrame:
        """One row per replica, with what names it; `point` is 0 where there is no grid."""
        names = pd.DataFrame({"seed": self.seeds, "strategy": strategy, "point": self.point or 0})
        return names.assign(task=self.tasks[0] + 1) if len(self.tasks) == 1 else names
