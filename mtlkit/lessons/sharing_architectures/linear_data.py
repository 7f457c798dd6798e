"""Regressions whose tasks share inputs that matter, or lie around a common vector."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from mtlkit.core.streams import stream
from mtlkit.lessons.sharing_architectures.config import SharingConfig

SPLITS = ("train", "validation", "test")

TEST = 1000
"""Examples of each task to test on; validation has as many as training."""


def shared_inputs(config: SharingConfig) -> int:
    """How many of a task's relevant inputs are those of all tasks: the overlap, rounded."""
    return math.floor(config.relevant * config.overlap + 0.5)


def relevant_inputs(config: SharingConfig, seed: int) -> Int64[Tensor, "task relevant"]:
    """Which inputs matter to each task.

    All inputs stand in a random order. The first `shared_inputs` of it matter to every task. Each
    task's others come from a stretch of its own, which starts where that of the task before ends;
    past the last input it goes on with the first.

    As long as tasks x relevant is at most the number of inputs, tasks have no others in common,
    and a smaller overlap moves the last of the shared ones alone (of the first task none). Beyond,
    tasks may meet by chance; a task never has an input twice.
    """
    order = torch.randperm(config.inputs, generator=stream(seed, "linear/order")).tolist()
    shared = order[: shared_inputs(config)]
    places, taken = [], set(shared)
    for task in range(config.tasks):
        first = task * config.relevant + len(shared)
        own = order[first % config.inputs :] + order[: first % config.inputs]
        free = [place for place in own if place not in taken]
        places.append((shared + free)[: config.relevant])
    return torch.tensor(places)


def true_coefficients(config: SharingConfig, seed: int) -> Float64[Tensor, "input task"]:
    """The matrix A whose column a_.t makes task t.

    `sparse`: standard normal at each task's `relevant_inputs`, 0 elsewhere; a task's values stay
    the same when the overlap moves them. `around_mean`: a standard normal vector common to all
    tasks plus `spread` times one of each task's own; every input matters.
    """
    own = [
        torch.randn(
            config.inputs, generator=stream(seed, "linear/coefficients", task), dtype=torch.float64
        )
        for task in range(1, config.tasks + 1)
    ]
    if config.coefficients == "around_mean":
        common = torch.randn(
            config.inputs, generator=stream(seed, "linear/common"), dtype=torch.float64
        )
        return torch.stack([common + config.spread * values for values in own], 1)
    truth = torch.zeros(config.inputs, config.tasks, dtype=torch.float64)
    for task, places in enumerate(relevant_inputs(config, seed)):
        truth[places, task] = own[task][: config.relevant]
    return truth


def examples(
    config: SharingConfig, seed: int, split: str
) -> tuple[Float64[Tensor, "task example input"], Float64[Tensor, "task example"]]:
    """Inputs and targets of the tasks: standard normal X_t, y_t = X_t a_.t + noise.

    Each task has an X of its own. Neither X nor the noise's draws depend on how many tasks there
    are, or on any slider but the numbers of examples and inputs.
    """
    size = TEST if split == "test" else config.n_train
    x, y = [], []
    for task, coefficients in enumerate(true_coefficients(config, seed).T, start=1):
        inputs = stream(seed, f"linear/inputs/{split}", task)
        noise = stream(seed, f"linear/noise/{split}", task)
        x.append(torch.randn(size, config.inputs, generator=inputs, dtype=torch.float64))
        error = config.noise * torch.randn(size, generator=noise, dtype=torch.float64)
        y.append(x[-1] @ coefficients + error)
    return torch.stack(x), torch.stack(y)


@attrs.frozen(eq=False)
class Moments:
    """All that squared errors depend on: the second moments of a split's examples.

    Parameters
    ----------
    gram
        X'X / n of each seed and task.
    cross
        X'y / n; a column a task, like A.
    square
        y'y / n.
    """

    gram: Float64[Tensor, "seed task input input"]
    cross: Float64[Tensor, "seed input task"]
    square: Float64[Tensor, "seed task"]

    @classmethod
    def of(cls, config: SharingConfig, seeds: Sequence[int], split: str) -> Moments:
        """Those of the examples of one split."""
        gram, cross, square = [], [], []
        for seed in seeds:
            x, y = examples(config, seed, split)
            gram.append(x.mT @ x / y.shape[1])
            cross.append((y.unsqueeze(1) @ x / y.shape[1]).squeeze(1).T)
            square.append(y.square().mean(1))
        return cls(torch.stack(gram), torch.stack(cross), torch.stack(square))

    def correlation(
        self, coefficients: Float64[Tensor, "*many seed input task"]
    ) -> Float64[Tensor, "*many seed input task"]:
        """X'(y - XA) / n, the inputs' correlation with what is left to explain."""
        # By numpy, whose batched product of matrix and vector is several times as fast as torch's.
        explained = self.gram.numpy() @ coefficients.mT.unsqueeze(-1).numpy()
        return self.cross - torch.from_numpy(explained).squeeze(-1).mT

    def mean_squared_error(
        self, coefficients: Float64[Tensor, "*many seed input task"]
    ) -> Float64[Tensor, "*many seed task"]:
        """Of each task; never below 0, which rounding could bring about."""
        explained = (coefficients * (self.cross + self.correlation(coefficients))).sum(-2)
        return (self.square - explained).clamp_min(0)
