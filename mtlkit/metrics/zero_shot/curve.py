"""Accuracy on seen compositions against accuracy on unseen ones."""

from __future__ import annotations

import math

import attrs
import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor

from mtlkit.errors import UsageError


@attrs.frozen(eq=False)
class Curve:
    """Two accuracies as functions of the calibration bias, constant between its breakpoints.

    `bias` are the n different finite breakpoints, ascending. The accuracies have n + 1 values: the
    first holds below all breakpoints, the i-th (from 0) above `bias[i - 1]` and below `bias[i]`,
    the last above all. That of seen compositions falls, that of unseen ones rises. At a breakpoint
    itself some label and another score are equal, which goes against the model: there the seen
    accuracy is that to its right, the unseen accuracy that to its left.
    """

    bias: Float64[Tensor, " breakpoint"]
    seen_accuracy: Float64[Tensor, " breakpoint+1"]
    unseen_accuracy: Float64[Tensor, " breakpoint+1"]

    @classmethod
    def of(cls, seen: Float64[Tensor, " picture"], unseen: Float64[Tensor, " other"]) -> Curve:
        """From thresholds: a seen picture is right below its own, an unseen one above its own."""
        every = torch.cat([seen, unseen])
        bias = torch.from_numpy(np.unique(every[every.isfinite()].numpy()))
        edges = torch.cat([bias.new_tensor([-torch.inf]), bias])
        left, right = len(seen) - _reached(seen, edges), _reached(unseen, edges)
        return cls(bias, left.double() / len(seen), right.double() / len(unseen))

    @property
    def area(self) -> float:
        """The area under the seen accuracy as a function of the unseen one (AUC).

        Under the straight lines that join consecutive points of the curve, from its first (the best
        seen accuracy) to its last (the best unseen accuracy). A model that knows nothing has
        1 / (2 x seen x unseen compositions) on average, for k = 1.

        Notes
        -----
        Where a seen and an unseen picture share a breakpoint the line is oblique, and halves the
        rectangle of both steps; a step function would lose it whole. Elsewhere all lines are level
        or upright, and both areas are equal. Source: the evaluation of Purushwalkam et al., 2019.
        It joins about 20 points by straight lines too, each just below the breakpoint of an unseen
        picture. With all such points it converges to this area, not to that of steps where ties are
        kept, and from below: for k = 1 and without ties it cuts off the seen accuracy at the first
        of them / (2 x unseen pictures).
        """
        return float(torch.trapezoid(self.seen_accuracy, self.unseen_accuracy))

    @property
    def harmonic(self) -> float:
        """The best harmonic mean of both accuracies."""
        total = self.seen_accuracy + self.unseen_accuracy
        means = 2 * self.seen_accuracy * self.unseen_accuracy / total
        return float(means.nan_to_num(0.0).max())

    @property
    def best_seen(self) -> float:
        """The seen accuracy when no unseen composition can win."""
        return float(self.seen_accuracy[0])

    @property
    def best_unseen(self) -> float:
        """The unseen accuracy when no seen composition can win."""
        return float(self.unseen_accuracy[-1])

    def at(self, bias: float) -> tuple[float, float]:
        """Seen and unseen accuracy with this bias.

        Raises
        ------
        UsageError
            If the bias is infinite or not a number.
        """
        if not math.isfinite(bias):
            raise UsageError(f"the bias is {bias}: it must be a finite number.")
        below = int((self.bias < bias).sum())
        reached = int((self.bias <= bias).sum())
        return float(self.seen_accuracy[reached]), float(self.unseen_accuracy[below])


def _reached(thresholds: Tensor, edges: Tensor) -> Tensor:
    """How many thresholds are not above each edge."""
    return torch.searchsorted(thresholds.sort().values, edges, right=True)
