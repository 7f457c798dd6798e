"""The replicas of one strategy, in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.balance import SumNormalised, Uncertainty
from mtlkit.balance.difficulty import DifficultyWeighted
from mtlkit.balance.strategies import balancer_for, parameter_groups
from mtlkit.core.streams import shuffled
from mtlkit.core.training import Program
from mtlkit.lessons.retrieval_task_weights.config import WeightedRetrievalConfig
from mtlkit.lessons.retrieval_task_weights.inputs import PARTS, inputs
from mtlkit.lessons.retrieval_task_weights.network import WeightedRetrievalNetwork
from mtlkit.lessons.retrieval_task_weights.team import Team
from mtlkit.lessons.retrieval_task_weights.triplets import Triplets, draw, losses
from mtlkit.metrics.retrieval import average_precisions, mean_average_precision

Batch = tuple[Tensor, Triplets]

Features = Float[Tensor, "replica task item _"]


class WeightedRetrievalProgram(Program):
    """A team with its collections, network and balancer.

    Replicas of one seed see the same data, which is kept once a seed, beside the module's buffers;
    `place` says whose a replica's is.
    """

    seed: Tensor
    place: Tensor

    def __init__(
        self,
        config: WeightedRetrievalConfig,
        strategy: str,
        team: Team,
        device: torch.device,
    ) -> None:
        super().__init__()
        self.config, self.strategy, self.team = config, strategy, team
        seeds = list(dict.fromkeys(team.seeds))
        rows = torch.tensor([seeds.index(seed) for seed in team.seeds])
        self.register_buffer("seed", torch.tensor(team.seeds))
        self.register_buffer("place", rows)
        tasks = list(team.tasks)
        found = {part: [inputs(config, seed, part) for seed in seeds] for part in PARTS}
        self.data = {
            part: {
                name: torch.stack([getattr(one, name)[tasks] for one in own]).to(device)
                for name in ("images", "texts", "clean", "noisy")
            }
            for part, own in found.items()
        }
        held = [
            draw(labels.cpu(), seed, "validation", tasks)
            for seed, labels in zip(seeds, self.data["validation"]["noisy"], strict=True)
        ]
        self.held = _stacked(held, device)
        features = [self.data["train"][name].shape[-1] for name in ("images", "texts")]
        self.network = WeightedRetrievalNetwork(
            seeds, features[0], features[1], tasks, config.width, config.dimensions
        )
        self.network.repeat(rows)
        self.balancer = (
            DifficultyWeighted(len(rows), len(tasks), chance=_chance(config))
            if strategy == "difficulty"
            else balancer_for(
                strategy, len(rows), len(tasks), kind="regression", weights=team.weights
            )
        )
        self.to(device)
        groups = parameter_groups(
            self.network.parameters(), self.balancer, config.log_variance_rate
        )
        self.optimisers = [torch.optim.Adam(groups, lr=config.learning_rate, fused=True)]

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Anchors in each seed's order for that epoch, with triplets drawn anew."""
        seeds = list(dict.fromkeys(self.team.seeds))
        labels, device = self.data["train"]["noisy"].cpu(), self.seed.device
        drawn = _stacked(
            [
                draw(own, seed, "train", self.team.tasks, epoch)
                for seed, own in zip(seeds, labels, strict=True)
            ],
            device,
        )
        order = shuffled(seeds, epoch, self.config.n_train).to(device)
        for rows in torch.split(order, self.config.batch_size, dim=1):
            if rows.shape[1] == self.config.batch_size:
                anchors = rows.unsqueeze(1).expand(-1, len(self.team.tasks), -1)
                own = drawn.of(anchors)
                yield (
                    anchors[self.place],
                    Triplets(own.texts[self.place], own.images[self.place]),
                )

    def step(self, batch: Batch) -> Float[Tensor, " replica"]:
        """One step on both tasks' losses, weighted by the strategy."""
        anchors, triplets = batch
        found = self._losses("train", anchors, triplets)
        each = found.sum(2) if self.config.summed else found.mean(2)
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        self.balancer.backward(each, self.network.shared)
        optimiser.step()
        return found.detach().mean((1, 2))

    def score(self) -> Float[Tensor, " replica"]:
        """Unweighted mean over the tasks of the validation loss, by noisy labels."""
        self.held_losses = self._held()
        return self.held_losses.mean(1)

    def observe(self) -> Mapping[str, Tensor]:
        """Validation loss, task weights and uncertainties; MAP on validation items.

        MAP is the mean of both directions by clean labels, and left out of the hand-tuned grid,
        for which nobody looks at it.
        """
        seen = {"noisy_loss": self.held_losses, "weight": self.balancer.weights()}
        if isinstance(self.balancer, Uncertainty | SumNormalised):
            seen["uncertainty"] = self.balancer.uncertainty()
        if self.team.point is None:
            found = self.precision("validation", "clean", divided=True)
            seen["map"] = torch.stack(list(found.values())).mean(0)
        return seen

    def _held(self) -> Float[Tensor, "replica task"]:
        items = torch.arange(self.config.n_validation, device=self.seed.device)
        anchors = items.expand(len(self.seed), len(self.team.tasks), -1)
        held = Triplets(self.held.texts[self.place], self.held.images[self.place])
        return self._losses("validation", anchors, held).mean(2)

    def _losses(
        self, part: str, anchors: Int64[Tensor, "replica task anchor"], triplets: Triplets
    ) -> Float[Tensor, "replica task anchor"]:
        data = self.data[part]
        return losses(
            self.network,
            data["images"],
            data["texts"],
            self.place,
            anchors,
            triplets,
            self.config.margin,
        )

    @torch.no_grad()
    def embedded(self, part: str) -> tuple[Features, Features]:
        """Pictures and captions of a part in the common space, of length 1."""
        images, texts = (self.data[part][name][self.place] for name in ("images", "texts"))
        return self.network.images(images).cpu(), self.network.texts(texts).cpu()

    def precision(
        self, part: str, labels: str, *, divided: bool
    ) -> dict[str, Float[Tensor, "replica task"]]:
        """Mean average precision of each direction, over the whole gallery.

        Parameters
        ----------
        labels
            `clean` or `noisy`: by which an item is relevant.
        divided
            By the number of relevant items, as is standard; or not, as nahm2020 prints it.
        """
        images, texts = self.embedded(part)
        relevant = self.data[part][labels].cpu()[self.place.cpu()]
        ways = {"image_to_text": (images, texts), "text_to_image": (texts, images)}
        return {
            way: torch.tensor(
                [
                    [
                        mean_average_precision(
                            average_precisions(
                                queries[row, task],
                                gallery[row, task],
                                relevant[row, task],
                                relevant[row, task],
                                divided=divided,
                            )
                        )
                        for task in range(relevant.shape[1])
                    ]
                    for row in range(len(relevant))
                ]
            )
            for way, (queries, gallery) in ways.items()
        }


def _chance(config: WeightedRetrievalConfig) -> float:
    """The loss of a network that has learned nothing: the margin, both ways."""
    return 2 * config.margin * (config.batch_size if config.summed else 1)


def _stacked(found: list[Triplets], device: torch.device) -> Triplets:
    return Triplets(
        torch.stack([one.texts for one in found]).to(device),
        torch.stack([one.images for one in found]).to(device),
    )
