"""Small settings and data of lesson 07 for its tests."""

from __future__ import annotations

from typing import Any

import torch

from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.evaluation import Embedded
from mtlkit.lessons.retrieval_losses.inputs import Pairs
from mtlkit.lessons.retrieval_losses.program import RetrievalProgram

CPU = torch.device("cpu")


def small(**settings: Any) -> RetrievalConfig:
    """A dozen pictures, two epochs of three batches."""
    usual = {
        "n_train": 12,
        "n_validation": 10,
        "n_test": 10,
        "batch_size": 4,
        "epochs": 2,
        "features": 8,
    }
    return RetrievalConfig.preset("smoke", **{**usual, **settings})


def program(strategy: str = "simclr", seed: int = 0, **settings: Any) -> RetrievalProgram:
    return RetrievalProgram(small(**settings), strategy, seed, CPU)


COUNTS = (1, 3, 2, 5, 1, 4, 2, 2, 3, 1, 2)
"""Captions of each picture."""


def ragged(features: int = 5, seed: int = 0) -> tuple[Pairs, Embedded]:
    """Pictures with several captions each, and places for them."""
    draw = torch.Generator().manual_seed(seed)
    pictures = torch.repeat_interleave(torch.tensor(COUNTS))
    images = torch.randn(len(COUNTS), features, generator=draw)
    texts = images[pictures] + torch.randn(len(pictures), features, generator=draw)
    pairs = Pairs(images, torch.arange(len(pictures)).unsqueeze(1), pictures)
    return pairs, Embedded(images * 2, texts)
