"""The replicas of one strategy, in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from mtlkit.balance import SumNormalised, Uncertainty
from mtlkit.balance.strategies import balancer_for, parameter_groups
from mtlkit.core.streams import shuffled
from mtlkit.core.training import Program
from mtlkit.data import pictures
from mtlkit.lessons.digit_task_weights.config import DigitConfig
from mtlkit.lessons.digit_task_weights.inputs import (
    NOISY,
    PARTS,
    clean_labels,
    images,
    noisy_labels,
)
from mtlkit.lessons.digit_task_weights.network import DigitNetwork
from mtlkit.lessons.digit_task_weights.team import Team

LOOKED_AT = 5000
"""At most so many training pictures are looked at after an epoch."""

_OPTIMISERS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}


class DigitProgram(Program):
    """A team with its noisy labels, network and balancer.

    All seeds see the same pictures, so those are kept once, beside the module's buffers; what
    differs between replicas has the replica as its leading axis, as the loop asks for.
    """

    capturable = True

    seed: Tensor
    labels_train: Tensor

    def __init__(
        self, config: DigitConfig, strategy: str, team: Team, device: torch.device
    ) -> None:
        super().__init__()
        self.config = config
        seeds = list(dict.fromkeys(team.seeds))
        rows = torch.tensor([seeds.index(seed) for seed in team.seeds])
        self.register_buffer("seed", torch.tensor(team.seeds))
        self.images = {part: seen.to(device) for part, seen in images(config).items()}
        self.clean = {part: clean_labels(config, part).to(device) for part in PARTS}
        for part in NOISY:
            labels = [noisy_labels(config, seed, part)[list(team.tasks)] for seed in seeds]
            self.register_buffer(f"labels_{part}", torch.stack(labels)[rows])
        sizes = (config.components, config.widths[0], config.widths[1])
        classes, tasks = pictures.shape(config.data).n_classes, len(team.tasks)
        self.network = DigitNetwork(seeds, sizes, tasks, classes)
        self.network.repeat(rows)
        self.balancer = balancer_for(
            strategy, len(rows), tasks, kind="classification", weights=team.weights
        )
        self.to(device)
        groups = parameter_groups(
            self.network.parameters(), self.balancer, config.log_variance_rate
        )
        build = _OPTIMISERS[config.optimiser]
        self.optimisers = [build(groups, lr=config.learning_rate, fused=True)]

    def batches(self, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Each replica's pictures in its seed's order for that epoch, with each task's labels."""
        seen, labels = self.images["train"], self.labels_train
        order = shuffled(self.seed.tolist(), epoch, len(seen)).to(seen.device)
        for rows in torch.split(order, self.config.batch_size, dim=1):
            own = rows.unsqueeze(1).expand(-1, labels.shape[1], -1)
            yield seen[rows], labels.gather(2, own)

    def step(self, batch: tuple[Tensor, Tensor]) -> Float[Tensor, " replica"]:
        """One step on the mean cross-entropies, weighted by the strategy."""
        seen, labels = batch
        losses = mean_cross_entropy(self.network(seen), labels)
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
            most = LOOKED_AT if part == "train" else None
            logits = self.network(self.images[part][:most].unsqueeze(0))
            right = logits.argmax(-1) == self.clean[part][:most]
            seen[f"accuracy_{part}"] = right.float().mean(-1)
            if part in NOISY:
                labels = self.get_buffer(f"labels_{part}")[..., :most]
                seen[f"noisy_{part}"] = mean_cross_entropy(logits, labels)
        seen["weight"] = self.balancer.weights()
        if isinstance(self.balancer, Uncertainty | SumNormalised):
            seen["uncertainty"] = self.balancer.uncertainty()
        return seen


def mean_cross_entropy(
    logits: Float[Tensor, "replica task picture class"],
    labels: Int64[Tensor, "replica task picture"],
) -> Float[Tensor, "replica task"]:
    """Mean over the pictures, in nats."""
    return cross_entropy(logits.movedim(-1, 1), labels, reduction="none").mean(-1)
