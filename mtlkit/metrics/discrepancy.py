"""How far two samples are from having one distribution."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from mtlkit.errors import UsageError


def squared_mmd(
    first: Float[np.ndarray, "n feature"],
    second: Float[np.ndarray, "m feature"],
    bandwidth: float | None = None,
) -> float:
    r"""Squared maximum mean discrepancy with a Gaussian kernel, without bias.

    .. math:: \overline{k(x, x')} + \overline{k(y, y')} - 2\, \overline{k(x, y)},
        \quad k(a, b) = e^{-\lVert a - b \rVert^2 / (2 \sigma^2)}

    The means are over different points of one sample, and over all pairs of one of each. For equal
    distributions the expectation is 0, and single values may be below it.

    Parameters
    ----------
    bandwidth
        Sigma, in the units of the features; if not given, `median_distance` of both samples. What
        is compared with one another needs one bandwidth.

    Raises
    ------
    UsageError
        If a sample has fewer than two points, or the bandwidth is not above 0 and finite.

    Notes
    -----
    Source: Gretton et al., A Kernel Two-Sample Test, 2012, equation 3 and section 8. Memory holds
    n x m numbers, or the square of the larger sample's points.
    """
    for name, sample in (("first", first), ("second", second)):
        if len(sample) < 2:
            raise UsageError(f"the {name} sample has {len(sample)} points: two or more are needed.")
    sigma = median_distance(first, second) if bandwidth is None else bandwidth
    if not 0 < sigma < np.inf:
        raise UsageError(f"the bandwidth is {sigma}: it must be above 0 and finite.")
    crossed = float(_kernel(first, second, sigma).mean())
    return _within(first, sigma) + _within(second, sigma) - 2 * crossed


def median_distance(
    first: Float[np.ndarray, "n feature"], second: Float[np.ndarray, "m feature"]
) -> float:
    """The median distance between different points of both samples together."""
    from scipy.spatial.distance import pdist

    return float(np.median(pdist(np.concatenate([first, second]).astype(np.float64))))


def _within(sample: np.ndarray, sigma: float) -> float:
    """Mean kernel of different points; that of a point with itself is 1."""
    n = len(sample)
    return float((_kernel(sample, sample, sigma).sum() - n) / (n * (n - 1)))


def _kernel(first: np.ndarray, second: np.ndarray, sigma: float) -> Float[np.ndarray, "n m"]:
    from scipy.spatial.distance import cdist

    squared = cdist(first.astype(np.float64), second.astype(np.float64), "sqeuclidean")
    kernel: Float[np.ndarray, "n m"] = np.exp(squared / (-2 * sigma**2))
    return kernel
