"""Who is trained together in lesson 08."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pandas as pd
from jaxtyping import Float
from torch import Tensor

from mtlkit.balance.simplex import simplex_grid
from mtlkit.lessons.retrieval_task_weights.config import ALONE, WeightedRetrievalConfig


@attrs.frozen(eq=False)
class Team:
    """The replicas of one strategy.

    Parameters
    ----------
    seeds
        Random seed of each replica.
    tasks
        Which of the two tasks each replica learns, counted from 0; all alike.
    point, weights
        Place in the grid of hand-tuned weights, and the fixed weights, of each replica; None
        where they are learned or equal.
    """

    seeds: tuple[int, ...]
    tasks: tuple[int, ...] = (0, 1)
    point: tuple[int, ...] | None = None
    weights: Float[Tensor, "replica task"] | None = None

    @classmethod
    def of(cls, config: WeightedRetrievalConfig, strategy: str, seeds: Sequence[int]) -> Team:
        """A replica for each seed, or for each seed and weight vector of the grid."""
        own = tuple(seeds)
        if strategy in ALONE:
            return cls(own, (ALONE[strategy],))
        if strategy == "hand_tuned":
            grid = simplex_grid(2, config.grid_points)
            owners = tuple(seed for seed in own for _ in grid)
            return cls(owners, (0, 1), tuple(range(len(grid))) * len(own), grid.repeat(len(own), 1))
        return cls(own)

    def frame(self, strategy: str) -> pd.DataFrame:
        """One row per replica, with what names it; `point` is 0 where there is no grid."""
        names = pd.DataFrame({"seed": self.seeds, "strategy": strategy, "point": self.point or 0})
        return names.assign(task=self.tasks[0] + 1) if len(self.tasks) == 1 else names
