"""RedWine: classifiers of words, turned into classifiers of compositions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, leaky_relu, one_hot, pad

from mtlkit.core.streams import stream
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram
from mtlkit.lessons.zero_shot_synthesis.ridge import ridge
from mtlkit.nn import StackedLinear

SLOPE = 0.1

STRENGTH = 0.25
"""Of the words' classifiers, for each picture; chosen on validation compositions."""


class RedWineProgram(ZeroShotProgram):
    r"""A network of three layers makes a composition's linear classifier of its words' ones.

    .. math:: s(x, c) = T([w_{c_1}, \dots, w_{c_k}]) \cdot [x, 1]

    Trained with the binary cross-entropy of each picture against each seen composition, as yan2020
    says of its run ("a simple binary cross entropy (BCE) loss"). Word vectors are not used.

    Notes
    -----
    Misra et al. (2017). The words' classifiers are support vector machines there; here they are
    ridge regressions onto 1 (the word) and -1 (any other) in closed form, those of a slot divided
    by one number, so that their mean square is 1. They stay as they are.
    """

    def __init__(
        self,
        config: SynthesisConfig,
        seeds: Sequence[int],
        problems: Sequence[Problem],
        device: torch.device,
    ) -> None:
        super().__init__(config, seeds, problems, device)
        for slot in self.slots:
            found = torch.stack([word_classifiers(problem, slot) for problem in problems])
            self.keep(f"words_{slot}", found.to(device))
        size = self.features + 1
        sizes = (len(self.slots) * size, config.hidden, config.hidden, size)
        drawn = [stream(seed, "red_wine") for seed in seeds]
        self.layers = nn.ModuleList(
            StackedLinear((len(seeds),), *ends, generators=drawn)
            for ends in itertools.pairwise(sizes)
        )
        self.to(device)
        self.optimisers = [torch.optim.Adam(self.parameters(), lr=config.learning_rate, fused=True)]

    def classifiers(self) -> Float[Tensor, "replica composition weight"]:
        """Of each composition; the last number is the bias."""
        words = [self.get_buffer(f"words_{slot}")[:, self.members[:, slot]] for slot in self.slots]
        made: Tensor = self.layers[0](torch.cat(words, -1))
        for layer in self.layers[1:]:
            made = layer(leaky_relu(made, SLOPE))
        return made

    def losses(
        self,
        features: Float[Tensor, "replica picture feature"],
        labels: Int64[Tensor, "replica picture"],
    ) -> Float[Tensor, " replica"]:
        """The sum over seen compositions, the mean over the pictures."""
        logits = self.scores(features)
        targets = one_hot(labels, self.compositions).to(logits.dtype)
        found = binary_cross_entropy_with_logits(logits, targets, reduction="none")
        return (found * self.seen.unsqueeze(1)).sum(-1).mean(1)

    def scores(
        self, features: Float[Tensor, "replica picture feature"]
    ) -> Float[Tensor, "replica picture composition"]:
        """What each composition's classifier says."""
        return pad(features, (0, 1), value=1.0) @ self.classifiers().mT


def word_classifiers(problem: Problem, slot: int) -> Float[Tensor, "word weight"]:
    """Weights and bias of each word of a slot, one against the rest, on training pictures."""
    train = problem.parts["train"]
    words = problem.members[train.labels, slot]
    signs = 2.0 * one_hot(words, len(problem.vectors[slot])).double() - 1
    weight, bias = ridge(train.features.double(), signs, STRENGTH * len(words))
    found = torch.cat([weight, bias.unsqueeze(0)]).mT
    return (found / found.square().mean().sqrt()).to(train.features.dtype)
