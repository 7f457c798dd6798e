"""The replicas of one strategy, in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from mtlkit.balance import Uncertainty
from mtlkit.balance.strategies import balancer_for, parameter_groups
from mtlkit.core.streams import shuffled, stream
from mtlkit.core.training import Program
from mtlkit.data.embedded.digits import N_CLASSES, PIXELS, digits
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.network import DigitNetwork
from mtlkit.noise import flip_labels

PARTS = ("train", "validation", "test")
NOISY = ("train", "validation")
"""Parts whose labels are flipped; that test labels are clean is our reading of the source."""


class DigitProgram(Program):
    """One replica a seed, with its noisy labels and balancer.

    All seeds see the same pictures, so those are kept once, beside the module's buffers; what
    differs between replicas has the replica as its leading axis, as the loop asks for.
    """

    seed: Tensor
    labels_train: Tensor

    def __init__(
        self, config: DigitConfig, strategy: str, seeds: Sequence[int], device: torch.device
    ) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("seed", torch.tensor(seeds))
        self.images: dict[str, Tensor] = {}
        self.clean: dict[str, Tensor] = {}
        for part in PARTS:
            drawn = digits(part)
            self.images[part] = drawn.images.to(device)
            self.clean[part] = drawn.labels.to(device)
            if part in NOISY:
                labels = [noisy_labels(config, seed, part) for seed in seeds]
                self.register_buffer(f"labels_{part}", torch.stack(labels))
        sizes = (PIXELS, config.widths[0], config.widths[1])
        self.network = DigitNetwork(seeds, sizes, config.tasks, N_CLASSES)
        self.balancer = balancer_for(strategy, len(seeds), config.tasks, kind="classification")
        self.to(device)
        groups = parameter_groups(
            self.network.parameters(), self.balancer, config.log_variance_rate
        )
        self.optimisers = [torch.optim.SGD(groups, lr=config.learning_rate, fused=True)]

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Each replica's pictures in its seed's order for that epoch, with each task's labels."""
        images = self.images["train"]
        order = shuffled(self.seed.tolist(), epoch, len(images)).to(images.device)
        tasks = self.config.tasks
        for rows in torch.split(order, self.config.batch_size, dim=1):
            yield images[rows], self.labels_train.gather(2, rows.unsqueeze(1).expand(-1, tasks, -1))

    def step(self, batch: tuple[Tensor, Tensor]) -> Float[Tensor, " replica"]:
        """One SGD step on the mean cross-entropies, weighted by the strategy."""
        images, labels = batch
        losses = mean_cross_entropy(self.network(images), labels)
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        self.balancer.backward(losses, self.network.shared)
        optimiser.step()
        return losses.detach().mean(1)

    def score(self) -> Float[Tensor, " replica"]:
        """Unweighted mean over the tasks of the noisy validation loss."""
        logits = self.network(self.images["validation"].unsqueeze(0))
        return mean_cross_entropy(logits, self.get_buffer("labels_validation")).mean(1)

    def observe(self) -> Mapping[str, Tensor]:
        """Noisy losses, accuracies against clean labels, task weights, uncertainties."""
        seen: dict[str, Tensor] = {}
        for part in PARTS:
            logits = self.network(self.images[part].unsqueeze(0))
            seen[f"accuracy_{part}"] = (logits.argmax(-1) == self.clean[part]).float().mean(-1)
            if part in NOISY:
                labels = self.get_buffer(f"labels_{part}")
                seen[f"noisy_{part}"] = mean_cross_entropy(logits, labels)
        seen["weight"] = self.balancer.weights()
        if isinstance(self.balancer, Uncertainty):
            seen["uncertainty"] = self.balancer.uncertainty()
        return seen


def noisy_labels(config: DigitConfig, seed: int, part: str) -> Int64[Tensor, "task picture"]:
    """Each task's labels of one part, flipped by streams of that seed, part and task."""
    labels = digits(part).labels
    return torch.stack(
        [
            flip_labels(labels, variance, N_CLASSES, stream(seed, f"flips/{part}", task))[0]
            for task, variance in enumerate(config.noise)
        ]
    )


def mean_cross_entropy(
    logits: Float[Tensor, "replica task picture class"],
    labels: Int64[Tensor, "replica task picture"],
) -> Float[Tensor, "replica task"]:
    """Mean over the pictures, in nats."""
    return cross_entropy(logits.movedim(-1, 1), labels, reduction="none").mean(-1)
