"""Ridge prototypes: a composition's mean feature, foretold from its words in closed form."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from mtlkit.data.compositions import SEEN
from mtlkit.errors import UsageError
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.lessons.zero_shot_synthesis.program import ZeroShotProgram

STRENGTHS = tuple(10.0**power for power in range(-6, 5))
"""Among which a seed chooses its own."""


class RidgeProgram(ZeroShotProgram):
    r"""The nearest foretold prototype; nothing is trained by steps.

    .. math:: s(x, c) = -\|x - (W [v_{c_1}, \dots, v_{c_k}] + b)\|^2

    `W` and `b` are the ridge regression from the word vectors of seen compositions to the means of
    their training features, each composition counting once. Of `STRENGTHS`, each seed takes the one
    that foretells seen compositions best when each is left out in turn.

    Raises
    ------
    UsageError
        If a seed has fewer than 2 seen compositions.
    """

    def __init__(
        self,
        config: SynthesisConfig,
        seeds: Sequence[int],
        problems: Sequence[Problem],
        device: torch.device,
    ) -> None:
        super().__init__(config, seeds, problems, device)
        found = torch.stack([foretold(problem) for problem in problems])
        self.keep("prototypes", found.to(device))

    def scores(
        self, features: Float[Tensor, "replica picture feature"]
    ) -> Float[Tensor, "replica picture composition"]:
        """Less the squared distance."""
        return -torch.cdist(features, self.get_buffer("prototypes")).square()


def foretold(problem: Problem) -> Float[Tensor, "composition feature"]:
    """The prototypes of all compositions, seen or not, in the features' precision."""
    words = [own[problem.members[:, slot]] for slot, own in enumerate(problem.vectors)]
    described = torch.cat(words, 1).double()
    seen = torch.nonzero(problem.group == SEEN).squeeze(1)
    train = problem.parts["train"]
    means = torch.stack([train.features[train.labels == own].double().mean(0) for own in seen])
    x = described[seen]
    errors = torch.stack([left_out(x, means, strength) for strength in STRENGTHS])
    weight, bias = ridge(x, means, STRENGTHS[int(errors.square().sum((1, 2)).argmin())])
    return (described @ weight + bias).to(train.features.dtype)


def ridge(
    x: Float[Tensor, "example input"], y: Float[Tensor, "example output"], strength: float
) -> tuple[Float[Tensor, "input output"], Float[Tensor, " output"]]:
    r"""Weight and bias that minimise :math:`\|y - xW - b\|^2 + \alpha \|W\|^2`; `b` goes free."""
    centre, level = x.mean(0), y.mean(0)
    weight = _inverse_times(x - centre, strength) @ (y - level)
    return weight, level - centre @ weight


def left_out(
    x: Float[Tensor, "example input"], y: Float[Tensor, "example output"], strength: float
) -> Float[Tensor, "example output"]:
    r"""What the regression without an example misses there, of each example, without refitting.

    .. math:: e_i / (1 - h_{ii}), \quad H = 1/n + X (X^\top X + \alpha)^{-1} X^\top

    Raises
    ------
    UsageError
        If there are fewer than 2 examples.
    """
    if len(x) < 2:
        raise UsageError(f"seen compositions: {len(x)}; to leave one out needs 2 or more.")
    centred = x - x.mean(0)
    hat = centred @ _inverse_times(centred, strength) + 1 / len(x)
    return (y - hat @ y) / (1 - hat.diagonal()).unsqueeze(1)


def _inverse_times(
    x: Float[Tensor, "example input"], strength: float
) -> Float[Tensor, "input example"]:
    """(X'X + strength)^-1 X', through the singular values: X may lack ranks."""
    u, s, vh = torch.linalg.svd(x, full_matrices=False)
    found: Tensor = (vh.mT * (s / (s.square() + strength))) @ u.mT
    return found
