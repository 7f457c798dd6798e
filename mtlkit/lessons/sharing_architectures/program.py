"""The replicas of one architecture, in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from mtlkit.core.minibatches import Minibatches, steps_of_look
from mtlkit.core.training import Program
from mtlkit.lessons.sharing_architectures.bits import labels, signs, strings
from mtlkit.lessons.sharing_architectures.config import SharingConfig
from mtlkit.lessons.sharing_architectures.network import SharingNetwork

PARTS = ("train", "validation", "test")
LOOKED_AT = 1000
"""At most so many training strings are looked at."""


class BitsProgram(Program):
    """One network a seed, with its strings; an epoch of the loop is the steps until a look."""

    seed: Tensor

    def __init__(
        self, config: SharingConfig, strategy: str, seeds: Sequence[int], device: torch.device
    ) -> None:
        super().__init__()
        self.config, self.strategy = config, strategy
        self.register_buffer("seed", torch.tensor(list(seeds)))
        for part in PARTS:
            x = [strings(config, seed, part) for seed in seeds]
            self.register_buffer(f"x_{part}", torch.stack([signs(each) for each in x]))
            y = [labels(config, each).float() for each in x]
            self.register_buffer(f"y_{part}", torch.stack(y))
        self.network = SharingNetwork(config, strategy, seeds)
        self.to(device)
        self.optimisers = (
            torch.optim.AdamW(
                self.network.parameters(),
                lr=config.learning_rate,
                weight_decay=config.weight_decay,
            ),
        )

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """The strings and labels of the steps until a look."""
        x, y = self.get_buffer("x_train"), self.get_buffer("y_train")
        place = torch.arange(len(x), device=x.device).unsqueeze(1)
        batches = Minibatches(self.seed.tolist(), self.config.n_train, self.config.batch_size)
        for step in steps_of_look(epoch, self.config.looks, self.config.steps):
            rows = batches.rows(step).to(x.device)
            own = rows.unsqueeze(1).expand(-1, y.shape[1], -1)
            yield x[place, rows], y.gather(2, own)

    def step(self, batch: tuple[Tensor, Tensor]) -> Float[Tensor, " replica"]:
        """One step on the mean cross-entropy, and for soft sharing on the backbones' spread."""
        x, y = batch
        loss = mean_cross_entropy(self.network(x), y).mean(1)
        penalty = (
            self.config.soft_strength * self.network.spread()
            if self.strategy == "soft_sharing"
            else 0.0
        )
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        torch.autograd.backward((loss + penalty).sum())
        optimiser.step()
        return loss.detach()

    def score(self) -> Float[Tensor, " replica"]:
        """Mean over the tasks of the share of wrong answers on the validation strings.

        Not the loss: it rises while answers get better, where a network is sure of its mistakes.
        """
        logits = self.network(self.get_buffer("x_validation"))
        wrong = (logits > 0) != self.get_buffer("y_validation").bool()
        shares: Tensor = wrong.float().mean((1, 2))
        return shares

    def observe(self) -> Mapping[str, Tensor]:
        """Loss and accuracy of each task on each part."""
        seen: dict[str, Tensor] = {}
        for part in PARTS:
            most = LOOKED_AT if part == "train" else None
            x, y = self.get_buffer(f"x_{part}")[:, :most], self.get_buffer(f"y_{part}")[..., :most]
            logits = self.network(x)
            seen[f"loss_{part}"] = mean_cross_entropy(logits, y)
            seen[f"accuracy_{part}"] = ((logits > 0) == y.bool()).float().mean(-1)
        return seen


def mean_cross_entropy(
    logits: Float[Tensor, "replica task string"], labels: Float[Tensor, "replica task string"]
) -> Float[Tensor, "replica task"]:
    """Mean over the strings, in nats."""
    return binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(-1)
