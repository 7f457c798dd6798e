"""Two branches, one for pictures and one for text, that end in a common space."""

from __future__ import annotations

from jaxtyping import Float, Shaped
from torch import Tensor, nn
from torch.nn.functional import normalize


class Branch(nn.Module):
    """From one modality's inputs to embeddings of length 1.

    Parameters
    ----------
    backbone
        From inputs to features; shared by the tasks where there are several.
    head
        From features to the common space; a stacked layer has one for each task.
    """

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    def forward(self, inputs: Shaped[Tensor, ...]) -> Float[Tensor, "*stack example feature"]:
        """Embeddings, each of length 1 (that of a zero vector is 0)."""
        return normalize(self.projected(inputs), dim=-1)

    def projected(self, inputs: Shaped[Tensor, ...]) -> Float[Tensor, "*stack example feature"]:
        """The same before they are brought to length 1."""
        found: Tensor = self.head(self.backbone(inputs))
        return found


class TwoBranch(nn.Module):
    """A branch for pictures and one for text.

    Notes
    -----
    Source: epfl_retrieval, "Model architecture", with one head a branch; nahm2020, Fig. 6.2, with
    one a task.
    """

    def __init__(self, images: Branch, texts: Branch) -> None:
        super().__init__()
        self.images = images
        self.texts = texts
