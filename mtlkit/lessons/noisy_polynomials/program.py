"""The replicas of one strategy, in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs
import pandas as pd
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.balance import Uncertainty
from mtlkit.balance.simplex import simplex_grid
from mtlkit.balance.strategies import balancer_for, parameter_groups
from mtlkit.core.streams import shuffled
from mtlkit.core.training import Program
from mtlkit.data.generated.polynomials import Polynomials, noisy_polynomials
from mtlkit.lessons.noisy_polynomials.config import PolynomialConfig
from mtlkit.lessons.noisy_polynomials.network import PolynomialNetwork

SPLITS = ("train", "validation", "test")


@attrs.frozen(eq=False)
class Team:
    """Who is trained together for a strategy.

    Parameters
    ----------
    seeds
        Random seed of each replica.
    task
        The task of each replica where every task has a network of its own; else None.
    point, weights
        Place in the grid of hand-tuned weights, and the fixed weights, of each replica; None
        where they are learned.
    """

    seeds: tuple[int, ...]
    task: Int64[Tensor, " replica"] | None = None
    point: tuple[int, ...] | None = None
    weights: Float[Tensor, "replica task"] | None = None

    @classmethod
    def of(cls, config: PolynomialConfig, strategy: str, seeds: Sequence[int]) -> Team:
        """A replica for each seed, for each seed and task, or for each seed and weight vector."""
        tasks = config.tasks
        if strategy == "single_task":
            owners = tuple(seed for seed in seeds for _ in range(tasks))
            return cls(owners, task=torch.arange(tasks).repeat(len(seeds)))
        if strategy == "hand_tuned":
            grid = simplex_grid(tasks)
            owners = tuple(seed for seed in seeds for _ in grid)
            point = tuple(range(len(grid))) * len(seeds)
            return cls(owners, point=point, weights=grid.repeat(len(seeds), 1))
        if strategy == "fixed":
            weights = torch.tensor(config.task_weights).repeat(len(seeds), 1)
            return cls(tuple(seeds), weights=weights)
        return cls(tuple(seeds))

    def frame(self, strategy: str) -> pd.DataFrame:
        """One row per replica, with what names it; `point` is 0 where there is no grid."""
        names = pd.DataFrame({"seed": self.seeds, "strategy": strategy, "point": self.point or 0})
        return names if self.task is None else names.assign(task=self.task.numpy() + 1)


class PolynomialProgram(Program):
    """A team with its data, network and balancer.

    Everything it holds has the replica as leading axis, the data too, as the loop asks for.
    """

    capturable = True

    seed: Tensor
    x_train: Tensor
    noisy_train: Tensor

    def __init__(
        self, config: PolynomialConfig, strategy: str, team: Team, device: torch.device
    ) -> None:
        super().__init__()
        self.config = config
        seeds = list(dict.fromkeys(team.seeds))
        rows = torch.tensor([seeds.index(seed) for seed in team.seeds])
        self.register_buffer("seed", torch.tensor(team.seeds))
        for split in SPLITS:
            drawn = [draw(config, seed, split) for seed in seeds]
            self.register_buffer(f"x_{split}", torch.stack([d.x for d in drawn])[rows])
            for kind in ("noisy", "clean"):
                targets = torch.stack([getattr(d, kind) for d in drawn])
                self.register_buffer(f"{kind}_{split}", _of_team(targets, rows, team.task))
        self.network = PolynomialNetwork(seeds, config.tasks, config.width)
        self.network.repeat(rows, team.task)
        tasks = config.tasks if team.task is None else 1
        self.balancer = balancer_for(
            strategy, len(team.seeds), tasks, kind="regression", weights=team.weights
        )
        for layer in self.network.heads:
            layer.requires_grad_(not config.frozen_heads)
        self.to(device)
        groups = parameter_groups(
            self.network.parameters(), self.balancer, config.log_variance_rate
        )
        self.optimisers = [torch.optim.Adam(groups, lr=config.learning_rate, fused=True)]

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Each replica's points in its seed's order for that epoch."""
        config = self.config
        order = shuffled(self.seed.tolist(), epoch, config.n_train).to(self.seed.device)
        x = self.x_train.gather(1, order)
        y = self.noisy_train.gather(2, order.unsqueeze(1).expand_as(self.noisy_train))
        for start in range(0, config.n_train, config.batch_size):
            part = slice(start, start + config.batch_size)
            yield x[:, part], y[:, :, part]

    def step(self, batch: tuple[Tensor, Tensor]) -> Float[Tensor, " replica"]:
        """One Adam step on the mean squared errors, weighted by the strategy."""
        x, y = batch
        losses: Tensor = (self.network(x) - y).square().mean(-1)
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        self.balancer.backward(losses, tuple(self.network.shared.parameters()))
        optimiser.step()
        return losses.detach().mean(1)

    def score(self) -> Float[Tensor, " replica"]:
        """Unweighted mean over the tasks of the noisy validation loss."""
        return self._losses("validation")["noisy_validation"].mean(1)

    def observe(self) -> Mapping[str, Tensor]:
        """Held-out losses against noisy and clean targets, task weights, uncertainties."""
        seen = {**self._losses("validation"), **self._losses("test")}
        seen["weight"] = self.balancer.weights()
        if isinstance(self.balancer, Uncertainty):
            seen["uncertainty"] = self.balancer.uncertainty()
        return seen

    def _losses(self, split: str) -> dict[str, Float[Tensor, "replica task"]]:
        predicted = self.network(getattr(self, f"x_{split}"))
        return {
            f"{kind}_{split}": (predicted - getattr(self, f"{kind}_{split}")).square().mean(-1)
            for kind in ("noisy", "clean")
        }


def draw(config: PolynomialConfig, seed: int, split: str) -> Polynomials:
    """One split of a seed's data, as the config asks for it."""
    return noisy_polynomials(
        seed,
        split,
        {"train": config.n_train, "validation": config.n_validation, "test": config.n_test}[split],
        degree=config.degree,
        deviations=config.deviations,
        same_polynomial=config.same_polynomial,
        x_distribution=config.x_distribution,
    )


def _of_team(
    targets: Float[Tensor, "seed task point"],
    rows: Int64[Tensor, " replica"],
    task: Int64[Tensor, " replica"] | None,
) -> Float[Tensor, "replica own point"]:
    return targets[rows] if task is None else targets[rows, task].unsqueeze(1)
