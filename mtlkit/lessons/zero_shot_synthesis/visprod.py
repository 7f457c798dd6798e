"""VisProd: a classifier for each slot, and the product of what they say."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mtlkit.core.streams import stream
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram
from mtlkit.nn import StackedLinear


class VisProdProgram(ZeroShotProgram):
    r"""One linear softmax classifier a slot, each taught alone; no word vectors.

    .. math:: s(x, c) = \sum_k \log p_k(c_k \mid x)

    Notes
    -----
    The visual product of Misra et al. (2017), whose classifiers are support vector machines.
    """

    def __init__(
        self,
        config: SynthesisConfig,
        seeds: Sequence[int],
        problems: Sequence[Problem],
        device: torch.device,
    ) -> None:
        super().__init__(config, seeds, problems, device)
        self.classifiers = nn.ModuleList(
            StackedLinear(
                (len(seeds),),
                self.features,
                own.shape[1],
                generators=[stream(seed, "visprod", slot) for seed in seeds],
            )
            for slot, own in enumerate(self.vectors)
        )
        self.to(device)
        self.optimisers = [torch.optim.Adam(self.parameters(), lr=config.learning_rate, fused=True)]

    def losses(
        self,
        features: Float[Tensor, "replica picture feature"],
        labels: Int64[Tensor, "replica picture"],
    ) -> Float[Tensor, " replica"]:
        """The sum over the slots of the mean cross-entropy."""
        words = self.members[labels]
        found = [
            cross_entropy(classify(features).mT, words[..., slot], reduction="none").mean(1)
            for slot, classify in enumerate(self.classifiers)
        ]
        return torch.stack(found).sum(0)

    def scores(
        self, features: Float[Tensor, "replica picture feature"]
    ) -> Float[Tensor, "replica picture composition"]:
        """The sum of the words' log-probabilities."""
        found = [
            classify(features).log_softmax(-1)[..., self.members[:, slot]]
            for slot, classify in enumerate(self.classifiers)
        ]
        return torch.stack(found).sum(0)
