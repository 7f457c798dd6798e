"""Encoders of captions, which come as numbers of words: 0 is padding, words count from 1."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class BagOfWords(nn.Module):
    """The mean of the words' vectors, and a layer with ReLU: their order does not count.

    Parameters
    ----------
    words
        Size of the vocabulary.
    """

    def __init__(self, words: int, width: int = 128, features: int = 256) -> None:
        super().__init__()
        self.features = features
        self.vectors = nn.EmbeddingBag(words + 1, width, mode="mean", padding_idx=0)
        self.layer = nn.Linear(width, features)

    def forward(self, words: Int64[Tensor, "caption place"]) -> Float[Tensor, "caption feature"]:
        """Features of captions."""
        found: Tensor = self.layer(self.vectors(words)).relu()
        return found


class GRU(nn.Module):
    """A gated recurrent unit read in both directions; the mean of its states over the words."""

    def __init__(self, words: int, width: int = 64, features: int = 256) -> None:
        super().__init__()
        self.features = features
        self.vectors = nn.Embedding(words + 1, width, padding_idx=0)
        self.unit = nn.GRU(width, features // 2, batch_first=True, bidirectional=True)

    def forward(self, words: Int64[Tensor, "caption place"]) -> Float[Tensor, "caption feature"]:
        """Features of captions."""
        shown = words[:, : int((words > 0).sum(1).max().clamp_min(1))]
        lengths = (shown > 0).sum(1).clamp_min(1).cpu()
        # Packed, since the backward direction would read the padding before the words.
        packed = pack_padded_sequence(
            self.vectors(shown), lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = pad_packed_sequence(
            self.unit(packed)[0], batch_first=True, total_length=shown.shape[1]
        )
        return _mean(states, shown > 0)


class Transformer(nn.Module):
    """A small transformer encoder; the mean of its last layer's states over the words.

    Learned places are added to the words' vectors; normalisation comes first in each layer, and
    nothing is dropped out.
    """

    def __init__(
        self, words: int, length: int, width: int = 64, features: int = 256, layers: int = 2
    ) -> None:
        super().__init__()
        self.features = features
        self.vectors = nn.Embedding(words + 1, width, padding_idx=0)
        self.places = nn.Embedding(length, width)
        layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.0, batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.widen = nn.Linear(width, features)

    def forward(self, words: Int64[Tensor, "caption place"]) -> Float[Tensor, "caption feature"]:
        """Features of captions."""
        shown = words[:, : int((words > 0).sum(1).max().clamp_min(1))]
        places = torch.arange(shown.shape[1], device=words.device)
        hidden = shown == 0
        hidden[:, 0] = False  # attention to nothing at all is not a number
        states = self.layers(self.vectors(shown) + self.places(places), src_key_padding_mask=hidden)
        found: Tensor = self.widen(_mean(states, shown > 0))
        return found


TEXT_ENCODERS: Mapping[str, str] = {
    "bag": "bag of words",
    "gru": "GRU",
    "transformer": "small transformer",
}
"""What there is, in words."""


def text_encoder(name: str, words: int, length: int) -> BagOfWords | GRU | Transformer:
    """The encoder of that name; its attribute `features` is how many it makes.

    Parameters
    ----------
    name
        One of `TEXT_ENCODERS`.
    words, length
        Size of the vocabulary, and the most words of a caption.

    Raises
    ------
    ValueError
        If there is no encoder of that name.
    """
    if name == "bag":
        return BagOfWords(words)
    if name == "gru":
        return GRU(words)
    if name == "transformer":
        return Transformer(words, length)
    raise ValueError(f"encoder = {name}: allowed is one of {', '.join(TEXT_ENCODERS)}.")


def _mean(
    states: Float[Tensor, "caption place feature"], there: Bool[Tensor, "caption place"]
) -> Float[Tensor, "caption feature"]:
    """Over the places that hold a word; 0 for a caption without any."""
    kept = there.unsqueeze(-1).to(states.dtype)
    return (states * kept).sum(1) / kept.sum(1).clamp_min(1)
