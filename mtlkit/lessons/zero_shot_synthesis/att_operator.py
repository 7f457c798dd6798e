"""Attributes as operators: a word that turns the vector of an object."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mtlkit.core.streams import stream
from mtlkit.lessons.zero_shot_synthesis.config import SynthesisConfig
from mtlkit.lessons.zero_shot_synthesis.contrast import ContrastProgram, of_each, triplet
from mtlkit.lessons.zero_shot_synthesis.problem import Problem
from mtlkit.nn import StackedLinear

MARGIN = 10.0
"""Chosen on validation compositions; objects start at about 6 from the origin."""
CLASSIFICATION = 1.0
INVERSION = 1.0
COMMUTATION = 1.0

CHUNK = 256
"""Compositions put together at a time, to bound memory."""


class AttOperatorProgram(ContrastProgram):
    r"""Each object is a vector, each attribute `a` a matrix :math:`M_a` that acts on it.

    .. math:: s(x, (a, o)) = -\|f(x) - M_a g_o\|

    The loss is the sum of

    - the triplet loss: a picture against its own composition and another seen one, `(a', o')`;
    - `CLASSIFICATION` times the cross-entropies of the words, told from :math:`M_a g_o` by one
      linear classifier a slot;
    - `INVERSION` times the triplet loss of the picture whose attribute is taken away and replaced,
      :math:`M_{a'} M_a^{-1} f(x)`, nearer :math:`M_{a'} g_o` than :math:`M_a g_o`;
    - `COMMUTATION` times :math:`\|M_a M_{a'} g_o - M_{a'} M_a g_o\|`.

    Where :math:`a' = a` the last two teach nothing.

    Triplets are read from right to left: the predicate acts on the object, the subject on what
    comes of it. The last two terms are of the operator that acts last: an attribute, or a subject.

    Notes
    -----
    Nagarajan and Grauman (2018), section 3. As there, `f` is one linear layer into the space of the
    word vectors, objects start as their word vectors, operators as the identity; so vectors of
    other words are not used. Their term of antonyms is left out: no vocabulary here names any.
    """

    def __init__(
        self,
        config: SynthesisConfig,
        seeds: Sequence[int],
        problems: Sequence[Problem],
        device: torch.device,
    ) -> None:
        super().__init__(config, seeds, problems, device)
        *others, objects = self.vectors
        replicas, _, size = objects.shape
        self.objects = nn.Parameter(objects.clone())
        self.operators = nn.ParameterList(
            [
                nn.Parameter(torch.eye(size, device=device).repeat(replicas, own.shape[1], 1, 1))
                for own in others
            ]
        )
        self.pictures = StackedLinear(
            (replicas,),
            self.features,
            size,
            generators=[stream(seed, "att_operator/pictures") for seed in seeds],
        )
        self.classifiers = nn.ModuleList(
            StackedLinear(
                (replicas,),
                size,
                own.shape[1],
                generators=[stream(seed, "att_operator/classifier", slot) for seed in seeds],
            )
            for slot, own in enumerate(self.vectors)
        )
        self.to(device)
        self.optimisers = [torch.optim.Adam(self.parameters(), lr=config.learning_rate, fused=True)]

    def contrast(
        self,
        features: Float[Tensor, "replica batch feature"],
        labels: Int64[Tensor, "replica batch"],
        negatives: Int64[Tensor, "replica batch"],
    ) -> Float[Tensor, " replica"]:
        """The weighted sum of the four terms."""
        words, others = self.members[labels], self.members[negatives]
        own, other = words[..., 0], others[..., 0]
        operators = self.operators[0]
        bare = self.operated(words, 1)
        positives, swapped = (applied(operators, some, bare) for some in (own, other))
        pictures = self.pictures(features)
        # Unlike `inv`, it does not raise if one replica has diverged.
        without = applied(torch.linalg.inv_ex(operators).inverse, own, pictures)
        changed = applied(operators, other, without)
        twice = applied(operators, own, swapped), applied(operators, other, positives)
        told = [
            cross_entropy(classify(positives).mT, words[..., slot], reduction="none").mean(1)
            for slot, classify in enumerate(self.classifiers)
        ]
        found: Tensor = (
            triplet(pictures, positives, self.operated(others), MARGIN)
            + CLASSIFICATION * torch.stack(told).sum(0)
            + INVERSION * triplet(changed, swapped, positives, MARGIN)
            + COMMUTATION * torch.linalg.vector_norm(twice[0] - twice[1], dim=-1).mean(1)
        )
        return found

    def scores(
        self, features: Float[Tensor, "replica picture feature"]
    ) -> Float[Tensor, "replica picture composition"]:
        """Less the distance."""
        everything = self.members.expand(len(self.seed), -1, -1)
        places = [self.operated(some) for some in torch.split(everything, CHUNK, dim=1)]
        return -torch.cdist(self.pictures(features), torch.cat(places, 1))

    def operated(
        self, words: Int64[Tensor, "replica batch slot"], first: int = 0
    ) -> Float[Tensor, "replica batch number"]:
        """Objects with the operators of the slots from `first` on."""
        made = of_each(self.objects, words[..., -1])
        for slot in reversed(range(first, len(self.operators))):
            made = applied(self.operators[slot], words[..., slot], made)
        return made


def applied(
    operators: Float[Tensor, "replica word number number"],
    words: Int64[Tensor, "replica batch"],
    vectors: Float[Tensor, "replica batch number"],
) -> Float[Tensor, "replica batch number"]:
    """Each vector turned by its word's operator.

    Every operator turns every vector, and one result is taken: with the numbers of words here that
    is quicker than a copy of a matrix for each vector, and takes less memory.
    """
    turned = vectors.unsqueeze(1) @ operators.mT
    taken = words[:, None, :, None].expand(-1, 1, -1, vectors.shape[-1])
    return turned.gather(1, taken).squeeze(1)
