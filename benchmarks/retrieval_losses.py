"""Each retrieval loss, forwards and backwards, against another library's on the same embeddings.

The peer is pytorch-metric-learning, and torch's batch normalisation for Barlow Twins, which it does
not have. Triplets of the sum are handed to the peer ready made: to find them itself it would write
down N x N x N truth values. At 2,048 pairs its NT-Xent would fill 34 GB, and its SupCon, the same
with one positive each, stands in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from pytorch_metric_learning.distances import CosineSimilarity, LpDistance
from pytorch_metric_learning.losses import NTXentLoss, SupConLoss, TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner
from pytorch_metric_learning.reducers import SumReducer
from torch import Tensor

from benchmarks.timing import Ratio, Spread, compare
from mtlkit.losses import (
    barlow_twins,
    class_triplet,
    cosine_scores,
    max_triplet,
    sample_class_triplets,
    simclr,
    sum_triplet,
)

FEATURES = 128
BATCHES = (256, 2048)
NT_XENT_UP_TO = 256
MARGIN, TEMPERATURE, WEIGHT = 0.2, 0.07, 0.005

Loss = Callable[[Tensor, Tensor], Tensor]


def measure() -> Iterator[Ratio | Spread]:
    """Time, and by how much the summed losses differ."""
    differences = []
    for pairs in BATCHES:
        generator = torch.Generator().manual_seed(pairs)
        images, texts = torch.randn(2, pairs, FEATURES, generator=generator).unbind()
        texts = 0.5 * images + texts
        leaves = images.requires_grad_(), texts.requires_grad_()
        for name, (theirs, ours) in losses(pairs).items():
            yield compare(
                f"{name}, batch {pairs}",
                _step(theirs, *leaves),
                _step(ours, *leaves),
                turns=15 if pairs == min(BATCHES) else 5,
            )
            with torch.no_grad():
                one, other = theirs(*leaves).item(), ours(*leaves).item()
            differences.append((f"{name}, batch {pairs}: difference", abs(other / one - 1)))
    for name, difference in differences:
        yield Spread(name, [difference], 1e-6, "relative")


def losses(pairs: int) -> dict[str, tuple[Loss, Loss]]:
    """By name theirs and ours, each the sum over the batch."""
    labels = torch.arange(pairs)
    # The same object twice would mean one set of embeddings, whose diagonal is left out.
    again = labels.clone()
    anchor, negative = (~torch.eye(pairs, dtype=torch.bool)).nonzero(as_tuple=True)
    triplet = TripletMarginLoss(MARGIN, distance=CosineSimilarity(), reducer=SumReducer())
    miner = BatchHardMiner(distance=CosineSimilarity())
    softmax = NTXentLoss if pairs <= NT_XENT_UP_TO else SupConLoss
    contrast = softmax(TEMPERATURE, reducer=SumReducer())

    def peer_sum(x: Tensor, y: Tensor) -> Tensor:
        return triplet(x, indices_tuple=(anchor, anchor, negative), ref_emb=y)

    def peer_max(x: Tensor, y: Tensor) -> Tensor:
        return triplet(x, indices_tuple=miner(x, labels, y, again), ref_emb=y)

    def peer_softmax(x: Tensor, y: Tensor) -> Tensor:
        return contrast(x, labels, ref_emb=y, ref_labels=again)

    classes = torch.arange(pairs) % 20
    drawn = sample_class_triplets(classes, torch.Generator().manual_seed(0))
    squared = LpDistance(normalize_embeddings=False, p=2, power=2)
    by_class = TripletMarginLoss(1.0, distance=squared, reducer=SumReducer())
    norm = torch.nn.BatchNorm1d(FEATURES, eps=1e-12, affine=False)

    def batch_normalised(x: Tensor, y: Tensor) -> Tensor:
        correlation = norm(x).T @ norm(y) / pairs
        own = correlation.diagonal()
        others = correlation.masked_fill(torch.eye(FEATURES, dtype=torch.bool), 0)
        return (own - 1).square().sum() + WEIGHT * others.square().sum()

    return {
        "sum triplet": (
            _both_ways(peer_sum),
            lambda x, y: sum_triplet(cosine_scores(x, y), MARGIN).sum(),
        ),
        "max triplet": (
            _both_ways(peer_max),
            lambda x, y: max_triplet(cosine_scores(x, y), MARGIN).sum(),
        ),
        f"SimCLR ({softmax.__name__})": (
            _both_ways(peer_softmax),
            lambda x, y: simclr(cosine_scores(x, y), TEMPERATURE, True).sum(),
        ),
        "Barlow Twins (batch norm)": (
            batch_normalised,
            lambda x, y: barlow_twins(x, y, WEIGHT),
        ),
        "class triplet": (
            lambda x, y: by_class(x, indices_tuple=(labels, *drawn), ref_emb=y),
            lambda x, y: class_triplet(x, y[drawn[0]], y[drawn[1]], 1.0).sum(),
        ),
    }


def _both_ways(loss: Loss) -> Loss:
    return lambda x, y: loss(x, y) + loss(y, x)


def _step(loss: Loss, images: Tensor, texts: Tensor) -> Callable[[], None]:
    def work() -> None:
        images.grad = texts.grad = None
        loss(images, texts).backward()

    return work
