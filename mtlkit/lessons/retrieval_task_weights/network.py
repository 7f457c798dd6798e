"""The network of Fig. 6.2: a shared layer for each modality, a layer for each of them and task."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from mtlkit.core.streams import stream
from mtlkit.nn import StackedLinear
from mtlkit.nn.two_branch import Branch, TwoBranch


class SharedLayer(nn.Module):
    """A linear layer with ReLU that all tasks of a replica pass."""

    def __init__(self, inputs: int, width: int, generators: Sequence[torch.Generator]) -> None:
        super().__init__()
        self.layer = StackedLinear((len(generators),), inputs, width, generators=generators)

    def forward(
        self, features: Float[Tensor, "replica task item input"]
    ) -> Float[Tensor, "replica task item width"]:
        """The same layer for each task."""
        replicas, tasks, items, _ = features.shape
        hidden: Tensor = self.layer(features.flatten(1, 2)).relu()
        return hidden.view(replicas, tasks, items, -1)


class WeightedRetrievalNetwork(TwoBranch):
    """Both branches, one copy a seed.

    Parameters
    ----------
    seeds
        One replica each; a replica starts the same whoever stands beside it.
    image_features, text_features
        Numbers that a picture and a caption come with.
    tasks
        Which of the two tasks there are; a task's heads start alike alone and with the other.
    width, dimensions
        Units of a shared layer, and d.

    Notes
    -----
    Source: nahm2020, section 6.3 and Fig. 6.2.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        image_features: int,
        text_features: int,
        tasks: Sequence[int],
        width: int,
        dimensions: int,
    ) -> None:
        def branch(name: str, features: int) -> Branch:
            shared = [stream(seed, f"start/{name}/shared") for seed in seeds]
            heads = StackedLinear(
                (len(seeds), 2),
                width,
                dimensions,
                generators=[stream(seed, f"start/{name}/heads") for seed in seeds],
            )
            for parameter in heads.parameters():
                parameter.data = parameter.data[:, list(tasks)].clone()
            return Branch(SharedLayer(features, width, shared), heads)

        super().__init__(branch("images", image_features), branch("texts", text_features))

    @property
    def shared(self) -> tuple[Tensor, ...]:
        """The parameters that both tasks use."""
        return (*self.images.backbone.parameters(), *self.texts.backbone.parameters())

    @torch.no_grad()
    def repeat(self, rows: Int64[Tensor, " copy"]) -> None:
        """Make copies of the replicas in `rows`."""
        for parameter in self.parameters():
            parameter.data = parameter[rows]
