"""What all methods of lesson 09 share: data, batches, and how they are scored."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64, Shaped
from torch import Tensor

from mtlkit.core.streams import shuffled
from mtlkit.core.training import Program
from mtlkit.data.compositions import SEEN
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.problem import HELD, Problem
from mtlkit.metrics.zero_shot import generalised, top_k_hits

Judged = tuple[
    Int64[Tensor, " picture"], Bool[Tensor, " composition"], Bool[Tensor, " composition"]
]


class ZeroShotProgram(Program):
    """One method, one replica a seed, each with its own split and pictures.

    Parameters
    ----------
    problems
        Of each seed; with as many pictures and compositions as each other.

    Notes
    -----
    What stops being needed when a replica leaves the loop are buffers: `seed` says who is left.
    """

    seed: Tensor

    def __init__(
        self,
        config: SynthesisConfig,
        seeds: Sequence[int],
        problems: Sequence[Problem],
        device: torch.device,
    ) -> None:
        super().__init__()
        self.config = config
        self.members = problems[0].members.to(device)
        self.slots = range(len(problems[0].slots))
        kept = {"seed": torch.tensor(seeds), "group": torch.stack([p.group for p in problems])}
        self.held = tuple(part for part in HELD if part in problems[0].parts)
        for part in ("train", *self.held):
            own = [problem.parts[part] for problem in problems]
            kept[f"features_{part}"] = torch.stack([one.features for one in own])
            kept[f"labels_{part}"] = torch.stack([one.labels for one in own])
        for part in self.held:
            kept[f"unseen_{part}"] = torch.stack([p.unseen(part) for p in problems])
            kept[f"candidates_{part}"] = torch.stack([p.candidates(part) for p in problems])
        for slot in self.slots:
            kept[f"vectors_{slot}"] = torch.stack([p.vectors[slot] for p in problems])
        self.looks = 0
        self._whole: dict[str, Tensor] = {}
        for name, value in kept.items():
            self.keep(name, value.to(device))

    def keep(self, name: str, value: Shaped[Tensor, "replica ..."]) -> None:
        """A buffer that `put_back` puts back for all replicas."""
        self.register_buffer(name, value)
        # A tensor of its own, as the loop cuts buffers where they are.
        self._whole[name] = value.detach()

    @property
    def features(self) -> int:
        """Numbers of a feature."""
        return int(self.get_buffer("features_train").shape[-1])

    @property
    def compositions(self) -> int:
        """How many there are, seen or not."""
        return len(self.members)

    @property
    def vectors(self) -> list[Float[Tensor, "replica _ _"]]:
        """Of the words of each slot."""
        return [self.get_buffer(f"vectors_{slot}") for slot in self.slots]

    @property
    def seen(self) -> Bool[Tensor, "replica composition"]:
        """Which compositions there are training pictures of."""
        return self.get_buffer("group") == SEEN

    @abc.abstractmethod
    def scores(
        self, features: Float[Tensor, "replica picture feature"]
    ) -> Float[Tensor, "replica picture composition"]:
        """How well each composition fits each picture; higher is better."""

    def losses(
        self,
        features: Float[Tensor, "replica picture feature"],
        labels: Int64[Tensor, "replica picture"],
    ) -> Float[Tensor, " replica"]:
        """Of a batch; what a baseline's only optimiser lowers."""
        raise NotImplementedError

    def batches(self, epoch: int) -> Iterator[Any]:
        """Rows of training pictures in each seed's order; what is left over is left out."""
        self.set_rates(epoch)
        labels = self.get_buffer("labels_train")
        order = shuffled(self.seed.tolist(), epoch, labels.shape[1]).to(labels.device)
        size = min(self.config.batch_size, labels.shape[1])
        for rows in torch.split(order, size, dim=1):
            if rows.shape[1] == size:
                yield rows

    def set_rates(self, epoch: int) -> None:
        """A tenth of each rate after the epoch `drop`, as the source divides by 10 at epoch 30."""
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group.setdefault("initial", group["lr"])
                group["lr"] = group["initial"] * (0.1 if epoch > self.config.drop else 1.0)

    def rows(
        self, rows: Int64[Tensor, "replica batch"]
    ) -> tuple[Float[Tensor, "replica batch feature"], Int64[Tensor, "replica batch"]]:
        """Training features and their compositions."""
        features, labels = (self.get_buffer(f"{name}_train") for name in ("features", "labels"))
        wide = rows.unsqueeze(-1).expand(-1, -1, features.shape[-1])
        return features.gather(1, wide), labels.gather(1, rows)

    def step(self, batch: Any) -> Float[Tensor, " replica"]:
        """One step of a method with one loss and one optimiser."""
        losses = self.losses(*self.rows(batch))
        (optimiser,) = self.optimisers
        optimiser.zero_grad()
        losses.sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        return losses

    def score(self) -> Float[Tensor, " replica"]:
        """One less the validation area: the epoch for the generalised setting is chosen by it.

        With nothing to validate on each look is better than the one before: the last is chosen.
        """
        self.looked = {part: self.scored(part) for part in self.held}
        self.looks += 1
        if "validation" not in self.held:
            self.area = torch.full((len(self.seed),), torch.nan)
            return torch.full((len(self.seed),), -float(self.looks))
        found = [
            generalised(scores, *self.judged("validation", row)).area
            for row, scores in enumerate(self.looked["validation"])
        ]
        self.area = torch.tensor(found, dtype=torch.float32)
        return 1 - self.area

    def observe(self) -> Mapping[str, Tensor]:
        """Top-1 accuracy of unseen compositions among themselves, and the validation area."""
        closed = {f"closed_{part}": [torch.nan] * len(self.seed) for part in HELD} | {
            f"closed_{part}": [self.closed(part, *one) for one in enumerate(scores)]
            for part, scores in self.looked.items()
        }
        return {
            "area": self.area.unsqueeze(1),
            **{name: torch.tensor(values).unsqueeze(1) for name, values in closed.items()},
        }

    @torch.no_grad()
    def scored(self, part: str) -> Float[Tensor, "replica picture composition"]:
        """Scores of a part's pictures."""
        return self.scores(self.get_buffer(f"features_{part}")).cpu()

    def judged(
        self, part: str, row: int
    ) -> tuple[
        Int64[Tensor, " picture"], Bool[Tensor, " composition"], Bool[Tensor, " composition"]
    ]:
        """A replica's labels, seen compositions and candidates in a part."""
        return (
            self.get_buffer(f"labels_{part}")[row].cpu(),
            self.seen[row].cpu(),
            self.get_buffer(f"candidates_{part}")[row].cpu(),
        )

    def closed(self, part: str, row: int, scores: Float[Tensor, "picture composition"]) -> float:
        """Share of a part's pictures of unseen compositions told among these."""
        unseen = self.get_buffer(f"unseen_{part}")[row].cpu()
        labels = self.get_buffer(f"labels_{part}")[row].cpu()
        own = unseen[labels]
        return float(top_k_hits(scores[own], labels[own], unseen).float().mean())

    def put_back(self, state: Mapping[str, Tensor]) -> None:
        """All replicas with these parameters, those too that have left the loop."""
        for name, value in state.items():
            self.get_parameter(name).data = value
        for name, value in self._whole.items():
            self.register_buffer(name, value)
