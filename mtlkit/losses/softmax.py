"""A smooth maximum over the negatives: SimCLR's loss between two modalities."""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from mtlkit.errors import UsageError
from mtlkit.losses.setting import check_positive
from mtlkit.losses.triplet import without_positives


def simclr(
    scores: Float[Tensor, "*stack pair pair"],
    temperature: float | Float[Tensor, ""],
    positive_in_denominator: bool = False,
) -> Float[Tensor, "*stack pair"]:
    r"""Each pair against all its negatives, weighted smoothly, in both directions.

    .. math::
        \ell_i = -\log \frac{e^{s(i, i) / \tau}}{\sum_{c' \neq i} e^{s(i, c') / \tau}}
                 -\log \frac{e^{s(i, i) / \tau}}{\sum_{i' \neq i} e^{s(i', i) / \tau}}

    So it is printed: the pair itself is not among the terms below, and the loss can be negative.
    With `positive_in_denominator` it is; that is the cross-entropy of picking the right one (CLIP;
    NT-Xent between modalities), and never negative. A score of minus infinity leaves a negative
    out.

    Raises
    ------
    UsageError
        If `temperature` is a number and not above 0, or if a batch of one pair leaves nothing
        below (as printed; with the pair itself there, the loss is 0).

    Notes
    -----
    The loss :math:`\ell_{SimCLR}` of epfl_retrieval, which takes :math:`\tau = 0.07`; after Chen et
    al. (2020), whose negatives come from both modalities.
    """
    check_positive("temperature", temperature)
    if scores.shape[-1] == 1 and not positive_in_denominator:
        raise UsageError(
            "SimCLR without the positive in the denominator needs two pairs or more in a batch: "
            "here is 1."
        )
    logits = scores / temperature
    below = logits if positive_in_denominator else without_positives(logits)
    positives = logits.diagonal(dim1=-2, dim2=-1)
    return below.logsumexp(-1) + below.logsumexp(-2) - 2 * positives
