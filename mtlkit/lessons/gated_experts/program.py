"""The replicas of one strategy, in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from mtlkit.core.minibatches import Minibatches, steps_of_look
from mtlkit.core.streams import stream
from mtlkit.core.training import Program
from mtlkit.lessons.gated_experts.config import GatedConfig
from mtlkit.lessons.gated_experts.inputs import network_inputs, task_images
from mtlkit.lessons.gated_experts.network import GatedNetwork
from mtlkit.lessons.gated_experts.router import READING, expert_count
from mtlkit.nn.routing import score_function

LOOKED_AT = 60
"""At most so many validation pictures of a task are looked at during training."""

Batch = tuple[int, Tensor, Tensor]


class GatedProgram(Program):
    """One network a seed, with its pictures; an epoch of the loop is the steps until a look.

    Parameters
    ----------
    config, strategy, seeds
        What is trained.
    density
        Expected experts of each task and layer, for the strategy `frozen_density`.
    """

    seed: Tensor

    def __init__(
        self,
        config: GatedConfig,
        strategy: str,
        seeds: Sequence[int],
        device: torch.device,
        density: Float[Tensor, "replica layer task"] | None = None,
    ) -> None:
        super().__init__()
        self.config, self.strategy = config, strategy
        self.register_buffer("seed", torch.tensor(list(seeds)))
        for part, most in (("train", None), ("validation", LOOKED_AT)):
            found = task_images(config, seeds, part)
            self.register_buffer(f"pixels_{part}", found.pixels[:, :, :most])
            self.register_buffer(f"labels_{part}", found.labels[:, :, :most])
        self.network = GatedNetwork(config, strategy, seeds, density)
        self.to(device)
        gates = [
            router.gates.logits
            for router in self.network.gating
            if router.gates is not None and router.learns_gates
        ]
        others = [
            parameter
            for parameter in self.network.parameters()
            if parameter.requires_grad and all(parameter is not gate for gate in gates)
        ]
        self.optimisers = (torch.optim.Adam(others, lr=config.learning_rate),)
        if gates:
            self.optimisers += (torch.optim.Adam(gates, lr=config.gate_rate),)

    def batches(self, epoch: int) -> Iterator[Batch]:
        """The steps until a look: their number, and pictures and labels of every task."""
        pixels, labels = self.get_buffer("pixels_train"), self.get_buffer("labels_train")
        place = torch.arange(len(pixels), device=pixels.device).unsqueeze(1)
        batches = Minibatches(
            self.seed.tolist(), self.config.images_per_task, self.config.batch_per_task
        )
        for step in steps_of_look(epoch, self.config.looks, self.config.steps):
            rows = batches.rows(step).to(pixels.device)
            # (replica, image, task, ...): rows are places among a task's own pictures.
            seen = pixels.transpose(1, 2)[place, rows].transpose(1, 2)
            yield step, seen, labels.transpose(1, 2)[place, rows].transpose(1, 2)

    def step(self, batch: Batch) -> Float[Tensor, " replica"]:
        """One step on the mean task loss and the density penalty."""
        number, pixels, labels = batch
        passed = self.network(network_inputs(pixels), self.uniform(number, labels.shape[2]))
        losses = element_losses(passed.logits, labels)
        objective = losses
        if passed.log_probability is not None:
            objective = score_function(losses, passed.log_probability, self.config.baseline)
        for optimiser in self.optimisers:
            optimiser.zero_grad()
        torch.autograd.backward(objective.mean((0, 2, 3)).sum() + self.penalty().sum())
        network, *gates = self.optimisers
        network.step()
        if number >= self.config.gate_still:
            for optimiser in gates:
                optimiser.step()
        return losses.detach().mean((0, 2, 3))

    def penalty(self) -> Float[Tensor, " replica"]:
        """Lambda times the mean over tasks of the expected number of experts, over all layers."""
        total = torch.zeros(len(self.seed), device=self.seed.device)
        for router in self.network.gating:
            if self.strategy == "gated":
                total = total + router.probabilities().sum(-1).mean(1)
        return self.config.penalty * total

    def uniform(
        self, step: int, images: int
    ) -> Float[Tensor, "layer sample replica task image expert"]:
        """The numbers that gates are drawn from in a step; each seed has its own."""
        config = self.config
        shape = (
            config.gating_layers,
            config.gate_samples,
            config.tasks,
            images,
            expert_count(config, self.strategy),
        )
        own = [
            torch.rand(shape, generator=stream(seed, "gates", step)) for seed in self.seed.tolist()
        ]
        return torch.stack(own, 2).to(self.seed.device)

    def score(self) -> Float[Tensor, " replica"]:
        """Mean over the tasks of the validation loss, with the experts that tasks would keep."""
        loss, _ = self._looked_at()
        return loss.mean(1)

    def observe(self) -> Mapping[str, Tensor]:
        """Loss and accuracy of each task on validation pictures; experts that it expects to use."""
        loss, accuracy = self._looked_at()
        density = torch.stack(
            [router.probabilities().sum(-1) for router in self.network.gating]
        ).mean(0)
        return {"validation_loss": loss, "validation_accuracy": accuracy, "density": density}

    @torch.no_grad()
    def probabilities(self) -> Float[Tensor, "replica layer task expert"]:
        """The gates of every layer, as they are now."""
        return torch.stack([router.probabilities() for router in self.network.gating], 1).cpu()

    def _looked_at(self) -> tuple[Float[Tensor, "replica task"], Float[Tensor, "replica task"]]:
        pixels, labels = self.get_buffer("pixels_validation"), self.get_buffer("labels_validation")
        passed, _ = self.network.fixed(network_inputs(pixels), reading(self.strategy))
        loss = element_losses(passed.logits, labels)[0].mean(-1)
        return loss, (passed.logits[0].argmax(-1) == labels).float().mean(-1)


def reading(strategy: str) -> str:
    """Which experts a strategy is read with after training, see `READING`."""
    return READING.get(strategy, "expected")


def element_losses(
    logits: Float[Tensor, "sample replica task image class"],
    labels: Int64[Tensor, "replica task image"],
) -> Float[Tensor, "sample replica task image"]:
    """Cross-entropy of each draw and picture, in nats."""
    targets = labels.unsqueeze(0).expand(logits.shape[:-1])
    return cross_entropy(logits.movedim(-1, 1), targets, reduction="none")
