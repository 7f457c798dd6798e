"""At which calibration bias each picture turns right or wrong."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from mtlkit.errors import UsageError
from mtlkit.metrics.zero_shot.curve import Curve
from mtlkit.metrics.zero_shot.top_k import CELLS, before, check


def generalised(
    scores: Float[Tensor, "picture composition"],
    labels: Int64[Tensor, " picture"],
    seen: Bool[Tensor, " composition"],
    candidates: Bool[Tensor, " composition"],
    k: int = 1,
) -> Curve:
    """Accuracies over the bias that is added to the scores of unseen compositions, exactly.

    Raises
    ------
    UsageError
        If k is below 1, a label is no candidate, or there are no candidates, no pictures of seen
        compositions or none of unseen ones.

    Notes
    -----
    Source: Purushwalkam et al., Task-Driven Modular Networks for Zero-Shot Compositional Learning,
    2019, section 4; there some values of the bias are sampled.
    """
    turning = thresholds(scores, labels, seen, candidates, k)
    of_seen = seen[labels].cpu()
    for name, some in (("seen", of_seen), ("unseen", ~of_seen)):
        if not some.any():
            raise UsageError(
                f"no picture shows a composition that is {name}: at least one is needed."
            )
    return Curve.of(turning[of_seen], turning[~of_seen])


def thresholds(
    scores: Float[Tensor, "picture composition"],
    labels: Int64[Tensor, " picture"],
    seen: Bool[Tensor, " composition"],
    candidates: Bool[Tensor, " composition"],
    k: int = 1,
) -> Float64[Tensor, " picture"]:
    """The bias at which each picture turns from right to wrong, or from wrong to right.

    With a threshold t, a picture of a seen composition is right as long as bias < t, one of an
    unseen composition as soon as bias > t. Right means what `top_k_hits` says of the scores with
    the bias added (and not rounded). With s other candidates of the label's own group before it,
    and u the (k - s)-th largest score of the other group, t is the label's score less u, or the
    other way round.

    Raises
    ------
    UsageError
        If k is below 1, a label is no candidate, or there are no candidates.

    Notes
    -----
    Pictures are looked at some at a time: beside the scores, memory holds some arrays of about a
    million numbers.
    """
    check(labels, candidates, k)
    of_seen = seen[labels]
    with_seen, with_unseen = candidates & seen, candidates & ~seen
    found = torch.empty(len(labels), dtype=torch.float64)
    found[of_seen.cpu()] = _margins(scores, labels, of_seen, with_seen, with_unseen, k)
    found[~of_seen.cpu()] = -_margins(scores, labels, ~of_seen, with_unseen, with_seen, k)
    return found


def _margins(
    scores: Tensor, labels: Tensor, pictures: Tensor, own: Tensor, other: Tensor, k: int
) -> Float64[Tensor, " some"]:
    """Of some pictures: a hit if and only if less than this is added to the other group's scores.

    Differences of single-precision scores are exact in double precision.
    """
    rows = pictures.nonzero()[:, 0]
    ours, theirs = own.nonzero()[:, 0], other.nonzero()[:, 0]
    margins = torch.empty(len(rows), dtype=torch.float64)
    height = max(CELLS // len(own), 1)
    for top in range(0, len(rows), height):
        here = rows[top : top + height]
        block = scores.detach().index_select(0, here)
        label = block.gather(1, labels[here, None])
        left = k - (before(block.index_select(1, ours), label) - 1)
        highest = block.index_select(1, theirs).topk(min(k, len(theirs)), 1).values
        margins[top : top + height] = _margin(label.double(), highest.double(), left[:, None]).cpu()
    return margins


def _margin(label: Tensor, highest: Tensor, left: Tensor) -> Tensor:
    """The label's score less the `left`-th of the other group's highest.

    Where none is left the picture is never right, and where the group has fewer always. A
    difference that is no number is that of equal infinities, or of a score that is no number.
    """
    least = torch.full_like(label, -torch.inf)
    padded = torch.cat([highest, least], 1)
    place = (left - 1).clamp(0, highest.shape[1])
    margin = (label - padded.gather(1, place)).nan_to_num(-torch.inf, torch.inf, -torch.inf)
    margin = margin.masked_fill(left > highest.shape[1], torch.inf)
    return margin.masked_fill(left < 1, -torch.inf)[:, 0]
