"""What a loss makes of its negatives: whom it listens to, and what a batch says of the gallery."""

from __future__ import annotations

import functools
import math

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from mtlkit.core.streams import stream
from mtlkit.lessons.retrieval_losses.config import RetrievalConfig
from mtlkit.lessons.retrieval_losses.evaluation import Embedded
from mtlkit.lessons.retrieval_losses.inputs import Pairs
from mtlkit.lessons.retrieval_losses.objective import pair_losses, parameter_of
from mtlkit.losses import barlow_twins, negative_shares

LOOKING = ("sum_triplet", "max_triplet", "simclr")
"""Losses that look at negatives one by one."""

COMPARED = (*LOOKING, "barlow_twins")

BATCHES = (8, 16, 32, 64, 128, 256, 512, 1024)

MOST = 4096
"""Pairs of the training part that stand for all of them."""


def shares(config: RetrievalConfig, strategy: str, found: Embedded, pairs: Pairs) -> pd.DataFrame:
    """How a batch's gradient is shared out among the negatives, of each loss, at one network.

    Columns: `strategy` (what trained the network), `loss` (whose gradient), `effective` (of a
    picture with any gradient, 1 over the sum of squared shares: as many negatives with equal
    shares would be as concentrated; their mean), `largest` (the largest share, their mean),
    `active` (the share of pictures with any gradient). Of the first validation pictures, as many
    as a batch has, with their first captions.
    """
    scores = found.scores(pairs.first, config.batch_size)
    rows = []
    for loss in LOOKING:
        parameter = getattr(config, parameter_of(loss))
        own = negative_shares(functools.partial(pair_losses, loss, parameter=parameter), scores)
        active = own.sum(1) > 0
        kept = own[active]
        rows.append(
            {
                "strategy": strategy,
                "loss": loss,
                "effective": (1 / kept.square().sum(1)).mean().item(),
                "largest": kept.max(1).values.mean().item() if len(kept) else math.nan,
                "active": active.float().mean().item(),
            }
        )
    return pd.DataFrame(rows)


def batches(
    config: RetrievalConfig, strategy: str, found: Embedded, pairs: Pairs, seed: int
) -> pd.DataFrame:
    """Each loss by the size of the batch, at one network: is a batch's loss that of the gallery?

    Columns: `strategy` (what trained the network), `loss`, `batch`, `value` (mean over random
    batches), `full` (all pairs as one batch) and `bias`, their difference in units of the size of
    `full` (SimCLR as printed can be negative, and near 0: look at the difference there). A
    batch's sums over negatives are scaled up to the gallery's number of them, the sum triplet's
    and that of SimCLR's denominator: a batch that is merely smaller has no bias for that alone. Of
    at most 4,096 training pictures with their first captions.
    """
    size = min(MOST, len(found.images))
    images, texts = found.images[:size], found.texts[pairs.first[:size]]
    order = torch.randperm(size, generator=stream(seed, "batches of a gallery"))
    rows = []
    for loss in COMPARED:
        parameter = getattr(config, parameter_of(loss))
        full = _scaled(loss, images, texts, parameter, size)
        for batch in [batch for batch in BATCHES if batch < size]:
            values = [
                _scaled(loss, images[places], texts[places], parameter, size)
                for places in torch.split(order, batch)
                if len(places) == batch
            ]
            value = sum(values) / len(values)
            rows.append(
                {
                    "strategy": strategy,
                    "loss": loss,
                    "batch": batch,
                    "value": value,
                    "full": full,
                    "bias": (value - full) / abs(full) if full else math.nan,
                }
            )
    return pd.DataFrame(rows)


def _scaled(
    loss: str,
    images: Float[Tensor, "pair feature"],
    texts: Float[Tensor, "pair feature"],
    parameter: float,
    gallery: int,
) -> float:
    """The mean loss of a batch, with sums over negatives as large as the gallery's."""
    if loss == "barlow_twins":
        return float(barlow_twins(images, texts, parameter))
    scores = normalize(images, dim=-1) @ normalize(texts, dim=-1).T
    value = float(pair_losses(loss, scores, parameter).mean())
    more = (gallery - 1) / (len(images) - 1)
    if loss == "sum_triplet":
        return more * value
    # Two denominators, one a direction.
    return value + 2 * math.log(more) if loss == "simclr" else value
