"""One network in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from mtlkit.core.streams import shuffled, stream
from mtlkit.core.training import Program
from mtlkit.lessons.retrieval_losses.augment import second_captions, second_pictures
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.evaluation import Embedded, embed, ranks
from mtlkit.lessons.retrieval_losses.inputs import PARTS, pairs, pixels
from mtlkit.lessons.retrieval_losses.network import two_branch
from mtlkit.lessons.retrieval_losses.objective import Objective
from mtlkit.lessons.retrieval_losses.schedule import factor
from mtlkit.metrics.retrieval import mean_rank, median_rank, recall_at

KS = (1, 5, 10)
"""Of recall@K, as the source has them."""

FASTER = 10.0
"""How much faster a learned margin, temperature or lambda goes than the weights: at their rate
Adam could change it by some 15 % over a whole training."""

STANDARD = 1000
"""Training pictures whose statistics standardise the embeddings of Barlow Twins for a look."""

Batch = tuple[float, Tensor, Tensor]


class RetrievalProgram(Program):
    """A seed's pictures, captions, network and loss; one replica.

    Parameters
    ----------
    config, strategy, seed
        What is trained.
    """

    def __init__(
        self, config: RetrievalConfig, strategy: str, seed: int, device: torch.device
    ) -> None:
        super().__init__()
        self.config, self.strategy, self.seed = config, strategy, seed
        self.pairs = {part: pairs(config, seed, part) for part in PARTS}
        self.network = two_branch(config, seed)
        self.objective = Objective(config, strategy, stream(seed, "start/projector"))
        self.to(device)
        self.device = device
        self.losses: list[float] = []
        own = self.objective.log_parameter
        learned = [one for one in self.parameters() if one.requires_grad and one is not own]
        groups: list[dict[str, Any]] = [{"params": learned, "share": 1.0}]
        if own.requires_grad:
            groups.append({"params": [own], "share": FASTER})
        self.optimisers = [torch.optim.Adam(groups, lr=config.learning_rate)]

    def train(self, mode: bool = True) -> RetrievalProgram:
        """As any module; an encoder that does not learn keeps the statistics it came with."""
        super().train(mode)
        for branch in (self.network.images, self.network.texts):
            if not any(one.requires_grad for one in branch.backbone.parameters()):
                branch.backbone.eval()
        return self

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Epochs done so far, and the pictures and captions of each pair."""
        size, batch = self.config.n_train, self.config.batch_size
        pictures, captions = self._order(epoch)
        steps = size // batch
        for step in range(steps):
            rows = slice(step * batch, (step + 1) * batch)
            yield epoch - 1 + step / steps, pictures[rows], captions[rows]

    def _order(self, epoch: int) -> tuple[Int64[Tensor, " pair"], Int64[Tensor, " pair"]]:
        """The pairs of an epoch in their order; as many as pictures."""
        data, size = self.pairs["train"], self.config.n_train
        if self.config.captions == "all":
            # One pass over all captions takes as many epochs as a picture has captions.
            passes, place = divmod((epoch - 1) * size, len(data.pictures))
            twice = [
                torch.randperm(len(data.pictures), generator=stream(self.seed, "captions", one))
                for one in (passes, passes + 1)
            ]
            captions = torch.cat(twice)[place : place + size]
            return data.pictures[captions], captions
        pictures = shuffled([self.seed], epoch, size)[0]
        captions = data.first[pictures]
        if self.config.captions == "random":
            luck = torch.rand(size, generator=stream(self.seed, "captions", epoch))
            captions = captions + (luck * data.count[pictures]).long()
        return pictures, captions

    def step(self, batch: Batch) -> Float[Tensor, " replica"]:
        """One step of Adam on the mean loss, at the schedule's rate."""
        done, pictures, captions = batch
        data, (optimiser,) = self.pairs["train"], self.optimisers
        for group in optimiser.param_groups:
            group["lr"] = (
                group["share"]
                * self.config.learning_rate
                * factor(self.config.schedule, done, self.config.epochs)
            )
        seen = pixels(data.images[pictures].to(self.device))
        told = data.words[captions].to(self.device)
        images = self.network.images.projected(seen)
        texts = self.network.texts.projected(told)
        epoch = int(done) + 1
        loss: Tensor = self.objective(images, texts, epoch)
        if self.config.within:
            draw = stream(self.seed, "views", round(done * 1_000_000))
            views = (
                (images, self.network.images.projected(second_pictures(seen, draw))),
                (texts, self.network.texts.projected(second_captions(told, draw))),
            )
            within = torch.stack([self.objective(one, other, epoch) for one, other in views])
            loss = loss + self.config.within * within.mean()
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        self.losses.append(loss.item())
        return loss.detach().reshape(1)

    def embedded(self, part: str) -> Embedded:
        """Every picture and caption of a part, as the network places them now."""
        return embed(self.network, self.pairs[part], self.device)

    def score(self) -> Float[Tensor, " replica"]:
        """The mean rank on validation pictures, both directions alike.

        By cosine; of Barlow Twins after standardising by the first 1,000 training pictures, as its
        loss compares embeddings.
        """
        self.looked = self.embedded("validation")
        if self.strategy == "barlow_twins":
            some = self.pairs["train"].head(STANDARD)
            by = embed(self.network, some, self.device).statistics()
            self.looked = self.looked.standardised(by)
        self.ranked = ranks(self.looked, self.pairs["validation"])
        return torch.tensor([sum(mean_rank(found.ranks) for found in self.ranked) / 2])

    def observe(self) -> Mapping[str, Tensor]:
        """Recalls and ranks on validation pictures, from pictures to captions and back.

        Also the mean training loss since the last look, the mean cosine of pictures with captions
        of others (1: all is one point), and the loss' margin, temperature or lambda.
        """
        loss, self.losses = float(np.mean(self.losses or [np.nan])), []
        seen = {
            f"recall_{k}": [recall_at(found.ranks, k, found.items) for found in self.ranked]
            for k in KS
        }
        seen["mean_rank"] = [mean_rank(found.ranks) for found in self.ranked]
        seen["median_rank"] = [median_rank(found.ranks) for found in self.ranked]
        seen["loss"] = [loss] * 2
        seen["others"] = [self.looked.others(self.pairs["validation"])] * 2
        seen["parameter"] = [self.objective.log_parameter.exp().item()] * 2
        return {name: torch.tensor([values]) for name, values in seen.items()}
